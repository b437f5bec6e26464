//! The limits: everything that can grow has one here, with a name, a default and a reason.

use serde::{Deserialize, Serialize};

/// Limits of the host. Each is a key of `[limits]` in `fs7.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How long one event may take in its handler, in milliseconds.
    pub deadline_ms: u64,
    /// Memory of one guest, in bytes: linear memories and tables together.
    pub guest_memory_bytes: usize,
    /// One reply, or one emit's arguments with attachments, in bytes.
    pub output_bytes: usize,
    /// Effects of one event.
    pub effects: usize,
    /// Effects of one event, in bytes of names, rooms, arguments and attachments.
    pub effects_bytes: usize,
    /// Log lines of one event.
    pub log_lines: usize,
    /// One log line of a guest in bytes; the rest is cut.
    pub log_line_bytes: usize,
    /// Events that wait for their turn, per connection.
    pub inbound_events: usize,
    /// Bytes of the events that wait for their turn, per connection.
    pub inbound_bytes: usize,
    /// One message on any transport, in bytes, attachments included.
    pub message_bytes: usize,
    /// Binary attachments of one message.
    pub attachments: usize,
    /// Connections at a time.
    pub connections: usize,
    /// Bytes that wait to be sent, per connection; above it a slow client is closed.
    pub outbound_bytes: usize,
    /// How long a client may refuse to take bytes before it is closed, in milliseconds.
    pub write_stall_ms: u64,
    /// Rooms that one connection may be in, per namespace.
    pub rooms: usize,
    /// Sessions at a time, those of absent clients included; of more, the one that is absent for
    /// longest ends.
    pub sessions: usize,
    /// Bytes of emits that one session keeps for its client; the oldest go first.
    pub session_bytes: usize,
    /// Bytes of emits that all sessions keep together; the older half goes first.
    pub sessions_bytes: usize,
    /// Used reconnect tokens that are remembered; while there are as many, none is accepted.
    pub used_tokens: usize,
    /// Bytes at which the journal of sessions is written anew.
    pub journal_bytes: u64,
    /// User data of one connection, in bytes of keys and JSON.
    pub user_data_bytes: usize,
    /// Events in handlers at a time.
    pub calls: usize,
    /// How long an event may wait for one of those places, in milliseconds.
    pub call_wait_ms: u64,
    /// How long `describe` may take, in milliseconds.
    pub describe_ms: u64,
    /// One handler file, in bytes.
    pub handler_bytes: u64,
    /// Handler files in the events directory.
    pub handlers: usize,
    /// Events that one handler may answer.
    pub subscriptions: usize,
    /// Compiled code on disk, in bytes; the oldest goes first.
    pub compile_cache_bytes: u64,
    /// How long events in flight may take when the server stops, in milliseconds.
    pub drain_ms: u64,
    /// Violations of the contract that one answer lists; more are counted.
    pub violations: usize,
    /// Names missing in the contract that are told of, for each direction; more are served, or
    /// refused, without a word.
    pub unknown_names: usize,
    /// Facts that wait for the log writer; more are counted and dropped.
    pub facts: usize,
    /// Bytes of the facts that wait.
    pub facts_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline_ms: 1_000,
            guest_memory_bytes: 64 << 20,
            output_bytes: 1 << 20,
            effects: 256,
            effects_bytes: 1 << 20,
            log_lines: 100,
            log_line_bytes: 8 << 10,
            inbound_events: 64,
            inbound_bytes: 4 << 20,
            message_bytes: 1 << 20,
            attachments: 64,
            connections: 10_000,
            outbound_bytes: 4 << 20,
            write_stall_ms: 30_000,
            rooms: 1_000,
            sessions: 20_000,
            session_bytes: 1 << 20,
            sessions_bytes: 256 << 20,
            used_tokens: 1_000_000,
            journal_bytes: 64 << 20,
            user_data_bytes: 64 << 10,
            calls: 256,
            call_wait_ms: 1_000,
            describe_ms: 200,
            handler_bytes: 64 << 20,
            handlers: 10_000,
            subscriptions: 1_000,
            compile_cache_bytes: 1 << 30,
            drain_ms: 30_000,
            violations: 64,
            unknown_names: 1_000,
            facts: 16_384,
            facts_bytes: 32 << 20,
        }
    }
}
