//! A seat: one connection's stay in one namespace, from its CONNECT to its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use socketioxide_core::packet::{Packet, PacketData};
use socketioxide_core::{Str, Value};

use crate::effect::{Effect, EffectScope};
use crate::event::{Args, Origin, Principal};

use super::adapter::Sent;
use super::connection::Connection;
use super::hub::{Expected, Hub, Namespace};
use super::outbound::Parcel;

/// One connection in one namespace.
pub(super) struct Seat {
    pub(super) connection: Arc<Connection>,
    pub(super) namespace: Arc<Namespace>,
    pub(super) principal: Principal,
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
        principal: Principal,
        expected: Expected,
    ) -> Self {
        let stay = Mutex::new(Stay::Accepted(Vec::new(), expected));
        Self {
            connection,
            namespace,
            principal,
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
            self.namespace.add(self);
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

    /// Ends the stay. `true`: it had been a member, and the disconnect hook is due.
    pub(super) fn leave(&self) -> bool {
        let mut stay = self.lock();
        let was = std::mem::replace(&mut *stay, Stay::Left);
        self.namespace.remove(self);
        matches!(was, Stay::Joined)
    }

    /// On whose behalf effects of this seat's events are committed.
    pub(super) fn scope(&self) -> EffectScope {
        let origin = Origin::Socket(self.connection.id.clone());
        EffectScope {
            namespace: self.namespace.path.clone(),
            origin,
        }
    }

    /// Answers an acknowledgement.
    pub(super) fn ack(&self, ack: i64, args: Args) -> Sent {
        let value = value(Str::from(args.text), args.attachments);
        self.send(Packet::ack(self.path(), value, ack))
    }

    /// Sends an event whose text `["name",a,b]` is ready.
    pub(super) fn emit(&self, text: Str, attachments: Vec<Bytes>) -> Sent {
        self.send(Packet::event(self.path(), value(text, attachments)))
    }

    /// Ends the stay from our side, after everything that was sent before.
    pub(super) fn disconnect(&self) {
        self.send(Packet {
            inner: PacketData::Disconnect,
            ns: self.path(),
        });
    }

    fn send(&self, packet: Packet) -> Sent {
        let Some(adapter) = self.namespace.adapter() else {
            return Sent::Gone;
        };
        if self.has_left.load(Ordering::SeqCst) {
            return Sent::Gone;
        }
        self.connection.send(Parcel {
            adapter: adapter.clone(),
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

fn value(text: Str, attachments: Vec<Bytes>) -> Value {
    let attachments = (!attachments.is_empty()).then(|| attachments.into());
    Value::Str(text, attachments)
}
