//! From a schema to its shape, where it keeps to the keywords that the fast way knows.

use serde_json::{Map, Value};

use super::formats::Format;
use super::object::{Members, NAMES_MAX};
use super::text::TextRules;
use super::{ANYTHING, Bounds, EXACT_MAX, Items, Kinds, Range, Shape, Values};

/// Shapes that one schema makes at most: references are followed by copying, and copies of
/// copies would be many.
const SHAPES_MAX: usize = 2_000;

/// Deepest nesting of a schema with its references.
const DEPTH_MAX: usize = 64;

/// Where references lead.
const DEFINITIONS: &str = "#/definitions/";

impl Shape {
    /// The shape of a schema, as it is given to `jsonschema`; none where it has a keyword that
    /// the fast way does not know, refers to itself, or is large.
    pub(in crate::validator) fn compile(schema: &Value) -> Option<Self> {
        Compiler::new(schema).shape(schema, 0)
    }

    /// As [`Self::compile`], and only where `jsonschema` surely takes the schema: it looks at
    /// definitions too that nothing refers to.
    pub(in crate::validator) fn compile_sound(schema: &Value) -> Option<Self> {
        let mut compiler = Compiler::new(schema);
        let definitions = compiler.definitions.into_iter().flat_map(Map::values);
        for definition in definitions {
            compiler.shape(definition, 1)?;
        }
        compiler.shape(schema, 0)
    }
}

struct Compiler<'s> {
    definitions: Option<&'s Map<String, Value>>,
    shapes: usize,
}

impl<'s> Compiler<'s> {
    fn new(schema: &'s Value) -> Self {
        Self {
            definitions: schema.get("definitions").and_then(Value::as_object),
            shapes: 0,
        }
    }

    /// A schema that refers to itself ends at the limits.
    fn shape(&mut self, schema: &'s Value, depth: usize) -> Option<Shape> {
        self.shapes += 1;
        if self.shapes > SHAPES_MAX || depth > DEPTH_MAX {
            return None;
        }
        match schema {
            Value::Bool(true) => Some(ANYTHING.clone()),
            Value::Bool(false) => Some(Shape::of(Kinds::NONE)),
            Value::Object(keywords) => match keywords.get("$ref") {
                Some(reference) => self.referenced(reference, keywords, depth),
                None => self.keywords(keywords, depth),
            },
            _ => None,
        }
    }

    /// What a reference leads to. Draft 7 ignores what stands beside one; where that would say
    /// something the slow way is asked.
    fn referenced(
        &mut self,
        reference: &'s Value,
        beside: &'s Map<String, Value>,
        depth: usize,
    ) -> Option<Shape> {
        let is_alone = beside
            .iter()
            .all(|(key, value)| key == "$ref" || is_silent(key, value));
        let name = reference.as_str()?.strip_prefix(DEFINITIONS)?;
        // Another part of a definition, or a name that is written with escapes.
        if !is_alone || name.contains(['/', '~', '%']) {
            return None;
        }
        self.shape(self.definitions?.get(name)?, depth + 1)
    }

    fn keywords(&mut self, keywords: &'s Map<String, Value>, depth: usize) -> Option<Shape> {
        let mut shape = ANYTHING.clone();
        let mut text = TextRules {
            length: Range::ANY,
            format: None,
        };
        let mut bounds = Bounds::default();
        let mut items = Items {
            count: Range::ANY,
            each: ANYTHING.clone(),
        };
        let (mut has_text, mut has_bounds, mut has_items, mut has_members) =
            (false, false, false, false);
        for (keyword, value) in keywords {
            match keyword.as_str() {
                "type" => shape.kinds = kinds(value)?,
                "const" if shape.values.is_none() => {
                    shape.values = Some(values(std::slice::from_ref(value)));
                }
                "enum" if shape.values.is_none() => shape.values = Some(values(value.as_array()?)),
                "minLength" => (has_text, text.length.min) = (true, value.as_u64()?),
                "maxLength" => (has_text, text.length.max) = (true, value.as_u64()?),
                "format" => (has_text, text.format) = (true, Format::named(value.as_str()?)?),
                "minimum" => (has_bounds, bounds.minimum) = (true, Some(bound(value)?)),
                "maximum" => (has_bounds, bounds.maximum) = (true, Some(bound(value)?)),
                "exclusiveMinimum" => (has_bounds, bounds.above) = (true, Some(bound(value)?)),
                "exclusiveMaximum" => (has_bounds, bounds.below) = (true, Some(bound(value)?)),
                "minItems" => (has_items, items.count.min) = (true, value.as_u64()?),
                "maxItems" => (has_items, items.count.max) = (true, value.as_u64()?),
                "items" => (has_items, items.each) = (true, self.shape(value, depth + 1)?),
                "properties" | "required" | "additionalProperties" => has_members = true,
                silent if is_silent(silent, value) => {}
                _ => return None,
            }
        }
        if has_members {
            shape.object = Some(Box::new(self.members(keywords, depth)?));
        }
        shape.text = has_text.then(|| Box::new(text));
        shape.number = has_bounds.then(|| Box::new(bounds));
        shape.list = has_items.then(|| Box::new(items));
        Some(shape)
    }

    fn members(&mut self, keywords: &'s Map<String, Value>, depth: usize) -> Option<Members> {
        let others = match keywords.get("additionalProperties") {
            None => Some(ANYTHING.clone()),
            Some(Value::Bool(false)) => None,
            Some(schema) => Some(self.shape(schema, depth + 1)?),
        };
        let mut members = Members {
            named: Vec::new(),
            required: 0,
            others,
        };
        if let Some(properties) = keywords.get("properties") {
            for (name, schema) in properties.as_object()? {
                let shape = self.shape(schema, depth + 1)?;
                members.named.push((name.as_str().into(), shape));
            }
        }
        if let Some(required) = keywords.get("required") {
            for name in required.as_array()? {
                let index = members.place_of(name.as_str()?)?;
                let bit = 1_u64.checked_shl(u32::try_from(index).ok()?)?;
                // A name that stands twice is wrong.
                if members.required & bit != 0 {
                    return None;
                }
                members.required |= bit;
            }
        }
        (members.named.len() <= NAMES_MAX).then_some(members)
    }
}

impl Members {
    /// Where a name that must be there stands; one that is no property is what all others are.
    fn place_of(&mut self, name: &str) -> Option<usize> {
        let known = self.named.iter().position(|(other, _)| **other == *name);
        if known.is_none() {
            self.named.push((name.into(), self.others.clone()?));
        }
        known.or(self.named.len().checked_sub(1))
    }
}

impl Range {
    const ANY: Self = Self {
        min: 0,
        max: u64::MAX,
    };
}

/// Whether a keyword says nothing of values, in draft 7 and as `jsonschema` has it. One that is
/// written wrongly is none: `jsonschema` takes no schema that has it.
fn is_silent(keyword: &str, value: &Value) -> bool {
    match keyword {
        "$comment" | "description" | "title" => value.is_string(),
        "readOnly" | "writeOnly" => value.is_boolean(),
        "examples" => value.is_array(),
        "definitions" => value.is_object(),
        "default" | "deprecated" | "discriminator" | "example" | "externalDocs" | "nullable" => {
            true
        }
        other => other.starts_with("x-"),
    }
}

fn kinds(value: &Value) -> Option<Kinds> {
    match value {
        Value::String(name) => kind(name),
        // Types that stand twice, or none, are wrong.
        Value::Array(names) if !names.is_empty() => {
            names.iter().try_fold(Kinds::NONE, |all, name| {
                let one = kind(name.as_str()?)?;
                (!all.has(one)).then(|| all.or(one))
            })
        }
        _ => None,
    }
}

fn kind(name: &str) -> Option<Kinds> {
    match name {
        "null" => Some(Kinds::NULL),
        "boolean" => Some(Kinds::BOOL),
        "integer" => Some(Kinds::INTEGER),
        "number" => Some(Kinds::INTEGER.or(Kinds::FLOAT)),
        "string" => Some(Kinds::STRING),
        "array" => Some(Kinds::ARRAY),
        "object" => Some(Kinds::OBJECT),
        _ => None,
    }
}

/// The values that the fast way can compare.
fn values(list: &[Value]) -> Box<Values> {
    let mut values = Values::default();
    for value in list {
        match value {
            Value::Null => values.has_null = true,
            Value::Bool(true) => values.has_true = true,
            Value::Bool(false) => values.has_false = true,
            Value::Number(number) => values.integers.extend(number.as_i64()),
            Value::String(text) => values.texts.push(text.as_str().into()),
            Value::Array(_) | Value::Object(_) => {}
        }
    }
    Box::new(values)
}

/// A bound that is a float without loss.
fn bound(value: &Value) -> Option<f64> {
    let number = value.as_number()?;
    match (number.as_i64(), number.is_f64()) {
        (Some(integer), _) if integer.unsigned_abs() <= EXACT_MAX => Some(integer as f64),
        (None, true) => number.as_f64(),
        _ => None,
    }
}
