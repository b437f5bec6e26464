//! What is wrong with a payload, in words. They name what was expected and what kind of value was
//! found, never the value: it may be somebody's secret, and the words go into logs.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use crate::place::{push_token, tokens};

use super::tree::Tree;
use super::{Violation, Violations};

/// Longest list of allowed values, in bytes.
const LIST_BYTES_MAX: usize = 200;
/// Longest pattern that is shown, in bytes.
const PATTERN_BYTES_MAX: usize = 100;
/// Longest pointer in bytes: payloads choose their names.
const POINTER_BYTES_MAX: usize = 512;
/// How deep alternatives in alternatives are told.
const ALTERNATIVES_DEPTH_MAX: usize = 3;

/// Adds what an error says.
pub(super) fn tell(
    error: &ValidationError<'_>,
    tree: &Tree<'_>,
    limit: usize,
    violations: &mut Violations,
) {
    let at = error.instance_path().as_str();
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            violations.push(limit, || {
                violation(child(at, name), "required", "is missing".into())
            });
        }
        Kind::AdditionalProperties { unexpected } => {
            for name in unexpected {
                violations.push(limit, || {
                    let words = "is not expected here".into();
                    violation(child(at, name), "additionalProperties", words)
                });
            }
        }
        kind => violations.push(limit, || {
            let rule = match kind {
                Kind::FalseSchema => "false",
                kind => kind.keyword(),
            };
            violation(at.to_owned(), rule, words(error, tree, 0))
        }),
    }
}

fn violation(pointer: String, rule: &str, message: String) -> Violation {
    Violation {
        pointer: cut(&pointer, POINTER_BYTES_MAX),
        rule: rule.to_owned(),
        message,
    }
}

fn child(pointer: &str, name: &str) -> String {
    let mut pointer = pointer.to_owned();
    push_token(&mut pointer, name);
    pointer
}

/// The error in words, without its place.
fn words(error: &ValidationError<'_>, tree: &Tree<'_>, depth: usize) -> String {
    let found = at(tree, error.instance_path().as_str());
    let count = size(found);
    match error.kind() {
        Kind::Type { kind } => format!("expected {}, found {}", types(kind), found.kind()),
        Kind::Enum { options } => match options.as_array() {
            Some(values) => format!("expected one of {}, found another value", list(values)),
            None => "expected one of the values that the contract names".into(),
        },
        Kind::Constant { expected_value } => {
            format!("expected {}, found another value", shown(expected_value))
        }
        Kind::Format { format } => format!("expected {}", format_words(format)),
        Kind::Pattern { pattern } => {
            let pattern = cut(pattern, PATTERN_BYTES_MAX);
            format!("expected a string that matches the pattern `{pattern}`")
        }
        Kind::Minimum { limit } => format!("expected at least {limit}"),
        Kind::Maximum { limit } => format!("expected at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("expected more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("expected less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("expected a multiple of {multiple_of}"),
        Kind::MinLength { limit } => format!("expected at least {limit} characters, found {count}"),
        Kind::MaxLength { limit } => format!("expected at most {limit} characters, found {count}"),
        Kind::MinItems { limit } => format!("expected at least {limit} items, found {count}"),
        Kind::MaxItems { limit } => format!("expected at most {limit} items, found {count}"),
        Kind::AdditionalItems { limit } => {
            format!("expected at most {limit} items, found {count}")
        }
        Kind::MinProperties { limit } => {
            format!("expected at least {limit} members, found {count}")
        }
        Kind::MaxProperties { limit } => format!("expected at most {limit} members, found {count}"),
        Kind::UniqueItems => "expected items that differ from each other".into(),
        Kind::Contains => "expected an item of the kind that the contract asks for".into(),
        Kind::FalseSchema => "nothing is allowed here".into(),
        Kind::Not { .. } => "expected a value that does not fit the schema under `not`".into(),
        Kind::PropertyNames { error } => {
            format!("expected other member names: {}", words(error, tree, depth))
        }
        Kind::ContentEncoding { content_encoding } => {
            format!("expected text encoded in {content_encoding}")
        }
        Kind::ContentMediaType { content_media_type } => {
            format!("expected text of the type {content_media_type}")
        }
        Kind::OneOfMultipleValid { .. } => {
            "expected one alternative to fit, found several that do".into()
        }
        Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
            alternatives(context, error.instance_path().as_str(), tree, depth)
        }
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => {
            "expected a string that can be matched with the pattern in reasonable time".into()
        }
        _ => error.masked_with("the value").to_string(),
    }
}

/// None of several alternatives fits: how many there are, and what is wrong with the closest.
fn alternatives(
    context: &[Vec<ValidationError<'_>>],
    base: &str,
    tree: &Tree<'_>,
    depth: usize,
) -> String {
    let closest = context.iter().enumerate().min_by_key(|(_, errors)| {
        let at_once = errors
            .iter()
            .any(|error| error.instance_path().as_str() == base && !is_inside(error));
        (at_once, errors.len())
    });
    let count = context.len();
    let Some((index, errors)) = closest.filter(|_| depth < ALTERNATIVES_DEPTH_MAX) else {
        return format!("fits none of {count} alternatives");
    };
    let mut gathered = Violations::default();
    for error in errors {
        let pointer = error.instance_path().as_str();
        match error.kind() {
            Kind::Required { .. } | Kind::AdditionalProperties { .. } => {
                tell(error, tree, 3, &mut gathered);
            }
            kind => gathered.push(3, || {
                violation(
                    pointer.to_owned(),
                    kind.keyword(),
                    words(error, tree, depth + 1),
                )
            }),
        }
    }
    let reasons: Vec<String> = gathered
        .list
        .iter()
        .map(|violation| match violation.pointer.as_str() {
            "" => violation.message.clone(),
            pointer => format!("`{pointer}` {}", violation.message),
        })
        .collect();
    format!(
        "fits none of {count} alternatives; the closest is number {}: {}",
        index + 1,
        reasons.join("; ")
    )
}

/// Whether an error at an object is about one of its members.
fn is_inside(error: &ValidationError<'_>) -> bool {
    matches!(
        error.kind(),
        Kind::Required { .. } | Kind::AdditionalProperties { .. }
    )
}

/// The value at a pointer.
fn at<'t, 'a>(tree: &'t Tree<'a>, pointer: &str) -> &'t Tree<'a> {
    let mut tree = tree;
    for token in tokens(pointer) {
        let inside = match tree {
            Tree::Array(items) => token.parse().ok().and_then(|index: usize| items.get(index)),
            _ => tree.member(&token),
        };
        match inside {
            Some(inside) => tree = inside,
            None => return tree,
        }
    }
    tree
}

/// Characters, items or members.
fn size(tree: &Tree<'_>) -> usize {
    match tree {
        Tree::String(text) => text.chars().count(),
        Tree::Array(items) => items.len(),
        Tree::Object(members) => members.len(),
        _ => 0,
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => type_words(*one).to_owned(),
        TypeKind::Multiple(set) => {
            let words: Vec<_> = set.iter().map(type_words).collect();
            words.join(" or ")
        }
    }
}

fn type_words(json_type: JsonType) -> &'static str {
    match json_type {
        JsonType::Null => "null",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "an integer",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "an array",
        JsonType::Object => "an object",
    }
}

fn format_words(format: &str) -> String {
    let words = match format {
        "date" => "a date such as 2026-01-31",
        "date-time" => "a date and time such as 2026-01-31T12:00:00Z",
        "time" => "a time such as 12:00:00Z",
        "duration" => "a duration such as PT1H30M",
        "email" => "an email address",
        "hostname" => "a host name",
        "ipv4" => "an IPv4 address",
        "ipv6" => "an IPv6 address",
        "regex" => "a regular expression",
        "uri" => "a URI with its scheme",
        "uuid" => "a UUID such as 123e4567-e89b-12d3-a456-426614174000",
        other => return format!("a string of the format `{other}`"),
    };
    words.to_owned()
}

/// Values in a sentence, cut where they are many.
fn list(values: &[Value]) -> String {
    let mut text = String::new();
    for (index, value) in values.iter().enumerate() {
        let value = shown(value);
        if text.len() + value.len() > LIST_BYTES_MAX {
            return format!("{text} and {} more", values.len() - index);
        }
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(&value);
    }
    text
}

/// A value of the contract.
fn shown(value: &Value) -> String {
    format!("`{}`", cut(&value.to_string(), LIST_BYTES_MAX / 2))
}

fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let start = text.get(..text.floor_char_boundary(bytes));
    format!("{}…", start.unwrap_or_default())
}
