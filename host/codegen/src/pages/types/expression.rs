//! One schema as a type expression.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{doc, graph};
use crate::pages::literal;

/// Deeper than this every type is `unknown`.
const DEPTH_MAX: usize = 60;
/// Most literals in one type; beyond it says `string` or `number`.
const LITERALS_MAX: usize = 500;

type Members = Map<String, Value>;

/// Where a type stands: how definitions are called, and which may not be named directly.
pub(super) struct Scope<'a> {
    names: &'a HashMap<String, String>,
    circle: Option<&'a HashSet<String>>,
}

/// Where in a declaration an expression stands.
#[derive(Clone, Copy)]
struct Place {
    indent: usize,
    depth: usize,
    /// Whether no object or list lies between here and the declaration.
    direct: bool,
}

impl Place {
    fn inside(self, columns: usize) -> Self {
        Self {
            indent: self.indent + columns,
            depth: self.depth + 1,
            direct: false,
        }
    }

    fn part(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

impl<'a> Scope<'a> {
    pub(super) fn new(names: &'a HashMap<String, String>) -> Self {
        let circle = None;
        Self { names, circle }
    }

    /// Within a definition to which those of `circle` lead back.
    pub(super) fn within(names: &'a HashMap<String, String>, circle: &'a HashSet<String>) -> Self {
        let circle = Some(circle);
        Self { names, circle }
    }

    /// `export type …` or `export interface …`, with the schema's own words above it.
    pub(super) fn declaration(&self, name: &str, schema: &Value, title: Option<&str>) -> String {
        let own = words(schema);
        let title = title.filter(|_| own.is_empty()).map(str::to_owned);
        let comment = doc::comment(&title.into_iter().chain(own).collect::<Vec<_>>(), 0);
        let text = self.expression(schema, 0);
        if text.starts_with("{\n") && is_one_object(&text) {
            format!("{comment}export interface {name} {text}")
        } else {
            format!("{comment}export type {name} = {text};")
        }
    }

    /// The type of a schema that begins at `indent` columns.
    pub(super) fn expression(&self, schema: &Value, indent: usize) -> String {
        let direct = true;
        let depth = 0;
        self.of(
            schema,
            Place {
                indent,
                depth,
                direct,
            },
        )
    }

    fn of(&self, schema: &Value, place: Place) -> String {
        let members = match schema {
            Value::Bool(false) => return "never".to_owned(),
            Value::Object(members) if place.depth < DEPTH_MAX => members,
            _ => return "unknown".to_owned(),
        };
        if members.contains_key("$ref") {
            return self.reference(schema, place);
        }
        if let Some(value) = members.get("const") {
            return literal_type(value, 0);
        }
        let mut parts = vec![self.own(members, place)];
        for part in list(members, "allOf") {
            parts.push(self.of(part, place.part()));
        }
        for word in ["oneOf", "anyOf"] {
            let branches = list(members, word);
            if !branches.is_empty() {
                let each = branches.iter().map(|it| self.of(it, place.part()));
                parts.push(union(each));
            }
        }
        intersection(parts)
    }

    fn reference(&self, schema: &Value, place: Place) -> String {
        let name = graph::reference(schema);
        let circular =
            |name: &String| place.direct && self.circle.is_some_and(|it| it.contains(name));
        name.filter(|name| !circular(name))
            .and_then(|name| self.names.get(&name))
            .cloned()
            .unwrap_or_else(|| "unknown".to_owned())
    }

    /// What the schema says by itself, without its parts and branches.
    fn own(&self, members: &Members, place: Place) -> String {
        if let Some(Value::Array(values)) = members.get("enum") {
            if values.len() <= LITERALS_MAX {
                return union(values.iter().map(|it| literal_type(it, 0)));
            }
            return union(values.iter().map(|it| kind_of(it).to_owned()));
        }
        match members.get("type") {
            Some(Value::String(kind)) => self.kind(kind, members, place),
            Some(Value::Array(kinds)) => {
                let kinds = kinds.iter().filter_map(Value::as_str);
                union(kinds.map(|kind| self.kind(kind, members, place)))
            }
            _ if is_object(members) => self.object(members, place),
            _ if members.contains_key("items") => self.array(members, place),
            _ => "unknown".to_owned(),
        }
    }

    fn kind(&self, kind: &str, members: &Members, place: Place) -> String {
        match kind {
            "string" => "string".to_owned(),
            "number" | "integer" => "number".to_owned(),
            "boolean" => "boolean".to_owned(),
            "null" => "null".to_owned(),
            "array" => self.array(members, place),
            "object" => self.object(members, place),
            _ => "unknown".to_owned(),
        }
    }

    fn array(&self, members: &Members, place: Place) -> String {
        let place = place.inside(0);
        let Some(Value::Array(items)) = members.get("items") else {
            let item = members.get("items").unwrap_or(&Value::Bool(true));
            return format!("{}[]", enclosed(self.of(item, place)));
        };
        let least = members.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        let mut parts: Vec<String> = items
            .iter()
            .zip(0_u64..)
            .map(|(item, index)| match self.of(item, place) {
                text if index < least => text,
                text => format!("{}?", enclosed(text)),
            })
            .collect();
        match members.get("additionalItems").unwrap_or(&Value::Bool(true)) {
            Value::Bool(false) => {}
            rest => parts.push(format!("...{}[]", enclosed(self.of(rest, place)))),
        }
        format!("[{}]", parts.join(", "))
    }

    fn object(&self, members: &Members, place: Place) -> String {
        let inner = place.inside(2);
        let space = " ".repeat(inner.indent);
        let empty = Members::new();
        let properties = members.get("properties").and_then(Value::as_object);
        let properties = properties.unwrap_or(&empty);
        let required: Vec<&str> = list(members, "required")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let mut lines = String::new();
        let mut types = Vec::new();
        let unnamed = required
            .iter()
            .filter(|name| !properties.contains_key(**name));
        let unnamed = unnamed.map(|name| (*name, &Value::Bool(true)));
        let named = properties
            .iter()
            .map(|(name, schema)| (name.as_str(), schema));
        for (name, schema) in named.chain(unnamed) {
            let mark = if required.contains(&name) { "" } else { "?" };
            let text = self.of(schema, inner);
            lines += &doc::comment(&words(schema), inner.indent);
            lines += &format!("{space}{}{mark}: {text};\n", literal::key(name));
            types.push(text);
            if mark == "?" {
                types.push("undefined".to_owned());
            }
        }
        if let Some(rest) = self.rest(members, properties.is_empty(), inner) {
            types.push(rest);
            lines += &format!("{space}[key: string]: {};\n", union(types.into_iter()));
        }
        format!("{{\n{lines}{}}}", " ".repeat(place.indent))
    }

    /// The type of members that no property names; none where nothing need be said of them.
    fn rest(&self, members: &Members, is_bare: bool, place: Place) -> Option<String> {
        let patterns = members.get("patternProperties").and_then(Value::as_object);
        let mut each: Vec<String> = patterns
            .into_iter()
            .flatten()
            .map(|(_, schema)| self.of(schema, place))
            .collect();
        match members.get("additionalProperties") {
            Some(Value::Bool(false)) if each.is_empty() && is_bare => each.push("never".to_owned()),
            Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => each.push("unknown".to_owned()),
            Some(schema) => each.push(self.of(schema, place)),
            None if is_bare || !each.is_empty() => each.push("unknown".to_owned()),
            None => {}
        }
        (!each.is_empty()).then(|| union(each.into_iter()))
    }
}

/// What a schema says of itself, in words.
fn words(schema: &Value) -> Vec<String> {
    let word = |name: &str| schema.get(name).and_then(Value::as_str).map(str::to_owned);
    let format = word("format").map(|format| format!("Format: {format}"));
    [word("title"), word("description"), format]
        .into_iter()
        .flatten()
        .collect()
}

fn list<'a>(members: &'a Members, name: &str) -> &'a [Value] {
    members
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn is_object(members: &Members) -> bool {
    [
        "properties",
        "patternProperties",
        "additionalProperties",
        "required",
    ]
    .into_iter()
    .any(|word| members.contains_key(word))
}

/// Whether the first brace is closed by the last.
fn is_one_object(text: &str) -> bool {
    text.find("\n}").is_some_and(|end| end + 2 == text.len())
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
        Value::Array(_) | Value::Object(_) => "unknown",
    }
}

/// The type that only this value has.
fn literal_type(value: &Value, depth: usize) -> String {
    match value {
        _ if depth > DEPTH_MAX => "unknown".to_owned(),
        Value::String(text) => literal::string(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|it| literal_type(it, depth + 1)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, it)| {
                    format!("{}: {}", literal::key(name), literal_type(it, depth + 1))
                })
                .collect();
            format!("{{ {} }}", members.join("; "))
        }
        other => other.to_string(),
    }
}

/// Any of these; `unknown` holds all others.
fn union(each: impl Iterator<Item = String>) -> String {
    let mut kept: Vec<String> = Vec::new();
    for text in each {
        if text == "unknown" {
            return text;
        }
        if text != "never" && !kept.contains(&text) {
            kept.push(text);
        }
    }
    if kept.is_empty() {
        return "never".to_owned();
    }
    kept.join(" | ")
}

/// All of these; `unknown` adds nothing.
fn intersection(parts: Vec<String>) -> String {
    let mut kept: Vec<String> = Vec::new();
    for text in parts {
        if text != "unknown" && !kept.contains(&text) {
            kept.push(text);
        }
    }
    match kept.as_slice() {
        [] => "unknown".to_owned(),
        [only] => only.clone(),
        _ => {
            let each: Vec<String> = kept.into_iter().map(enclosed).collect();
            each.join(" & ")
        }
    }
}

/// In parentheses where it would read otherwise beside `[]` or `&`.
fn enclosed(text: String) -> String {
    if text.contains(" | ") || text.contains(" & ") {
        format!("({text})")
    } else {
        text
    }
}
