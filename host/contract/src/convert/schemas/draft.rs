//! Keywords of other drafts of JSON Schema in the words of draft 7, which AsyncAPI means.

use serde_json::{Value, json};

use super::super::Object;
use crate::emit::{Form, Kind};

/// Keywords that draft 7 has nothing for. Validators of draft 7 ignore them.
const UNKNOWN: [&str; 9] = [
    "unevaluatedProperties",
    "unevaluatedItems",
    "minContains",
    "maxContains",
    "$dynamicRef",
    "$dynamicAnchor",
    "$recursiveRef",
    "$recursiveAnchor",
    "$anchor",
];

/// Rewrites a schema; what cannot be said in draft 7 is told.
pub(super) fn to_draft_7(schema: &mut Value) -> Vec<String> {
    let mut told = Vec::new();
    walk(schema, Form::One(Kind::Schema), &mut told);
    told
}

fn walk(value: &mut Value, form: Form, told: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if form == Form::One(Kind::Schema) {
                keywords(members, told);
            }
            for (key, member) in members {
                walk(member, form.member(key), told);
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| walk(item, form.item(), told)),
        _ => {}
    }
}

fn keywords(schema: &mut Object, told: &mut Vec<String>) {
    for key in ["$schema", "$id", "$vocabulary", "$comment"] {
        schema.shift_remove(key);
    }
    // Draft 4.
    if schema.get("id").is_some_and(Value::is_string) {
        schema.shift_remove("id");
    }
    exclusive(schema, "exclusiveMinimum", "minimum");
    exclusive(schema, "exclusiveMaximum", "maximum");
    // 2019-09 and 2020-12.
    if let Some(Value::Object(definitions)) = schema.shift_remove("$defs") {
        let all = schema.entry("definitions").or_insert_with(|| json!({}));
        if let Value::Object(all) = all {
            all.extend(definitions);
        }
    }
    if let Some(prefix) = schema.shift_remove("prefixItems")
        && let Some(rest) = schema.insert("items".into(), prefix)
    {
        schema.insert("additionalItems".into(), rest);
    }
    for key in ["dependentRequired", "dependentSchemas"] {
        if let Some(Value::Object(dependent)) = schema.shift_remove(key) {
            let all = schema.entry("dependencies").or_insert_with(|| json!({}));
            if let Value::Object(all) = all {
                all.extend(dependent);
            }
        }
    }
    let unknown = UNKNOWN.into_iter().filter(|key| schema.contains_key(*key));
    told.extend(unknown.map(|key| format!("`{key}` means nothing in draft 7 and is not checked")));
    if schema.contains_key("$ref") && schema.len() > 1 {
        let beside: Vec<_> = schema
            .keys()
            .filter(|key| is_checked(key))
            .cloned()
            .collect();
        if !beside.is_empty() {
            // Since 2019-09 they hold together with the `$ref`; in draft 7 they do not count.
            told.push(format!(
                "`{}` beside a `$ref` moved into `allOf`",
                beside.join("`, `")
            ));
            if let Some(reference) = schema.shift_remove("$ref") {
                let all = schema.entry("allOf").or_insert_with(|| json!([]));
                if let Value::Array(all) = all {
                    all.push(json!({ "$ref": reference }));
                }
            }
        }
    }
}

/// Draft 4: `exclusiveMinimum: true` beside `minimum: 1` is `exclusiveMinimum: 1`.
fn exclusive(schema: &mut Object, exclusive: &str, bound: &str) {
    if let Some(is_exclusive) = schema.get(exclusive).and_then(Value::as_bool) {
        schema.shift_remove(exclusive);
        if is_exclusive && let Some(limit) = schema.shift_remove(bound) {
            schema.insert(exclusive.to_owned(), limit);
        }
    }
}

/// Whether a keyword does more than describe.
fn is_checked(key: &str) -> bool {
    const WORDS: [&str; 9] = [
        "$ref",
        "title",
        "description",
        "default",
        "examples",
        "definitions",
        "deprecated",
        "readOnly",
        "writeOnly",
    ];
    !WORDS.contains(&key) && !key.starts_with("x-")
}
