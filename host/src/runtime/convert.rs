//! Between the generated types and our nouns. No decisions, but the check that what a guest
//! gives is what the wire can carry.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};

use crate::effect::{Exceptions, Member, Target};
use crate::event::{Args, ConnectionId, Event, EventKind, Origin, Principal};
use crate::json;
use crate::outcome::{Code, Rejection, Violation};

use super::bindings::types;

pub(super) fn args(text: String, attachments: Vec<Vec<u8>>) -> Args {
    Args {
        text,
        attachments: attachments.into_iter().map(Bytes::from).collect(),
    }
}

pub(super) fn target(target: types::Target) -> Target {
    match target {
        types::Target::Sender => Target::Sender,
        types::Target::Socket(id) => Target::Socket(ConnectionId::from_text(&id)),
        types::Target::Room(room) => Target::Room(room.room, exceptions(room.except)),
        types::Target::Everyone(except) => Target::Everyone(exceptions(except)),
    }
}

fn exceptions(except: types::Exceptions) -> Exceptions {
    Exceptions {
        sender: except.sender,
        sockets: except
            .sockets
            .iter()
            .map(|id| ConnectionId::from_text(id))
            .collect(),
        rooms: except.rooms,
    }
}

pub(super) fn member(member: types::Member) -> Member {
    match member {
        types::Member::Sender => Member::Sender,
        types::Member::Socket(id) => Member::Socket(ConnectionId::from_text(&id)),
    }
}

pub(super) fn rejection(rejection: types::Rejection) -> Rejection {
    let code = match rejection.code {
        types::RejectionCode::Invalid => Code::InvalidPayload,
        types::RejectionCode::Rejected => Code::Rejected,
        types::RejectionCode::Forbidden => Code::Forbidden,
        types::RejectionCode::Busy => Code::Busy,
        types::RejectionCode::Failed => Code::HandlerFailed,
    };
    let violations = rejection
        .violations
        .into_iter()
        .map(|violation| Violation {
            pointer: violation.pointer,
            rule: violation.rule,
            message: violation.message,
        })
        .collect();
    Rejection {
        code,
        message: rejection.message,
        violations,
        retry_after_ms: None,
        limit: None,
    }
}

/// The event as the guest reads it; `occurrence_id` and `attachments` are lent by the caller.
pub(super) fn event<'a>(
    event: &'a Event,
    occurrence_id: &'a str,
    attachments: &'a [&'a [u8]],
) -> types::Event<'a> {
    types::Event {
        occurrence_id,
        kind: match event.kind {
            EventKind::Message => types::EventKind::Message,
            EventKind::Connect => types::EventKind::Connect,
            EventKind::Disconnect => types::EventKind::Disconnect,
        },
        namespace: &event.namespace,
        name: &event.name,
        args: &event.args.text,
        attachments,
        wants_ack: event.wants_ack,
        origin: match &event.origin {
            Origin::Socket(connection) => types::Origin::Socket(connection.as_str()),
            Origin::Http => types::Origin::Http,
            Origin::Cli => types::Origin::Cli,
        },
        principal: match event.principal {
            Principal::Anonymous => types::Principal::Anonymous,
            Principal::ApiKey => types::Principal::ApiKey,
        },
        received_at_ms: event.received_at_ms,
        traceparent: event.traceparent.as_deref(),
    }
}

/// Checks that the text is a JSON array whose placeholders all name an attachment. A stray
/// control byte would otherwise inject packets into the polling transport, and a client that
/// meets an unknown placeholder closes its connection.
pub(super) fn check_args(args: &Args) -> Result<(), String> {
    // Only texts with attachments are looked through for placeholders: without attachments
    // the packet is no binary one and clients take placeholders as plain objects.
    if args.attachments.is_empty() {
        return json::check_array(&args.text);
    }
    if !args.text.starts_with('[') {
        return Err("the arguments are no JSON array".into());
    }
    let mut seen = vec![false; args.attachments.len()];
    let mut deserializer = serde_json::Deserializer::from_str(&args.text);
    serde::de::DeserializeSeed::deserialize(Placeholders { seen: &mut seen }, &mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| format!("the arguments do not fit their attachments: {error}"))?;
    match seen.iter().position(|seen| !seen) {
        Some(index) => Err(format!(
            "attachment {index} has no placeholder in the arguments"
        )),
        None => Ok(()),
    }
}

/// Walks through JSON and marks the attachments that placeholders name.
struct Placeholders<'a> {
    seen: &'a mut [bool],
}

impl<'de> serde::de::DeserializeSeed<'de> for Placeholders<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Placeholders<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items
            .next_element_seed(Placeholders {
                seen: &mut *self.seen,
            })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let (mut is_placeholder, mut number) = (false, None);
        while let Some(key) = entries.next_key::<std::borrow::Cow<'de, str>>()? {
            match key.as_ref() {
                "_placeholder" => is_placeholder = entries.next_value::<Flag>()?.0,
                "num" => number = entries.next_value::<Number>()?.0,
                _ => entries.next_value_seed(Placeholders {
                    seen: &mut *self.seen,
                })?,
            }
        }
        if is_placeholder {
            let slot = number.and_then(|index: usize| self.seen.get_mut(index));
            let Some(slot) = slot else {
                return Err(serde::de::Error::custom(
                    "a placeholder names no attachment",
                ));
            };
            *slot = true;
        }
        Ok(())
    }
}

/// `true`, or anything else.
struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(value == serde_json::Value::Bool(true)))
    }
}

/// An index, or anything else.
struct Number(Option<usize>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(
            value
                .as_u64()
                .and_then(|number| usize::try_from(number).ok()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, attachments: usize) -> Result<(), String> {
        let attachments = vec![Bytes::from_static(b"x"); attachments];
        check_args(&Args {
            text: text.into(),
            attachments,
        })
    }

    #[test]
    fn only_json_arrays_with_fitting_attachments_leave() {
        let placeholder = r#"{"_placeholder":true,"num":0}"#;
        let accepted = [
            ("[]".to_owned(), 0),
            (r#"[1,"a",{"b":[null]}]"#.to_owned(), 0),
            (format!("[{placeholder}]"), 1),
            (format!(r#"[{{"deep":[{placeholder}]}}]"#), 1),
            (format!("[{placeholder},{placeholder}]"), 1),
            (format!("[{placeholder}]"), 0),
            (
                r#"[{"num":"x","_placeholder":false}, {"_placeholder":true,"num":0}]"#.to_owned(),
                1,
            ),
        ];
        for (text, attachments) in accepted {
            assert_eq!(check(&text, attachments), Ok(()), "{text}");
        }
        let refused = [
            ("", 0),
            ("{}", 0),
            ("[1", 0),
            ("[1]x", 0),
            ("[1,]", 0),
            ("[\"\u{1e}\"]", 0),
            ("[\u{1e}]", 0),
            ("[]", 1),
            ("[{\"_placeholder\":true,\"num\":1}]", 1),
            ("[{\"_placeholder\":true}]", 1),
            ("[{\"_placeholder\":true,\"num\":-1}]", 1),
            ("[{\"_placeholder\":true,\"num\":0}] 1", 1),
        ];
        for (text, attachments) in refused {
            assert!(check(text, attachments).is_err(), "{text:?}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(check(&deep, 0).is_err());
        assert!(check(&deep, 1).is_err());
    }
}
