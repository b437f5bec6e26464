//! A seat: one connection's stay in one namespace, from its CONNECT to its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use socketioxide_core::packet::{Packet, PacketData};
use socketioxide_core::{Str, Value};

use crate::effect::{Effect, EffectScope};
use crate::event::{Args, Origin};
use crate::gateway::hub::{
    Admission, Expected, Hub, Leave, Link, Message, Namespace, Peer, Sent, TEXT_EVENT, one_argument,
};
use crate::session::{Opening, Payload as _, Way};

use super::adapter::RawAdapter;
use super::connection::{Connection, Item};
use super::outbound::Parcel;
use super::worker;

/// The control event that tells a client which session it has.
const SESSION: &str = "fs7:session";
/// The control event that tells a client why its stay ends.
const CLOSING: &str = "fs7:closing";

/// One connection in one namespace.
pub(super) struct Seat {
    pub(super) connection: Arc<Connection>,
    pub(super) namespace: Arc<Namespace>,
    /// As what it was let in: the id that handlers know, and who it is.
    pub(super) admission: Admission,
    adapter: Arc<RawAdapter>,
    stay: Mutex<Stay>,
    /// Set in the moment in which the stay ends; the queue before the worker may be long.
    has_left: Arc<AtomicBool>,
    /// Held while the connect hook's effects are committed, which come before any other.
    joining: Mutex<()>,
}

/// How far the stay has come.
enum Stay {
    /// Accepted; the CONNECT reply has not left. Holds the connect hook's effects, and the
    /// namespace open.
    Accepted(
        Vec<Effect>,
        #[expect(dead_code, reason = "held for its drop")] Expected,
    ),
    /// A member of the namespace.
    Joined,
    /// Over.
    Left,
}

impl Seat {
    pub(super) fn new(
        connection: Arc<Connection>,
        namespace: Arc<Namespace>,
        adapter: Arc<RawAdapter>,
        admission: Admission,
        expected: Expected,
    ) -> Self {
        let stay = Mutex::new(Stay::Accepted(Vec::new(), expected));
        Self {
            connection,
            namespace,
            admission,
            adapter,
            stay,
            has_left: Arc::default(),
            joining: Mutex::new(()),
        }
    }

    /// Keeps what the connect hook asked for until the CONNECT reply has left.
    pub(super) fn keep_effects(&self, effects: Vec<Effect>) {
        if let Stay::Accepted(kept, _) = &mut *self.lock() {
            *kept = effects;
        }
    }

    /// Makes the connection a member and commits the connect hook's effects. Called when the
    /// reply has left and before the first event, whichever comes first.
    pub(super) fn join(self: &Arc<Self>, hub: &Hub) {
        let _joining = self.joining.lock().unwrap_or_else(PoisonError::into_inner);
        let effects = {
            let mut stay = self.lock();
            let Stay::Accepted(effects, _) = &mut *stay else {
                return;
            };
            let effects = std::mem::take(effects);
            hub.enter(&self.namespace, &self.admission, self.clone());
            *stay = Stay::Joined;
            effects
        };
        if !effects.is_empty() {
            hub.commit_for(&self.scope(), effects);
        }
    }

    /// The connection has left: nothing is sent to it here any more, though events that it sent
    /// before are still answered.
    pub(super) fn begin_leave(&self) {
        self.has_left.store(true, Ordering::SeqCst);
    }

    /// Ends the stay; a session is over only where somebody wanted it to end.
    pub(super) fn leave(self: &Arc<Self>, hub: &Hub, is_final: bool) -> Leave {
        let mut stay = self.lock();
        let was = std::mem::replace(&mut *stay, Stay::Left);
        if !matches!(was, Stay::Joined) {
            return Leave::Stale;
        }
        let peer: Arc<dyn Peer> = self.clone();
        hub.leave(&self.namespace, &self.admission.id, &peer, is_final)
    }

    /// On whose behalf effects of this seat's events are committed.
    pub(super) fn scope(&self) -> EffectScope {
        let origin = Origin::Socket(self.admission.id.clone());
        EffectScope {
            namespace: self.namespace.path.clone(),
            origin,
        }
    }

    /// Answers an acknowledgement.
    pub(super) fn ack(&self, ack: i64, args: Args) -> Sent {
        let value = value(Str::from(args.text), args.attachments);
        Self::send(self, Packet::ack(self.path(), value, ack))
    }

    /// Sends an event whose text `["name",a,b]` is ready.
    fn emit(&self, text: Str, attachments: Vec<Bytes>) -> Sent {
        Self::send(self, Packet::event(self.path(), value(text, attachments)))
    }

    fn send(&self, packet: Packet) -> Sent {
        if self.has_left.load(Ordering::SeqCst) {
            return Sent::Gone;
        }
        self.connection.send(Parcel {
            adapter: self.adapter.clone(),
            packet,
            has_left: self.has_left.clone(),
        })
    }

    fn path(&self) -> Str {
        Str::from(self.namespace.path.to_string())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Stay> {
        self.stay.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Way<Message> for Seat {
    fn open(&self, opening: &Opening<'_>) {
        self.deliver(&Message::control(SESSION, opening));
    }

    /// Numbers are counted by the client: each event is one more.
    fn send(&self, message: &Message, _number: u64) {
        self.deliver(message);
    }

    fn is_pressed(&self) -> bool {
        self.connection.is_pressed()
    }

    fn end(&self, code: &'static str) {
        let why = serde_json::json!({ "reason": code });
        self.deliver(&Message::control(CLOSING, &why));
        self.disconnect();
    }
}

impl Peer for Seat {
    fn deliver(&self, message: &Message) -> Sent {
        self.emit(message.shared_text(), message.attachments().to_vec())
    }

    fn deliver_text(&self, text: &str) -> Sent {
        self.deliver(&Message::new(
            TEXT_EVENT,
            &Args::from_text(one_argument(&text)),
        ))
    }

    fn disconnect(&self) {
        Self::send(
            self,
            Packet {
                inner: PacketData::Disconnect,
                ns: self.path(),
            },
        );
    }

    /// A client that reads is told; from one that does not the words would not arrive.
    fn close(&self, code: &'static str) {
        if !self.is_pressed() {
            self.end(code);
        }
        self.connection.close(code);
    }

    fn stopped(self: Arc<Self>) {
        let reason = "server shutting down";
        self.begin_leave();
        self.connection.set_reason(reason);
        self.connection.gone();
        if let Some(gateway) = self.connection.gateway() {
            let connection = self.connection.clone();
            let item = Item::Left {
                seat: self,
                reason,
                is_final: false,
            };
            worker::enqueue(&gateway, &connection, item);
        }
    }

    fn link(&self) -> Link {
        self.connection.link()
    }
}

fn value(text: Str, attachments: Vec<Bytes>) -> Value {
    let attachments = (!attachments.is_empty()).then(|| attachments.into());
    Value::Str(text, attachments)
}
