//! One message's payload, compiled: a form that arguments fit or do not fit.

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value};

use crate::diagnostic::Diagnostic;
use crate::model::{Message, Schema};

use super::Violations;
use super::fast::Shape;
use super::node::Borrowed;
use super::tree::Tree;
use super::words;

/// Values of a payload up to which all that is wrong is gathered; in a larger one the first: the
/// list is made whole before it is cut, and would take many times the payload's memory.
const GATHERED_NODES_MAX: usize = 20_000;

/// Keywords that speak of a text's characters. Beside `format: binary` they would be applied to
/// an attachment, which has none.
const TEXT_KEYWORDS: [&str; 5] = [
    "minLength",
    "maxLength",
    "pattern",
    "contentEncoding",
    "contentMediaType",
];

/// Keywords whose values are data, not schemas.
const DATA_KEYWORDS: [&str; 4] = ["enum", "const", "default", "examples"];

/// Keywords whose values map names to schemas.
const MAP_KEYWORDS: [&str; 4] = [
    "properties",
    "patternProperties",
    "definitions",
    "dependencies",
];

/// Formats that JSON Schema named after draft 7 and that contracts use all the same.
const LATER_FORMATS: [&str; 2] = ["uuid", "duration"];

/// What a payload must be.
#[derive(Debug)]
pub(super) enum Form {
    /// The contract says nothing that could be checked: no payload, one in another language than
    /// JSON Schema, or one that is no JSON.
    Anything,
    /// A JSON Schema.
    Schema(Box<Compiled>),
}

/// A JSON Schema, compiled.
#[derive(Debug)]
pub(super) struct Compiled {
    validator: Validator<Borrowed>,
    /// What the fast way knows of it.
    shape: Option<Shape>,
}

impl Form {
    /// Compiles a message's payload.
    pub(super) fn compile(message: &Message) -> Result<Self, Diagnostic> {
        let is_json = is_json(&message.content_type) && message.foreign_format.is_none();
        match &message.payload {
            Some(schema) if is_json && schema.value != Value::Bool(true) => compile(schema),
            _ => Ok(Self::Anything),
        }
    }

    /// What the fast way knows of a schema.
    pub(super) fn shape(&self) -> Option<&Shape> {
        match self {
            Self::Anything => None,
            Self::Schema(schema) => schema.shape.as_ref(),
        }
    }

    /// Whether a value fits.
    pub(super) fn is_fit(&self, tree: &Tree<'_>) -> bool {
        match self {
            Self::Anything => true,
            Self::Schema(schema) => schema.validator.is_valid(tree),
        }
    }

    /// What is wrong with a value that does not fit.
    pub(super) fn violations(&self, tree: &Tree<'_>, limit: usize) -> Violations {
        let Self::Schema(schema) = self else {
            return Violations::default();
        };
        let validator = &schema.validator;
        let mut violations = Violations::default();
        if tree.nodes() > GATHERED_NODES_MAX {
            if let Err(error) = validator.validate(tree) {
                words::tell(&error, tree, limit, &mut violations);
            }
            return violations;
        }
        for error in validator.iter_errors(tree) {
            words::tell(&error, tree, limit, &mut violations);
        }
        violations
    }
}

fn compile(schema: &Schema) -> Result<Form, Diagnostic> {
    let mut value = schema.value.clone();
    prepare(&mut value);
    let mut options = jsonschema::options_for::<Borrowed>()
        .with_draft(Draft::Draft7)
        .should_validate_formats(true)
        .offline();
    for format in LATER_FORMATS {
        if let Some(check) = later_format(format) {
            options = options.with_format(format, check);
        }
    }
    let validator = options.build(&value).map_err(|error| {
        let path = error.instance_path().as_str();
        let words = format!("the schema cannot be compiled: {}", error.masked_with("it"));
        // What was bundled under `definitions` stands elsewhere in the document.
        let mut place = schema.place.clone();
        if !path.starts_with("/definitions") {
            place.pointer.push_str(path);
        }
        Diagnostic::error("schema-not-compiled", place, words)
            .help("payloads are JSON Schema, draft 7")
    })?;
    let shape = Shape::compile(&value);
    Ok(Form::Schema(Box::new(Compiled { validator, shape })))
}

/// The check of a format as the latest draft has it.
fn later_format(format: &'static str) -> Option<impl Fn(&str) -> bool + Send + Sync + 'static> {
    let schema = serde_json::json!({ "format": format });
    let validator = jsonschema::options_for::<Borrowed>()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .offline()
        .build(&schema)
        .ok()?;
    Some(move |text: &str| validator.is_valid(&Tree::String(text.into())))
}

/// Whether a content type is JSON: `application/json`, or a type with the suffix `+json`
/// (RFC 6839, section 3.1).
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence.is_empty() || essence == "application/json" || essence.ends_with("+json")
}

/// Takes out what would mislead the compiler: identifiers, which would give `#/definitions/…`
/// another root, dialects, which are not followed, and text keywords beside `format: binary`.
fn prepare(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            prepare_members(members);
            for (keyword, value) in members.iter_mut() {
                if DATA_KEYWORDS.contains(&keyword.as_str()) {
                    continue;
                }
                match value {
                    Value::Object(named) if MAP_KEYWORDS.contains(&keyword.as_str()) => {
                        named.values_mut().for_each(prepare);
                    }
                    other => prepare(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(prepare),
        _ => {}
    }
}

fn prepare_members(members: &mut Map<String, Value>) {
    for keyword in ["$id", "id", "$schema"] {
        if members.get(keyword).is_some_and(Value::is_string) {
            members.shift_remove(keyword);
        }
    }
    let is_binary = members.get("format").and_then(Value::as_str) == Some("binary");
    if is_binary {
        members.retain(|keyword, _| !TEXT_KEYWORDS.contains(&keyword.as_str()));
    }
}

/// A schema without a document around it.
#[cfg(test)]
pub(super) fn compiled(value: Value) -> Form {
    compile(&Schema {
        value,
        place: crate::place::Place::default(),
    })
    .unwrap()
}
