//! What schemas become: the types of a plugin, before they are text.

/// A type where it is used.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// Any JSON value.
    Any,
    /// `null`.
    Null,
    /// A boolean.
    Bool,
    /// A whole number.
    Signed,
    /// A whole number from 0.
    Unsigned,
    /// A number of any kind that 64 bits cannot hold as a whole number.
    Number,
    /// A number.
    Float,
    /// A text.
    Text,
    /// The shape or `null`.
    Option(Box<Self>),
    /// A list.
    List(Box<Self>),
    /// An object with fields of any name.
    Map(Box<Self>),
    /// A list of fixed length.
    Tuple(Vec<Self>),
    /// An item, by its index.
    Named(usize),
    /// The same behind a pointer: it is part of itself.
    Boxed(Box<Self>),
}

impl Shape {
    /// The same, or `null`.
    pub(super) fn or_null(self) -> Self {
        match self {
            Self::Option(_) | Self::Any | Self::Null => self,
            other => Self::Option(Box::new(other)),
        }
    }

    /// The shapes directly within.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Option(part) | Self::List(part) | Self::Map(part) | Self::Boxed(part) => {
                vec![part]
            }
            Self::Tuple(parts) => parts.iter().collect(),
            _ => Vec::new(),
        }
    }
}

/// A type with a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// Its name, unique among all items.
    pub(super) name: String,
    /// What the contract says about it, as lines.
    pub(super) doc: Vec<String>,
    /// What it is.
    pub(super) kind: Kind,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Not known yet: its schema is being read.
    Open,
    /// An object.
    Struct(Struct),
    /// One of some texts: the variant's name and the text.
    Choice(Vec<(String, String)>),
    /// One of several shapes.
    Union(Union),
    /// Another name.
    Alias(Shape),
    /// A type around a shape that holds the type itself.
    Wrapper(Shape),
}

/// An object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Struct {
    /// Its fields.
    pub(super) fields: Vec<Field>,
    /// Fields of other names: the name of the map, and what they hold.
    pub(super) rest: Option<(String, Shape)>,
    /// The schema allows no other fields.
    pub(super) is_closed: bool,
    /// Other fields are refused when it is read: it is an alternative that others look like.
    pub(super) is_strict: bool,
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    /// Its name in Rust.
    pub(super) name: String,
    /// Its name in JSON.
    pub(super) key: String,
    /// Its type, without the `Option` of an optional field.
    pub(super) shape: Shape,
    /// Whether it must be there.
    pub(super) presence: Presence,
    /// What the contract says about it, as lines.
    pub(super) doc: Vec<String>,
}

/// Whether a field must be there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Presence {
    /// It must.
    Required,
    /// It may be missing.
    Optional,
    /// Where it is missing it has this value.
    Default(serde_json::Value),
}

/// One of several shapes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Union {
    /// The field that tells the alternatives apart.
    pub(super) tag: Option<String>,
    /// The alternatives, in the order in which they are tried.
    pub(super) variants: Vec<Variant>,
}

/// One alternative.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variant {
    /// Its name in Rust.
    pub(super) name: String,
    /// The text of the tag.
    pub(super) tag: Option<String>,
    /// What it holds; `Null` under a tag: nothing beside the tag.
    pub(super) shape: Shape,
}

/// Behind as many other names as there are, what an item is.
pub(super) fn resolve<'a>(items: &'a [Item], mut shape: &'a Shape) -> &'a Shape {
    for _ in 0..items.len() {
        match shape {
            Shape::Named(index) => match items.get(*index).map(|item| &item.kind) {
                Some(Kind::Alias(inner)) => shape = inner,
                _ => return shape,
            },
            Shape::Boxed(inner) => shape = inner,
            _ => return shape,
        }
    }
    shape
}
