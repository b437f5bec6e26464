//! The tree as `jsonschema` looks at it.

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, Node, NodeIdentity, Object};
use serde_json::{Number, Value};

use super::tree::{Tree, find};

type Members<'a> = &'a [(Cow<'a, str>, Tree<'a>)];

/// The representation that borrows from the wire's text.
pub(super) struct Borrowed;

impl Json for Borrowed {
    type Node<'a> = &'a Tree<'a>;
    type PreparedKey = String;
    type StringBuffer = Tree<'static>;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(
        buffer: &mut Tree<'static>,
        string: &str,
        f: impl for<'n> FnOnce(&'n Tree<'n>) -> T,
    ) -> T {
        *buffer = Tree::String(Cow::Owned(string.to_owned()));
        f(buffer)
    }
}

impl<'a> Node<'a, Borrowed> for &'a Tree<'a> {
    type Object = Members<'a>;
    type Array = &'a [Tree<'a>];
    type Number = &'a Number;

    fn as_object(&self) -> Option<Members<'a>> {
        match self {
            Tree::Object(members) => Some(members),
            _ => None,
        }
    }

    fn as_array(&self) -> Option<&'a [Tree<'a>]> {
        match self {
            Tree::Array(items) => Some(items),
            _ => None,
        }
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        match self {
            Tree::String(text) => Some(Cow::Borrowed(text)),
            Tree::Binary => Some(Cow::Borrowed("")),
            _ => None,
        }
    }

    fn as_number(&self) -> Option<&'a Number> {
        match self {
            Tree::Number(number) => Some(number),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        match self {
            Tree::Bool(value) => Some(*value),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        matches!(self, Tree::Null)
    }

    fn json_type(&self) -> JsonType {
        match self {
            Tree::Null => JsonType::Null,
            Tree::Bool(_) => JsonType::Boolean,
            Tree::Number(_) => JsonType::Number,
            Tree::String(_) | Tree::Binary => JsonType::String,
            Tree::Array(_) => JsonType::Array,
            Tree::Object(_) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        equal(self, expected)
    }

    /// Errors hold a copy of what they are about, which for a large payload with many errors
    /// would be many copies of large parts. Nobody reads them: words are made from the tree.
    fn to_value(&self) -> Cow<'a, Value> {
        Cow::Owned(Value::Null)
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(
            std::ptr::from_ref::<Tree<'_>>(*self).addr(),
        ))
    }
}

impl<'a> Object<'a, Borrowed> for Members<'a> {
    type Node = &'a Tree<'a>;
    type MemberName = &'a str;
    type MembersIter = MembersIter<'a>;

    fn len(&self) -> usize {
        <[_]>::len(self)
    }

    fn get(&self, key: &String) -> Option<&'a Tree<'a>> {
        find(self, key)
    }

    fn members(&self) -> MembersIter<'a> {
        MembersIter(self.iter())
    }
}

/// The members of an object, in turn.
pub(super) struct MembersIter<'a>(std::slice::Iter<'a, (Cow<'a, str>, Tree<'a>)>);

impl<'a> Iterator for MembersIter<'a> {
    type Item = (&'a str, &'a Tree<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, value)| (name.as_ref(), value))
    }
}

impl<'a> Array<'a, Borrowed> for &'a [Tree<'a>] {
    type Node = &'a Tree<'a>;
    type ElementsIter = std::slice::Iter<'a, Tree<'a>>;

    fn len(&self) -> usize {
        <[_]>::len(self)
    }

    fn elements(&self) -> std::slice::Iter<'a, Tree<'a>> {
        self.iter()
    }

    fn is_unique(&self) -> bool {
        let values: Vec<Cow<'_, Value>> = self
            .iter()
            .enumerate()
            .map(|(index, item)| Cow::Owned(to_value(item, index)))
            .collect();
        jsonschema::json::unique::is_unique(&values)
    }
}

/// Whether a value is the one that a schema names; numbers compare by their value.
fn equal(tree: &Tree<'_>, expected: &Value) -> bool {
    match (tree, expected) {
        (Tree::Null, Value::Null) => true,
        (Tree::Bool(one), Value::Bool(other)) => one == other,
        (Tree::String(one), Value::String(other)) => one == other,
        (Tree::Number(number), Value::Number(_)) => {
            jsonschema::json::cmp::equal(&Value::Number(number.clone()), expected)
        }
        (Tree::Array(items), Value::Array(others)) => {
            items.len() == others.len()
                && items
                    .iter()
                    .zip(others)
                    .all(|(item, other)| equal(item, other))
        }
        (Tree::Object(members), Value::Object(others)) => {
            members.len() == others.len()
                && members.iter().all(|(name, member)| {
                    others
                        .get(name.as_ref())
                        .is_some_and(|other| equal(member, other))
                })
        }
        _ => false,
    }
}

/// The value as its own tree. No two attachments are taken to be the same: `salt` tells them apart.
fn to_value(tree: &Tree<'_>, salt: usize) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Bool(value) => Value::Bool(*value),
        Tree::Number(number) => Value::Number(number.clone()),
        Tree::String(text) => Value::String(text.as_ref().to_owned()),
        Tree::Array(items) => items.iter().map(|item| to_value(item, salt)).collect(),
        Tree::Object(members) => members
            .iter()
            .map(|(name, value)| (name.as_ref().to_owned(), to_value(value, salt)))
            .collect(),
        Tree::Binary => Value::String(format!("\u{0}attachment of item {salt}")),
    }
}
