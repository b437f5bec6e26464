//! Which definitions a schema reaches, and which of them lead back to where they began.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

/// The definition that a `$ref` names.
pub(super) fn target(reference: &str) -> Option<String> {
    let name = reference.strip_prefix("#/definitions/")?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}

/// The definition that a schema is a reference to.
pub(super) fn reference(schema: &Value) -> Option<String> {
    target(schema.get("$ref")?.as_str()?)
}

/// Whether a schema is nothing but a reference.
pub(super) fn is_plain_reference(schema: &Value) -> bool {
    let members = schema.as_object().into_iter().flatten();
    reference(schema).is_some()
        && members
            .map(|(key, _)| key)
            .all(|it| it == "$ref" || it == "definitions")
}

/// Definitions that a schema reaches, in the order in which they are met.
pub(super) fn reached(schema: &Value, definitions: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        for name in references(schema) {
            if let Some(value) = definitions.get(&name)
                && seen.insert(name.clone())
            {
                found.push(name);
                open.push(value);
            }
        }
    }
    found
}

/// Every reference in a schema, but not those in its `definitions`.
fn references(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                found.extend(reference(value));
                let inner = members.iter().filter(|(key, _)| *key != "definitions");
                open.extend(inner.map(|(_, member)| member));
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found.reverse();
    found
}

/// What makes two definitions of one name the same: their text and that of all they reach.
pub(super) fn signature(definition: &str, definitions: &Map<String, Value>) -> String {
    let Some(schema) = definitions.get(definition) else {
        return String::new();
    };
    let mut names = reached(schema, definitions);
    names.sort_unstable();
    let others = names
        .iter()
        .filter_map(|name| Some((name, definitions.get(name)?)));
    let others = others.map(|(name, schema)| format!("\n{name}: {schema}"));
    schema.to_string() + &others.collect::<String>()
}

/// Definitions that lead back to this one by references alone, with no object or list between.
/// TypeScript refuses a type that is defined as itself.
pub(super) fn circle(definition: &str, definitions: &Map<String, Value>) -> HashSet<String> {
    let edges: HashMap<&str, Vec<String>> = definitions
        .iter()
        .map(|(name, schema)| (name.as_str(), direct(schema)))
        .collect();
    let leads_back = |name: &&String| {
        let mut seen = HashSet::new();
        let mut open = vec![name.as_str()];
        while let Some(name) = open.pop() {
            if name == definition {
                return true;
            }
            if seen.insert(name) {
                open.extend(edges.get(name).into_iter().flatten().map(String::as_str));
            }
        }
        false
    };
    definitions.keys().filter(leads_back).cloned().collect()
}

/// References that stand for the schema itself, alone or as one of several.
fn direct(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        if let Some(name) = reference(schema) {
            found.push(name);
            continue;
        }
        for word in ["allOf", "oneOf", "anyOf"] {
            open.extend(
                schema
                    .get(word)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten(),
            );
        }
    }
    found
}
