//! What the store is asked and what it answers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::event::ConnectionId;

use super::token::Secrets;

/// How the store behaves; see the settings of the same names.
#[derive(Clone, Debug)]
pub(crate) struct StoreOptions {
    pub(crate) secrets: Secrets,
    pub(crate) token_ttl_ms: u64,
    pub(crate) tokens: usize,
    pub(crate) retention_ms: u64,
    pub(crate) retained_messages: usize,
    pub(crate) retained_bytes: usize,
    pub(crate) sessions: usize,
    pub(crate) sessions_bytes: usize,
    pub(crate) used_tokens: usize,
}

/// Where the journal is kept.
pub(crate) struct OpenJournal<'a> {
    pub(crate) state_dir: &'a Path,
    pub(crate) is_synced: bool,
    pub(crate) bytes_max: u64,
}

/// A session's way to its client: one connection's stay in a namespace.
pub(crate) trait Way<P>: Send + Sync {
    /// Tells the client which session it has, before anything else.
    fn open(&self, opening: &Opening<'_>);
    /// Gives the client tokens in the place of those that it has.
    fn renew(&self, renewal: &Renewal);
    /// Sends one emit with its number.
    fn send(&self, payload: &P, number: u64);
    /// Whether the client does not read as fast as it is sent to.
    fn is_pressed(&self) -> bool;
    /// Ends the connection, for the reason that the code says.
    fn end(&self, code: &'static str);
}

/// What a client is told of its session.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Opening<'a> {
    pub(crate) id: &'a str,
    /// Whether the session was known: rooms and user data are as they were.
    pub(crate) resumed: bool,
    /// Whether everything that was missed follows.
    pub(crate) recovered: bool,
    /// The number after which emits follow.
    pub(crate) sent: u64,
    pub(crate) tokens: Vec<String>,
    pub(crate) expires_at_ms: u64,
    pub(crate) token_ttl_ms: u64,
    pub(crate) retention_ms: u64,
    pub(crate) gap: Option<Gap>,
}

/// New tokens for a client that is there.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Renewal {
    pub(crate) tokens: Vec<String>,
    pub(crate) expires_at_ms: u64,
    pub(crate) token_ttl_ms: u64,
}

/// Emits that are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Gap {
    /// The first.
    pub(crate) from: u64,
    /// The last; none where nobody knows.
    pub(crate) to: Option<u64>,
}

/// A session that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Whether it began with the API key.
    pub(crate) has_key: bool,
}

/// What became of a client that came back.
pub(crate) struct Attached<P> {
    /// Whether the session was known.
    pub(crate) resumed: bool,
    /// Whether everything that was missed was sent.
    pub(crate) recovered: bool,
    /// Emits that were sent again.
    pub(crate) replayed: usize,
    /// The way that it had until now.
    pub(crate) replaced: Option<Arc<dyn Way<P>>>,
}

/// A session that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) id: ConnectionId,
    pub(crate) namespace: Arc<str>,
    pub(crate) has_key: bool,
}

/// A session that came out of the journal.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) id: ConnectionId,
    /// Whether it began with the API key.
    pub(crate) has_key: bool,
    pub(crate) rooms: Vec<Arc<str>>,
    pub(crate) data: BTreeMap<String, Arc<str>>,
}

/// What one session takes.
pub(crate) struct SessionWeight {
    pub(crate) id: ConnectionId,
    /// Bytes of emits that it keeps.
    pub(crate) kept_bytes: usize,
    /// Bytes of its user data.
    pub(crate) data_bytes: usize,
    /// Since when nobody is connected, where that is so.
    pub(crate) absent_since: Option<u64>,
}

/// Why a session cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SessionError {
    #[error("there is no such session")]
    Unknown,
    #[error("the system gives no random bytes")]
    NoRandom,
}

/// The store in figures.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StoreFigures {
    pub(crate) sessions: usize,
    pub(crate) absent: usize,
    pub(crate) retained_bytes: usize,
    pub(crate) used_tokens: usize,
    pub(crate) journal_bytes: u64,
}
