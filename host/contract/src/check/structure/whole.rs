//! One value out of all files of a document, which remembers where its parts stand.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::bundle::{At, Bundle};
use crate::place::{FileId, Place, push_token, tokens};
use crate::source::Data;

/// Deepest nesting of the value: files may reference each other into any depth.
const DEPTH_MAX: usize = 200;

/// The opened file, with each value of another file in the place that references it first.
pub(super) struct Whole {
    /// The value.
    pub(super) value: Value,
    /// Pointers of the value at which another file begins, and where that is.
    origins: Vec<(String, Place)>,
}

impl Whole {
    pub(super) fn of(bundle: &Bundle, root: &At<'_>) -> Self {
        let mut builder = Builder {
            bundle,
            seen: HashSet::new(),
            origins: Vec::new(),
        };
        let value = builder.value(root, "", 0);
        Self {
            value,
            origins: builder.origins,
        }
    }

    /// Where a part of the value stands.
    pub(super) fn place(&self, pointer: &str) -> Place {
        let within = |prefix: &str| {
            let rest = pointer.strip_prefix(prefix)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
        };
        let origins = self.origins.iter();
        let nearest = origins
            .filter_map(|(prefix, place)| Some((prefix.len(), within(prefix)?, place)))
            .max_by_key(|(length, _, _)| *length);
        match nearest {
            Some((_, rest, place)) => Place {
                file: place.file,
                pointer: format!("{}{rest}", place.pointer),
            },
            None => Place {
                file: FileId(0),
                pointer: pointer.to_owned(),
            },
        }
    }
}

struct Builder<'a> {
    bundle: &'a Bundle,
    seen: HashSet<Place>,
    origins: Vec<(String, Place)>,
}

impl<'a> Builder<'a> {
    fn value(&mut self, at: &At<'_>, pointer: &str, depth: usize) -> Value {
        if depth > DEPTH_MAX {
            return at.node.to_value();
        }
        if let Some(target) = self.elsewhere(at, pointer) {
            self.origins
                .push((pointer.to_owned(), target.place.clone()));
            return self.value(&target, pointer, depth + 1);
        }
        match &at.node.data {
            Data::Object(_) => {
                let mut object = Map::new();
                for (key, member) in at.members() {
                    let mut pointer = pointer.to_owned();
                    push_token(&mut pointer, key);
                    object.insert(key.to_owned(), self.value(&member, &pointer, depth + 1));
                }
                Value::Object(object)
            }
            Data::Array(_) => {
                let items = at.items().enumerate();
                let items = items.map(|(index, item)| {
                    self.value(&item, &format!("{pointer}/{index}"), depth + 1)
                });
                Value::Array(items.collect())
            }
            _ => at.node.to_value(),
        }
    }

    /// What a reference into another file names, where it is to be put in its place.
    fn elsewhere(&mut self, at: &At<'_>, pointer: &str) -> Option<At<'a>> {
        at.node.reference()?;
        let here = self.bundle.get(&at.place)?;
        let target = self.bundle.resolve(&here).ok()?;
        let is_here = target.place.file == FileId(0);
        if is_here || is_reference_only(pointer) || !self.seen.insert(target.place.clone()) {
            return None;
        }
        Some(target)
    }
}

/// Whether the form asks for a reference here, and for nothing else.
fn is_reference_only(pointer: &str) -> bool {
    let tokens: Vec<_> = tokens(pointer).collect();
    let tokens: Vec<&str> = tokens.iter().map(AsRef::as_ref).collect();
    let below = match tokens.as_slice() {
        ["components", rest @ ..] => rest,
        rest => rest,
    };
    matches!(
        below,
        ["operations" | "replies", _, "channel"]
            | ["operations" | "replies", _, "messages", _]
            | ["operations", _, "reply", "channel"]
            | ["operations", _, "reply", "messages", _]
            | ["channels", _, "servers", _]
    )
}
