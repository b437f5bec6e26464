//! An object with traits: several objects seen as one.

use serde_json::Value;

use crate::bundle::{At, Bundle};

/// Objects laid over each other; what the first one has is seen, then what the next one has.
pub(super) struct Layers<'a> {
    bundle: &'a Bundle,
    layers: Vec<At<'a>>,
}

/// Which of an object and its traits wins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wins {
    /// AsyncAPI 2: traits are merged into the object ("Operation Trait Object").
    Traits,
    /// AsyncAPI 3: the object keeps what it has.
    Object,
}

impl<'a> Layers<'a> {
    /// An object and its traits, of which a later one wins over an earlier one.
    pub(super) fn new(bundle: &'a Bundle, object: At<'a>, wins: Wins) -> Self {
        let mut layers: Vec<At<'a>> = match field(bundle, &object, "traits") {
            Some(traits) => traits
                .items()
                .filter_map(|item| bundle.resolve(&item).ok())
                .collect(),
            None => Vec::new(),
        };
        layers.reverse();
        match wins {
            Wins::Traits => layers.push(object),
            Wins::Object => layers.insert(0, object),
        }
        Self { bundle, layers }
    }

    /// The field of the first object that has it, references followed.
    pub(super) fn get(&self, key: &str) -> Option<At<'a>> {
        self.all(key).next()
    }

    /// The field in every object that has it.
    pub(super) fn all<'s>(&'s self, key: &'s str) -> impl Iterator<Item = At<'a>> + 's {
        let found = self.layers.iter().filter_map(move |layer| layer.get(key));
        found.filter_map(|at| resolve(self.bundle, at))
    }

    /// The string of the first object that has it.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.get(key)
            .and_then(|at| at.node.as_str().map(str::to_owned))
    }

    /// The values of a field, merged as RFC 7396 says.
    pub(super) fn merged(&self, key: &str) -> Option<Value> {
        let mut values: Vec<Value> = self
            .all(key)
            .map(|at| super::common::plain(self.bundle, &at))
            .collect();
        let mut merged = values.pop()?;
        while let Some(patch) = values.pop() {
            merge_patch(&mut merged, patch);
        }
        Some(merged)
    }
}

/// The field of an object, references followed.
pub(super) fn field<'a>(bundle: &'a Bundle, object: &At<'a>, key: &str) -> Option<At<'a>> {
    resolve(bundle, object.get(key)?)
}

fn resolve<'a>(bundle: &'a Bundle, at: At<'a>) -> Option<At<'a>> {
    if at.node.reference().is_none() {
        return Some(at);
    }
    bundle.resolve(&at).ok()
}

/// JSON Merge Patch (RFC 7396, section 2).
pub(super) fn merge_patch(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            members.remove(&key);
        } else {
            merge_patch(members.entry(key).or_insert(Value::Null), value);
        }
    }
}
