//! A JSON Schema with its references followed and the parts of `allOf` laid into one, as far as
//! they say what a value looks like.

use serde_json::{Map, Value};

use self::merge::merge;

mod merge;

/// Longest chain of references that is followed.
const TRAIL_MAX: usize = 64;
/// Most alternatives that `oneOf` beside `anyOf` are multiplied to.
const PRODUCT_MAX: usize = 32;

/// A schema laid flat.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Flat {
    /// Every value is valid, as far as can be seen.
    Any,
    /// No value is valid.
    Never,
    /// An object schema without `$ref`, `allOf`, `oneOf` and `anyOf`, and the alternatives that
    /// the latter two give: one of them holds beside it.
    Words(Map<String, Value>, Option<Vec<Value>>),
}

/// What a `$ref` of a self-contained schema stands for, and its name.
pub(crate) fn target<'a>(root: &'a Value, reference: &str) -> Option<(String, &'a Value)> {
    let pointer = reference.strip_prefix('#')?;
    let value = root.pointer(pointer)?;
    let name = pointer.rsplit('/').next().unwrap_or_default();
    Some((name.replace("~1", "/").replace("~0", "~"), value))
}

/// The reference that a schema is, maybe under words that give it no other shape.
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    let object = schema.as_object()?;
    if let Some(reference) = object.get("$ref") {
        return reference.as_str();
    }
    let shapeless =
        |word: &str| word == "allOf" || word.starts_with("x-") || ANNOTATIONS.contains(&word);
    match object.get("allOf")?.as_array()?.as_slice() {
        [only] if object.keys().all(|word| shapeless(word)) => reference(only),
        _ => None,
    }
}

/// Words that only describe.
const ANNOTATIONS: [&str; 10] = [
    "title",
    "description",
    "default",
    "example",
    "examples",
    "readOnly",
    "writeOnly",
    "deprecated",
    "externalDocs",
    "$comment",
];

/// The field that `discriminator` names, and the text that stands in it for an alternative that is
/// a reference: the schema's name, unless a mapping (as OpenAPI has it) gives another.
pub(crate) fn discriminated(
    root: &Value,
    words: &Map<String, Value>,
    branch: &Value,
) -> Option<(String, String)> {
    let discriminator = words.get("discriminator")?;
    let named = discriminator.get("propertyName").and_then(Value::as_str);
    let tag = discriminator.as_str().or(named)?;
    let (name, _) = target(root, reference(branch)?)?;
    let mapping = discriminator.get("mapping").and_then(Value::as_object);
    let mapped = mapping.into_iter().flatten().find(|(_, to)| {
        let to = to.as_str().unwrap_or_default();
        to.rsplit('/').next() == Some(&name)
    });
    let text = mapped.map_or_else(|| name.clone(), |(text, _)| text.clone());
    Some((tag.to_owned(), text))
}

/// Lays a schema flat. What goes round in circles is left out.
pub(crate) fn flatten(root: &Value, schema: &Value) -> Flat {
    flatten_at(root, schema, &mut Vec::new())
}

/// `trail` holds the references that led here through `$ref` and `allOf`.
fn flatten_at(root: &Value, schema: &Value, trail: &mut Vec<String>) -> Flat {
    let (mut schema, length) = (schema, trail.len());
    while let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let fresh = trail.len() < TRAIL_MAX && !trail.iter().any(|it| it == reference);
        match target(root, reference).filter(|_| fresh) {
            Some((_, value)) => {
                trail.push(reference.to_owned());
                schema = value;
            }
            None => {
                trail.truncate(length);
                return Flat::Any;
            }
        }
    }
    let flat = flatten_object(root, schema, trail);
    trail.truncate(length);
    flat
}

fn flatten_object(root: &Value, schema: &Value, trail: &mut Vec<String>) -> Flat {
    let object = match schema {
        Value::Bool(false) => return Flat::Never,
        Value::Object(object) => object,
        _ => return Flat::Any,
    };
    let mut words = object.clone();
    words.remove("definitions");
    let parts = words.remove("allOf");
    let mut alternatives = None;
    for word in ["oneOf", "anyOf"] {
        if let Some(Value::Array(branches)) = words.remove(word)
            && !branches.is_empty()
        {
            alternatives = Some(product(alternatives, branches));
        }
    }
    for part in parts
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        match flatten_at(root, part, trail) {
            Flat::Any => {}
            Flat::Never => return Flat::Never,
            Flat::Words(others, branches) => {
                merge(&mut words, others);
                if let Some(branches) = branches {
                    alternatives = Some(product(alternatives, branches));
                }
            }
        }
    }
    Flat::Words(words, alternatives)
}

/// Alternatives that hold beside others: every one with every other, as long as they are few.
fn product(first: Option<Vec<Value>>, second: Vec<Value>) -> Vec<Value> {
    match first {
        None => second,
        Some(first) if first.len() * second.len() > PRODUCT_MAX => first,
        Some(first) => first
            .iter()
            .flat_map(|a| second.iter().map(move |b| both(a, b)))
            .collect(),
    }
}

/// The schema that asks for both.
pub(crate) fn both(a: &Value, b: &Value) -> Value {
    serde_json::json!({"allOf": [a, b]})
}

/// One alternative beside the words that hold for all.
pub(crate) fn alternative(words: &Map<String, Value>, branch: &Value) -> Value {
    let mut words = words.clone();
    for word in ANNOTATIONS {
        words.remove(word);
    }
    if words.is_empty() {
        return branch.clone();
    }
    both(branch, &Value::Object(words))
}

/// The words of `type`, told or taken from the other words: empty where every type is allowed.
pub(crate) fn types(words: &Map<String, Value>) -> Vec<&str> {
    match words.get("type") {
        Some(Value::String(name)) => return vec![name.as_str()],
        Some(Value::Array(names)) => return names.iter().filter_map(Value::as_str).collect(),
        _ => {}
    }
    const IMPLIED: [(&str, &[&str]); 4] = [
        (
            "object",
            &[
                "properties",
                "required",
                "patternProperties",
                "additionalProperties",
                "minProperties",
                "maxProperties",
                "propertyNames",
                "dependencies",
            ],
        ),
        (
            "array",
            &[
                "items",
                "minItems",
                "maxItems",
                "uniqueItems",
                "contains",
                "additionalItems",
            ],
        ),
        ("string", &["minLength", "maxLength", "pattern", "format"]),
        (
            "number",
            &[
                "minimum",
                "maximum",
                "exclusiveMinimum",
                "exclusiveMaximum",
                "multipleOf",
            ],
        ),
    ];
    let implied = IMPLIED
        .iter()
        .find(|(_, hints)| hints.iter().any(|hint| words.contains_key(*hint)));
    implied.map(|(name, _)| vec![*name]).unwrap_or_default()
}

/// `required`.
pub(crate) fn required(words: &Map<String, Value>) -> Vec<&str> {
    let list = words.get("required").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The schemas of a word that holds an object of schemas.
pub(crate) fn members<'a>(
    words: &'a Map<String, Value>,
    word: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    words
        .get(word)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests;
