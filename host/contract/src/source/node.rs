//! The tree.

use std::ops::Range;

use serde_json::{Map, Number, Value};

/// A value and the bytes of the text where it stands. A value that an alias (`*name`) brought
/// stands at its anchor.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// The value.
    pub data: Data,
}

/// A JSON value with places.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(String),
    /// A list.
    Array(Vec<Node>),
    /// An object, in the order of the text; no key stands twice.
    Object(Vec<Member>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The key.
    pub key: String,
    /// Bytes of the key.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The member of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.member(key).map(|member| &member.value)
    }

    /// The member of an object, with its key.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.key == key)
    }

    /// The members; empty for everything that is no object.
    pub fn members(&self) -> &[Member] {
        match &self.data {
            Data::Object(members) => members,
            _ => &[],
        }
    }

    /// The items; empty for everything that is no array.
    pub fn items(&self) -> &[Self] {
        match &self.data {
            Data::Array(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of the string at `key`.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::as_str)
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.data, Data::Object(_))
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Where `$ref` points, in an object that has one as a string.
    pub fn reference(&self) -> Option<&str> {
        self.text("$ref")
    }

    /// The value one reference token further.
    pub fn step(&self, token: &str) -> Option<&Self> {
        match &self.data {
            Data::Object(_) => self.get(token),
            // RFC 6901, section 4: no leading zeros.
            Data::Array(items) if token == "0" || !token.starts_with('0') => {
                items.get(token.parse::<usize>().ok()?)
            }
            _ => None,
        }
    }

    /// The words for its type.
    pub fn type_name(&self) -> &'static str {
        match &self.data {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::String(_) => "a string",
            Data::Array(_) => "an array",
            Data::Object(_) => "an object",
        }
    }

    /// The value without its places.
    pub fn to_value(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(value) => Value::Bool(*value),
            Data::Number(number) => Value::Number(number.clone()),
            Data::String(text) => Value::String(text.clone()),
            Data::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Data::Object(members) => {
                let mut object = Map::with_capacity(members.len());
                for member in members {
                    object.insert(member.key.clone(), member.value.to_value());
                }
                Value::Object(object)
            }
        }
    }
}
