//! Objects: the fields that must be there, those that may, and as many as there must be.

use serde_json::{Map, Value};

use super::{Maker, OPTIONAL_DEPTH_MAX, Optional, text};
use crate::schema;

/// Most fields that are made up for `minProperties`.
const EXTRA_MAX: usize = 100;

impl Maker<'_> {
    pub(super) fn object(&mut self, words: &Map<String, Value>, depth: usize) -> Option<Value> {
        let required = schema::required(words);
        let mut object = Map::new();
        let shows_optional = self.optional == Optional::Told && depth < OPTIONAL_DEPTH_MAX;
        for (name, property) in schema::members(words, "properties") {
            let is_required = required.contains(&name.as_str());
            if !is_required && !shows_optional {
                continue;
            }
            match self.make(property, depth + 1) {
                Some(value) => object.insert(name.clone(), value),
                None if is_required => return None,
                None => continue,
            };
        }
        for name in required {
            if !object.contains_key(name) {
                let schema = other(words, name);
                let value = self.make(&schema, depth + 1)?;
                object.insert(name.to_owned(), value);
            }
        }
        self.dependencies(words, &mut object, depth)?;
        self.fill_up(words, &mut object, depth);
        Some(Value::Object(object))
    }

    /// Fields that other fields need.
    fn dependencies(
        &mut self,
        words: &Map<String, Value>,
        object: &mut Map<String, Value>,
        depth: usize,
    ) -> Option<()> {
        for (name, needed) in schema::members(words, "dependencies") {
            let names = match needed {
                Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
                Value::Object(needed) => schema::required(needed),
                _ => Vec::new(),
            };
            if !object.contains_key(name) {
                continue;
            }
            for name in names {
                if !object.contains_key(name) {
                    let property = words.get("properties").and_then(|it| it.get(name));
                    let schema = property.cloned().unwrap_or_else(|| other(words, name));
                    let value = self.make(&schema, depth + 1)?;
                    object.insert(name.to_owned(), value);
                }
            }
        }
        Some(())
    }

    /// Fields of any name: as many as there must be, and one where there is nothing else to show.
    fn fill_up(
        &mut self,
        words: &Map<String, Value>,
        object: &mut Map<String, Value>,
        depth: usize,
    ) {
        let least = words.get("minProperties").and_then(Value::as_f64);
        let least = least
            .map_or(0, |count| count.max(0.0) as usize)
            .min(EXTRA_MAX);
        let is_map = ["additionalProperties", "patternProperties"]
            .iter()
            .any(|word| words.get(*word).is_some_and(Value::is_object));
        let shown = self.optional == Optional::Told && is_map && object.is_empty();
        let wanted = if shown && depth < OPTIONAL_DEPTH_MAX {
            least.max(1)
        } else {
            least
        };
        for (name, property) in schema::members(words, "properties") {
            if object.len() < wanted
                && !object.contains_key(name)
                && let Some(value) = self.make(property, depth + 1)
            {
                object.insert(name.clone(), value);
            }
        }
        for number in 0..EXTRA_MAX {
            if object.len() >= wanted {
                return;
            }
            let Some(name) = self.field_name(words, number) else {
                return;
            };
            let schema = other(words, &name);
            if let Some(value) = self.make(&schema, depth + 1) {
                object.insert(name, value);
            }
        }
    }

    /// The `number`-th name of a field that no property names.
    fn field_name(&mut self, words: &Map<String, Value>, number: usize) -> Option<String> {
        if let Some(names) = words.get("propertyNames") {
            let before = std::mem::replace(&mut self.number, number);
            let name = self.make(
                &schema::both(names, &serde_json::json!({"type": "string"})),
                1,
            );
            self.number = before;
            return name?.as_str().map(str::to_owned);
        }
        let patterns: Vec<&String> = schema::members(words, "patternProperties")
            .map(|(pattern, _)| pattern)
            .collect();
        match patterns.get(number % patterns.len().max(1)) {
            Some(pattern) => text::matching(pattern, number / patterns.len()),
            None if number == 0 => Some("key".to_owned()),
            None => Some(format!("key{}", number + 1)),
        }
    }
}

/// The schema of a field that no property names.
fn other(words: &Map<String, Value>, name: &str) -> Value {
    let patterns = schema::members(words, "patternProperties");
    let of_patterns: Vec<Value> = patterns
        .filter(|(pattern, _)| text::matches(pattern, name))
        .map(|(_, schema)| schema.clone())
        .collect();
    match of_patterns.as_slice() {
        [] => words
            .get("additionalProperties")
            .cloned()
            .unwrap_or(Value::Bool(true)),
        [only] => only.clone(),
        _ => serde_json::json!({"allOf": of_patterns}),
    }
}
