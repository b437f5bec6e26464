//! socketioxide's handler traits, implemented by hand: they are called in order in the read
//! loop, with the raw text, and spawn nothing.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use socketioxide::TransportType;
use socketioxide::handler::{ConnectHandler, DisconnectHandler, MessageHandler};
use socketioxide::socket::{DisconnectReason, Socket};
use socketioxide_core::Value;

use crate::event::{Args, Moment, Principal};
use crate::fact::Fact;
use crate::gateway::doorkeeper::KeyError;
use crate::gateway::hub::{Namespace, Wish};
use crate::gateway::stay::Stay;
use crate::outcome::{Code, Rejection};

use super::SocketGateway;
use super::adapter::RawAdapter;
use super::connection::{Connection, Item};
use super::seat::Seat;
use super::worker;

/// Tells our implementations from those for closures.
pub(super) struct Raw;

type Raised = Box<dyn std::fmt::Display + Send>;

/// Events by which a queue can exceed its limit before reading pauses: what one read can hold.
const READ_AHEAD_EVENTS: usize = 1_024;

/// Lets connections into one namespace.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) gateway: Arc<SocketGateway>,
    pub(super) namespace: Arc<Namespace>,
    /// The way out; there as soon as the namespace is open.
    pub(super) adapter: Arc<OnceLock<Arc<RawAdapter>>>,
}

impl ConnectHandler<RawAdapter, Raw> for Door {
    /// Runs after the CONNECT reply.
    fn call(&self, socket: Arc<Socket<RawAdapter>>, _auth: Option<Value>) {
        let Some(seat) = socket.extensions.get::<Arc<Seat>>() else {
            return;
        };
        seat.join(&self.gateway.hub);
        seat.connection.seated(&seat);
        self.gateway.host.facts.record(Fact::NamespaceJoined {
            connection: seat.connection.id.clone(),
            namespace: seat.stay.namespace.path.clone(),
        });
    }

    /// Runs before the CONNECT reply; an error refuses the connection with its text.
    fn call_middleware<'a>(
        &'a self,
        socket: Arc<Socket<RawAdapter>>,
        auth: &'a Option<Value>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Raised>> + Send + 'a>> {
        Box::pin(async move {
            self.admit(&socket, auth.as_ref())
                .await
                .map_err(|text| Box::new(text) as Raised)
        })
    }
}

impl Door {
    async fn admit(
        &self,
        socket: &Arc<Socket<RawAdapter>>,
        auth: Option<&Value>,
    ) -> Result<(), String> {
        let gateway = &self.gateway;
        let Some(connection) = socket
            .req_parts()
            .extensions
            .get::<Arc<Connection>>()
            .cloned()
        else {
            return Err("no connection".into());
        };
        connection.set_sid(socket.id);
        // Before the look at whether it is retired: see `SocketGateway::end_if_empty`.
        let expected = self.namespace.expect();
        if self.namespace.is_retired() {
            return Err("Invalid namespace".into());
        }
        if gateway.is_draining() {
            return Err("busy: the server is stopping; connect again in a moment".into());
        }
        let Some(adapter) = self.adapter.get().cloned() else {
            return Err("Invalid namespace".into());
        };
        let auth = auth_text(auth);
        let principal = self.principal(&auth)?;
        // Before a token is used up.
        self.count(&connection, principal)?;
        let wish = Wish::from_auth(auth.as_deref())?;
        let admission = gateway
            .hub
            .admit(&self.namespace, wish, &connection.id, principal)
            .map_err(|error| format!("{}: {error}", error.code()))?;
        // A session may have begun with more than its client shows now.
        self.count(&connection, admission.principal)?;
        let stay = Stay::new(self.namespace.clone(), admission, expected);
        let seat = Arc::new(Seat::new(connection, adapter, stay));
        socket.on_fallback(Receiver {
            gateway: gateway.clone(),
            seat: seat.clone(),
        });
        socket.on_disconnect(Leaver {
            gateway: gateway.clone(),
            seat: seat.clone(),
        });
        socket.extensions.insert(seat.clone());
        let args = Args::from_text(auth.map_or_else(|| "[]".into(), |auth| format!("[{auth}]")));
        let asked = seat.stay.ask_hook(gateway, args).await;
        asked.map_err(|rejection| rejection.message)?;
        seat.connection.outbound.expect_reply();
        Ok(())
    }

    /// Counts the connection as one of its principal.
    fn count(&self, connection: &Connection, principal: Principal) -> Result<(), String> {
        connection.enter_as(principal).map_err(|refusal| {
            let refusal = self.gateway.doorkeeper.full(refusal);
            format!("{}: {}", refusal.code(), refusal.message())
        })
    }

    fn principal(&self, auth: &Option<String>) -> Result<Principal, String> {
        #[derive(serde::Deserialize)]
        struct Auth {
            api_key: Option<String>,
        }
        let given = auth
            .as_ref()
            .and_then(|auth| serde_json::from_str::<Auth>(auth).ok())
            .and_then(|auth| auth.api_key);
        let doorkeeper = &self.gateway.doorkeeper;
        doorkeeper
            .principal(given.as_deref())
            .map_err(|error| match error {
                KeyError::Wrong => "unauthorized: wrong api_key".into(),
                KeyError::Missing => "unauthorized: connect with auth: {api_key}".into(),
            })
    }
}

/// The auth payload as JSON text; anything else counts as none.
fn auth_text(auth: Option<&Value>) -> Option<String> {
    let text = auth?.as_str()?.as_str();
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    Some(text.to_owned())
}

/// Takes every event of one seat, whatever its name: a swap never touches a live socket.
pub(super) struct Receiver {
    gateway: Arc<SocketGateway>,
    seat: Arc<Seat>,
}

impl MessageHandler<RawAdapter, Raw> for Receiver {
    fn call(&self, socket: Arc<Socket<RawAdapter>>, value: Value, ack: Option<i64>) {
        // While a WebSocket takes over, its stream is read by others than the read loop.
        let was_read = socket.transport_type() == TransportType::Websocket;
        receive(&self.gateway, &self.seat, value, ack, was_read);
    }
}

/// Queues an event for its worker, where there is room. `was_read`: by the WebSocket's stream, which
/// works on it when there is no more to read.
pub(super) fn receive(
    gateway: &Arc<SocketGateway>,
    seat: &Arc<Seat>,
    value: Value,
    ack: Option<i64>,
    was_read: bool,
) {
    if gateway.is_draining() {
        let rejection = Rejection::new(Code::Busy, "the server is stopping");
        worker::refuse(gateway, seat, value, ack, rejection);
        return;
    }
    if seat.connection.is_over_limit(READ_AHEAD_EVENTS) {
        let message = "too many events wait on this connection (limit `inbound_events`)";
        let rejection = Rejection::at_limit(Code::Busy, "inbound_events", message);
        worker::refuse(gateway, seat, value, ack, rejection);
        return;
    }
    let received = Moment::now();
    seat.connection.is_active(received.at_ms);
    let item = Item::Message {
        seat: seat.clone(),
        value,
        ack,
        received,
    };
    worker::enqueue(gateway, &seat.connection, item, was_read);
}

/// Hears of one seat's end.
pub(super) struct Leaver {
    gateway: Arc<SocketGateway>,
    seat: Arc<Seat>,
}

impl DisconnectHandler<RawAdapter, Raw> for Leaver {
    fn call_with_defer(
        &self,
        socket: Arc<Socket<RawAdapter>>,
        reason: DisconnectReason,
        defer: fn(Arc<Socket<RawAdapter>>),
    ) {
        let words = match reason {
            // A client that goes without a word has closed, as the Node server sees it.
            DisconnectReason::TransportError if self.seat.connection.pressure.is_at_end() => {
                words(DisconnectReason::TransportClose)
            }
            reason => words(reason),
        };
        if !is_namespace_only(reason) {
            self.seat.connection.set_reason(words);
            self.seat.connection.gone();
        }
        self.seat.begin_leave();
        defer(socket);
        let item = Item::Left {
            seat: self.seat.clone(),
            reason: words,
            is_final: is_namespace_only(reason),
        };
        worker::enqueue(&self.gateway, &self.seat.connection, item, false);
    }
}

fn is_namespace_only(reason: DisconnectReason) -> bool {
    matches!(
        reason,
        DisconnectReason::ClientNSDisconnect | DisconnectReason::ServerNSDisconnect
    )
}

/// The reason in the words of the Node server (socket.io documentation, "disconnect").
fn words(reason: DisconnectReason) -> &'static str {
    match reason {
        DisconnectReason::TransportClose => "transport close",
        DisconnectReason::TransportError | DisconnectReason::MultipleHttpPollingError => {
            "transport error"
        }
        DisconnectReason::PacketParsingError => "parse error",
        DisconnectReason::HeartbeatTimeout => "ping timeout",
        DisconnectReason::ClientNSDisconnect => "client namespace disconnect",
        DisconnectReason::ServerNSDisconnect => "server namespace disconnect",
        DisconnectReason::ClosingServer => "server shutting down",
    }
}
