//! JSON (RFC 8259), through a parser that keeps the places.

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::node::{Data, Member, Node};
use super::{DEPTH_MAX, NODES_MAX, Parsed, SyntaxError, repeated_key, scalar};

/// RFC 8259 and nothing more.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

pub(super) fn parse(text: &str) -> Parsed {
    let parsed = match parse_to_ast(text, &CollectOptions::default(), &STRICT) {
        Ok(parsed) => parsed,
        Err(error) => {
            let range = error.range();
            let message = format!("this is no JSON: {}", error.kind());
            let span = range.start..range.end.max(range.start);
            return Parsed {
                root: None,
                errors: vec![SyntaxError::new("invalid-json", message, span)],
            };
        }
    };
    let Some(value) = parsed.value else {
        return Parsed {
            root: None,
            errors: vec![SyntaxError::new(
                "empty-document",
                "the file is empty",
                0..0,
            )],
        };
    };
    let mut builder = Builder::default();
    let root = builder.node(&value, 0);
    Parsed {
        root,
        errors: builder.errors,
    }
}

#[derive(Default)]
struct Builder {
    errors: Vec<SyntaxError>,
    nodes: usize,
}

impl Builder {
    fn node(&mut self, value: &Value<'_>, depth: usize) -> Option<Node> {
        let range = value.range();
        let span = range.start..range.end;
        self.nodes += 1;
        if depth > DEPTH_MAX || self.nodes > NODES_MAX {
            if self.errors.iter().all(|error| error.rule != "too-large") {
                self.errors.push(too_large(span));
            }
            return None;
        }
        let data = match value {
            Value::NullKeyword(_) => Data::Null,
            Value::BooleanLit(literal) => Data::Bool(literal.value),
            Value::StringLit(literal) => Data::String(literal.value.clone().into_owned()),
            Value::NumberLit(literal) => match scalar::json_number(literal.value) {
                Some(number) => Data::Number(number),
                None => {
                    let words = format!("`{}` is too large for a number", literal.value);
                    let error = SyntaxError::new("invalid-json", words, span.clone());
                    self.errors.push(error);
                    Data::Null
                }
            },
            Value::Array(array) => {
                let items = array.elements.iter();
                Data::Array(
                    items
                        .filter_map(|item| self.node(item, depth + 1))
                        .collect(),
                )
            }
            Value::Object(object) => {
                let mut members: Vec<Member> = Vec::with_capacity(object.properties.len());
                let mut seen = std::collections::HashSet::new();
                for property in &object.properties {
                    let (key, range) = match &property.name {
                        ObjectPropName::String(literal) => (literal.value.as_ref(), literal.range),
                        ObjectPropName::Word(literal) => (literal.value, literal.range),
                    };
                    let key_span = range.start..range.end;
                    if !seen.insert(key.to_owned()) {
                        self.errors.push(repeated_key(key, key_span));
                        continue;
                    }
                    if let Some(value) = self.node(&property.value, depth + 1) {
                        members.push(Member {
                            key: key.to_owned(),
                            key_span,
                            value,
                        });
                    }
                }
                Data::Object(members)
            }
        };
        Some(Node { span, data })
    }
}

pub(super) fn too_large(span: std::ops::Range<usize>) -> SyntaxError {
    SyntaxError::new(
        "too-large",
        format!("the document is nested deeper than {DEPTH_MAX}, or has more than {NODES_MAX} values with its aliases expanded"),
        span,
    )
    .help("split it into several files, and name them with `$ref`")
}
