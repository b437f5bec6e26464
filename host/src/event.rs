//! The event: one named message with arguments, as every edge hands it over.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;

use crate::rate::Buckets;

/// The six names that Socket.IO keeps for itself: they travel in neither direction
/// (socket.io-protocol v5, `RESERVED_EVENTS`).
pub const RESERVED_NAMES: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

/// Longest event name in bytes; longer ones are refused as `invalid_payload`.
pub const NAME_BYTES_MAX: usize = 256;

/// Longest room name in bytes.
pub const ROOM_BYTES_MAX: usize = 256;

/// How the names of the host's own events begin: of sessions, of presence.
pub const CONTROL_PREFIX: &str = "fs7:";

/// Whether Socket.IO reserves `name`, or the host keeps it for its own events.
pub fn is_reserved(name: &str) -> bool {
    RESERVED_NAMES.contains(&name) || name.starts_with(CONTROL_PREFIX)
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A named message.
    Message,
    /// A connection asks to join a namespace.
    Connect,
    /// A connection left a namespace.
    Disconnect,
}

/// fs7's own name of a connection: what guests, rooms and interfaces see. It is not the
/// Engine.IO session id, with which a polling client's messages could be forged.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(Arc<str>);

impl ConnectionId {
    /// A new id, unique in this process and unlikely to be met in another.
    pub fn generate() -> Self {
        Self(Arc::from(format!("c{}", OccurrenceId::next())))
    }

    /// The id that a guest or a request named; it need not exist.
    pub fn from_text(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Names one event that happened, in every log line and error: 28 hexadecimal digits, of
/// which the first 12 are the process's start in milliseconds, the next 4 its id and the last
/// 12 count up, so ids of one process sort by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OccurrenceId(u128);

impl OccurrenceId {
    /// The next id of this process.
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        static PREFIX: std::sync::OnceLock<u128> = std::sync::OnceLock::new();
        let prefix = *PREFIX.get_or_init(|| {
            let start_ms = u128::from(now_ms()) & 0xffff_ffff_ffff;
            let process = u128::from(std::process::id()) & 0xffff;
            (start_ms << 64) | (process << 48)
        });
        let count = u128::from(NEXT.fetch_add(1, Ordering::Relaxed)) & 0xffff_ffff_ffff;
        Self(prefix | count)
    }

    /// The id as text; formatting a wide number takes many times as long, and every event has
    /// its id written several times.
    pub(crate) fn digits(self) -> [u8; 28] {
        let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
        let mut digits = [b'0'; 28];
        let (pairs, _) = digits.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().rev().zip(self.0.to_le_bytes()) {
            *pair = [digit(byte >> 4), digit(byte & 0xf)];
        }
        digits
    }
}

impl fmt::Display for OccurrenceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        formatter.write_str(str::from_utf8(&digits).unwrap_or_default())
    }
}

/// A moment by both clocks: for people, and for durations.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
    /// The clock that only goes forward.
    pub instant: Instant,
}

impl Moment {
    /// This one.
    pub fn now() -> Self {
        Self {
            at_ms: now_ms(),
            instant: Instant::now(),
        }
    }
}

/// Where an event came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A connection.
    Socket(ConnectionId),
    /// `POST /api/events`.
    Http,
    /// `fs7 trigger`.
    Cli,
}

impl Origin {
    /// The connection that sent the event, where there is one.
    pub fn connection(&self) -> Option<&ConnectionId> {
        match self {
            Self::Socket(connection) => Some(connection),
            Self::Http | Self::Cli => None,
        }
    }

    /// The origin's name in logs and metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Socket(_) => "socket",
            Self::Http => "http",
            Self::Cli => "cli",
        }
    }
}

/// Who sent an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// Nobody that the host could identify.
    Anonymous,
    /// Whoever holds the API key.
    ApiKey,
}

/// Arguments: the JSON array of the wire, without the event's name, and its attachments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// A JSON array as text, byte for byte as it arrived.
    pub text: String,
    /// What the placeholders `{"_placeholder":true,"num":N}` in the text stand for.
    pub attachments: Vec<Bytes>,
}

impl Args {
    /// Arguments without attachments; `text` is a JSON array.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            attachments: Vec::new(),
        }
    }

    /// Size in bytes, text and attachments together.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }
}

/// One event, from the edge to its outcome.
#[derive(Clone, Debug)]
pub struct Event {
    /// Names this occurrence.
    pub id: OccurrenceId,
    /// Message, connect or disconnect.
    pub kind: EventKind,
    /// The Socket.IO namespace, `/` for the main one.
    pub namespace: Arc<str>,
    /// The event's name; `connect` or `disconnect` for the hooks.
    pub name: Arc<str>,
    /// Its arguments.
    pub args: Args,
    /// Whether the sender waits for an acknowledgement.
    pub wants_ack: bool,
    /// Where it came from.
    pub origin: Origin,
    /// Who sent it.
    pub principal: Principal,
    /// When it was received, for people: milliseconds since 1970-01-01 UTC.
    pub received_at_ms: u64,
    /// When it was received, for durations.
    pub received: Instant,
    /// W3C Trace Context of the sender, where there is one.
    pub traceparent: Option<String>,
    /// How many events the connection that sent this one may send; without it, all that share
    /// the origin count together.
    pub buckets: Option<Arc<Buckets>>,
    /// Nobody waits for its end: it waits for a place as long as that takes.
    pub is_patient: bool,
}

impl Event {
    /// A message that arrived just now.
    pub fn message(namespace: Arc<str>, name: Arc<str>, args: Args, origin: Origin) -> Self {
        Self::received(namespace, name, args, origin, Moment::now())
    }

    /// A message that arrived a moment ago.
    pub fn received(
        namespace: Arc<str>,
        name: Arc<str>,
        args: Args,
        origin: Origin,
        moment: Moment,
    ) -> Self {
        Self {
            id: OccurrenceId::next(),
            kind: EventKind::Message,
            namespace,
            name,
            args,
            wants_ack: true,
            origin,
            principal: Principal::Anonymous,
            received_at_ms: moment.at_ms,
            received: moment.instant,
            traceparent: None,
            buckets: None,
            is_patient: false,
        }
    }
}

/// Milliseconds since 1970-01-01 UTC; 0 for a clock before that.
pub fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occurrence_ids_are_28_hexadecimal_digits() {
        for id in [0, 0xf, 0x0123_4567_89ab_cdef_0123_4567_89ab, (1 << 112) - 1] {
            assert_eq!(OccurrenceId(id).to_string(), format!("{id:028x}"));
        }
        let (one, next) = (OccurrenceId::next(), OccurrenceId::next());
        assert!(one.to_string() < next.to_string());
    }
}
