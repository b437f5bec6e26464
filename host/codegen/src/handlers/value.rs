//! JSON values as expressions of the types that their schemas have become.

use serde_json::{Map, Value};

use super::code::Code;
use super::json;
use super::shape::{Field, Item, Kind, Presence, Shape, Struct, Union, resolve};
use super::types::literal;

/// Most values in an expression; more are no help to a reader.
const SIZE_MAX: usize = 60;

/// The expression; none where the value does not fit the type, or is too large to be read.
pub(super) fn of(items: &[Item], shape: &Shape, value: &Value) -> Option<Code> {
    (json::size(value) <= SIZE_MAX).then(|| expression(items, shape, value))?
}

/// The expression for a field that is missing; only of values that are quickly made.
pub(super) fn of_missing(items: &[Item], shape: &Shape, value: &Value) -> Option<Code> {
    is_plain(items, shape, value).then(|| of(items, shape, value))?
}

fn is_plain(items: &[Item], shape: &Shape, value: &Value) -> bool {
    match resolve(items, shape) {
        Shape::Bool | Shape::Signed | Shape::Unsigned | Shape::Float | Shape::Text => true,
        Shape::Option(part) => is_plain(items, part, value),
        Shape::List(_) => value.as_array().is_some_and(Vec::is_empty),
        Shape::Map(_) => value.as_object().is_some_and(Map::is_empty),
        Shape::Named(index) => {
            matches!(
                items.get(*index).map(|item| &item.kind),
                Some(Kind::Choice(_))
            )
        }
        _ => false,
    }
}

fn expression(items: &[Item], shape: &Shape, value: &Value) -> Option<Code> {
    let each = |part: &Shape, values: &[Value]| -> Option<Vec<Code>> {
        values
            .iter()
            .map(|value| expression(items, part, value))
            .collect()
    };
    Some(match (shape, value) {
        (Shape::Any, Value::Null) => text("Value::Null"),
        (Shape::Any, value) => any(value),
        (Shape::Null, Value::Null) => text("()"),
        (Shape::Bool, Value::Bool(value)) => Code::Text(value.to_string()),
        (Shape::Signed, Value::Number(number)) => Code::Text(number.as_i64()?.to_string()),
        (Shape::Unsigned, Value::Number(number)) => Code::Text(number.as_u64()?.to_string()),
        (Shape::Float, Value::Number(number)) => Code::Text(format!("{:?}", number.as_f64()?)),
        (Shape::Number, Value::Number(number)) => Code::Text(match number.as_i64() {
            Some(number) => format!("{number}_i64.into()"),
            None => format!("{}_u64.into()", number.as_u64()?),
        }),
        (Shape::Text, Value::String(text)) => owned(text),
        (Shape::Option(_), Value::Null) => text("None"),
        (Shape::Option(part), value) => Code::call("Some", vec![expression(items, part, value)?]),
        (Shape::List(_), Value::Array(values)) if values.is_empty() => text("Vec::new()"),
        (Shape::List(part), Value::Array(values)) => {
            Code::List("vec![".to_owned(), each(part, values)?, "]")
        }
        (Shape::Tuple(parts), Value::Array(values)) if parts.len() == values.len() => {
            let pairs = parts.iter().zip(values);
            let parts: Option<Vec<Code>> = pairs
                .map(|(part, value)| expression(items, part, value))
                .collect();
            Code::List("(".to_owned(), parts?, ")")
        }
        (Shape::Map(part), Value::Object(members)) => map(items, part, members.iter())?,
        (Shape::Boxed(part), value) => {
            Code::call("Box::new", vec![expression(items, part, value)?])
        }
        (Shape::Named(index), value) => item(items, items.get(*index)?, value)?,
        _ => return None,
    })
}

fn text(text: &str) -> Code {
    Code::Text(text.to_owned())
}

/// A value that no type describes.
pub(super) fn any(value: &Value) -> Code {
    Code::Text(format!("json!({})", json::line(value)))
}

fn owned(text: &str) -> Code {
    Code::Text(format!("{}.to_owned()", literal(text)))
}

fn map<'a>(
    items: &[Item],
    part: &Shape,
    members: impl Iterator<Item = (&'a String, &'a Value)>,
) -> Option<Code> {
    let pairs: Option<Vec<Code>> = members
        .map(|(key, value)| {
            let pair = vec![owned(key), expression(items, part, value)?];
            Some(Code::List("(".to_owned(), pair, ")"))
        })
        .collect();
    let pairs = pairs?;
    Some(if pairs.is_empty() {
        text("std::collections::BTreeMap::new()")
    } else {
        let list = Code::List("[".to_owned(), pairs, "]");
        Code::call("std::collections::BTreeMap::from", vec![list])
    })
}

fn item(items: &[Item], item: &Item, value: &Value) -> Option<Code> {
    match &item.kind {
        Kind::Open => Some(any(value)),
        Kind::Alias(shape) => expression(items, shape, value),
        Kind::Wrapper(shape) => Some(Code::call(
            &item.name,
            vec![expression(items, shape, value)?],
        )),
        Kind::Choice(variants) => {
            let text = value.as_str()?;
            let (variant, _) = variants.iter().find(|(_, known)| known == text)?;
            Some(Code::Text(format!("{}::{variant}", item.name)))
        }
        Kind::Struct(object) => structure(items, &item.name, object, value.as_object()?),
        Kind::Union(union) => alternative(items, &item.name, union, value),
    }
}

fn structure(
    items: &[Item],
    name: &str,
    object: &Struct,
    members: &Map<String, Value>,
) -> Option<Code> {
    let mut parts = Vec::new();
    for field in &object.fields {
        let value = present(items, field, members.get(&field.key))?;
        parts.push((field.name.clone(), value));
    }
    let known = |key: &str| object.fields.iter().any(|field| field.key == key);
    let mut others = members.iter().filter(|(key, _)| !known(key)).peekable();
    match &object.rest {
        Some((rest, shape)) => parts.push((rest.clone(), map(items, shape, others)?)),
        // What the type has no place for would be lost.
        None if others.peek().is_some() => return None,
        None => {}
    }
    Some(Code::Struct(name.to_owned(), parts))
}

/// The value of a field that may be missing.
fn present(items: &[Item], field: &Field, value: Option<&Value>) -> Option<Code> {
    let is_option = matches!(field.shape, Shape::Option(_));
    match (&field.presence, value) {
        (Presence::Required, value) => expression(items, &field.shape, value?),
        (Presence::Default(default), value)
            if of_missing(items, &field.shape, default).is_some() =>
        {
            expression(items, &field.shape, value.unwrap_or(default))
        }
        (_, None) => Some(text("None")),
        (_, Some(value)) if is_option => expression(items, &field.shape, value),
        (_, Some(value)) => Some(Code::call(
            "Some",
            vec![expression(items, &field.shape, value)?],
        )),
    }
}

fn alternative(items: &[Item], name: &str, union: &Union, value: &Value) -> Option<Code> {
    union.variants.iter().find_map(|variant| {
        let inner = match (&union.tag, &variant.tag) {
            (Some(field), Some(tag)) => {
                let mut members = value.as_object()?.clone();
                (members.shift_remove(field)? == tag.as_str()).then_some(())?;
                if variant.shape == Shape::Null {
                    return Some(Code::Text(format!("{name}::{}", variant.name)));
                }
                expression(items, &variant.shape, &Value::Object(members))?
            }
            _ if variant.shape == Shape::Null => {
                return value
                    .is_null()
                    .then(|| Code::Text(format!("{name}::{}", variant.name)));
            }
            _ => expression(items, &variant.shape, value)?,
        };
        Some(Code::call(
            &format!("{name}::{}", variant.name),
            vec![inner],
        ))
    })
}
