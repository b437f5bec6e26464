//! `oneOf` and `anyOf`: alternatives told apart by a field, or by what they look like.

use serde_json::{Map, Value};

use super::super::shape::{Kind, Shape, Union, resolve};
use super::{Lowering, Reader, choice, doc, variant};
use crate::names::Taken;
use crate::schema::{self, Flat};

/// Words that check and give no shape.
#[rustfmt::skip]
const SHAPELESS: [&str; 22] = [
    "required", "not", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "contains",
    "minProperties", "maxProperties", "propertyNames", "dependencies", "if", "then", "else",
    "title",
];

/// One alternative.
struct Branch {
    /// It beside the words that hold for all.
    schema: Value,
    /// The same laid flat.
    words: Map<String, Value>,
    /// Whether all of it is in `words`.
    is_whole: bool,
    /// The name that the contract gives it.
    name: Option<String>,
    /// The field of the discriminator, and its text for this one.
    discriminated: Option<(String, String)>,
}

impl Reader<'_> {
    pub(super) fn of_branches(
        &mut self,
        words: &Map<String, Value>,
        branches: &[Value],
        name: &str,
        slot: Option<usize>,
        key: &str,
    ) -> Shape {
        if self.is_check(words, branches) {
            return self.of_words(words, name, slot, key);
        }
        let all: Vec<Branch> = branches.iter().map(|it| self.branch(words, it)).collect();
        let is_null = |branch: &Branch| {
            schema::types(&branch.words) == ["null"]
                || choice::values(&branch.words).is_some_and(|it| it.iter().all(|it| it.is_null()))
        };
        let (nulls, others): (Vec<Branch>, Vec<Branch>) = all.into_iter().partition(is_null);
        let nullable = !nulls.is_empty();
        // The place holds the `Option`, so what is in it needs another.
        let slot = slot.filter(|_| !nullable);
        let shape = match others.as_slice() {
            [] => return Shape::Null,
            [only] => self.read(&only.schema, name, slot),
            several => self.of_several(words, several, name, slot, key),
        };
        if nullable { shape.or_null() } else { shape }
    }

    fn of_several(
        &mut self,
        words: &Map<String, Value>,
        branches: &[Branch],
        name: &str,
        slot: Option<usize>,
        key: &str,
    ) -> Shape {
        let doc = doc::of_words(words);
        if let Some(texts) = texts(branches) {
            return choice::of_texts(self.types, &texts, name, slot, doc);
        }
        let index = self.begin(slot, name, key);
        if let Some((tag, values)) = tag(branches) {
            let variants = self.tagged(branches, &tag, values, name);
            let tag = Some(tag);
            let kind = Kind::Union(Union { tag, variants });
            return self.types.fill(Some(index), name, kind, doc);
        }
        let mut shapes = Vec::new();
        for branch in branches {
            let hint = match &branch.name {
                Some(own) => own.clone(),
                None => format!("{name} {}", shapes.len() + 1),
            };
            let shape = self.read(&branch.schema, &hint, None);
            let label = branch.name.clone();
            shapes.push((
                label.unwrap_or_else(|| self.label(&shape, shapes.len())),
                shape,
            ));
        }
        let shape = untagged(self.types, name, shapes, Some(index));
        if let Some(item) = self.types.items.get_mut(index) {
            item.doc = doc;
        }
        shape
    }

    fn branch(&self, outer: &Map<String, Value>, branch: &Value) -> Branch {
        let mut common = outer.clone();
        common.remove("discriminator");
        let name = match schema::reference(branch) {
            Some(reference) => schema::target(self.root, reference).map(|it| it.0),
            None => branch
                .get("title")
                .and_then(Value::as_str)
                .map(str::to_owned),
        };
        let discriminated = schema::discriminated(self.root, outer, branch);
        let schema = schema::alternative(&common, branch);
        let (words, is_whole) = match schema::flatten(self.root, &schema) {
            Flat::Words(words, branches) => (words, branches.is_none()),
            Flat::Any | Flat::Never => (Map::new(), false),
        };
        Branch {
            discriminated,
            schema,
            words,
            is_whole,
            name,
        }
    }

    /// Whether the alternatives only check what the words beside them describe.
    fn is_check(&self, words: &Map<String, Value>, branches: &[Value]) -> bool {
        let types = schema::types(words);
        let told = words.get("type");
        let checks = |branch: &Value| match schema::flatten(self.root, branch) {
            Flat::Words(branch, None) => branch.iter().all(|(word, value)| {
                SHAPELESS.contains(&word.as_str())
                    || word.starts_with("x-")
                    || word == "description"
                    || (word == "type" && told == Some(value))
                    || (word == "properties" && adds_nothing(words, value))
            }),
            Flat::Words(..) => false,
            Flat::Any | Flat::Never => true,
        };
        !types.is_empty() && branches.iter().all(checks)
    }

    /// The alternatives without the field that tells them apart: it is the variant.
    fn tagged(
        &mut self,
        branches: &[Branch],
        tag: &str,
        values: Vec<String>,
        name: &str,
    ) -> Vec<super::Variant> {
        let mut taken = Taken::default();
        let mut variants = Vec::new();
        for (branch, value) in branches.iter().zip(values) {
            let mut words = branch.words.clone();
            if let Some(Value::Object(properties)) = words.get_mut("properties") {
                properties.shift_remove(tag);
            }
            if let Some(Value::Array(required)) = words.get_mut("required") {
                required.retain(|name| name != tag);
            }
            words.remove("discriminator");
            words.insert("type".to_owned(), Value::from("object"));
            let own = branch.name.clone();
            let hint = own.clone().unwrap_or_else(|| format!("{name} {value}"));
            let is_bare = schema::members(&words, "properties").next().is_none()
                && schema::required(&words).is_empty()
                && !["additionalProperties", "patternProperties"]
                    .iter()
                    .any(|word| words.get(*word).is_some_and(Value::is_object));
            let shape = if is_bare {
                Shape::Null
            } else {
                self.read(&Value::Object(words), &hint, None)
            };
            let label = own.unwrap_or_else(|| value.clone());
            variants.push(variant(&mut taken, &label, Some(value), shape));
        }
        variants
    }

    /// A name for an alternative that has none.
    fn label(&self, shape: &Shape, index: usize) -> String {
        let known = match resolve(&self.types.items, shape) {
            Shape::Any => "Other",
            Shape::Null => "Nothing",
            Shape::Bool => "Flag",
            Shape::Signed | Shape::Unsigned | Shape::Number => "Integer",
            Shape::Float => "Number",
            Shape::Text => "Text",
            Shape::List(_) | Shape::Tuple(_) => "List",
            Shape::Map(_) => "Map",
            Shape::Option(_) | Shape::Named(_) | Shape::Boxed(_) => "",
        };
        match known {
            "" => format!("Variant{}", index + 1),
            known => known.to_owned(),
        }
    }
}

/// Whether properties say only more about those that the words have.
fn adds_nothing(words: &Map<String, Value>, properties: &Value) -> bool {
    let own = words.get("properties").and_then(Value::as_object);
    let Some(properties) = properties.as_object() else {
        return true;
    };
    properties.iter().all(|(name, schema)| {
        let has_shape = [
            "properties",
            "items",
            "oneOf",
            "anyOf",
            "allOf",
            "$ref",
            "const",
            "enum",
        ]
        .iter()
        .any(|word| schema.get(*word).is_some());
        !has_shape && own.is_some_and(|own| own.contains_key(name))
    })
}

/// The texts of alternatives that are texts and no more.
fn texts(branches: &[Branch]) -> Option<Vec<&str>> {
    let mut texts = Vec::new();
    for branch in branches.iter() {
        if !branch.is_whole {
            return None;
        }
        for value in choice::values(&branch.words)? {
            texts.push(value.as_str()?);
        }
    }
    Some(texts)
}

/// The required field that tells objects apart, and its text in each.
fn tag(branches: &[Branch]) -> Option<(String, Vec<String>)> {
    let is_object = |branch: &Branch| branch.is_whole && schema::types(&branch.words) == ["object"];
    if !branches.iter().all(is_object) {
        return None;
    }
    let told = branches
        .iter()
        .find_map(|branch| branch.discriminated.as_ref());
    if let Some((tag, _)) = told {
        let named = |branch: &Branch| Some(branch.discriminated.as_ref()?.1.clone());
        return distinct(branches, tag, |branch| {
            constant(branch, tag).or_else(|| named(branch))
        });
    }
    let first = branches.first()?;
    schema::members(&first.words, "properties")
        .find_map(|(tag, _)| distinct(branches, tag, |branch| constant(branch, tag)))
}

fn distinct(
    branches: &[Branch],
    tag: &str,
    value: impl Fn(&Branch) -> Option<String>,
) -> Option<(String, Vec<String>)> {
    let mut values: Vec<String> = Vec::new();
    for branch in branches {
        if !schema::required(&branch.words).contains(&tag) {
            return None;
        }
        let value = value(branch)?;
        if values.contains(&value) {
            return None;
        }
        values.push(value);
    }
    Some((tag.to_owned(), values))
}

/// The only text that a field can have.
fn constant(branch: &Branch, tag: &str) -> Option<String> {
    let property = branch.words.get("properties")?.get(tag)?;
    let schema::Flat::Words(words, None) = schema::flatten(&Value::Null, property) else {
        return None;
    };
    match choice::values(&words)?.as_slice() {
        [only] => only.as_str().map(str::to_owned),
        _ => None,
    }
}

/// A type whose alternatives are tried one after the other, the most particular first.
pub(super) fn untagged(
    types: &mut Lowering,
    name: &str,
    shapes: Vec<(String, Shape)>,
    slot: Option<usize>,
) -> Shape {
    let mut different: Vec<(String, Shape)> = Vec::new();
    for (label, shape) in shapes {
        if !different.iter().any(|(_, known)| *known == shape) {
            different.push((label, shape));
        }
    }
    if let [(_, only)] = different.as_slice() {
        let only = only.clone();
        if let Some(index) = slot {
            types.fill(Some(index), name, Kind::Alias(only), Vec::new());
            return Shape::Named(index);
        }
        return only;
    }
    different.sort_by_key(|(_, shape)| rank(types, shape));
    for (_, shape) in &different {
        if let Shape::Named(index) = resolve(&types.items, shape).clone()
            && let Some(Kind::Struct(object)) = types.items.get_mut(index).map(|it| &mut it.kind)
        {
            object.is_strict = object.is_closed;
        }
    }
    let mut taken = Taken::default();
    let variants = different
        .into_iter()
        .map(|(label, shape)| variant(&mut taken, &label, None, shape))
        .collect();
    let kind = Kind::Union(Union {
        tag: None,
        variants,
    });
    types.fill(slot, name, kind, Vec::new())
}

/// Where an alternative stands in the order of trying.
fn rank(types: &Lowering, shape: &Shape) -> (u8, usize) {
    let rank = |place| (place, 0);
    match resolve(&types.items, shape) {
        Shape::Null => rank(0),
        Shape::Bool => rank(1),
        Shape::Signed | Shape::Unsigned => rank(2),
        Shape::Float | Shape::Number => rank(3),
        Shape::Text => rank(5),
        Shape::Tuple(_) => rank(6),
        Shape::List(_) => rank(7),
        Shape::Map(_) => rank(9),
        Shape::Any | Shape::Option(_) | Shape::Boxed(_) => rank(10),
        Shape::Named(index) => match types.items.get(*index).map(|item| &item.kind) {
            Some(Kind::Choice(_)) => rank(4),
            Some(Kind::Struct(object)) => {
                let required = object
                    .fields
                    .iter()
                    .filter(|field| field.presence == super::super::shape::Presence::Required);
                (8, usize::MAX - required.count())
            }
            Some(Kind::Wrapper(_)) => rank(7),
            _ => rank(8),
        },
    }
}
