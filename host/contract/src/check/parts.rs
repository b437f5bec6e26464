//! Every object of a document with its kind: servers, channels, messages, schemas and so on,
//! wherever they stand, each once.

pub(super) mod grammar;

use std::collections::{HashMap, HashSet};

use crate::bundle::{At, Bundle, Lost};
use crate::diagnostic::Diagnostic;
use crate::model::Version;
use crate::place::Place;
use crate::source::Data;

/// Kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The whole document.
    Root,
    /// `info`
    Info,
    /// A server.
    Server,
    /// A variable of a server's address.
    Variable,
    /// A channel.
    Channel,
    /// A parameter of a channel's address.
    Parameter,
    /// An operation.
    Operation,
    /// An operation trait.
    OperationTrait,
    /// The reply of an operation.
    Reply,
    /// A message.
    Message,
    /// A message trait.
    MessageTrait,
    /// A JSON Schema, or the object that says which language a schema has.
    Schema,
    /// A tag.
    Tag,
    /// A security scheme.
    Scheme,
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Self::Root => "the document",
            Self::Info => "`info`",
            Self::Server => "a server",
            Self::Variable => "a server variable",
            Self::Channel => "a channel",
            Self::Parameter => "a parameter",
            Self::Operation => "an operation",
            Self::OperationTrait => "an operation trait",
            Self::Reply => "a reply",
            Self::Message => "a message",
            Self::MessageTrait => "a message trait",
            Self::Schema => "a schema",
            Self::Tag => "a tag",
            Self::Scheme => "a security scheme",
        }
    }
}

/// The objects of a document.
pub(super) struct Parts<'a> {
    parts: Vec<(Kind, At<'a>)>,
    /// Schemas that were found within a schema.
    nested: HashSet<Place>,
    /// References that name an object of another kind than the place asks for.
    pub(super) wrong: Vec<Diagnostic>,
}

impl<'a> Parts<'a> {
    /// Walks a document.
    pub(super) fn of(bundle: &'a Bundle, version: Version) -> Self {
        let mut walk = Walk {
            bundle,
            version,
            kinds: HashMap::new(),
            references: Vec::new(),
            parts: Vec::new(),
            nested: HashSet::new(),
            wrong: Vec::new(),
        };
        if let Some(root) = bundle.root() {
            walk.visit(Kind::Root, &root);
        }
        walk.follow();
        Self {
            parts: walk.parts,
            nested: walk.nested,
            wrong: walk.wrong,
        }
    }

    /// All objects of a kind, in the order of the document.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &At<'a>> {
        let parts = self.parts.iter();
        parts.filter_map(move |(found, at)| (*found == kind).then_some(at))
    }

    /// Whether a schema stands within another one.
    pub(super) fn is_nested(&self, schema: &At<'_>) -> bool {
        self.nested.contains(&schema.place)
    }

    /// All objects.
    pub(super) fn all(&self) -> impl Iterator<Item = (Kind, &At<'a>)> {
        self.parts.iter().map(|(kind, at)| (*kind, at))
    }
}

struct Walk<'a> {
    bundle: &'a Bundle,
    version: Version,
    kinds: HashMap<Place, Kind>,
    references: Vec<(Kind, At<'a>)>,
    parts: Vec<(Kind, At<'a>)>,
    nested: HashSet<Place>,
    wrong: Vec<Diagnostic>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, kind: Kind, at: &At<'a>) {
        if at.node.reference().is_some() {
            self.references.push((kind, at.clone()));
            return;
        }
        if !matches!(at.node.data, Data::Object(_) | Data::Bool(_)) {
            return;
        }
        if self.kinds.insert(at.place.clone(), kind).is_some() {
            return;
        }
        self.parts.push((kind, at.clone()));
        if kind == Kind::Schema {
            self.schema(at);
            return;
        }
        // In 2.x the message says which language its payload has.
        let is_foreign = kind == Kind::Message
            && at
                .text("schemaFormat")
                .is_some_and(|format| !grammar::is_json_schema(&format));
        for (path, child) in grammar::children(kind, self.version) {
            if !(is_foreign && *path == ["payload"]) {
                self.step(at, path, *child);
            }
        }
    }

    /// Visits what a path of keys leads to; `*` stands for all members or items.
    fn step(&mut self, at: &At<'a>, path: &[&str], child: Kind) {
        let Some((first, rest)) = path.split_first() else {
            self.visit(child, at);
            return;
        };
        if *first != "*" {
            if let Some(next) = at.get(first) {
                self.step(&next, rest, child);
            }
            return;
        }
        for (key, member) in at.members() {
            if !key.starts_with("x-") || child == Kind::Schema {
                self.step(&member, rest, child);
            }
        }
        for item in at.items() {
            self.step(&item, rest, child);
        }
    }

    /// The schemas within a schema.
    fn schema(&mut self, at: &At<'a>) {
        if grammar::is_multi_format(at) {
            let is_known = at
                .text("schemaFormat")
                .is_none_or(|format| grammar::is_json_schema(&format));
            if let Some(inner) = at.get("schema").filter(|_| is_known) {
                self.visit(Kind::Schema, &inner);
            }
            return;
        }
        let before = self.parts.len();
        for path in grammar::SUBSCHEMAS {
            self.step(at, path, Kind::Schema);
        }
        let nested = self.parts.iter().skip(before);
        self.nested.extend(nested.map(|(_, at)| at.place.clone()));
    }

    /// Follows references, after everything that stands in its own place has its kind.
    fn follow(&mut self) {
        while let Some((kind, at)) = self.references.pop() {
            // One that leads nowhere has been reported.
            let target = match self.bundle.resolve(&at) {
                Ok(target) => target,
                Err(Lost::Missing | Lost::Cycle | Lost::MetaSchema) => continue,
            };
            match self.kinds.get(&target.place) {
                Some(found) if *found != kind => {
                    self.wrong.push(wrong_kind(&at, kind, *found));
                }
                Some(_) => {}
                None => self.visit(kind, &target),
            }
        }
    }
}

fn wrong_kind(at: &At<'_>, wanted: Kind, found: Kind) -> Diagnostic {
    let reference = at.node.reference().unwrap_or_default();
    let words = format!(
        "expected {}, but `{reference}` is {}",
        wanted.noun(),
        found.noun()
    );
    let help = match (wanted, found) {
        (Kind::Message, Kind::Schema) => {
            "make a message of it: `payload:` with this reference below"
        }
        _ => "reference an object of the kind that belongs here",
    };
    Diagnostic::error("reference-to-other-kind", at.place.child("$ref"), words).help(help)
}
