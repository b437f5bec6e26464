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
    /// Connections from one address at a time (of IPv6, from one network of 64 bits); 0: no limit
    /// but `connections`, for behind a proxy or one router everybody comes from one address.
    pub connections_per_address: usize,
    /// Connections of one principal at a time; 0: no limit but `connections`. Who gave no
    /// credentials is nobody, and does not count.
    pub connections_per_principal: usize,
    /// Memory that is accounted to one connection, in bytes; above it the connection is closed.
    pub connection_memory_bytes: usize,
    /// Memory that is accounted to all connections and sessions, in bytes; above it
    /// `sockets.eviction` says who goes.
    pub connections_memory_bytes: usize,
    /// Events of one connection in a second, and at once; 0: no limit but those of the contract.
    pub events_per_second: u32,
    /// Events from one address in a second, and at once; 0: no limit.
    pub events_per_second_per_address: u32,
    /// Events of one name in a second, and at once, whoever sends them; 0: no limit.
    pub events_per_second_per_event: u32,
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
    /// Instances that are put back to their beginning after an event and wait for the next, of all
    /// handlers together; 0: none, each event has one that is made for it.
    pub kept_instances: usize,
    /// How long an event may wait for one of those places, in milliseconds.
    pub call_wait_ms: u64,
    /// Disconnect hooks of sessions that ended without their client and that wait for a place.
    pub waiting_hooks: usize,
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
            connections_per_address: 0,
            connections_per_principal: 0,
            connection_memory_bytes: 16 << 20,
            connections_memory_bytes: 1 << 30,
            events_per_second: 0,
            events_per_second_per_address: 0,
            events_per_second_per_event: 0,
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
            kept_instances: 256,
            call_wait_ms: 1_000,
            waiting_hooks: 100_000,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The page for operators.
    const PAGE: &str = include_str!("../../docs/limits.md");

    /// Each limit with its default, as the page's tables have them.
    fn documented() -> Vec<(String, String)> {
        let row = |line: &str| {
            let mut cells = line.strip_prefix("| `")?.split('|');
            let name = cells.next()?.split('`').next()?.to_owned();
            let value = cells.next()?.split_whitespace().next()?.replace(',', "");
            Some((name, value))
        };
        PAGE.lines().filter_map(row).collect()
    }

    #[test]
    fn page_for_operators_has_every_limit_and_its_default() {
        let limits = serde_json::to_value(Limits::default()).unwrap();
        let expected: Vec<_> = limits
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), value.to_string()))
            .collect();
        let documented = documented();
        for limit in &expected {
            assert!(documented.contains(limit), "docs/limits.md lacks {limit:?}");
        }
        // And none that is no more; other settings are named with their section.
        let mut known = documented.iter().filter(|row| !row.0.contains('.'));
        let stale = known.find(|row| !expected.contains(row));
        assert_eq!(stale, None, "docs/limits.md has what is no limit");
    }
}
