//! From an error of the validator to words about the document.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use super::branch;
use crate::place::push_token;
use crate::words;

/// One thing that is wrong with the form.
#[derive(Clone, Debug)]
pub(in crate::check) struct Finding {
    /// The rule's name.
    pub(in crate::check) rule: &'static str,
    /// Where, as a pointer into the value that was looked at.
    pub(in crate::check) pointer: String,
    /// What is wrong.
    pub(in crate::check) message: String,
    /// What to do.
    pub(in crate::check) help: Option<String>,
    /// Whether the key is meant.
    pub(in crate::check) at_key: bool,
    /// What choosing between alternatives goes by.
    pub(in crate::check) sign: Sign,
}

/// What a finding says about the alternative it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) enum Sign {
    /// The value would have to be a reference.
    Reference,
    /// The value has another type than any of these.
    Type(Vec<String>),
    /// The value is none of these.
    Value(Vec<String>),
    /// These fields are missing.
    Missing(Vec<String>),
    /// Nothing.
    None,
}

/// The findings of one error.
///
/// `noun` calls the object that a path of the schema is about.
pub(in crate::check) fn findings(
    schema: &Value,
    error: &ValidationError<'_>,
    noun: impl Fn(&str) -> &'static str + Copy,
) -> Vec<Finding> {
    let path = error.schema_path().as_str();
    let mut findings = match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let keys = unexpected.iter();
            keys.map(|key| unknown_field(schema, error, key, noun(path)))
                .collect()
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let branches = context.iter().map(|errors| {
                let errors = errors.iter();
                errors
                    .flat_map(|error| self::findings(schema, error, noun))
                    .collect()
            });
            branch::meant(branches.collect(), pointer(error), error.instance())
        }
        // Where a reference is looked at as if it were the object itself, both fit.
        Kind::OneOfMultipleValid { .. } if error.instance().get("$ref").is_some() => Vec::new(),
        Kind::PropertyNames { error: inner } => vec![bad_name(error, inner, noun(path))],
        _ => vec![plain(error, noun(path))],
    };
    if path.contains("/definitions/Reference") {
        for finding in &mut findings {
            finding.sign = Sign::Reference;
        }
    }
    findings
}

fn pointer<'a>(error: &'a ValidationError<'_>) -> &'a str {
    error.instance_path().as_str()
}

fn unknown_field(schema: &Value, error: &ValidationError<'_>, key: &str, noun: &str) -> Finding {
    let path = error.schema_path().as_str();
    let mut place = pointer(error).to_owned();
    push_token(&mut place, key);
    if key == "$ref" {
        return Finding {
            rule: "reference-not-allowed",
            pointer: place,
            message: "a reference is not allowed here".to_owned(),
            help: Some(format!("write {noun} out in this place")),
            at_key: true,
            sign: Sign::None,
        };
    }
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let around = schema.pointer(parent);
    let known: Vec<&str> = around
        .and_then(|around| around.get("properties")?.as_object())
        .map(|properties| properties.keys().map(String::as_str).collect())
        .unwrap_or_default();
    let has_extensions = around
        .and_then(|around| around.get("patternProperties")?.as_object())
        .is_some_and(|patterns| patterns.keys().any(|pattern| pattern.starts_with("^x-")));
    let help = match words::nearest(key, &known) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() => None,
        None if has_extensions => Some(format!(
            "known here: {}; a field of your own begins with `x-`",
            words::list(&known)
        )),
        None => Some(format!("known here: {}", words::list(&known))),
    };
    Finding {
        rule: "unknown-field",
        pointer: place,
        message: format!("unknown field `{key}` in {noun}"),
        help,
        at_key: true,
        sign: Sign::None,
    }
}

fn bad_name(error: &ValidationError<'_>, inner: &ValidationError<'_>, noun: &str) -> Finding {
    let name = inner.instance().as_str().unwrap_or_default();
    let mut place = pointer(error).to_owned();
    push_token(&mut place, name);
    Finding {
        rule: "bad-name",
        pointer: place,
        message: format!(
            "`{name}` cannot be a name in {noun}: {}",
            said(inner, noun).1
        ),
        help: None,
        at_key: true,
        sign: Sign::None,
    }
}

fn plain(error: &ValidationError<'_>, noun: &str) -> Finding {
    let (rule, message, sign) = said(error, noun);
    Finding {
        rule,
        pointer: pointer(error).to_owned(),
        message,
        help: help(error, &sign),
        at_key: false,
        sign,
    }
}

fn said(error: &ValidationError<'_>, noun: &str) -> (&'static str, String, Sign) {
    let value = error.instance();
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default().to_owned();
            (
                "missing-field",
                format!("{noun} needs `{name}`"),
                Sign::Missing(vec![name]),
            )
        }
        Kind::Type { kind } => {
            let types = types(kind);
            let message = format!("expected {}, found {}", either(&types), type_name(value));
            ("wrong-type", message, Sign::Type(types))
        }
        Kind::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            not_allowed(value, options.iter())
        }
        Kind::Constant { expected_value } => {
            not_allowed(value, std::iter::once(expected_value.as_ref()))
        }
        kind => {
            let (rule, message) = limit(kind, &shown(value));
            (rule, message, Sign::None)
        }
    }
}

/// What a value goes over or falls short of.
fn limit(kind: &Kind, shown: &str) -> (&'static str, String) {
    match kind {
        Kind::Pattern { pattern } => ("pattern", format!("{shown} does not match `{pattern}`")),
        Kind::Format { format } => ("format", format!("{shown} is no {}", format_noun(format))),
        Kind::MinItems { limit } => ("too-few", format!("the list has fewer items than {limit}")),
        Kind::MinLength { limit } => (
            "too-few",
            format!("{shown} has fewer characters than {limit}"),
        ),
        Kind::MinProperties { limit } => (
            "too-few",
            format!("the object has fewer members than {limit}"),
        ),
        Kind::Contains => (
            "too-few",
            "the list lacks an item of the kind that it must have".to_owned(),
        ),
        Kind::MaxItems { limit } => ("too-many", format!("the list has more items than {limit}")),
        Kind::MaxLength { limit } => (
            "too-many",
            format!("{shown} has more characters than {limit}"),
        ),
        Kind::MaxProperties { limit } => (
            "too-many",
            format!("the object has more members than {limit}"),
        ),
        Kind::AdditionalItems { limit } => {
            ("too-many", format!("the list has more items than {limit}"))
        }
        Kind::Minimum { limit } => ("out-of-range", format!("{shown} is less than {limit}")),
        Kind::Maximum { limit } => ("out-of-range", format!("{shown} is greater than {limit}")),
        Kind::ExclusiveMinimum { limit } => (
            "out-of-range",
            format!("{shown} is not greater than {limit}"),
        ),
        Kind::ExclusiveMaximum { limit } => {
            ("out-of-range", format!("{shown} is not less than {limit}"))
        }
        Kind::MultipleOf { multiple_of } => (
            "out-of-range",
            format!("{shown} is no multiple of {multiple_of}"),
        ),
        Kind::UniqueItems => (
            "duplicate-item",
            "an item stands twice in this list".to_owned(),
        ),
        Kind::OneOfMultipleValid { .. } => (
            "not-allowed-value",
            "it can be read as several of the alternatives, and must be one".to_owned(),
        ),
        _ => ("not-allowed-value", format!("{shown} is not allowed here")),
    }
}

/// What to do, where the error alone tells.
fn help(error: &ValidationError<'_>, sign: &Sign) -> Option<String> {
    let value = error.instance();
    match (error.kind(), sign) {
        (Kind::Type { .. }, Sign::Type(types)) => {
            let wants_text = types.iter().any(|name| name == "text");
            (wants_text && (value.is_number() || value.is_boolean()))
                .then(|| format!("put it into quotes: \"{value}\""))
        }
        (_, Sign::Value(options)) => {
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let near = words::nearest(value.as_str()?, &options)?;
            Some(format!("did you mean `{near}`?"))
        }
        (Kind::Pattern { pattern }, _) if pattern.starts_with("^\\$message") => {
            Some("write `$message.header#/NAME` or `$message.payload#/NAME`".to_owned())
        }
        (Kind::Required { .. }, Sign::Missing(names))
            if names.iter().any(|name| name == "$ref") =>
        {
            Some("write `$ref: '#/…'` with the way to it".to_owned())
        }
        (Kind::UniqueItems, _) => Some("remove one of the two".to_owned()),
        _ => None,
    }
}

fn not_allowed<'a>(
    value: &Value,
    options: impl Iterator<Item = &'a Value>,
) -> (&'static str, String, Sign) {
    let options: Vec<&Value> = options.collect();
    let texts: Vec<String> = options.iter().map(|option| plain_text(option)).collect();
    let message = none_of(&shown(value), &texts);
    let mut types: Vec<String> = options.iter().map(|option| type_name(option)).collect();
    types.dedup();
    // A value of another type cannot have been meant as one of these.
    let sign = if types.contains(&type_name(value)) {
        Sign::Value(texts)
    } else {
        Sign::Type(types)
    };
    ("not-allowed-value", message, sign)
}

/// The sentence about a value that is none of those it may be.
pub(super) fn none_of(shown: &str, options: &[String]) -> String {
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    match options.as_slice() {
        [one] => format!("expected `{one}`, found {shown}"),
        several => format!("expected one of {}, found {shown}", words::list(several)),
    }
}

fn types(kind: &TypeKind) -> Vec<String> {
    match kind {
        TypeKind::Single(one) => vec![noun_of_type(&one.to_string())],
        TypeKind::Multiple(several) => several
            .iter()
            .map(|one| noun_of_type(&one.to_string()))
            .collect(),
    }
}

fn noun_of_type(name: &str) -> String {
    match name {
        "null" => "null".to_owned(),
        "array" => "a list".to_owned(),
        "object" | "integer" => format!("an {name}"),
        "string" => "text".to_owned(),
        other => format!("a {other}"),
    }
}

/// The words for the type of a value.
pub(super) fn type_name(value: &Value) -> String {
    noun_of_type(match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    })
}

fn format_noun(format: &str) -> &str {
    match format {
        "uri" => "URI (with its scheme, for example `https://example.com`)",
        "uri-reference" => "URI or relative reference",
        "uri-template" => "URI template",
        "email" => "e-mail address",
        "regex" => "regular expression (ECMA-262)",
        other => other,
    }
}

/// Alternatives in a sentence.
pub(super) fn either(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} or {last}", all.join(", ")),
    }
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value in a sentence: cut where it is long.
pub(super) fn shown(value: &Value) -> String {
    const SHOWN: usize = 60;
    let text = plain_text(value);
    match value {
        Value::Object(_) | Value::Array(_) => type_name(value),
        _ if text.chars().count() > SHOWN => {
            let start: String = text.chars().take(SHOWN).collect();
            format!("`{start}…`")
        }
        _ => format!("`{text}`"),
    }
}
