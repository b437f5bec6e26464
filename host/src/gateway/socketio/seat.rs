//! A seat: one connection's stay in one namespace, from its CONNECT to its end.

use std::sync::Arc;

use bytes::Bytes;
use socketioxide_core::packet::{Packet, PacketData};
use socketioxide_core::{Str, Value};

use crate::dispatch::{Commit, dispatch};
use crate::event::Args;
use crate::gateway::hub::{
    CLOSING, Hub, Link, Message, Peer, SESSION, Sent, TEXT_EVENT, TOKENS, join_name, one_argument,
};
use crate::gateway::stay::Stay;
use crate::session::{Opening, Payload as _, Renewal, Way};

use super::adapter::RawAdapter;
use super::connection::{Connection, Item};
use super::outbound::Exit;
use super::worker;

/// One connection in one namespace.
pub(super) struct Seat {
    pub(super) connection: Arc<Connection>,
    pub(super) stay: Stay,
    exit: Arc<Exit>,
    path: Str,
}

impl Seat {
    pub(super) fn new(connection: Arc<Connection>, adapter: Arc<RawAdapter>, stay: Stay) -> Self {
        Self {
            path: Str::from(stay.namespace.path.to_string()),
            connection,
            stay,
            exit: Exit::new(adapter),
        }
    }

    /// Makes the connection a member. Called when the reply has left and before the first event,
    /// whichever comes first.
    pub(super) fn join(self: &Arc<Self>, hub: &Hub) {
        self.stay.join(hub, || self.peer());
    }

    /// The connection has left: nothing is sent to it here any more, though events that it sent
    /// before are still answered.
    pub(super) fn begin_leave(&self) {
        self.exit.close();
    }

    /// Whether it has.
    pub(super) fn has_left(&self) -> bool {
        self.exit.is_closed()
    }

    /// As the hub knows it.
    pub(super) fn peer(self: &Arc<Self>) -> Arc<dyn Peer> {
        self.clone()
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
        if self.exit.is_closed() {
            return Sent::Gone;
        }
        self.connection.send(&self.exit, packet)
    }

    /// The namespace, shared by all packets.
    fn path(&self) -> Str {
        self.path.clone()
    }
}

impl Drop for Seat {
    /// The engine tells nobody of a client that went while its connect hook ran.
    fn drop(&mut self) {
        let Some(gateway) = self.connection.gateway() else {
            return;
        };
        if let Some(event) = self.stay.owed_hook()
            && gateway.answers(&event.namespace, "disconnect")
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                let _in_flight = gateway.in_flight.enter();
                dispatch(&gateway.host, &event, Commit::Now).await;
            });
        }
    }
}

impl Way<Message> for Seat {
    fn open(&self, opening: &Opening<'_>) {
        self.deliver(&Message::control(SESSION, opening));
    }

    fn renew(&self, renewal: &Renewal) {
        self.deliver(&Message::control(TOKENS, renewal));
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

    fn deliver_alone(&self, name: &str, args: &Args) -> Sent {
        self.emit(join_name(name, args), args.attachments.clone())
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
            worker::enqueue(&gateway, &connection, item, false);
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
