//! A seat: one connection's stay in one namespace, from its CONNECT to its end.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use socketioxide_core::packet::{Packet, PacketData};
use socketioxide_core::{Str, Value};

use crate::effect::{Effect, EffectScope};
use crate::event::{Args, Origin, Principal};

use super::adapter::Sent;
use super::connection::Connection;
use super::hub::{Hub, Namespace};

/// One connection in one namespace.
pub(super) struct Seat {
    pub(super) connection: Arc<Connection>,
    pub(super) namespace: Arc<Namespace>,
    pub(super) principal: Principal,
    stay: Mutex<Stay>,
    /// Held while the connect hook's effects are committed, which come before any other.
    joining: Mutex<()>,
}

/// How far the stay has come.
enum Stay {
    /// Accepted; the CONNECT reply has not left. Holds the connect hook's effects.
    Accepted(Vec<Effect>),
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
    ) -> Self {
        let stay = Mutex::new(Stay::Accepted(Vec::new()));
        Self {
            connection,
            namespace,
            principal,
            stay,
            joining: Mutex::new(()),
        }
    }

    /// Keeps what the connect hook asked for until the CONNECT reply has left.
    pub(super) fn keep_effects(&self, effects: Vec<Effect>) {
        if let Stay::Accepted(kept) = &mut *self.lock() {
            *kept = effects;
        }
    }

    /// Makes the connection a member and commits the connect hook's effects. Called when the
    /// reply has left and before the first event, whichever comes first.
    pub(super) fn join(self: &Arc<Self>, hub: &Hub) {
        let _joining = self.joining.lock().unwrap_or_else(PoisonError::into_inner);
        let effects = {
            let mut stay = self.lock();
            let Stay::Accepted(effects) = &mut *stay else {
                return;
            };
            let effects = std::mem::take(effects);
            *stay = Stay::Joined;
            self.namespace.add(self);
            effects
        };
        if !effects.is_empty() {
            hub.commit_for(&self.scope(), effects);
        }
    }

    /// Ends the stay. `true`: it had been a member, and the disconnect hook is due.
    pub(super) fn leave(&self) -> bool {
        let mut stay = self.lock();
        let was = std::mem::replace(&mut *stay, Stay::Left);
        self.namespace.remove(&self.connection.id);
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
        if matches!(*self.lock(), Stay::Left) {
            return Sent::Gone;
        }
        self.connection.send(adapter, packet)
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
