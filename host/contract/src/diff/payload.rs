//! The messages of an operation, as one schema of alternatives.

use serde_json::Value;

use super::reason::{Age, Finding};
use super::subset::{Conjunction, Label, Subset, View};
use crate::model::Message;

/// Anything: a message without a schema.
static ANYTHING: Value = Value::Bool(true);

/// Which way messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Clients send them.
    FromClients,
    /// Clients receive them.
    ToClients,
}

/// A difference between the payloads of messages.
pub(super) struct Difference {
    pub(super) is_breaking: bool,
    pub(super) pointer: String,
    pub(super) words: String,
}

/// What differs between the payloads of `old` and `new`.
pub(super) fn compare(old: &[Message], new: &[Message], way: Way) -> Vec<Difference> {
    let stricter = findings(old, new);
    let laxer = findings(new, old);
    let (breaking, safe, age) = match way {
        Way::FromClients => (stricter, laxer, Age::Stricter),
        Way::ToClients => (laxer, stricter, Age::Laxer),
    };
    let other = match age {
        Age::Stricter => Age::Laxer,
        Age::Laxer => Age::Stricter,
    };
    let mut differences: Vec<Difference> = Vec::new();
    for (findings, age, breaks) in [(breaking, age, true), (safe, other, false)] {
        for finding in findings {
            let words = finding.words(age);
            let is_told = |it: &Difference| {
                // Both sides of one change, for example of a `pattern`.
                it.pointer == finding.pointer && (it.words == words || (it.is_breaking && !breaks))
            };
            if !differences.iter().any(is_told) {
                differences.push(Difference {
                    is_breaking: breaks && !finding.is_note(),
                    pointer: finding.pointer,
                    words,
                });
            }
        }
    }
    differences
}

/// Why what `a` accepts is not all accepted by `b`.
fn findings(a: &[Message], b: &[Message]) -> Vec<Finding> {
    let alternatives = labelled(b);
    let mut subset = Subset::new();
    let mut findings = Vec::new();
    for (label, view) in labelled(a) {
        let mut own = Conjunction::of(view);
        own.label = Some(label);
        subset.any_of(&own, &alternatives, "", &mut findings);
    }
    findings
}

fn labelled(messages: &[Message]) -> Vec<(Label<'_>, View<'_>)> {
    if messages.is_empty() {
        return vec![(Label::default(), View::root(&ANYTHING))];
    }
    let count = messages.len();
    let labelled = messages.iter().enumerate().map(|(index, message)| {
        let name = Some(message.key.as_str());
        (Label { name, index, count }, View::root(payload(message)))
    });
    labelled.collect()
}

/// What the payload of a message must fit.
pub(super) fn payload(message: &Message) -> &Value {
    message
        .payload
        .as_ref()
        .map_or(&ANYTHING, |schema| &schema.value)
}
