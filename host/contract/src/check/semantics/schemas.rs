//! Schemas: whether they can be used, and their defaults and examples against them.

use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::Look;
use crate::bundle::At;
use crate::check::parts::{Kind, grammar};
use crate::check::structure::{Finding, findings};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Schema;
use crate::place::Place;
use crate::read::schema::extract;
use crate::validator::surely_fit;

/// Where the official tool does not look, there are documents that it lets pass, its own examples
/// among them, and they are not to fail here: a warning.
const DOUBTFUL_DEFAULT: &str = "doubtful-default";
const DOUBTFUL_EXAMPLE: &str = "doubtful-example";

pub(super) fn check(look: &Look<'_>, found: &mut Vec<Diagnostic>) {
    for schema in look.parts.of_kind(Kind::Schema) {
        if grammar::is_multi_format(schema) {
            continue;
        }
        if let Some(default) = schema.get("default") {
            let rule = if look.parts.is_nested(schema) {
                DOUBTFUL_DEFAULT
            } else {
                "default-mismatch"
            };
            hold(look, schema, &[default], rule, "the default", found);
        }
        let examples = schema.get("examples");
        let examples: Vec<At<'_>> = examples
            .iter()
            .flat_map(|examples| examples.items())
            .collect();
        if !examples.is_empty() {
            hold_examples(look, schema, &examples, "schema-example-mismatch", found);
        }
    }
}

/// Holds examples against a schema; `rule` is the one of 2.x.
pub(super) fn hold_examples(
    look: &Look<'_>,
    schema: &At<'_>,
    examples: &[At<'_>],
    rule: &'static str,
    found: &mut Vec<Diagnostic>,
) {
    let is_doubtful = look.version.major == 3 || look.parts.is_nested(schema);
    let rule = if is_doubtful { DOUBTFUL_EXAMPLE } else { rule };
    hold(look, schema, examples, rule, "the example", found);
}

/// Holds values against a schema.
pub(super) fn hold(
    look: &Look<'_>,
    schema: &At<'_>,
    values: &[At<'_>],
    rule: &'static str,
    what: &str,
    found: &mut Vec<Diagnostic>,
) {
    let schema = extract(look.bundle, schema);
    let held: Vec<Value> = values.iter().map(|at| at.node.to_value()).collect();
    if surely_fit(&schema.value, &held) {
        return;
    }
    let validator = match compile(&schema) {
        Ok(validator) => validator,
        Err(error) => {
            found.push(Diagnostic::error("invalid-schema", schema.place, error));
            return;
        }
    };
    for (at, value) in values.iter().zip(&held) {
        for error in validator.iter_errors(value) {
            for finding in findings(&schema.value, &error, |_| "the value") {
                found.push(mismatch(finding, at, rule, what));
            }
        }
    }
}

fn compile(schema: &Schema) -> Result<Validator, String> {
    let options = jsonschema::options().with_draft(Draft::Draft7).offline();
    let built = options.build(&schema.value);
    built.map_err(|error| format!("the schema cannot be used: {error}"))
}

fn mismatch(finding: Finding, at: &At<'_>, rule: &'static str, what: &str) -> Diagnostic {
    let place = Place {
        file: at.place.file,
        pointer: format!("{}{}", at.place.pointer, finding.pointer),
    };
    let message = format!("{what} does not fit its schema: {}", finding.message);
    let mut error = Diagnostic::error(rule, place, message);
    error.help = finding.help;
    error.at_key = finding.at_key;
    if rule == DOUBTFUL_DEFAULT || rule == DOUBTFUL_EXAMPLE {
        error.severity = Severity::Warning;
    }
    error
}
