//! Examples of payloads: those that the contract gives, else made up from the schema. Whatever is
//! handed out is valid against its schema.

use fs7_contract::model::Message;
use serde_json::{Map, Value};

use crate::schema::{self, Flat};

mod array;
mod number;
mod object;
mod text;

/// Deepest value that is made up.
const DEPTH_MAX: usize = 96;
/// Below this, fields that may be absent are left out.
const OPTIONAL_DEPTH_MAX: usize = 5;
/// Most schemas that are looked at for one example.
const STEPS_MAX: usize = 20_000;

/// A value that is valid against a self-contained schema: its own example, else its default,
/// else one that is made up. None where none is found, which need not mean that there is none.
pub fn sample(schema: &Value) -> Option<Value> {
    let told = told(schema)
        .into_iter()
        .find(|value| is_valid(schema, value));
    told.or_else(|| {
        [Optional::Told, Optional::Absent]
            .into_iter()
            .find_map(|optional| {
                let mut maker = Maker::new(schema, optional);
                maker
                    .make(schema, 0)
                    .filter(|value| is_valid(schema, value))
            })
    })
}

/// A payload of a message: an example that the contract gives and that is valid, else as
/// [`sample`] has it. Of a message without payload it is `null`; of one whose payload is described
/// in a language that is not JSON Schema only the contract's own examples will do.
pub fn message(message: &Message) -> Option<Value> {
    let mut examples = message.examples.iter().filter_map(|it| it.payload.as_ref());
    match &message.payload {
        Some(payload) => examples
            .find(|value| is_valid(&payload.value, value))
            .cloned()
            .or_else(|| sample(&payload.value)),
        None => match examples.next() {
            Some(example) => Some(example.clone()),
            None => message.foreign_format.is_none().then_some(Value::Null),
        },
    }
}

/// Whether a value is valid against a self-contained schema, as draft 7 says, formats included.
/// Nothing is valid against what is no schema.
pub fn is_valid(schema: &Value, value: &Value) -> bool {
    let compiled = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .should_validate_formats(true)
        .build(schema);
    compiled.is_ok_and(|compiled| compiled.is_valid(value))
}

/// The examples and the default that a schema gives.
fn told(schema: &Value) -> Vec<Value> {
    let mut values = Vec::new();
    if let Some(Value::Array(examples)) = schema.get("examples") {
        values.extend(examples.iter().cloned());
    }
    for word in ["example", "default", "const"] {
        values.extend(schema.get(word).cloned());
    }
    values
}

/// Whether fields that may be absent are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Optional {
    /// They are, down to a depth.
    Told,
    /// They are not.
    Absent,
}

/// Makes values up.
struct Maker<'a> {
    root: &'a Value,
    optional: Optional,
    steps: usize,
    /// Makes the values of a list differ.
    number: usize,
}

impl<'a> Maker<'a> {
    fn new(root: &'a Value, optional: Optional) -> Self {
        Self {
            root,
            optional,
            steps: 0,
            number: 0,
        }
    }

    /// A value for a schema at a depth. It is valid as far as this schema's own words can be
    /// followed; the whole is checked at the end.
    fn make(&mut self, schema: &Value, depth: usize) -> Option<Value> {
        self.steps += 1;
        if depth > DEPTH_MAX || self.steps > STEPS_MAX {
            return None;
        }
        match schema::flatten(self.root, schema) {
            Flat::Never => None,
            Flat::Any => Some(Value::from(text::ANY)),
            Flat::Words(words, None) => self.of_words(&words, depth),
            Flat::Words(words, Some(branches)) => self.of_branches(&words, &branches, depth),
        }
    }

    /// The first alternative that leads to a value which is valid against all.
    fn of_branches(
        &mut self,
        words: &Map<String, Value>,
        branches: &[Value],
        depth: usize,
    ) -> Option<Value> {
        let told = self.told(words);
        if told.is_some() {
            return told;
        }
        // Nothing and what has no shape come last: they make poor examples.
        let rank = |branch: &&Value| match schema::flatten(self.root, branch) {
            Flat::Words(words, _) if schema::types(&words) == ["null"] => 1,
            Flat::Words(..) => 0,
            Flat::Any | Flat::Never => 2,
        };
        let mut ordered: Vec<&Value> = branches.iter().collect();
        ordered.sort_by_key(rank);
        ordered.into_iter().find_map(|branch| {
            let schema = schema::alternative(words, branch);
            let mut value = self.make(&schema, depth + 1)?;
            self.discriminate(words, branch, &schema, &mut value);
            // Of several that hold at once `oneOf` takes none; the check at the end sees that.
            self.fits(&schema, &value).then_some(value)
        })
    }

    /// Writes the alternative's name into the field that `discriminator` names, where the schema
    /// leaves it open.
    fn discriminate(
        &self,
        words: &Map<String, Value>,
        branch: &Value,
        schema: &Value,
        value: &mut Value,
    ) {
        let Some((tag, name)) = schema::discriminated(self.root, words, branch) else {
            return;
        };
        let mut named = value.clone();
        if let Some(object) = named.as_object_mut().filter(|it| it.contains_key(&tag)) {
            object.insert(tag, Value::from(name));
            if self.fits(schema, &named) {
                *value = named;
            }
        }
    }

    fn of_words(&mut self, words: &Map<String, Value>, depth: usize) -> Option<Value> {
        let told = self.told(words);
        if told.is_some() {
            return told;
        }
        if let Some(Value::Array(values)) = words.get("enum") {
            let count = values.len().max(1);
            let start = self.number % count;
            let mut turned = values.iter().cycle().skip(start).take(count);
            return turned.find(|value| self.fits_words(words, value)).cloned();
        }
        let types = schema::types(words);
        let mut ordered: Vec<&str> = types.iter().copied().filter(|it| *it != "null").collect();
        if ordered.len() < types.len() {
            ordered.push("null");
        }
        let is_checked = ["not", "if", "const"]
            .iter()
            .any(|word| words.contains_key(*word));
        let made = ordered.into_iter().find_map(|name| {
            let value = self.of_type(name, words, depth)?;
            (!is_checked || self.fits_words(words, &value)).then_some(value)
        });
        made.or_else(|| self.of_condition(words, depth))
            .or_else(|| self.anything(words))
    }

    fn of_type(&mut self, name: &str, words: &Map<String, Value>, depth: usize) -> Option<Value> {
        match name {
            "object" => self.object(words, depth),
            "array" => self.array(words, depth),
            "string" => self.text(words),
            "integer" => number::integer(words, self.number),
            "number" => number::number(words, self.number),
            "boolean" => Some(Value::Bool(self.number.is_multiple_of(2))),
            "null" => Some(Value::Null),
            _ => None,
        }
    }

    /// `if`, `then` and `else`: a value on one of the two ways.
    fn of_condition(&mut self, words: &Map<String, Value>, depth: usize) -> Option<Value> {
        let condition = words.get("if")?;
        let mut plain = words.clone();
        for word in ["if", "then", "else"] {
            plain.remove(word);
        }
        let then = words
            .get("then")
            .map_or_else(|| condition.clone(), |then| schema::both(condition, then));
        [Some(then), words.get("else").cloned()]
            .into_iter()
            .flatten()
            .find_map(|way| {
                let schema = schema::both(&Value::Object(plain.clone()), &way);
                let value = self.make(&schema, depth + 1)?;
                self.fits_words(words, &value).then_some(value)
            })
    }

    /// The example, the default or the constant of a schema within.
    fn told(&self, words: &Map<String, Value>) -> Option<Value> {
        let schema = Value::Object(words.clone());
        let fits = |value: &Value| self.fits(&schema, value);
        if self.number > 0 {
            // Lists of values that differ need others.
            return words.get("const").cloned();
        }
        told(&schema).into_iter().find(fits)
    }

    /// One of some values of every type.
    fn anything(&self, words: &Map<String, Value>) -> Option<Value> {
        let values = [
            Value::from(text::ANY),
            Value::from(1),
            Value::Bool(true),
            Value::from(Map::new()),
            Value::from(Vec::<Value>::new()),
            Value::Null,
            Value::from(-1),
            Value::from(0.5),
        ];
        values
            .into_iter()
            .cycle()
            .skip(self.number % 3)
            .take(8)
            .find(|value| self.fits_words(words, value))
    }

    fn fits_words(&self, words: &Map<String, Value>, value: &Value) -> bool {
        self.fits(&Value::Object(words.clone()), value)
    }

    /// Whether a value is valid against a schema within the whole.
    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut whole = Map::new();
        whole.insert("allOf".to_owned(), Value::Array(vec![schema.clone()]));
        if let Some(definitions) = self.root.get("definitions") {
            whole.insert("definitions".to_owned(), definitions.clone());
        }
        is_valid(&Value::Object(whole), value)
    }
}

#[cfg(test)]
mod tests;
