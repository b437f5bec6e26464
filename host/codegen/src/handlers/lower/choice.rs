//! `enum` and `const`: texts become variants; numbers and other values keep the type of their
//! kind.

use serde_json::{Map, Value};

use super::super::shape::{Kind, Shape};
use super::{Lowering, doc};
use crate::names::{self, Taken};

/// Most variants; longer lists stay texts.
const VARIANTS_MAX: usize = 500;

/// The type of a schema with `enum` or `const`; none without.
pub(super) fn of(
    types: &mut Lowering,
    words: &Map<String, Value>,
    name: &str,
    slot: Option<usize>,
) -> Option<Shape> {
    let values = values(words)?;
    let texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
    let nulls = values.iter().filter(|value| value.is_null()).count();
    if texts.is_empty() || texts.len() + nulls < values.len() {
        return Some(plain(&values));
    }
    let slot = slot.filter(|_| nulls == 0);
    let shape = of_texts(types, &texts, name, slot, doc::of_words(words));
    Some(if nulls > 0 { shape.or_null() } else { shape })
}

/// The values of `const`, else of `enum`.
pub(super) fn values(words: &Map<String, Value>) -> Option<Vec<&Value>> {
    match (words.get("const"), words.get("enum")) {
        (Some(only), _) => Some(vec![only]),
        (None, Some(Value::Array(values))) => Some(values.iter().collect()),
        _ => None,
    }
}

/// The type of one of some texts.
pub(super) fn of_texts(
    types: &mut Lowering,
    texts: &[&str],
    name: &str,
    slot: Option<usize>,
    doc: Vec<String>,
) -> Shape {
    if texts.len() > VARIANTS_MAX {
        return Shape::Text;
    }
    let mut taken = Taken::default();
    let mut variants: Vec<(String, String)> = Vec::new();
    for text in texts {
        if !variants.iter().any(|(_, known)| known == text) {
            let name = taken.unique(&names::pascal(text));
            variants.push((name, (*text).to_owned()));
        }
    }
    types.fill(slot, name, Kind::Choice(variants), doc)
}

/// The type that all values have, where they have one.
fn plain(values: &[&Value]) -> Shape {
    let all = |holds: fn(&Value) -> bool| !values.is_empty() && values.iter().all(|it| holds(it));
    if all(Value::is_null) {
        Shape::Null
    } else if all(Value::is_boolean) {
        Shape::Bool
    } else if all(Value::is_i64) {
        Shape::Signed
    } else if all(Value::is_u64) {
        Shape::Unsigned
    } else if all(Value::is_number) {
        Shape::Float
    } else {
        Shape::Any
    }
}
