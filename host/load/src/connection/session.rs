//! What fs7 tells of a session in its event `fs7:session`, and how one is asked for.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::packet;

/// The event's name.
const SESSION_EVENT: &str = "fs7:session";

/// A session, as the server has told of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Session {
    /// Its id, kept over reconnects.
    pub(crate) id: String,
    /// Whether the server still knew it.
    pub(crate) resumed: bool,
    /// Whether every missed event follows.
    pub(crate) recovered: bool,
    /// The number of the last event that counts as received.
    #[serde(rename = "sent")]
    pub(crate) received: u64,
    /// For the next resumes, each good for one.
    pub(crate) tokens: Vec<String>,
}

impl Session {
    /// Reads the arguments of the event; nothing when they are those of another one.
    pub(crate) fn read(args: &str) -> Option<Self> {
        if packet::event_name(args)? != SESSION_EVENT {
            return None;
        }
        let (_, session): (String, Self) = serde_json::from_str(args).ok()?;
        Some(session)
    }
}

/// What the auth object asks: a new session, or this one again.
pub(crate) fn wish(again: Option<(&str, u64)>) -> Value {
    match again {
        None => Value::Bool(true),
        Some((token, received)) => json!({"token": token, "received": received}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_read_and_asked_for() {
        let args = r#"["fs7:session",{"id":"c1","resumed":true,"recovered":false,"sent":7,"tokens":["a","b"],"gap":null}]"#;
        let session = Session::read(args).unwrap();
        assert_eq!(session.id, "c1");
        assert_eq!(session.received, 7);
        assert_eq!(session.tokens, ["a", "b"]);
        assert_eq!(Session::read(r#"["other",{}]"#), None);
        assert_eq!(Session::read(r#"["fs7:session",{}]"#), None);
        assert_eq!(wish(None), json!(true));
        assert_eq!(wish(Some(("a", 7))), json!({"token": "a", "received": 7}));
    }
}
