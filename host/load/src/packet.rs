//! The packets of Engine.IO 4 and Socket.IO 5 that a load needs, as text. Binary packets are told
//! apart and not read.

use std::borrow::Cow;

/// What the server answers to a handshake, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Opening {
    /// The session of Engine.IO, which polls and posts name.
    pub(crate) sid: String,
}

/// A packet from the server; texts are those of the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// The handshake's answer: JSON.
    Open(&'a str),
    /// The server closes the connection.
    Close,
    /// To be answered with [`PONG`].
    Ping,
    /// Something for a namespace.
    Message(Message<'a>),
    /// What needs no answer and says nothing.
    Nothing,
    /// What is none of these.
    Other,
}

/// A packet of Socket.IO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    /// The namespace with its slash.
    pub(crate) namespace: &'a str,
    /// What it says.
    pub(crate) kind: Kind,
    /// The number that joins an event and its acknowledgement.
    pub(crate) id: Option<u64>,
    /// JSON, or nothing.
    pub(crate) data: &'a str,
}

/// What a packet of Socket.IO says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The client is in.
    Connect,
    /// The client is out.
    Disconnect,
    /// An event.
    Event,
    /// The answer to an event.
    Ack,
    /// The client is not let in.
    ConnectError,
    /// An event with attachments.
    BinaryEvent,
    /// An answer with attachments.
    BinaryAck,
}

/// The answer to a ping.
pub(crate) const PONG: &str = "3";
/// Separates packets in the body of a poll or post.
pub(crate) const SEPARATOR: char = '\u{1e}';

/// Takes a text packet apart.
pub(crate) fn parse(text: &str) -> Packet<'_> {
    let Some(kind) = text.chars().next() else {
        return Packet::Other;
    };
    let rest = text.get(kind.len_utf8()..).unwrap_or_default();
    match kind {
        '0' => Packet::Open(rest),
        '1' => Packet::Close,
        '2' => Packet::Ping,
        '3' | '6' => Packet::Nothing,
        '4' => message(rest).map_or(Packet::Other, Packet::Message),
        // An attachment in a poll, in Base64.
        'b' => Packet::Nothing,
        _ => Packet::Other,
    }
}

fn message(text: &str) -> Option<Message<'_>> {
    let kind = match text.chars().next()? {
        '0' => Kind::Connect,
        '1' => Kind::Disconnect,
        '2' => Kind::Event,
        '3' => Kind::Ack,
        '4' => Kind::ConnectError,
        '5' => Kind::BinaryEvent,
        '6' => Kind::BinaryAck,
        _ => return None,
    };
    let mut rest = text.get(1..)?;
    if matches!(kind, Kind::BinaryEvent | Kind::BinaryAck) {
        rest = rest.split_once('-')?.1;
    }
    let mut namespace = "/";
    if rest.starts_with('/') {
        (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (id, data) = rest.split_at(digits);
    let id = if id.is_empty() {
        None
    } else {
        Some(id.parse().ok()?)
    };
    Some(Message {
        namespace,
        kind,
        id,
        data,
    })
}

/// The name of an event, from its arguments' text.
pub(crate) fn event_name(args: &str) -> Option<Cow<'_, str>> {
    let rest = args.strip_prefix('[')?.trim_start();
    let plain = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    if let Some((name, _)) = plain
        && !name.contains('\\')
    {
        return Some(Cow::Borrowed(name));
    }
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    values.next()?.ok().map(Cow::Owned)
}

/// The code of an acknowledgement or `error_event` that tells of a failure, as fs7 words it:
/// `{"status":"error","code":…}`; other servers' answers are no failures.
pub(crate) fn failure(args: &str) -> Option<String> {
    // Almost no answer is a failure: they are told apart without reading them.
    if !args.contains("\"status\"") || !args.contains("\"error\"") {
        return None;
    }
    let args: Vec<serde_json::Value> = serde_json::from_str(args).ok()?;
    let error = args
        .iter()
        .find(|it| it.get("status").is_some_and(|status| status == "error"))?;
    let code = error.get("code").and_then(serde_json::Value::as_str);
    Some(code.unwrap_or("error").to_owned())
}

/// What begins a packet for a namespace after its kind: nothing for the main one.
pub(crate) fn prefix(namespace: &str) -> String {
    if namespace == "/" {
        String::new()
    } else {
        format!("{namespace},")
    }
}

/// A request to be let in.
pub(crate) fn connect(prefix: &str, auth: Option<&str>) -> String {
    format!("40{prefix}{}", auth.unwrap_or_default())
}

/// An event; with an id it asks for an acknowledgement. `args` is the text of a JSON array whose
/// first member is the event's name.
pub(crate) fn event(prefix: &str, id: Option<u64>, args: &str) -> String {
    match id {
        Some(id) => format!("42{prefix}{id}{args}"),
        None => format!("42{prefix}{args}"),
    }
}

/// The arguments of an event as text. `payload` is JSON, or nothing for an event without.
pub(crate) fn args(name: &str, payload: Option<&str>) -> String {
    let name = serde_json::Value::from(name);
    match payload {
        Some(payload) => format!("[{name},{payload}]"),
        None => format!("[{name}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_told_apart() {
        let message = |namespace, kind, id, data| {
            Packet::Message(Message {
                namespace,
                kind,
                id,
                data,
            })
        };
        for (text, expected) in [
            ("0{\"sid\":\"a\"}", Packet::Open("{\"sid\":\"a\"}")),
            ("1", Packet::Close),
            ("2", Packet::Ping),
            ("3probe", Packet::Nothing),
            ("6", Packet::Nothing),
            ("bAAA=", Packet::Nothing),
            ("", Packet::Other),
            ("4", Packet::Other),
            ("49", Packet::Other),
            ("ü", Packet::Other),
            ("40", message("/", Kind::Connect, None, "")),
            ("40{}", message("/", Kind::Connect, None, "{}")),
            ("40/a,{}", message("/a", Kind::Connect, None, "{}")),
            ("41/a", message("/a", Kind::Disconnect, None, "")),
            ("42[\"x\"]", message("/", Kind::Event, None, "[\"x\"]")),
            ("42/a,7[1]", message("/a", Kind::Event, Some(7), "[1]")),
            ("4312[]", message("/", Kind::Ack, Some(12), "[]")),
            ("43/a,1[]", message("/a", Kind::Ack, Some(1), "[]")),
            ("44{}", message("/", Kind::ConnectError, None, "{}")),
            ("451-[1]", message("/", Kind::BinaryEvent, None, "[1]")),
            (
                "462-/a,3[1]",
                message("/a", Kind::BinaryAck, Some(3), "[1]"),
            ),
            ("45[1]", Packet::Other),
            ("4399999999999999999999[]", Packet::Other),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn names_of_events_are_read() {
        for (args, name) in [
            ("[\"a\",1]", Some("a")),
            ("[ \"a b\" ]", Some("a b")),
            ("[\"\\u00fc\",{}]", Some("ü")),
            ("[\"a\\\"b\"]", Some("a\"b")),
            ("[1]", None),
            ("[]", None),
            ("{}", None),
            ("", None),
        ] {
            assert_eq!(event_name(args).as_deref(), name, "{args}");
        }
    }

    #[test]
    fn failures_have_their_code() {
        for (args, code) in [
            ("[]", None),
            ("[{\"status\":\"success\"}]", None),
            ("[{\"status\":\"success\",\"text\":\"error\"}]", None),
            ("[\"status\",\"error\"]", None),
            ("[{\"status\":\"error\"}]", Some("error")),
            ("[{\"status\":\"error\",\"code\":\"busy\"}]", Some("busy")),
            ("\"status\"\"error\"", None),
        ] {
            assert_eq!(failure(args).as_deref(), code, "{args}");
        }
    }

    #[test]
    fn packets_are_written() {
        assert_eq!(prefix("/"), "");
        assert_eq!(prefix("/a"), "/a,");
        assert_eq!(connect("", None), "40");
        assert_eq!(connect("/a,", Some("{}")), "40/a,{}");
        assert_eq!(event("", None, "[1]"), "42[1]");
        assert_eq!(event("/a,", Some(7), "[1]"), "42/a,7[1]");
        assert_eq!(args("a\"b", None), "[\"a\\\"b\"]");
        assert_eq!(args("a", Some("{\"b\":1.50}")), "[\"a\",{\"b\":1.50}]");
    }
}
