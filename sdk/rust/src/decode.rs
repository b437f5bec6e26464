//! Reads the arguments of an event as the types that a handler takes.

use crate::{Rejection, Violation, binary, pointer};
use serde::de::{
    Deserialize, DeserializeOwned, Error as _, IgnoredAny, IntoDeserializer, SeqAccess, Visitor,
};
use serde_json::error::Category;
use std::fmt;
use std::marker::PhantomData;

const MISSING_ARGUMENT: &str = "missing argument `";
const TOO_MANY: &str = "too many arguments";

/// Types that a whole argument list can be read as: tuples of up to six elements, one for each
/// argument.
///
/// An argument that is absent is read as nothing at all: fine for an `Option` and for
/// [`Value`](serde_json::Value), a violation of `required` for the rest.
pub trait FromArgs: Sized {
    /// How many arguments there are.
    const COUNT: usize;

    /// Reads the arguments one after the other.
    fn from_sequence<'de, A: SeqAccess<'de>>(sequence: A) -> Result<Self, A::Error>;
}

macro_rules! from_args {
    ($($count:literal: $($number:literal $type:ident),+;)+) => {$(
        impl<$($type: DeserializeOwned),+> FromArgs for ($($type,)+) {
            const COUNT: usize = $count;

            fn from_sequence<'de, A: SeqAccess<'de>>(mut sequence: A) -> Result<Self, A::Error> {
                Ok(($(next::<$type, A>(&mut sequence, $number)?,)+))
            }
        }
    )+};
}

from_args! {
    1: 1 T1;
    2: 1 T1, 2 T2;
    3: 1 T1, 2 T2, 3 T3;
    4: 1 T1, 2 T2, 3 T3, 4 T4;
    5: 1 T1, 2 T2, 3 T3, 4 T4, 5 T5;
    6: 1 T1, 2 T2, 3 T3, 4 T4, 5 T5, 6 T6;
}

/// Reads `text` as `T`; gives back the attachments that were not taken.
pub(crate) fn decode<T: FromArgs>(
    text: &str,
    attachments: Vec<Vec<u8>>,
) -> (Result<T, Rejection>, Vec<Vec<u8>>) {
    let (decoded, attachments) =
        binary::receiving(attachments, || serde_json::from_str::<List<T>>(text));
    let decoded = decoded
        .map(|list| list.0)
        .map_err(|error| invalid(text, T::COUNT, &error));
    (decoded, attachments)
}

/// The argument of this number, counted from one, or what an absent one stands for.
fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(
    sequence: &mut A,
    number: usize,
) -> Result<T, A::Error> {
    match sequence.next_element()? {
        Some(argument) => Ok(argument),
        None => T::deserialize(IntoDeserializer::<A::Error>::into_deserializer(()))
            .map_err(|_| A::Error::custom(format_args!("{MISSING_ARGUMENT}{number}`"))),
    }
}

struct List<T>(T);

impl<'de, T: FromArgs> Deserialize<'de> for List<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: FromArgs> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let list = T::from_sequence(&mut sequence)?;
        match sequence.next_element::<IgnoredAny>()? {
            None => Ok(List(list)),
            Some(_) => Err(A::Error::custom(format_args!(
                "{TOO_MANY}, expected {}",
                T::COUNT
            ))),
        }
    }
}

/// The rejection that says what does not fit, and where.
fn invalid(text: &str, count: usize, error: &serde_json::Error) -> Rejection {
    let full = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = full.strip_suffix(&place).unwrap_or(&full);
    let rule = match error.classify() {
        Category::Data => rule(message),
        Category::Syntax | Category::Eof | Category::Io => "json",
    };
    Rejection::invalid(format!("the arguments do not fit: {message}")).with(Violation {
        pointer: pointer(text, count, error, message),
        rule: rule.to_owned(),
        message: message.to_owned(),
    })
}

/// Where the error is. What is missing or too much is named by the place where it should or should
/// not be.
fn pointer(text: &str, count: usize, error: &serde_json::Error, message: &str) -> String {
    let between = |start: &str| message.strip_prefix(start)?.strip_suffix('`');
    let pointer = if message.starts_with(TOO_MANY) {
        format!("/{count}")
    } else if let Some(number) = between(MISSING_ARGUMENT) {
        format!("/{}", number.parse().unwrap_or(count) - 1)
    } else {
        let mut pointer = pointer::pointer_at(text, error.line(), error.column());
        if let Some(field) = between("missing field `") {
            pointer::push(&mut pointer, field);
        }
        pointer
    };
    // As `violation` in the WIT has it: of an only argument the pointer starts inside.
    match pointer.strip_prefix("/0") {
        Some(inside) if count == 1 => inside.to_owned(),
        _ => pointer,
    }
}

/// The name of the rule that serde's message speaks of.
fn rule(message: &str) -> &'static str {
    const RULES: [(&str, &str); 6] = [
        ("missing", "required"),
        ("invalid type", "type"),
        ("invalid length", "length"),
        ("unknown variant", "enum"),
        ("unknown field", "additionalProperties"),
        (TOO_MANY, "maxItems"),
    ];
    RULES
        .iter()
        .find(|(start, _)| message.starts_with(start))
        .map_or("value", |(_, rule)| rule)
}

#[cfg(test)]
mod tests;
