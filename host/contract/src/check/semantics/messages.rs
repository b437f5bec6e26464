//! Messages: their examples against their schemas.

use serde_json::Value;

use super::{Look, schemas};
use crate::bundle::At;
use crate::check::parts::{Kind, grammar};
use crate::diagnostic::Diagnostic;
use crate::words;

pub(super) fn check(look: &Look<'_>, found: &mut Vec<Diagnostic>) {
    for kind in [Kind::Message, Kind::MessageTrait] {
        for message in look.parts.of_kind(kind) {
            format(look, message, found);
            examples(look, message, found);
        }
    }
}

/// Languages of schemas that AsyncAPI does not name are not checked by anybody.
fn format(look: &Look<'_>, message: &At<'_>, found: &mut Vec<Diagnostic>) {
    let mut holders = vec![message.clone()];
    for key in ["payload", "headers"] {
        holders.extend(
            message
                .get(key)
                .and_then(|at| look.bundle.resolve(&at).ok()),
        );
    }
    for (index, holder) in holders.iter().enumerate() {
        let is_holder = if look.version.major == 2 {
            index == 0
        } else {
            grammar::is_multi_format(holder)
        };
        let format = holder.get("schemaFormat").filter(|_| is_holder);
        let Some((format, name)) = format.as_ref().and_then(|at| Some((at, at.node.as_str()?)))
        else {
            continue;
        };
        if !grammar::is_known(name) {
            let message = format!("`{name}` is no schema format that AsyncAPI names");
            let help =
                "leave it out for JSON Schema, or write `application/schema+json;version=draft-07`";
            found.push(
                Diagnostic::error("unknown-schema-format", format.place.clone(), message)
                    .help(help),
            );
        }
    }
}

fn examples(look: &Look<'_>, message: &At<'_>, found: &mut Vec<Diagnostic>) {
    let Some(examples) = message
        .get("examples")
        .filter(|examples| !examples.node.items().is_empty())
    else {
        return;
    };
    for key in ["payload", "headers"] {
        let Some(schema) = schema(look, message, key) else {
            continue;
        };
        let values: Vec<At<'_>> = examples
            .items()
            .filter_map(|example| example.get(key))
            .collect();
        if !values.is_empty() {
            schemas::hold_examples(look, &schema, &values, "example-mismatch", found);
        }
    }
}

/// The schema of a message's payload or headers, where it is JSON Schema.
fn schema<'a>(look: &Look<'a>, message: &At<'a>, key: &str) -> Option<At<'a>> {
    if key == "payload" && look.version.major == 2 {
        let is_foreign = |format: String| !grammar::is_json_schema(&format);
        if message.text("schemaFormat").is_some_and(is_foreign) {
            return None;
        }
    }
    let schema = message.get(key)?;
    let target = look.bundle.resolve(&schema).ok()?;
    if look.version.major == 3 && grammar::is_multi_format(&target) {
        let is_known = grammar::is_json_schema(&target.text("schemaFormat")?);
        return target.get("schema").filter(|_| is_known);
    }
    Some(schema)
}

/// A default that is none of the values that are allowed.
pub(super) fn default_among(default: &At<'_>, values: &At<'_>, found: &mut Vec<Diagnostic>) {
    let default_value = default.node.to_value();
    let values: Vec<Value> = values.items().map(|value| value.node.to_value()).collect();
    if values.is_empty() || values.contains(&default_value) {
        return;
    }
    let names: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
    let message = format!(
        "the default `{}` is none of the values: {}",
        default_value.as_str().unwrap_or_default(),
        words::list(&names)
    );
    found.push(Diagnostic::error(
        "default-mismatch",
        default.place.clone(),
        message,
    ));
}
