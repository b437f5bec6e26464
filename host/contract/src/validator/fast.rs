//! The fast way to a yes: the wire's text is walked once, against a tree of what the schema asks
//! for, and nothing is built.
//!
//! It knows a part of JSON Schema, and of that part the plain cases. Whatever else it meets, a
//! violation too, leaves it unsure: then the tree is built and `jsonschema` judges, which alone
//! says no and finds the words. So it may only be sure where `jsonschema` accepts.

mod compile;
mod formats;
mod object;
mod text;
mod walk;

#[cfg(test)]
mod tests;

use object::Members;
use text::TextRules;
use walk::Walk;

/// Integers up to here, in either direction, are floats without loss: bounds are compared as
/// floats.
const EXACT_MAX: u64 = 1 << 53;

/// What a value must be, as far as the fast way knows.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    kinds: Kinds,
    /// `enum` or `const`.
    values: Option<Box<Values>>,
    text: Option<Box<TextRules>>,
    number: Option<Box<Bounds>>,
    list: Option<Box<Items>>,
    object: Option<Box<Members>>,
}

/// The types that a value may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kinds(u8);

impl Kinds {
    const NULL: Self = Self(1);
    const BOOL: Self = Self(2);
    const INTEGER: Self = Self(4);
    const FLOAT: Self = Self(8);
    const STRING: Self = Self(16);
    const ARRAY: Self = Self(32);
    const OBJECT: Self = Self(64);
    const NONE: Self = Self(0);
    const ALL: Self = Self(127);

    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The values that are allowed. Others that the schema lists leave the fast way unsure.
#[derive(Clone, Debug, Default)]
struct Values {
    texts: Vec<Box<str>>,
    integers: Vec<i64>,
    has_null: bool,
    has_true: bool,
    has_false: bool,
}

/// How many there may be.
#[derive(Clone, Copy, Debug)]
struct Range {
    min: u64,
    max: u64,
}

impl Range {
    fn has(self, count: u64) -> bool {
        (self.min..=self.max).contains(&count)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Bounds {
    minimum: Option<f64>,
    maximum: Option<f64>,
    above: Option<f64>,
    below: Option<f64>,
}

impl Bounds {
    fn has(&self, value: f64) -> bool {
        self.minimum.is_none_or(|bound| value >= bound)
            && self.maximum.is_none_or(|bound| value <= bound)
            && self.above.is_none_or(|bound| value > bound)
            && self.below.is_none_or(|bound| value < bound)
    }
}

#[derive(Clone, Debug)]
struct Items {
    count: Range,
    each: Shape,
}

/// A value that fits whatever it is; its numbers, texts and depth are looked at all the same.
static ANYTHING: Shape = Shape::of(Kinds::ALL);

/// Whether a text surely is an array of arguments.
pub(super) fn is_list(text: &str) -> bool {
    Walk::whole(text, Walk::anything)
}

impl Shape {
    const fn of(kinds: Kinds) -> Self {
        Self {
            kinds,
            values: None,
            text: None,
            number: None,
            list: None,
            object: None,
        }
    }

    /// Whether a text surely is the array of one argument that fits.
    pub(super) fn has_one(&self, text: &str) -> bool {
        Walk::whole(text, |walk| {
            walk.array(|walk, index| walk.value(self).filter(|()| index == 0))
                .filter(|count| *count == 1)
                .map(drop)
        })
    }

    /// Whether a text surely is an array of arguments that fits.
    pub(super) fn has_all(&self, text: &str) -> bool {
        Walk::whole(text, |walk| walk.value(self))
    }

    fn allows(&self, kind: Kinds, is_value: impl FnOnce(&Values) -> bool) -> bool {
        self.kinds.has(kind) && self.values.as_deref().is_none_or(is_value)
    }

    fn allows_integer(&self, value: i64) -> bool {
        self.allows(Kinds::INTEGER, |values| values.integers.contains(&value))
            && self
                .number
                .as_ref()
                .is_none_or(|bounds| value.unsigned_abs() <= EXACT_MAX && bounds.has(value as f64))
    }

    /// A float may be an integer too, `1.0`: that is left to the slow way.
    fn allows_float(&self, value: f64) -> bool {
        self.allows(Kinds::FLOAT, |_| false)
            && self.number.as_ref().is_none_or(|bounds| bounds.has(value))
    }
}
