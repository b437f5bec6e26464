//! Objects: known fields, fields of any name, or both.

use serde_json::{Map, Value};

use super::super::shape::{Field, Kind, Presence, Shape, Struct};
use super::{Reader, doc};
use crate::names::{self, Taken};
use crate::schema::{self, Flat};

impl Reader<'_> {
    pub(super) fn object(
        &mut self,
        words: &Map<String, Value>,
        name: &str,
        slot: Option<usize>,
        key: &str,
    ) -> Shape {
        let required = schema::required(words);
        let others = self.others(words);
        let has_fields = schema::members(words, "properties").next().is_some();
        if !has_fields && (required.is_empty() || others.is_some()) {
            let rest = self.rest(others, name);
            return Shape::Map(Box::new(rest.unwrap_or(Shape::Any)));
        }
        let index = self.begin(slot, name, key);
        let mut taken = Taken::default();
        let mut fields = Vec::new();
        for (property, schema) in schema::members(words, "properties") {
            let is_required = required.contains(&property.as_str());
            fields.push(self.field(name, property, schema, is_required, &mut taken));
        }
        for property in required {
            // Required and described nowhere: anything, unless it is one of the fields of any name.
            if others.is_none() && !fields.iter().any(|field| field.key == property) {
                fields.push(self.field(name, property, &Value::Bool(true), true, &mut taken));
            }
        }
        let rest = self.rest(others, &format!("{name} value"));
        let rest = rest.map(|shape| (taken.unique_snake("others"), shape));
        let kind = Kind::Struct(Struct {
            fields,
            is_closed: rest.is_none()
                && words.get("additionalProperties") == Some(&Value::Bool(false)),
            rest,
            is_strict: false,
        });
        self.types
            .fill(Some(index), name, kind, doc::of_words(words))
    }

    fn field(
        &mut self,
        parent: &str,
        property: &str,
        schema: &Value,
        is_required: bool,
        taken: &mut Taken,
    ) -> Field {
        let shape = self.read(schema, &self.type_name(parent, property, schema), None);
        let words = match schema::flatten(self.root, schema) {
            Flat::Words(words, _) => words,
            Flat::Any | Flat::Never => Map::new(),
        };
        let presence = match words.get("default") {
            _ if is_required => Presence::Required,
            Some(value) if !value.is_null() => Presence::Default(value.clone()),
            _ => Presence::Optional,
        };
        // Words beside `$ref` are no words; those of the target describe the type.
        let doc = if schema::reference(schema).is_some() {
            Vec::new()
        } else {
            doc::of_field(&words)
        };
        Field {
            name: taken.unique_snake(&names::snake(property)),
            key: property.to_owned(),
            shape,
            presence,
            doc,
        }
    }

    /// The name of a type that has none: its title, else that of the field behind the parent's.
    fn type_name(&self, parent: &str, property: &str, schema: &Value) -> String {
        let title = schema.get("title").and_then(Value::as_str);
        let is_name = |title: &&str| title.len() <= 40 && !names::words(title).is_empty();
        match title.filter(is_name) {
            Some(title) => title.to_owned(),
            None if parent.len() + property.len() > 60 => property.to_owned(),
            None => format!("{parent} {property}"),
        }
    }

    /// What the schema says about fields that no property names, as schemas.
    fn others(&self, words: &Map<String, Value>) -> Option<Vec<Value>> {
        let mut others: Vec<Value> = schema::members(words, "patternProperties")
            .map(|(_, schema)| schema.clone())
            .collect();
        match words.get("additionalProperties") {
            Some(schema @ Value::Object(object)) if !object.is_empty() => {
                others.push(schema.clone());
            }
            // Beside patterns every other field may hold anything.
            None | Some(Value::Bool(true) | Value::Object(_)) if !others.is_empty() => {
                others.push(Value::Bool(true));
            }
            _ => {}
        }
        (!others.is_empty()).then_some(others)
    }

    /// The one type of all fields of any name.
    fn rest(&mut self, others: Option<Vec<Value>>, name: &str) -> Option<Shape> {
        let others = others?;
        let name = format!("{name} value");
        let mut shapes: Vec<Shape> = Vec::new();
        for schema in &others {
            let shape = self.read(schema, &name, None);
            if !shapes.contains(&shape) {
                shapes.push(shape);
            }
        }
        Some(match shapes.as_slice() {
            [only] => only.clone(),
            _ => Shape::Any,
        })
    }
}
