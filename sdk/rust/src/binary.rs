//! Binary arguments: Socket.IO sends them beside the JSON text, which holds a placeholder.

use serde::de::Error as _;
use serde::ser::{Error as _, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;

/// Binary data anywhere in an argument, in or out.
///
/// In the JSON text stands Socket.IO's placeholder; the bytes travel beside it. Only arguments can
/// carry it: emits, replies, and what a handler takes. [`json!`](serde_json::json) makes a tree
/// that cannot, use a `struct`, a tuple or a map instead.
///
/// ```
/// use fs7_sdk::prelude::*;
///
/// #[derive(Serialize)]
/// struct Picture {
///     title: String,
///     data: Binary,
/// }
///
/// let args = args![Picture { title: "dot".into(), data: Binary(vec![0, 1, 2]) }];
/// assert_eq!(args.text(), r#"[{"title":"dot","data":{"_placeholder":true,"num":0}}]"#);
/// assert_eq!(args.attachments(), [[0, 1, 2]]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Binary(pub Vec<u8>);

thread_local! {
    /// The attachments of the arguments that are being read; `None` where one was taken.
    static INCOMING: RefCell<Vec<Option<Vec<u8>>>> = const { RefCell::new(Vec::new()) };
    /// The attachments of the arguments that are being written, if any are.
    static OUTGOING: RefCell<Option<Vec<Vec<u8>>>> = const { RefCell::new(None) };
}

#[derive(Deserialize)]
struct Placeholder {
    _placeholder: bool,
    num: usize,
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Placeholder { _placeholder, num } = Placeholder::deserialize(deserializer)?;
        INCOMING
            .with_borrow_mut(|attachments| attachments.get_mut(num).and_then(Option::take))
            .map(Self)
            .ok_or_else(|| D::Error::custom(format_args!("there is no attachment {num}")))
    }
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = OUTGOING.with_borrow_mut(|attachments| {
            attachments.as_mut().map(|attachments| {
                attachments.push(self.0.clone());
                attachments.len() - 1
            })
        });
        let Some(number) = number else {
            return Err(S::Error::custom("only arguments can carry binary data"));
        };
        let mut placeholder = serializer.serialize_struct("Binary", 2)?;
        placeholder.serialize_field("_placeholder", &true)?;
        placeholder.serialize_field("num", &number)?;
        placeholder.end()
    }
}

/// Runs `read` with the attachments at hand; also returns those that it did not take, with an
/// empty one in the place of each that it took.
pub(crate) fn receiving<T>(
    attachments: Vec<Vec<u8>>,
    read: impl FnOnce() -> T,
) -> (T, Vec<Vec<u8>>) {
    let outer = INCOMING.replace(attachments.into_iter().map(Some).collect());
    let value = read();
    let left = INCOMING
        .replace(outer)
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect();
    (value, left)
}

/// Runs `write` and collects the binary data that it writes behind `attachments`.
pub(crate) fn sending<T>(
    attachments: Vec<Vec<u8>>,
    write: impl FnOnce() -> T,
) -> (T, Vec<Vec<u8>>) {
    let outer = OUTGOING.replace(Some(attachments));
    let value = write();
    let attachments = OUTGOING.replace(outer).unwrap_or_default();
    (value, attachments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    #[test]
    fn taken_attachments_leave_the_others() {
        let text = r#"[{"_placeholder":true,"num":1}]"#;
        let (read, left) = receiving(vec![vec![1], vec![2]], || {
            serde_json::from_str::<(Binary,)>(text)
        });
        assert_eq!(read.ok(), Some((Binary(vec![2]),)));
        assert_eq!(left, [vec![1], vec![]]);
    }

    #[test]
    fn placeholder_without_attachment_is_an_error() {
        let (read, _) = receiving(vec![vec![1]], || {
            serde_json::from_str::<[Binary; 2]>(
                r#"[{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]"#,
            )
        });
        assert!(read.is_err_and(|error| error.to_string().contains("no attachment 0")));
    }

    #[test]
    fn binary_outside_arguments_is_an_error() {
        assert!(serde_json::to_string(&Binary(vec![1])).is_err());
    }

    #[test]
    fn arguments_inside_arguments_keep_their_own_attachments() {
        struct Nested;
        impl Serialize for Nested {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                args![Binary(vec![9])].text().serialize(serializer)
            }
        }
        let args = args![Binary(vec![1]), Nested, Binary(vec![2])];
        assert_eq!(args.attachments(), [[1], [2]]);
    }
}
