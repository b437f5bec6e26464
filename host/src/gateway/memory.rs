//! The memory of connections: looked at from time to time, so that no connection takes more than
//! its share and all together take no more than they may.
//!
//! What is accounted is what clients can make grow: what an idle connection takes, user data, what
//! waits for its turn or for a client that does not read, and emits that sessions keep. The rest
//! (code, guests, histories of rooms) has limits of its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::config::settings::{Eviction, Settings};
use crate::event::ConnectionId;
use crate::fact::{Fact, Facts};

use super::Gateway;
use super::admittance::Admittance;
use super::hub::{Hub, Peer};
use super::ws;

/// What is accounted for an idle connection of Socket.IO: more than the 18.3 KB measured
/// (docs/memory.md).
const CONNECTION_BYTES: usize = 26 << 10;

/// The same for a plain WebSocket: more than the 9.9 KB measured.
const PLAIN_BYTES: usize = 14 << 10;

/// What a session without a client takes besides its emits and user data, about.
const SESSION_BYTES: usize = 1 << 10;

/// What is accounted to one connection.
struct Weight {
    size: Size,
    /// Its stays in namespaces, each as that member.
    stays: Vec<(ConnectionId, Arc<dyn Peer>)>,
}

/// What decides over who goes.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    bytes: usize,
    opened_at_ms: u64,
    active_at_ms: u64,
}

/// A session that waits for its client.
struct Absent {
    id: ConnectionId,
    since_ms: u64,
    bytes: usize,
}

/// What all take at one moment.
struct Look {
    connections: HashMap<ConnectionId, Weight>,
    absent: Vec<Absent>,
}

impl Look {
    fn at(hub: &Hub) -> Self {
        let (mut kept, mut absent) = (HashMap::new(), Vec::new());
        for session in hub.session_weights() {
            match session.absent_since {
                Some(since_ms) => absent.push(Absent {
                    id: session.id,
                    since_ms,
                    bytes: SESSION_BYTES + session.kept_bytes + session.data_bytes,
                }),
                None => drop(kept.insert(session.id, session.kept_bytes)),
            }
        }
        let mut connections: HashMap<_, Weight> = HashMap::new();
        let namespaces = hub.namespaces();
        for member in namespaces.iter().flat_map(|it| it.members()) {
            let Some(peer) = member.peer() else { continue };
            let link = peer.link();
            let weight = connections.entry(link.connection).or_insert(Weight {
                size: Size {
                    bytes: idle_bytes(link.transport) + link.waiting_bytes,
                    opened_at_ms: link.opened_at_ms,
                    active_at_ms: link.active_at_ms,
                },
                stays: Vec::new(),
            });
            weight.size.bytes += member.data_bytes();
            weight.size.bytes += kept.get(&member.id).copied().unwrap_or_default();
            weight.stays.push((member.id.clone(), peer));
        }
        Self {
            connections,
            absent,
        }
    }

    fn bytes(&self) -> usize {
        let absent = self.absent.iter().map(|it| it.bytes).sum::<usize>();
        let connections = self.connections.values().map(|it| it.size.bytes);
        connections.sum::<usize>() + absent
    }
}

fn idle_bytes(transport: &str) -> usize {
    if transport == ws::TRANSPORT {
        PLAIN_BYTES
    } else {
        CONNECTION_BYTES
    }
}

/// Bytes that are accounted to all connections and sessions at this moment.
pub(super) fn accounted_bytes(hub: &Hub) -> usize {
    Look::at(hub).bytes()
}

/// Looks from time to time, until the future is dropped.
pub(super) async fn upkeep(gateway: Arc<Gateway>) {
    let settings = &gateway.settings;
    let every = Duration::from_millis(settings.sockets.memory_check_ms);
    let mut looks = tokio::time::interval(every);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let sockets = &gateway.sockets;
    let facts = gateway.host.facts.clone();
    let mut keeper = Keeper::new(settings, facts, sockets.admittance.clone());
    loop {
        looks.tick().await;
        keeper.look(&sockets.hub);
    }
}

/// Keeps connections within their memory.
struct Keeper {
    connection_max: usize,
    total_max: usize,
    eviction: Eviction,
    facts: Facts,
    admittance: Arc<Admittance>,
    /// Connections that were closed and have not gone yet.
    closing: HashSet<ConnectionId>,
}

impl Keeper {
    fn new(settings: &Settings, facts: Facts, admittance: Arc<Admittance>) -> Self {
        Self {
            connection_max: settings.limits.connection_memory_bytes,
            total_max: settings.limits.connections_memory_bytes,
            eviction: settings.sockets.eviction,
            facts,
            admittance,
            closing: HashSet::new(),
        }
    }

    fn look(&mut self, hub: &Hub) {
        let mut look = Look::at(hub);
        self.closing.retain(|id| look.connections.contains_key(id));
        look.connections.retain(|id, _| !self.closing.contains(id));
        let is_over = |weight: &Weight| weight.size.bytes > self.connection_max;
        let over = look.connections.extract_if(|_, weight| is_over(weight));
        for (id, weight) in over.collect::<Vec<_>>() {
            self.close(hub, id, &weight, "connection_memory");
        }
        let excess = look.bytes().saturating_sub(self.total_max);
        if self.eviction == Eviction::None {
            self.admittance.set_full(excess > 0);
        } else if excess > 0 {
            self.evict(hub, look, excess);
        }
    }

    /// Lets go until so many bytes are free: sessions without a client first, of these the one
    /// that is alone for longest.
    fn evict(&mut self, hub: &Hub, look: Look, mut excess: usize) {
        let Look {
            mut connections,
            mut absent,
        } = look;
        absent.sort_unstable_by_key(|session| session.since_ms);
        for session in absent {
            if excess == 0 {
                return;
            }
            if hub.end_absent(&session.id) {
                excess = excess.saturating_sub(session.bytes);
                self.record(session.id, "evicted", session.bytes);
            }
        }
        let sizes = connections.iter().map(|(id, it)| (id.clone(), it.size));
        for id in who_goes(sizes.collect(), excess, self.eviction) {
            if let Some(weight) = connections.remove(&id) {
                self.close(hub, id, &weight, "evicted");
            }
        }
    }

    /// Its sessions end with it, though it may take long to go: what they keep is what must be
    /// freed.
    fn close(&mut self, hub: &Hub, id: ConnectionId, weight: &Weight, code: &'static str) {
        self.record(id.clone(), code, weight.size.bytes);
        for (member, stay) in &weight.stays {
            hub.condemn(member);
            stay.close(code);
        }
        self.closing.insert(id);
    }

    fn record(&self, connection: ConnectionId, code: &'static str, bytes: usize) {
        self.facts.record(Fact::ConnectionEvicted {
            connection,
            code,
            bytes,
        });
    }
}

/// Of these, the first that together free so many bytes.
fn who_goes<T: Ord>(mut sizes: Vec<(T, Size)>, excess: usize, eviction: Eviction) -> Vec<T> {
    match eviction {
        // Within one millisecond their ids tell who was here first.
        Eviction::Lru => sizes.sort_by(|(a, x), (b, y)| {
            (x.active_at_ms, x.opened_at_ms, a).cmp(&(y.active_at_ms, y.opened_at_ms, b))
        }),
        Eviction::Fifo => {
            sizes.sort_by(|(a, x), (b, y)| (x.opened_at_ms, a).cmp(&(y.opened_at_ms, b)));
        }
        Eviction::None => return Vec::new(),
    }
    let mut freed = 0;
    let going = sizes.into_iter().take_while(|(_, size)| {
        let is_enough = freed >= excess;
        freed += size.bytes;
        !is_enough
    });
    going.map(|(who, _)| who).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_says_who_goes_and_no_more_go_than_must() {
        let size = |bytes, opened_at_ms, active_at_ms| Size {
            bytes,
            opened_at_ms,
            active_at_ms,
        };
        let sizes = || {
            vec![
                ("first", size(10, 1, 9)),
                ("second", size(10, 2, 7)),
                ("third", size(10, 3, 8)),
            ]
        };
        for (eviction, excess, expected) in [
            (Eviction::Lru, 0, &[][..]),
            (Eviction::Lru, 1, &["second"]),
            (Eviction::Lru, 10, &["second"]),
            (Eviction::Lru, 11, &["second", "third"]),
            (Eviction::Fifo, 10, &["first"]),
            (Eviction::Fifo, 20, &["first", "second"]),
            (Eviction::Fifo, 1_000, &["first", "second", "third"]),
            (Eviction::None, 1_000, &[]),
        ] {
            let going = who_goes(sizes(), excess, eviction);
            assert_eq!(going, expected, "{eviction:?} {excess}");
        }
        for eviction in [Eviction::Lru, Eviction::Fifo] {
            let at_once = vec![
                ("c2", size(1, 5, 5)),
                ("c3", size(1, 5, 5)),
                ("c1", size(1, 5, 5)),
            ];
            assert_eq!(who_goes(at_once, 1, eviction), ["c1"], "{eviction:?}");
        }
    }
}
