//! From schemas to types. What a type cannot say (patterns, bounds, `not`, conditions) is left
//! out: the host checks it before a handler is called.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::shape::{Item, Kind, Shape, Variant};
use crate::names::{self, Taken};
use crate::schema::{self, Flat};

mod choice;
mod doc;
mod object;
mod recursion;
mod union;

/// Deepest nesting of types without a name of their own in the contract.
const DEPTH_MAX: usize = 64;
/// Most types of one plugin; beyond, values stay JSON.
const ITEMS_MAX: usize = 4_000;
/// Longest tuple that can be read and written.
const TUPLE_MAX: usize = 12;

/// Names that types cannot have: those of the language's prelude and of the SDK's.
#[rustfmt::skip]
const RESERVED: [&str; 60] = [
    "AsMut", "AsRef", "Args", "BTreeMap", "Binary", "Box", "Broadcast", "Clone", "Context", "Copy",
    "Debug", "Default", "Deserialize", "Deserializer", "DoubleEndedIterator", "Drop", "EffectError",
    "Eq", "Err", "ExactSizeIterator", "Extend", "Fn", "FnMut", "FnOnce", "From", "FromIterator",
    "Handlers", "Hash", "Into", "IntoIterator", "Iterator", "None", "Ok", "Option", "Ord",
    "PartialEq", "PartialOrd", "Rejection", "Result", "Self", "Send", "Serialize", "Serializer",
    "Sized", "Some", "String", "Sync", "ToOwned", "ToString", "TryFrom", "TryInto", "Unpin",
    "Value", "Vec", "Plugin", "Description", "Event", "Target", "Level", "Outcome",
];

/// The types of one plugin in the making.
pub(super) struct Lowering {
    items: Vec<Item>,
    taken: Taken,
    /// Schemas that have their type already, by their text.
    known: HashMap<String, Shape>,
    depth: usize,
    /// How many whole schemas were read.
    roots: usize,
}

impl Lowering {
    /// No types yet.
    pub(super) fn new() -> Self {
        Self {
            items: Vec::new(),
            taken: Taken::with(&RESERVED),
            known: HashMap::new(),
            depth: 0,
            roots: 0,
        }
    }

    /// The type of a self-contained schema, under this name; without a schema any value is one.
    /// Types within it without a name of their own take theirs from it.
    pub(super) fn named(&mut self, name: &str, schema: Option<&Value>) -> Shape {
        let key = schema.map(|schema| format!("\n{schema}"));
        let known = key.as_ref().and_then(|key| self.known.get(key)).cloned();
        let slot = self.open(name);
        let shape = match (known, schema) {
            (Some(shape), _) => shape,
            (None, Some(schema)) => self.read(schema, name, Some(slot)),
            (None, None) => Shape::Any,
        };
        if let Some(key) = key {
            self.known.insert(key, Shape::Named(slot));
        }
        self.alias(slot, shape)
    }

    /// The type of several self-contained schemas of which one holds, each with its name; one that
    /// is missing is `null`.
    pub(super) fn one_of(&mut self, name: &str, schemas: &[(String, Option<&Value>)]) -> Shape {
        let slot = self.open(name);
        let mut shapes = Vec::new();
        for (label, schema) in schemas {
            let shape = match schema {
                Some(schema) => self.read(schema, &format!("{name} {label}"), None),
                None => Shape::Null,
            };
            shapes.push((label.clone(), shape));
        }
        let shape = union::untagged(self, name, shapes, Some(slot));
        self.alias(slot, shape)
    }

    /// Says something about a type.
    pub(super) fn describe(&mut self, shape: &Shape, text: &str) {
        if let Shape::Named(index) = shape
            && let Some(item) = self.items.get_mut(*index)
            && item.doc.is_empty()
        {
            item.doc = doc::lines(text);
        }
    }

    fn read(&mut self, schema: &Value, name: &str, slot: Option<usize>) -> Shape {
        self.roots += 1;
        let mut reader = Reader {
            number: self.roots,
            types: self,
            root: schema,
        };
        reader.read(schema, name, slot)
    }

    /// The type in this place: a name for the shape, unless it is there already.
    fn alias(&mut self, slot: usize, shape: Shape) -> Shape {
        if shape != Shape::Named(slot) {
            self.fill(Some(slot), "", Kind::Alias(shape), Vec::new());
        }
        Shape::Named(slot)
    }

    /// The types, each of them with a size.
    pub(super) fn finish(mut self) -> Vec<Item> {
        recursion::bound(&mut self.items);
        self.items
    }

    /// A place for a type with this name.
    fn open(&mut self, name: &str) -> usize {
        let name = self.taken.unique(&names::pascal(name));
        self.items.push(Item {
            name,
            doc: Vec::new(),
            kind: Kind::Open,
        });
        self.items.len() - 1
    }

    /// Puts a type into its place, or into a new one.
    fn fill(&mut self, slot: Option<usize>, name: &str, kind: Kind, doc: Vec<String>) -> Shape {
        let index = slot.unwrap_or_else(|| self.open(name));
        if let Some(item) = self.items.get_mut(index) {
            item.kind = kind;
            item.doc = doc;
        }
        Shape::Named(index)
    }
}

/// Reads one self-contained schema.
struct Reader<'a> {
    types: &'a mut Lowering,
    root: &'a Value,
    number: usize,
}

impl Reader<'_> {
    /// The type of a schema; it goes to the place `slot` where it needs one.
    fn read(&mut self, schema: &Value, name: &str, slot: Option<usize>) -> Shape {
        if let Some(reference) = schema::reference(schema) {
            return self.definition(reference);
        }
        let Value::Object(object) = schema else {
            return Shape::Any;
        };
        if self.types.depth >= DEPTH_MAX || self.types.items.len() >= ITEMS_MAX {
            return Shape::Any;
        }
        let mut words = object.clone();
        words.remove("definitions");
        let key = format!("{}\n{}", self.number, Value::Object(words));
        if slot.is_none()
            && let Some(shape) = self.types.known.get(&key)
        {
            return shape.clone();
        }
        self.types.depth += 1;
        let shape = match schema::flatten(self.root, schema) {
            Flat::Any | Flat::Never => Shape::Any,
            Flat::Words(words, None) => self.of_words(&words, name, slot, &key),
            Flat::Words(words, Some(branches)) => {
                self.of_branches(&words, &branches, name, slot, &key)
            }
        };
        self.types.depth -= 1;
        shape
    }

    /// Remembers the type of a schema before what is in it is read: it may be in itself.
    fn begin(&mut self, slot: Option<usize>, name: &str, key: &str) -> usize {
        let index = slot.unwrap_or_else(|| self.types.open(name));
        let shape = Shape::Named(index);
        self.types.known.insert(key.to_owned(), shape);
        index
    }

    /// The type of a schema with a name of its own.
    fn definition(&mut self, reference: &str) -> Shape {
        let root = self.root;
        let Some((name, value)) = schema::target(root, reference) else {
            return Shape::Any;
        };
        let key = self.fingerprint(reference);
        if let Some(shape) = self.types.known.get(&key) {
            return shape.clone();
        }
        let slot = self.types.open(&name);
        self.types.known.insert(key, Shape::Named(slot));
        let depth = std::mem::take(&mut self.types.depth);
        let shape = self.read(value, &name, Some(slot));
        self.types.depth = depth;
        if shape != Shape::Named(slot) {
            let doc = doc::of_type(value);
            self.types.fill(Some(slot), &name, Kind::Alias(shape), doc);
        }
        Shape::Named(slot)
    }

    /// A definition and all that it refers to: the same in two schemas is one type.
    fn fingerprint(&self, reference: &str) -> String {
        let mut open = vec![reference.to_owned()];
        let mut seen = HashSet::new();
        let mut text = String::new();
        while let Some(reference) = open.pop() {
            if !seen.insert(reference.clone()) {
                continue;
            }
            if let Some((name, value)) = schema::target(self.root, &reference) {
                text.push_str(&name);
                text.push_str(&value.to_string());
                references(value, &mut open);
            }
        }
        text
    }

    fn of_words(
        &mut self,
        words: &Map<String, Value>,
        name: &str,
        slot: Option<usize>,
        key: &str,
    ) -> Shape {
        if let Some(shape) = choice::of(self.types, words, name, slot) {
            if slot.is_none() {
                self.types.known.insert(key.to_owned(), shape.clone());
            }
            return shape;
        }
        let types = schema::types(words);
        let nullable = types.contains(&"null");
        let others: Vec<&str> = types.iter().copied().filter(|it| *it != "null").collect();
        match others.as_slice() {
            [] if nullable => Shape::Null,
            [] => Shape::Any,
            [only] if !nullable => self.of_type(only, words, name, slot, key),
            [only] => {
                // The place holds the `Option`, so what is in it needs another.
                let key = format!("{key}\n{only}");
                self.of_type(only, words, name, None, &key).or_null()
            }
            _ if is_everything(&others) => Shape::Any,
            _ => {
                let branches: Vec<Value> = types
                    .iter()
                    .map(|name| {
                        let mut words = words.clone();
                        words.insert("type".to_owned(), Value::from(*name));
                        Value::Object(words)
                    })
                    .collect();
                self.of_branches(&Map::new(), &branches, name, slot, key)
            }
        }
    }

    fn of_type(
        &mut self,
        kind: &str,
        words: &Map<String, Value>,
        name: &str,
        slot: Option<usize>,
        key: &str,
    ) -> Shape {
        match kind {
            "object" => self.object(words, name, slot, key),
            "array" => self.list(words, name),
            "string" => Shape::Text,
            "integer" => integer(words),
            "number" => Shape::Float,
            "boolean" => Shape::Bool,
            _ => Shape::Any,
        }
    }

    /// A list is a tuple where its length is fixed, and else one of like items.
    fn list(&mut self, words: &Map<String, Value>, name: &str) -> Shape {
        let count = |word: &str| words.get(word).and_then(Value::as_u64);
        match words.get("items") {
            Some(Value::Array(positions)) => {
                let length = positions.len() as u64;
                let is_closed = words.get("additionalItems") == Some(&Value::Bool(false))
                    || count("maxItems").is_some_and(|most| most <= length);
                let is_full = count("minItems").is_some_and(|least| least >= length);
                if is_closed && is_full && (1..=TUPLE_MAX).contains(&positions.len()) {
                    let shapes = positions.iter().enumerate().map(|(index, position)| {
                        self.read(position, &format!("{name} item {}", index + 1), None)
                    });
                    return Shape::Tuple(shapes.collect());
                }
                Shape::List(Box::new(Shape::Any))
            }
            Some(every) => {
                let item = self.read(every, &format!("{name} item"), None);
                Shape::List(Box::new(item))
            }
            None => Shape::List(Box::new(Shape::Any)),
        }
    }
}

/// Whether the types are all that JSON has, `null` aside.
fn is_everything(types: &[&str]) -> bool {
    let has = |name: &str| types.contains(&name);
    ["string", "boolean", "object", "array"]
        .iter()
        .all(|name| has(name))
        && has("number")
}

fn integer(words: &Map<String, Value>) -> Shape {
    let least = [("minimum", 0.0), ("exclusiveMinimum", 1.0)]
        .iter()
        .filter_map(|(word, more)| Some(words.get(*word)?.as_f64()? + more))
        .reduce(f64::max);
    let most = words.get("maximum").and_then(Value::as_f64);
    let is_below_zero = least.is_none_or(|least| least < 0.0);
    // The bounds of 64 bits, as far as a float can hold them: what is beyond them is.
    let (signed, unsigned) = (i64::MAX as f64, u64::MAX as f64);
    let is_beyond = least.is_some_and(|least| least >= unsigned || least < -signed)
        || most.is_some_and(|most| most > if is_below_zero { signed } else { unsigned });
    match (is_beyond, is_below_zero) {
        (true, _) => Shape::Number,
        (false, true) => Shape::Signed,
        (false, false) => Shape::Unsigned,
    }
}

/// All `$ref` within a schema.
fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                found.push(reference.clone());
            }
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

pub(super) use doc::{is_unseen, lines};

/// A variant before its name is made unique.
fn variant(taken: &mut Taken, name: &str, tag: Option<String>, shape: Shape) -> Variant {
    Variant {
        name: taken.unique(&names::pascal(name)),
        tag,
        shape,
    }
}
