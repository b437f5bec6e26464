//! Checks of arguments at run time: compiled once for a contract, then asked for every event.
//!
//! Most arguments fit a plain schema, and one walk over the wire's text tells so (`fast`). All
//! others are parsed into a tree that borrows from the text, and the tree is held against JSON
//! Schema (draft 7, formats asserted), which alone says no; only then is it asked why. Of several
//! messages one must fit; where none does, the closest says what is wrong.
//!
//! A binary attachment (`{"_placeholder":true,"num":0}` in the text) counts as a string, so that
//! `{type: string, format: binary}` fits it; beside `format: binary` the keywords that speak of
//! characters (`minLength`, `maxLength`, `pattern`, `contentEncoding`, `contentMediaType`) do not
//! apply. Plain text fits it too: HTTP callers have no attachments.

mod compile;
mod fast;
mod form;
mod names;
mod node;
mod tree;
mod words;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::FixedState;
use serde_json::Value;

use crate::extension::{Arguments, RateLimit};

use fast::Shape;
use form::Form;
pub use names::Template;
pub use tree::DEPTH_MAX;
use tree::Tree;

/// Which way arguments travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From a client to a handler.
    Inbound,
    /// From a handler to clients, as an event of its own.
    Outbound,
    /// From a handler back to the sender of an event.
    Ack,
}

impl Direction {
    /// Its word in settings, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Ack => "ack",
        }
    }
}

/// Whether a text surely is a JSON array, nested no deeper than [`DEPTH_MAX`]: one walk, in which
/// nothing is kept. `false`: it may be one nevertheless, of which other ways must tell.
pub fn is_list(text: &str) -> bool {
    fast::is_list(text)
}

/// Whether the fast way is sure that JSON Schema takes a schema, and that all values fit it. To
/// compile a schema for a value or two takes longer than all else that is done with them.
pub(crate) fn surely_fit(schema: &Value, values: &[Value]) -> bool {
    Shape::compile_sound(schema).is_some_and(|shape| {
        values
            .iter()
            .all(|value| shape.has_one(&format!("[{value}]")))
    })
}

/// One thing that is wrong with arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer (RFC 6901) into the payload: the one argument, or with `arguments: list` the
    /// array of all. A missing or an unexpected member is named itself.
    pub pointer: String,
    /// The keyword of JSON Schema.
    pub rule: String,
    /// What was expected and what was found; never a value of the payload.
    pub message: String,
}

/// What is wrong with arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations {
    /// The first ones, up to the limit.
    pub list: Vec<Violation>,
    /// How many more there are.
    pub more: usize,
}

impl Violations {
    fn push(&mut self, limit: usize, make: impl FnOnce() -> Violation) {
        if self.list.len() < limit {
            self.list.push(make());
        } else {
            self.more += 1;
        }
    }
}

/// Why arguments were not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// They are no JSON array, or one nested too deep.
    Syntax(String),
    /// They do not fit the contract.
    Contract(Violations),
}

/// What the arguments of one event in one direction must be.
#[derive(Debug)]
pub struct Check {
    arguments: Arguments,
    forms: Vec<Form>,
}

impl Check {
    /// Whether everything fits: then arguments need not be parsed.
    pub fn is_open(&self) -> bool {
        self.forms.iter().any(|form| matches!(form, Form::Anything))
    }

    /// Checks arguments: the JSON array of the wire and the number of its attachments. At most
    /// `limit` violations are listed.
    ///
    /// # Errors
    /// With all that is wrong.
    pub fn verify(&self, text: &str, attachments: usize, limit: usize) -> Result<(), Misfit> {
        if self.surely_fits(text, attachments) {
            return Ok(());
        }
        let items = tree::parse(text, attachments).map_err(Misfit::Syntax)?;
        if self.is_open() {
            return Ok(());
        }
        let violations = match (self.arguments, items.as_slice()) {
            (Arguments::List, _) => self.fit(&Tree::Array(items), limit),
            (Arguments::Payload, []) => self.fit(&Tree::Null, limit),
            (Arguments::Payload, [payload]) => self.fit(payload, limit),
            (Arguments::Payload, several) => Err(too_many(several.len())),
        };
        violations.map_err(Misfit::Contract)
    }

    /// Whether one walk over the text tells that it is JSON and fits. `false`: it may nevertheless,
    /// which [`verify`](Self::verify) tells. Attachments are left to that, too.
    pub fn surely_fits(&self, text: &str, attachments: usize) -> bool {
        if attachments > 0 {
            return false;
        }
        if self.is_open() {
            return fast::is_list(text);
        }
        let mut shapes = self.forms.iter().filter_map(Form::shape);
        match self.arguments {
            Arguments::Payload => shapes.any(|shape| shape.has_one(text)),
            Arguments::List => shapes.any(|shape| shape.has_all(text)),
        }
    }

    fn fit(&self, tree: &Tree<'_>, limit: usize) -> Result<(), Violations> {
        if self.forms.iter().any(|form| form.is_fit(tree)) {
            return Ok(());
        }
        let all = self.forms.iter().map(|form| form.violations(tree, limit));
        Err(all.min_by_key(distance).unwrap_or_default())
    }
}

/// How far arguments are from a message: one of another type altogether is farthest.
fn distance(violations: &Violations) -> (bool, usize) {
    let is_other = violations
        .list
        .iter()
        .any(|violation| violation.pointer.is_empty() && violation.rule == "type");
    (is_other, violations.list.len() + violations.more)
}

fn too_many(count: usize) -> Violations {
    Violations {
        list: vec![Violation {
            pointer: String::new(),
            rule: "maxItems".into(),
            message: format!("expected one argument, found {count}"),
        }],
        more: 0,
    }
}

/// What a contract says of an event that clients send.
#[derive(Debug)]
pub struct Received {
    /// The event as the contract names it, with its parameters.
    pub event: Arc<str>,
    /// Its arguments.
    pub payload: Check,
    /// The arguments of its acknowledgement, where the contract names them.
    pub ack: Option<Check>,
    /// How many of them one connection may send.
    pub rate_limit: Option<RateLimit>,
    /// How long its handler may take.
    pub deadline: Option<Duration>,
}

/// What a contract says of an event that handlers emit.
#[derive(Debug)]
pub struct Sent {
    /// The event as the contract names it, with its parameters.
    pub event: Arc<str>,
    /// Its arguments.
    pub payload: Check,
    /// The rooms that it may go to; none: wherever the handler says.
    pub rooms: Option<Vec<String>>,
    /// Whether a client that cannot take it at once goes without it.
    pub is_volatile: bool,
}

/// Everything that a contract says of events, compiled.
#[derive(Debug, Default)]
pub struct Checks {
    /// Few: looking through them is faster than hashing.
    namespaces: Vec<(Box<str>, Events)>,
    has_volatile: bool,
}

#[derive(Debug, Default)]
struct Events {
    received: Names<Received>,
    sent: Names<Sent>,
}

/// Events by name.
#[derive(Debug)]
struct Names<T> {
    /// Only names of the contract are in it: a client that knows the hash has nothing to fill it
    /// with. So the hash is a fast one, not the careful one of the standard library.
    literal: HashMap<Box<str>, T, FixedState>,
    templates: Vec<(Template, T)>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            literal: HashMap::default(),
            templates: Vec::new(),
        }
    }
}

impl<T> Names<T> {
    /// A literal name wins over templates; of these the first in the document.
    fn find(&self, name: &str) -> Option<&T> {
        self.literal.get(name).or_else(|| {
            let mut templates = self.templates.iter();
            templates
                .find(|(template, _)| template.fits(name))
                .map(|(_, entry)| entry)
        })
    }
}

impl Checks {
    /// What the contract says of an event that a client sent.
    pub fn received(&self, namespace: &str, event: &str) -> Option<&Received> {
        self.events(namespace)?.received.find(event)
    }

    /// What the contract says of an event that a handler emits.
    pub fn sent(&self, namespace: &str, event: &str) -> Option<&Sent> {
        self.events(namespace)?.sent.find(event)
    }

    /// Whether any event that handlers emit is volatile.
    pub fn has_volatile(&self) -> bool {
        self.has_volatile
    }

    /// The check of an event's arguments in one direction.
    pub fn find(&self, namespace: &str, event: &str, direction: Direction) -> Option<&Check> {
        match direction {
            Direction::Inbound => Some(&self.received(namespace, event)?.payload),
            Direction::Outbound => Some(&self.sent(namespace, event)?.payload),
            Direction::Ack => self.received(namespace, event)?.ack.as_ref(),
        }
    }

    fn events(&self, namespace: &str) -> Option<&Events> {
        let mut all = self.namespaces.iter();
        all.find(|(name, _)| **name == *namespace)
            .map(|(_, events)| events)
    }
}
