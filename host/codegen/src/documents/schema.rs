//! A schema as a table: one row for each value that it describes.

use serde::Serialize;
use serde_json::Value;

use super::view::Anchors;

/// How deep rows nest.
const DEPTH_MAX: usize = 8;
/// Rows of one table.
const ROWS_MAX: usize = 1000;
/// Characters of a value that stands in a row.
const VALUE_CHARS_MAX: usize = 120;

/// One value.
#[derive(Debug, Default, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) depth: usize,
    /// `array of `, before the type.
    pub(super) before: String,
    pub(super) kind: String,
    /// The section that describes the type.
    pub(super) anchor: Option<String>,
    pub(super) is_required: bool,
    pub(super) is_deprecated: bool,
    /// Whether it is one of several that a value may be, and no property.
    pub(super) is_alternative: bool,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) rules: Vec<Rule>,
}

/// One keyword that values must obey, or that tells about them.
#[derive(Debug, Serialize)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

/// The rows of a schema; the first is the schema itself.
pub(super) fn rows(schema: &Value, anchors: &Anchors<'_>) -> Vec<Row> {
    let mut table = Table {
        rows: Vec::new(),
        anchors,
    };
    table.add(
        String::new(),
        schema,
        Place {
            depth: 0,
            ..Place::default()
        },
    );
    table.rows
}

#[derive(Clone, Copy, Default)]
struct Place {
    depth: usize,
    is_required: bool,
    is_alternative: bool,
}

struct Table<'a> {
    rows: Vec<Row>,
    anchors: &'a Anchors<'a>,
}

impl Table<'_> {
    fn add(&mut self, name: String, schema: &Value, place: Place) {
        if self.rows.len() >= ROWS_MAX {
            return;
        }
        let (before, inner) = innermost(schema);
        let target = inner.get("$ref").and_then(Value::as_str);
        let named = target.and_then(|target| self.anchors.of(target));
        let named = named.as_ref();
        let text = |key: &str| schema.get(key).and_then(Value::as_str).map(str::to_owned);
        self.rows.push(Row {
            name,
            depth: place.depth,
            before,
            kind: named.map_or_else(|| kind(inner), |(name, _)| name.clone()),
            anchor: named.and_then(|(_, anchor)| anchor.clone()),
            is_required: place.is_required,
            is_deprecated: schema.get("deprecated") == Some(&Value::Bool(true)),
            is_alternative: place.is_alternative,
            title: text("title"),
            description: text("description"),
            rules: if target.is_some() {
                rules(schema, None)
            } else {
                rules(schema, Some(inner))
            },
        });
        if target.is_some() || place.depth >= DEPTH_MAX {
            return;
        }
        self.below(inner, place.depth + 1);
    }

    fn below(&mut self, schema: &Value, depth: usize) {
        let required: Vec<&str> = list(schema, "required")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let inner = Place {
            depth,
            ..Place::default()
        };
        for (name, property) in members(schema, "properties") {
            let is_required = required.contains(&name.as_str());
            self.add(
                name.clone(),
                property,
                Place {
                    is_required,
                    ..inner
                },
            );
        }
        let named = members(schema, "properties").count();
        let unnamed = required.iter().filter(|name| {
            schema
                .get("properties")
                .is_none_or(|all| all.get(**name).is_none())
        });
        let anything = Value::Bool(true);
        for name in unnamed {
            self.add(
                (*name).to_owned(),
                &anything,
                Place {
                    is_required: true,
                    ..inner
                },
            );
        }
        for (pattern, property) in members(schema, "patternProperties") {
            self.add(format!("/{pattern}/"), property, inner);
        }
        match schema.get("additionalProperties") {
            Some(Value::Bool(true)) | None => {}
            Some(Value::Bool(false)) if named > 0 => {}
            Some(further) => self.add("*".to_owned(), further, inner),
        }
        if let Some(Value::Array(items)) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.add(index.to_string(), item, inner);
            }
        }
        self.alternatives(
            schema,
            Place {
                is_alternative: true,
                ..inner
            },
        );
    }

    fn alternatives(&mut self, schema: &Value, place: Place) {
        const SEVERAL: [(&str, &str); 3] = [
            ("oneOf", "one of"),
            ("anyOf", "any of"),
            ("allOf", "all of"),
        ];
        for (keyword, words) in SEVERAL {
            let alternatives = list(schema, keyword);
            for (index, alternative) in alternatives.iter().enumerate() {
                let name = format!("{words} {}/{}", index + 1, alternatives.len());
                self.add(name, alternative, place);
            }
        }
        for keyword in ["not", "if", "then", "else"] {
            if let Some(part) = schema.get(keyword) {
                self.add(keyword.to_owned(), part, place);
            }
        }
    }
}

/// The schema of the items, with `array of ` for each list around it.
fn innermost(schema: &Value) -> (String, &Value) {
    let (mut before, mut inner) = (String::new(), schema);
    while let Some(items) = inner.get("items").filter(|items| items.is_object()) {
        let is_list = inner.get("type").is_none_or(|name| name == "array");
        if !is_list || before.len() > 60 {
            break;
        }
        before.push_str("array of ");
        inner = items;
    }
    (before, inner)
}

/// The word for the type.
fn kind(schema: &Value) -> String {
    match schema {
        Value::Bool(true) => return "anything".to_owned(),
        Value::Bool(false) => return "nothing".to_owned(),
        _ => {}
    }
    match schema.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" or "),
        _ if schema.get("properties").is_some() => "object".to_owned(),
        _ if !list(schema, "oneOf").is_empty() => "one of".to_owned(),
        _ if !list(schema, "anyOf").is_empty() => "any of".to_owned(),
        _ if !list(schema, "allOf").is_empty() => "all of".to_owned(),
        _ if schema.get("const").is_some() => "constant".to_owned(),
        _ if schema.get("enum").is_some() => "enum".to_owned(),
        _ => "anything".to_owned(),
    }
}

fn rules(schema: &Value, inner: Option<&Value>) -> Vec<Rule> {
    const LISTS: [&str; 2] = ["enum", "examples"];
    const SINGLE: [&str; 22] = [
        "const",
        "default",
        "format",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "exclusiveMinimum",
        "maximum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "contentEncoding",
        "contentMediaType",
        "discriminator",
        "readOnly",
        "writeOnly",
        "example",
    ];
    let mut rules = Vec::new();
    let inner = inner.filter(|inner| !std::ptr::eq(*inner, schema));
    for (part, whose) in std::iter::once((schema, "")).chain(inner.map(|it| (it, "each "))) {
        let named = |name: &str| format!("{whose}{name}");
        for name in LISTS {
            let values: Vec<_> = list(part, name).iter().map(shown).collect();
            if !values.is_empty() {
                rules.push(Rule {
                    name: named(name),
                    values,
                });
            }
        }
        for name in SINGLE {
            if let Some(value) = part.get(name) {
                rules.push(Rule {
                    name: named(name),
                    values: vec![shown(value)],
                });
            }
        }
        if part.get("additionalProperties") == Some(&Value::Bool(false)) {
            rules.push(Rule {
                name: named("no further properties"),
                values: Vec::new(),
            });
        }
    }
    rules
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut short: String = text.chars().take(VALUE_CHARS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn list<'s>(schema: &'s Value, keyword: &str) -> &'s [Value] {
    schema
        .get(keyword)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn members<'s>(schema: &'s Value, keyword: &str) -> impl Iterator<Item = (&'s String, &'s Value)> {
    schema
        .get(keyword)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}
