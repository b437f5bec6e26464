//! The door for the benchmarks in `host/benches`, which stand outside this crate: an edge's reading
//! and writing of texts, and a hub whose members only count. No part of the interface; nothing in
//! the host uses it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use socketioxide_core::Str;

use crate::effect::EffectSink;
use crate::event::{Args, ConnectionId, Principal, now_ms};
use crate::fact::Facts;
use crate::limits::Limits;
use crate::session::{Opening, Payload as _, Renewal, Way};

use super::hub::{Hub, Link, Message, Namespace, Peer, Sent, Wish, split_name};
use super::ws::frames::{self, Inbound};

/// The room of every member of a [`Crowd`].
pub const ROOM: &str = "room";

/// Name and arguments out of a Socket.IO packet's text `["name",a,b]`.
pub fn read_packet(text: &str) -> Option<(String, Args)> {
    let (name, args) = split_name(text)?;
    Some((name.into_owned(), Args::from_text(args)))
}

/// Name and arguments out of a frame of `/ws`; none where it is no event.
pub fn read_frame(text: &str) -> Option<(String, Args)> {
    match frames::read(text) {
        Inbound::Event { name, args, .. } => Some((name, Args::from_text(args))),
        Inbound::Text | Inbound::Wrong { .. } => None,
    }
}

/// An emit's text `["name",a,b]`, which all its receivers share.
pub fn write_event(name: &str, args: &Args) -> Str {
    Message::new(name, args).shared_text()
}

/// The frame of `/ws` that [`write_event`]'s text becomes.
pub fn write_event_frame(text: &str) -> Option<String> {
    frames::event_head(text).map(|head| frames::event(&head, 0, None))
}

/// The frame of `/ws` that acknowledges an event.
pub fn write_ack_frame(id: &str, args: &str) -> Option<String> {
    frames::ack(id, args, 0)
}

/// A hub with one namespace, `/`, whose members take what they are sent and count its bytes.
pub struct Crowd {
    hub: Arc<Hub>,
    taken: Arc<AtomicU64>,
    ids: Vec<ConnectionId>,
}

impl Crowd {
    /// So many members without a session, all in [`ROOM`].
    pub fn new(members: usize) -> Self {
        let limits = Limits::default();
        let facts = Facts::new(limits.facts, limits.facts_bytes);
        let hub = Arc::new(Hub::new(facts, None, Default::default(), &limits));
        let namespace = Namespace::new(Arc::from("/"));
        hub.insert(namespace.clone());
        let taken = Arc::<AtomicU64>::default();
        let mut ids = Vec::with_capacity(members);
        for _ in 0..members {
            let id = ConnectionId::generate();
            let peer = Arc::new(Counting {
                id: id.clone(),
                taken: taken.clone(),
            });
            let admitted = hub.admit(&namespace, Wish::None, &id, Principal::Anonymous);
            if let Ok(admission) = admitted {
                hub.enter(&namespace, &admission, peer);
                hub.join(&namespace, &id, ROOM);
                ids.push(id);
            }
        }
        Self { hub, taken, ids }
    }

    /// The members.
    pub fn ids(&self) -> &[ConnectionId] {
        &self.ids
    }

    /// The hub, as dispatch knows it.
    pub fn sink(&self) -> Arc<dyn EffectSink> {
        self.hub.clone()
    }

    /// Bytes that all members have been sent.
    pub fn taken_bytes(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

struct Counting {
    id: ConnectionId,
    taken: Arc<AtomicU64>,
}

impl Counting {
    /// Takes the shared text and the list of attachments, as the edges do.
    fn take(&self, message: &Message) -> Sent {
        let text = std::hint::black_box(message.clone());
        let bytes = text.text().len() as u64;
        self.taken.fetch_add(bytes, Ordering::Relaxed);
        Sent::Yes
    }
}

impl Way<Message> for Counting {
    fn open(&self, _opening: &Opening<'_>) {}

    fn renew(&self, _renewal: &Renewal) {}

    fn send(&self, message: &Message, _number: u64) {
        self.take(message);
    }

    fn is_pressed(&self) -> bool {
        false
    }

    fn end(&self, _code: &'static str) {}
}

impl Peer for Counting {
    fn deliver(&self, message: &Message) -> Sent {
        self.take(message)
    }

    fn deliver_text(&self, _text: &str) -> Sent {
        Sent::Yes
    }

    fn disconnect(&self) {}

    fn stopped(self: Arc<Self>) {}

    fn link(&self) -> Link {
        Link {
            connection: self.id.clone(),
            transport: "counting",
            address: None,
            opened_at_ms: now_ms(),
            active_at_ms: now_ms(),
            waiting_bytes: 0,
        }
    }
}
