//! A seat: one plain WebSocket in its one namespace, as the hub and sessions know it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;

use crate::event::{ConnectionId, now_ms};
use crate::fact::{Fact, Facts};
use crate::gateway::admittance::Place;
use crate::gateway::hub::{CLOSING, Link, Message, Peer, SESSION, Sent, TOKENS};
use crate::gateway::socketio::SocketGateway;
use crate::gateway::stay::Stay;
use crate::limits::Limits;
use crate::rate::Buckets;
use crate::session::{Opening, Renewal, Way};

use super::TRANSPORT;
use super::meter::Meter;
use super::outbound::{End, Outbound, Parcel, Pushed};

/// Bytes that may wait before the client counts as slow: what was put in a moment ago waits only
/// for its turn.
const BURST_BYTES: usize = 256 << 10;

/// Close codes; they are part of the interface.
pub(super) mod code {
    /// The server stops.
    pub(crate) const SHUTDOWN: u16 = 1001;
    /// A frame that RFC 6455 does not allow.
    pub(crate) const PROTOCOL: u16 = 1002;
    /// Text that is not UTF-8.
    pub(crate) const NOT_TEXT: u16 = 1007;
    /// A message beyond `message_bytes`.
    pub(crate) const TOO_BIG: u16 = 1009;
    /// The session was resumed by another connection.
    pub(crate) const REPLACED: u16 = 4001;
    /// The client does not read as fast as it is sent to.
    pub(crate) const SLOW: u16 = 4008;
    /// No pong came in time.
    pub(crate) const SILENT: u16 = 4009;
    /// A limit, whose name is the reason.
    pub(crate) const LIMIT: u16 = 4013;
    /// The token is refused.
    pub(crate) const UNAUTHORIZED: u16 = 4401;
    /// The connect hook refused, or somebody ended the stay.
    pub(crate) const FORBIDDEN: u16 = 4403;
}

/// A connection from its upgrade to its end.
pub(super) struct Line {
    pub(super) id: ConnectionId,
    pub(super) meter: Arc<Meter>,
    address: Option<IpAddr>,
    opened: Instant,
    opened_at_ms: u64,
    facts: Facts,
    /// Gone when the connection has ended.
    place: Mutex<Option<Place>>,
}

impl Line {
    pub(super) fn open(place: Place, address: Option<IpAddr>, facts: Facts) -> Self {
        let id = ConnectionId::generate();
        facts.record(Fact::ConnectionOpened {
            connection: id.clone(),
            transport: TRANSPORT,
        });
        Self {
            id,
            meter: Arc::default(),
            address,
            opened: Instant::now(),
            opened_at_ms: now_ms(),
            facts,
            place: Mutex::new(Some(place)),
        }
    }

    /// Its place, as long as it has not ended.
    pub(super) fn place(&self) -> MutexGuard<'_, Option<Place>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client has sent a message of more bytes than one may have.
    pub(super) fn sent_too_much(&self, limit: usize) {
        self.facts.record(Fact::LimitReached {
            connection: self.id.clone(),
            limit: "message_bytes",
            detail: format!("sent a message larger than {limit} bytes"),
        });
    }

    /// So many bytes of frames wait that no more is read; told once.
    pub(super) fn was_held_back(&self, limit: usize) {
        self.facts
            .record(Fact::inbound_bytes(self.id.clone(), limit));
    }

    /// The connection has ended; its place is free.
    pub(super) fn finish(&self, reason: &'static str) {
        if self.place().take().is_none() {
            return;
        }
        let (received_bytes, sent_bytes) = self.meter.bytes();
        self.facts.record(Fact::ConnectionClosed {
            connection: self.id.clone(),
            reason,
            duration: self.opened.elapsed(),
            received_bytes,
            sent_bytes,
        });
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.finish("transport close");
    }
}

/// A piece of work that the server waits for when it stops.
pub(super) struct UnderWay(Arc<SocketGateway>);

impl UnderWay {
    pub(super) fn new(gateway: &Arc<SocketGateway>) -> Self {
        gateway.in_flight.add();
        Self(gateway.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.in_flight.remove();
    }
}

/// One connection in one namespace.
pub(super) struct Seat {
    pub(super) line: Line,
    pub(super) stay: Stay,
    pub(super) outbound: Outbound,
    /// Bytes of the frames that wait for their turn.
    pub(super) inbound_bytes: AtomicUsize,
    /// When the client last sent a frame, in milliseconds since 1970-01-01 UTC.
    active_at_ms: AtomicU64,
    /// Made with the first event, and gone with the connection.
    buckets: OnceLock<Arc<Buckets>>,
    limits: Arc<Limits>,
    gateway: Weak<SocketGateway>,
    /// Held from the server's stop to the connection's end.
    stopping: Mutex<Option<UnderWay>>,
}

impl Seat {
    pub(super) fn new(line: Line, stay: Stay, gateway: &Arc<SocketGateway>) -> Arc<Self> {
        Arc::new(Self {
            active_at_ms: AtomicU64::new(line.opened_at_ms),
            line,
            stay,
            outbound: Outbound::default(),
            inbound_bytes: AtomicUsize::new(0),
            buckets: OnceLock::new(),
            limits: gateway.limits.clone(),
            gateway: Arc::downgrade(gateway),
            stopping: Mutex::default(),
        })
    }

    /// As the hub knows it.
    pub(super) fn peer(self: &Arc<Self>) -> Arc<dyn Peer> {
        self.clone()
    }

    /// The client has sent an event.
    pub(super) fn is_active(&self, at_ms: u64) {
        self.active_at_ms.store(at_ms, Ordering::Relaxed);
    }

    /// How many events it may still send.
    pub(super) fn buckets(&self) -> Arc<Buckets> {
        let new = || {
            let address = self.line.place().as_ref().and_then(Place::bucket);
            Arc::new(Buckets::from_address(address))
        };
        self.buckets.get_or_init(new).clone()
    }

    /// Puts something behind what waits for the client.
    pub(super) fn push(&self, parcel: Parcel) -> Sent {
        match self.outbound.push(parcel, self.limits.outbound_bytes) {
            Pushed::Yes => Sent::Yes,
            Pushed::Gone => Sent::Gone,
            Pushed::Over(bytes) => {
                self.end_slow("outbound_bytes", bytes);
                Sent::Gone
            }
        }
    }

    /// Closes a connection whose client does not read.
    pub(super) fn end_slow(&self, reason: &'static str, waiting_bytes: usize) {
        let end = End {
            code: code::SLOW,
            reason,
            is_final: false,
        };
        if self.outbound.abort(end) {
            self.line.facts.record(Fact::SlowClientClosed {
                connection: self.line.id.clone(),
                code: reason,
                waiting_bytes,
            });
        }
    }

    /// Nothing is done any more for the connection.
    pub(super) fn stop_is_done(&self) {
        self.stopping().take();
    }

    fn stopping(&self) -> MutexGuard<'_, Option<UnderWay>> {
        self.stopping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a connection ends for the reason that a code of the host says.
fn end_for(reason: &'static str) -> End {
    let code = if reason == "replaced" {
        code::REPLACED
    } else {
        code::LIMIT
    };
    End {
        code,
        reason,
        is_final: true,
    }
}

impl Way<Message> for Seat {
    fn open(&self, opening: &Opening<'_>) {
        self.deliver(&Message::control(SESSION, opening));
    }

    fn renew(&self, renewal: &Renewal) {
        self.deliver(&Message::control(TOKENS, renewal));
    }

    fn send(&self, message: &Message, number: u64) {
        self.push(Parcel::Event(message.clone(), Some(number)));
    }

    fn is_pressed(&self) -> bool {
        self.line.meter.is_blocked() || self.outbound.waiting_bytes() > BURST_BYTES
    }

    fn end(&self, code: &'static str) {
        let why = serde_json::json!({ "reason": code });
        self.deliver(&Message::control(CLOSING, &why));
        self.outbound.end(end_for(code));
    }
}

impl Peer for Seat {
    fn deliver(&self, message: &Message) -> Sent {
        self.push(Parcel::Event(message.clone(), None))
    }

    fn deliver_text(&self, text: &str) -> Sent {
        self.push(Parcel::Ready(text.to_owned(), Vec::new()))
    }

    fn disconnect(&self) {
        self.outbound.end(End {
            code: code::FORBIDDEN,
            reason: "server namespace disconnect",
            is_final: true,
        });
    }

    /// A client that reads is told; to one that does not the words would not arrive.
    fn close(&self, code: &'static str) {
        if self.is_pressed() {
            self.outbound.abort(end_for(code));
        } else {
            self.end(code);
        }
    }

    fn stopped(self: Arc<Self>) {
        let Some(gateway) = self.gateway.upgrade() else {
            return;
        };
        *self.stopping() = Some(UnderWay::new(&gateway));
        self.outbound.end(End {
            code: code::SHUTDOWN,
            reason: "server shutting down",
            is_final: false,
        });
    }

    fn link(&self) -> Link {
        Link {
            connection: self.line.id.clone(),
            transport: TRANSPORT,
            address: self.line.address,
            opened_at_ms: self.line.opened_at_ms,
            active_at_ms: self.active_at_ms.load(Ordering::Relaxed),
            waiting_bytes: self.outbound.waiting_bytes()
                + self.inbound_bytes.load(Ordering::Relaxed),
        }
    }
}
