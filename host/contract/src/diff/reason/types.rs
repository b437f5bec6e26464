//! Sets of JSON types.

use std::fmt;

use serde_json::Value;

/// A set of the types of JSON Schema. `number` is kept as integers and fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Types(u8);

const NULL: u8 = 1;
const BOOLEAN: u8 = 2;
const INTEGER: u8 = 4;
const FRACTION: u8 = 8;
const STRING: u8 = 16;
const ARRAY: u8 = 32;
const OBJECT: u8 = 64;

impl Types {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(127);
    pub(crate) const OBJECT: Self = Self(OBJECT);
    /// The types that have few values.
    pub(crate) const FEW: Self = Self(NULL | BOOLEAN);

    /// The types of a name; a name that is none has none.
    pub(crate) fn named(name: &str) -> Self {
        Self(match name {
            "null" => NULL,
            "boolean" => BOOLEAN,
            "integer" => INTEGER,
            "number" => INTEGER | FRACTION,
            "string" => STRING,
            "array" => ARRAY,
            "object" => OBJECT,
            _ => 0,
        })
    }

    /// The type of a value. In draft 7, `1.0` is an integer.
    pub(crate) fn of(value: &Value) -> Self {
        Self(match value {
            Value::Null => NULL,
            Value::Bool(_) => BOOLEAN,
            Value::Number(number) => {
                let is_whole = number.as_f64().is_some_and(|it| it.fract() == 0.0);
                if is_whole { INTEGER } else { FRACTION }
            }
            Value::String(_) => STRING,
            Value::Array(_) => ARRAY,
            Value::Object(_) => OBJECT,
        })
    }

    pub(crate) fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn has_numbers(self) -> bool {
        self.0 & (INTEGER | FRACTION) != 0
    }

    pub(crate) fn has_fractions(self) -> bool {
        self.0 & FRACTION != 0
    }

    pub(crate) fn has_strings(self) -> bool {
        self.0 & STRING != 0
    }

    pub(crate) fn has_arrays(self) -> bool {
        self.0 & ARRAY != 0
    }

    pub(crate) fn has_objects(self) -> bool {
        self.0 & OBJECT != 0
    }
}

impl fmt::Display for Types {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(u8, &str); 7] = [
            (STRING, "string"),
            (INTEGER | FRACTION, "number"),
            (INTEGER, "integer"),
            (BOOLEAN, "boolean"),
            (ARRAY, "array"),
            (OBJECT, "object"),
            (NULL, "null"),
        ];
        if *self == Self::ALL {
            return formatter.write_str("anything");
        }
        let mut names = Vec::new();
        for (bits, name) in NAMES {
            let is_number = self.0 & FRACTION != 0 && bits == INTEGER;
            if self.0 & bits == bits && !is_number {
                names.push(name);
            }
        }
        formatter.write_str(&names.join(" or "))
    }
}
