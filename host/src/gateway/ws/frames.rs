//! Frames of `/ws`: JSON text in and out, as pure functions. No tree is built; what a frame
//! carries stays the text that it was.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// The arguments that a binary frame has: its one attachment.
pub(super) const BINARY_ARGS: &str = r#"[{"_placeholder":true,"num":0}]"#;

const BOTH: &str = "`data` is the one argument and `args` is the list of all: expected one of the \
                    two, found both";

/// What a text frame is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Inbound {
    /// An event.
    Event {
        /// Its name, unescaped.
        name: String,
        /// Its arguments: a JSON array, as it arrived.
        args: String,
        /// The JSON of the number or the text that its acknowledgement will carry.
        id: Option<String>,
    },
    /// No JSON object with `event`: text.
    Text,
    /// A JSON object with `event` that is no event.
    Wrong {
        /// For the refusal, where it can be known.
        id: Option<String>,
        /// What was expected.
        words: &'static str,
    },
}

/// The members of a frame; of several with the same name the last counts, as it does for
/// `JSON.parse`.
#[derive(Default)]
struct Frame<'a> {
    event: Option<&'a RawValue>,
    data: Option<&'a RawValue>,
    args: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Name {
    Event,
    Data,
    Args,
    Id,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Frame<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Frame<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut frame = Frame::default();
                while let Some(name) = map.next_key()? {
                    match name {
                        Name::Event => frame.event = Some(map.next_value()?),
                        Name::Data => frame.data = Some(map.next_value()?),
                        Name::Args => frame.args = Some(map.next_value()?),
                        Name::Id => frame.id = Some(map.next_value()?),
                        Name::Other => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(frame)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Reads a text frame.
pub(in crate::gateway) fn read(text: &str) -> Inbound {
    // Plain text is not looked through for what it is not.
    if !text.trim_start().starts_with('{') {
        return Inbound::Text;
    }
    let Ok(frame) = serde_json::from_str::<Frame<'_>>(text) else {
        return Inbound::Text;
    };
    let Some(event) = frame.event else {
        return Inbound::Text;
    };
    let id = match frame.id.map(RawValue::get) {
        None | Some("null") => None,
        Some(id)
            if id.starts_with(['"', '-']) || id.starts_with(|it: char| it.is_ascii_digit()) =>
        {
            Some(id.to_owned())
        }
        Some(_) => {
            let words = "`id`: expected a number or text, which the acknowledgement will carry";
            return Inbound::Wrong { id: None, words };
        }
    };
    let Ok(name) = serde_json::from_str::<String>(event.get()) else {
        let words = "`event`: expected the event's name as text";
        return Inbound::Wrong { id, words };
    };
    let args = match (frame.data, frame.args) {
        (Some(_), Some(_)) => return Inbound::Wrong { id, words: BOTH },
        (Some(data), None) => format!("[{}]", data.get()),
        (None, Some(args)) if args.get().starts_with('[') => args.get().to_owned(),
        (None, Some(_)) => {
            let words = "`args`: expected a list of arguments; a single one goes into `data`";
            return Inbound::Wrong { id, words };
        }
        (None, None) => "[]".to_owned(),
    };
    Inbound::Event { name, args, id }
}

/// The beginning of an event's frame, of its text `["name",a,b]`: the same for all who receive it.
/// None where the text is no such thing.
pub(in crate::gateway) fn event_head(text: &str) -> Option<String> {
    let parts: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    let (name, args) = parts.split_first()?;
    let mut frame = String::with_capacity(text.len() + 32);
    frame.push_str("{\"event\":");
    frame.push_str(name.get());
    push_args(&mut frame, args);
    Some(frame)
}

/// An event's frame, of its beginning.
pub(in crate::gateway) fn event(head: &str, attachments: usize, number: Option<u64>) -> String {
    let mut frame = String::with_capacity(head.len() + 48);
    frame.push_str(head);
    if let Some(number) = number {
        frame.push_str(",\"seq\":");
        frame.push_str(&number.to_string());
    }
    push_end(&mut frame, attachments);
    frame
}

/// An acknowledgement with the arguments `[a,b]`; none where they are no such thing.
pub(in crate::gateway) fn ack(id: &str, args: &str, attachments: usize) -> Option<String> {
    let args: Vec<&RawValue> = serde_json::from_str(args).ok()?;
    let mut frame = format!("{{\"id\":{id}");
    push_args(&mut frame, &args);
    push_end(&mut frame, attachments);
    Some(frame)
}

/// An acknowledgement of what failed.
pub(super) fn error_ack(id: &str, error: &impl Serialize) -> String {
    let error = serde_json::to_string(error).unwrap_or_else(|_| "null".into());
    format!("{{\"id\":{id},\"error\":{error}}}")
}

fn push_args(frame: &mut String, args: &[&RawValue]) {
    if let [only] = args {
        frame.push_str(",\"data\":");
        frame.push_str(only.get());
        return;
    }
    frame.push_str(",\"args\":[");
    for (place, arg) in args.iter().enumerate() {
        if place > 0 {
            frame.push(',');
        }
        frame.push_str(arg.get());
    }
    frame.push(']');
}

fn push_end(frame: &mut String, attachments: usize) {
    if attachments > 0 {
        frame.push_str(",\"attachments\":");
        frame.push_str(&attachments.to_string());
    }
    frame.push('}');
}

#[cfg(test)]
mod tests;
