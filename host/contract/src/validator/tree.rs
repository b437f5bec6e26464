//! Arguments as a tree that borrows from the wire's text: what checks look at, and nothing more.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// Deepest nesting of arrays and objects in arguments. Parsers of clients and handlers recurse,
/// and give up or worse soon after (serde_json at 128, Python at about 1,000).
pub const DEPTH_MAX: usize = 128;

/// Members up to which an object is searched one by one; larger ones are sorted.
const LINEAR_MEMBERS_MAX: usize = 16;

/// A JSON value, or the place of a binary attachment.
#[derive(Clone, Debug, Default)]
pub(super) enum Tree<'a> {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'a, str>),
    Array(Vec<Self>),
    /// Each name once: of several the last, as parsers in all languages have it. Sorted by name
    /// above [`LINEAR_MEMBERS_MAX`].
    Object(Vec<(Cow<'a, str>, Self)>),
    /// A placeholder that names an attachment.
    Binary,
}

impl Tree<'_> {
    /// The member of an object.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => find(members, name),
            _ => None,
        }
    }

    /// Values in the tree, itself included.
    pub(super) fn nodes(&self) -> usize {
        match self {
            Self::Array(items) => 1 + items.iter().map(Self::nodes).sum::<usize>(),
            Self::Object(members) => {
                1 + members
                    .iter()
                    .map(|(_, value)| value.nodes())
                    .sum::<usize>()
            }
            _ => 1,
        }
    }

    /// Its kind in words, with an article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
            Self::Binary => "binary data",
        }
    }
}

/// A member by its name.
pub(super) fn find<'t, 'a>(
    members: &'t [(Cow<'a, str>, Tree<'a>)],
    name: &str,
) -> Option<&'t Tree<'a>> {
    if members.len() <= LINEAR_MEMBERS_MAX {
        let member = members.iter().find(|(key, _)| key == name);
        return member.map(|(_, value)| value);
    }
    let index = members.binary_search_by(|(key, _)| key.as_ref().cmp(name));
    let (_, value) = members.get(index.ok()?)?;
    Some(value)
}

/// Parses arguments: a JSON array, nested no deeper than [`DEPTH_MAX`].
///
/// # Errors
/// With words that say what is wrong.
pub(super) fn parse(text: &str, attachments: usize) -> Result<Vec<Tree<'_>>, String> {
    if text == "[]" {
        return Ok(Vec::new());
    }
    if !text.starts_with('[') {
        return Err("the arguments are no JSON array".into());
    }
    let is_too_deep = Cell::new(false);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    // Depth is counted below: serde_json's own limit is one level less.
    deserializer.disable_recursion_limit();
    let seed = Seed {
        depth: 0,
        attachments,
        is_too_deep: &is_too_deep,
    };
    let parsed = seed
        .deserialize(&mut deserializer)
        .and_then(|tree| deserializer.end().map(|()| tree));
    match parsed {
        Ok(Tree::Array(items)) => Ok(items),
        Ok(_) => Err("the arguments are no JSON array".into()),
        Err(_) if is_too_deep.get() => {
            Err(format!("the arguments are nested deeper than {DEPTH_MAX}"))
        }
        Err(error) => Err(format!("the arguments are no JSON: {error}")),
    }
}

/// One value in the text.
#[derive(Clone, Copy)]
struct Seed<'c> {
    depth: usize,
    attachments: usize,
    is_too_deep: &'c Cell<bool>,
}

impl Seed<'_> {
    /// The seed of what is inside an array or an object.
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            self.is_too_deep.set(true);
            return Err(E::custom("nested too deep"));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    /// Whether an object stands for an attachment (socket.io-protocol v5, "binary").
    fn is_placeholder(self, members: &[(Cow<'_, str>, Tree<'_>)]) -> bool {
        self.attachments > 0
            && matches!(find(members, "_placeholder"), Some(Tree::Bool(true)))
            && matches!(
                find(members, "num"),
                Some(Tree::Number(number))
                    if number.as_u64().is_some_and(|index| index < self.attachments as u64)
            )
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Tree<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Tree<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree<'de>, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree<'de>, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree<'de>, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree<'de>, E> {
        Ok(Number::from_f64(value).map_or(Tree::Null, Tree::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Tree<'de>, E> {
        Ok(Tree::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree<'de>, E> {
        Ok(Tree::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree<'de>, A::Error> {
        let inside = self.inside()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inside)? {
            items.push(item);
        }
        Ok(Tree::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree<'de>, A::Error> {
        let inside = self.inside()?;
        let mut members: Vec<(Cow<'de, str>, Tree<'de>)> = Vec::new();
        while let Some(Name(name)) = access.next_key()? {
            let value = access.next_value_seed(inside)?;
            let known = (members.len() <= LINEAR_MEMBERS_MAX)
                .then(|| members.iter_mut().find(|(key, _)| *key == name));
            match known.flatten() {
                Some((_, old)) => *old = value,
                None => members.push((name, value)),
            }
        }
        if members.len() > LINEAR_MEMBERS_MAX {
            sort(&mut members);
        }
        if self.is_placeholder(&members) {
            return Ok(Tree::Binary);
        }
        Ok(Tree::Object(members))
    }
}

/// Sorts members by name and leaves of each name the last.
fn sort(members: &mut Vec<(Cow<'_, str>, Tree<'_>)>) {
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    // `dedup_by` gives the later one first and removes it: the earlier takes over its value.
    members.dedup_by(|later, earlier| {
        let is_same = later.0 == earlier.0;
        if is_same {
            std::mem::swap(&mut later.1, &mut earlier.1);
        }
        is_same
    });
}

/// A member's name, borrowed where the text holds it without escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}
