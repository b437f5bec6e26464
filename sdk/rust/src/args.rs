//! The list of arguments of an event, an emit or an acknowledgement.

use crate::bindings::fs7::plugin::types::Reply;
use crate::{EffectError, FromArgs, Rejection, binary, decode};
use serde::Serialize;
use serde_json::Value;

/// Arguments as they travel: the text of a JSON array and the binary attachments that
/// placeholders in it name.
///
/// A handler that takes `Args` gets the arguments byte for byte, and one that returns `Args`
/// acknowledges with them. [`args!`](crate::args) makes a list of several.
///
/// ```
/// use fs7_sdk::prelude::*;
///
/// let args = args![1, "two", json!({"three": 3})];
/// assert_eq!(args.text(), r#"[1,"two",{"three":3}]"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Args {
    text: String,
    attachments: Vec<Vec<u8>>,
    /// Why the values could not be written; told when the arguments are used.
    fault: Option<String>,
}

impl Args {
    /// No arguments.
    pub fn none() -> Self {
        Self::raw("[]", Vec::new())
    }

    /// The elements of a value that serializes as a JSON array: a tuple, an array, a `Vec`.
    pub fn list(values: &impl Serialize) -> Self {
        let (text, attachments) = binary::sending(Vec::new(), || serde_json::to_string(values));
        match text {
            Ok(text) if text.starts_with('[') => Self::raw(text, attachments),
            Ok(_) => Self::faulty("the arguments are no JSON array".to_owned()),
            Err(error) => Self::faulty(error.to_string()),
        }
    }

    /// Arguments whose text is ready: a JSON array. Nothing is checked here; the host refuses what
    /// it cannot send.
    pub fn raw(text: impl Into<String>, attachments: Vec<Vec<u8>>) -> Self {
        Self {
            text: text.into(),
            attachments,
            fault: None,
        }
    }

    /// The JSON array, with Socket.IO's placeholders where binary data stands.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The binary data; a placeholder's `num` is an index in here.
    pub fn attachments(&self) -> &[Vec<u8>] {
        &self.attachments
    }

    /// The arguments as a tree, with placeholders where binary data stands; `null` when the text
    /// is no JSON.
    pub fn to_value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Reads the arguments as a tuple of types; what does not fit is a rejection that says where.
    ///
    /// ```
    /// use fs7_sdk::prelude::*;
    ///
    /// let (room, count): (String, Option<u32>) = args!["lobby"].decode()?;
    /// assert_eq!((room.as_str(), count), ("lobby", None));
    /// # Ok::<(), Rejection>(())
    /// ```
    pub fn decode<T: FromArgs>(self) -> Result<T, Rejection> {
        decode::decode(&self.text, self.attachments).0
    }

    fn faulty(fault: String) -> Self {
        Self {
            fault: Some(fault),
            ..Self::none()
        }
    }

    /// The arguments, once they are needed: now a value that could not be written is an error.
    pub(crate) fn checked(self) -> Result<Self, EffectError> {
        match self.fault {
            Some(fault) => Err(EffectError::InvalidArgs(fault)),
            None => Ok(self),
        }
    }

    pub(crate) fn into_reply(self) -> Option<Reply> {
        let Self {
            text, attachments, ..
        } = self;
        (text != "[]").then_some(Reply {
            args: text,
            attachments,
        })
    }
}

/// Compares the arguments with a JSON array, as a test writes it.
impl PartialEq<Value> for Args {
    fn eq(&self, other: &Value) -> bool {
        self.to_value() == *other
    }
}

/// What can be sent as arguments: [`Args`], or any one value that serializes.
///
/// A value of no size, `()`, is no argument at all.
pub trait IntoArgs {
    /// Writes the arguments.
    fn into_args(self) -> Args;
}

impl IntoArgs for Args {
    fn into_args(self) -> Args {
        self
    }
}

impl<T: Serialize> IntoArgs for T {
    fn into_args(self) -> Args {
        let args = Args::list(&(&self,));
        if size_of::<T>() == 0 && args.text == "[null]" {
            Args::none()
        } else {
            args
        }
    }
}

/// Makes [`Args`] of several values, each one argument: `args![1, "two"]`; `args![]` is none.
#[macro_export]
macro_rules! args {
    () => {
        $crate::Args::none()
    };
    ($($value:expr),+ $(,)?) => {
        $crate::Args::list(&($(&$value,)+))
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Binary;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    struct Unit;

    #[test]
    fn one_value_is_one_argument_and_unit_is_none() {
        assert_eq!("a".into_args().text(), r#"["a"]"#);
        assert_eq!((1, 2).into_args().text(), "[[1,2]]");
        assert_eq!(Option::<u8>::None.into_args().text(), "[null]");
        assert_eq!(().into_args().text(), "[]");
        assert_eq!(Unit.into_args().text(), "[]");
        assert_eq!(args![(), 1].text(), "[null,1]");
        assert_eq!(args![].into_reply(), None);
    }

    #[test]
    fn attachments_are_numbered_over_all_arguments() {
        let args = args![Binary(vec![1]), json_with(Binary(vec![2, 3]))];
        assert_eq!(
            args.text(),
            r#"[{"_placeholder":true,"num":0},{"data":{"_placeholder":true,"num":1}}]"#
        );
        assert_eq!(args.attachments(), [vec![1], vec![2, 3]]);
    }

    fn json_with(data: Binary) -> BTreeMap<&'static str, Binary> {
        BTreeMap::from([("data", data)])
    }

    #[test]
    fn what_cannot_be_written_is_an_error_when_used() {
        let keys_are_no_text = BTreeMap::from([((1, 2), 3)]);
        let error = args![keys_are_no_text].checked();
        assert_eq!(
            error,
            Err(EffectError::InvalidArgs("key must be a string".to_owned()))
        );
        assert!(Args::list(&"text").checked().is_err());
    }
}
