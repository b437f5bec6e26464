//! `enum`, `const`, and single values against a schema.

use serde_json::{Value, json};

use super::super::reason::{Finding, Reason, Types};
use super::Subset;
use super::conjunction::{Conjunction, listed};
use super::view::View;

/// `enum` and `const` of `b`, where `a` has no list of values.
pub(super) fn limited(a: &Conjunction<'_>, b: View<'_>, at: &str, out: &mut Vec<Finding>) {
    let Some(values) = listed(b) else { return };
    let few = [Value::Null, Value::Bool(true), Value::Bool(false)];
    let possible = |value: &&Value| Types::of(value).is_within(a.types());
    let is_covered = a.types().is_within(Types::FEW)
        && few
            .iter()
            .filter(possible)
            .all(|value| values.contains(&value));
    if !is_covered {
        let values = values.into_iter().cloned().collect();
        out.push(Finding::new(at, Reason::Limited(values)));
    }
}

impl Subset {
    /// Whether a schema accepts a value. One that cannot be compiled accepts none.
    pub(super) fn accepts(&mut self, view: View<'_>, value: &Value) -> bool {
        let validator = self
            .validators
            .entry(view.address())
            .or_insert_with(|| compile(view));
        validator.as_ref().is_some_and(|it| it.is_valid(value))
    }

    /// Whether a regular expression of a schema matches a property's name; none where it is not
    /// one.
    pub(super) fn matches(&mut self, pattern: &str, name: &str) -> Option<bool> {
        if !self.patterns.contains_key(pattern) {
            let schema = json!({ "pattern": pattern });
            let compiled = compile(View::root(&schema));
            self.patterns.insert(pattern.to_owned(), compiled);
        }
        let validator = self.patterns.get(pattern)?.as_ref()?;
        Some(validator.is_valid(&Value::String(name.to_owned())))
    }
}

fn compile(view: View<'_>) -> Option<jsonschema::Validator> {
    let definitions = view.root.get("definitions").cloned();
    let schema = json!({
        "allOf": [view.value],
        "definitions": definitions.unwrap_or_else(|| json!({})),
    });
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .should_validate_formats(true)
        .build(&schema)
        .ok()
}
