//! The published schemas, compiled when a document asks for one.

use std::sync::OnceLock;

use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::explain::{self, Finding};
use super::nouns;
use crate::model::Version;

/// Schema by version. How the files are made stands in `spec/vendor.mjs`.
const TEXTS: [(Version, &str); 9] = [
    text(2, 0, include_str!("../../../spec/asyncapi-2.0.0.json")),
    text(2, 1, include_str!("../../../spec/asyncapi-2.1.0.json")),
    text(2, 2, include_str!("../../../spec/asyncapi-2.2.0.json")),
    text(2, 3, include_str!("../../../spec/asyncapi-2.3.0.json")),
    text(2, 4, include_str!("../../../spec/asyncapi-2.4.0.json")),
    text(2, 5, include_str!("../../../spec/asyncapi-2.5.0.json")),
    text(2, 6, include_str!("../../../spec/asyncapi-2.6.0.json")),
    text(3, 0, include_str!("../../../spec/asyncapi-3.0.0.json")),
    text(3, 1, include_str!("../../../spec/asyncapi-3.1.0.json")),
];

const fn text(major: u8, minor: u8, text: &'static str) -> (Version, &'static str) {
    (Version { major, minor }, text)
}

/// The forms in the order of the texts, each compiled once: that is most of the time that a small
/// document takes, and whoever watches a document or converts one asks again.
static COMPILED: [OnceLock<Option<Spec>>; TEXTS.len()] = [const { OnceLock::new() }; TEXTS.len()];

/// The form of one version.
pub(in crate::check) struct Spec {
    schema: Value,
    validator: Validator,
    /// What the whole is called.
    noun: &'static str,
}

impl Spec {
    /// The form of a version; none for one that is not published.
    pub(super) fn of(version: Version) -> Option<&'static Self> {
        let position = TEXTS.iter().position(|(known, _)| *known == version)?;
        let (_, text) = TEXTS.get(position)?;
        let compiled = COMPILED.get(position)?;
        compiled
            .get_or_init(|| Self::new(text, "an AsyncAPI document"))
            .as_ref()
    }

    /// The form that a schema describes; none for a text that is no schema.
    pub(in crate::check) fn new(text: &str, noun: &'static str) -> Option<Self> {
        let schema: Value = serde_json::from_str(text).ok()?;
        let validator = jsonschema::options()
            .with_draft(Draft::Draft7)
            .offline()
            .build(&schema)
            .ok()?;
        Some(Self {
            schema,
            validator,
            noun,
        })
    }

    /// Everything that is wrong with the form of a document, in the order of the schema.
    pub(in crate::check) fn findings(&self, document: &Value) -> Vec<Finding> {
        let noun = |path: &str| nouns::of(path).unwrap_or(self.noun);
        let errors = self.validator.iter_errors(document);
        errors
            .flat_map(|error| explain::findings(&self.schema, &error, noun))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_compiles() {
        for (version, _) in TEXTS {
            assert!(Spec::of(version).is_some(), "{version}");
        }
    }
}
