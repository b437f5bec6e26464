//! One connection: its queue of events, its way out, and its end. An idle connection keeps no
//! buffer and no task.

use std::cell::Cell;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use socketioxide_core::packet::Packet;
use socketioxide_core::{Sid, Value};

use crate::event::{ConnectionId, Moment, Principal};
use crate::fact::{Fact, Facts};
use crate::gateway::admittance::{Place, Refusal};
use crate::gateway::hub::{Link, Sent};
use crate::limits::Limits;
use crate::rate::Buckets;

use super::SocketGateway;
use super::outbound::{Exit, Outbound};
use super::pressure::Pressure;
use super::seat::Seat;
use super::service::end_session;

/// How long a client that is told why it must go may take to go.
const GOODBYE: Duration = Duration::from_secs(1);

/// Something that waits for the connection's worker.
pub(super) enum Item {
    /// A message as it came from the wire.
    Message {
        /// Which namespace of the connection.
        seat: Arc<Seat>,
        /// `["name",a,b]` and its attachments.
        value: Value,
        /// The number of the acknowledgement, where one is wanted.
        ack: Option<i64>,
        /// When it was received.
        received: Moment,
    },
    /// The connection left a namespace.
    Left {
        /// Which one.
        seat: Arc<Seat>,
        /// Why, in Socket.IO's words.
        reason: &'static str,
        /// Whether somebody wanted it to: a transport that is lost ends no session.
        is_final: bool,
    },
}

impl Item {
    /// Bytes that it takes while it waits.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Message {
                value: Value::Str(text, attachments),
                ..
            } => {
                let attachments = attachments.iter().flatten().map(Bytes::len).sum::<usize>();
                text.len() + attachments
            }
            _ => 0,
        }
    }
}

#[derive(Default)]
struct Inbound {
    items: VecDeque<Item>,
    has_worker: bool,
    /// The stream gave bytes that are being decoded: it works on their events when it has no more.
    is_reading: bool,
}

thread_local! {
    /// The buffer of a queue that was worked off, for the next that this thread fills: an idle
    /// connection keeps none, and one that is read from again and again does not make it anew.
    static SPARE: Cell<VecDeque<Item>> = Cell::default();
}

/// Places in a buffer that is kept.
const SPARE_MAX: usize = 64;

/// Who works on an item that was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worker {
    /// Somebody does already, or the stream will as soon as it has read what there is.
    Found,
    /// Nobody yet: whoever queued it starts one.
    Wanted,
}

impl Inbound {
    fn want_worker(&mut self) -> Worker {
        if std::mem::replace(&mut self.has_worker, true) {
            Worker::Found
        } else {
            Worker::Wanted
        }
    }
}

/// How a connection came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// `polling` or `websocket`.
    pub(super) transport: &'static str,
    /// From where.
    pub(super) address: Option<IpAddr>,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub(super) at_ms: u64,
}

/// One transport connection with its namespaces.
pub(crate) struct Connection {
    /// fs7's own name of it.
    pub(super) id: ConnectionId,
    /// What its stream and its queues tell each other.
    pub(super) pressure: Pressure,
    /// Packets on their way out.
    pub(super) outbound: Outbound,
    sid: OnceLock<Sid>,
    inbound: Mutex<Inbound>,
    /// Those whose client has its CONNECT reply.
    seats: Mutex<Vec<Weak<Seat>>>,
    has_stream: AtomicBool,
    opened: Instant,
    origin: Arrival,
    /// When the client last sent an event, in milliseconds since 1970-01-01 UTC.
    active_at_ms: AtomicU64,
    /// Whether it was told that the client was held back for `inbound_bytes`.
    has_waited: AtomicBool,
    /// Whether it was told that the client has sent too many attachments.
    has_sent_too_many: AtomicBool,
    reason: OnceLock<&'static str>,
    limits: Arc<Limits>,
    facts: Facts,
    gateway: Weak<SocketGateway>,
    /// Made with the first event, and gone with the connection.
    buckets: OnceLock<Arc<Buckets>>,
    /// Gone when the connection has ended.
    place: Mutex<Option<Place>>,
}

impl Connection {
    /// A connection that was let in.
    pub(super) fn new(place: Place, gateway: &Arc<SocketGateway>, origin: Arrival) -> Arc<Self> {
        let id = ConnectionId::generate();
        let facts = gateway.host.facts.clone();
        facts.record(Fact::ConnectionOpened {
            connection: id.clone(),
            transport: origin.transport,
        });
        let limits = gateway.limits.clone();
        Arc::new(Self {
            id,
            pressure: Pressure::new(limits.inbound_events, limits.inbound_bytes),
            outbound: Outbound::default(),
            sid: OnceLock::new(),
            inbound: Mutex::default(),
            seats: Mutex::default(),
            has_stream: AtomicBool::new(false),
            opened: Instant::now(),
            origin,
            active_at_ms: AtomicU64::new(origin.at_ms),
            has_waited: AtomicBool::new(false),
            has_sent_too_many: AtomicBool::new(false),
            reason: OnceLock::new(),
            limits,
            facts,
            gateway: Arc::downgrade(gateway),
            buckets: OnceLock::new(),
            place: Mutex::new(Some(place)),
        })
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn gateway(&self) -> Option<Arc<SocketGateway>> {
        self.gateway.upgrade()
    }

    /// The client has sent an event.
    pub(super) fn is_active(&self, at_ms: u64) {
        self.active_at_ms.store(at_ms, Ordering::Relaxed);
    }

    /// Whether the client does not read as fast as it is sent to.
    pub(super) fn is_pressed(&self) -> bool {
        self.pressure.is_write_blocked() || self.outbound.waiting_bytes() > 0
    }

    /// What is known of it.
    pub(super) fn link(&self) -> Link {
        let is_upgraded = self.has_stream();
        Link {
            connection: self.id.clone(),
            transport: if is_upgraded {
                "websocket"
            } else {
                self.origin.transport
            },
            address: self.origin.address,
            opened_at_ms: self.origin.at_ms,
            active_at_ms: self.active_at_ms.load(Ordering::Relaxed),
            waiting_bytes: self.outbound.waiting_bytes() + self.pressure.waiting_bytes(),
        }
    }

    /// The engine's session, known from the handshake or the first CONNECT on.
    pub(super) fn sid(&self) -> Option<Sid> {
        self.sid.get().copied()
    }

    pub(super) fn set_sid(&self, sid: Sid) {
        let _ = self.sid.set(sid);
    }

    /// How many events it may still send.
    pub(super) fn buckets(&self) -> Arc<Buckets> {
        let new = || {
            let address = lock(&self.place).as_ref().and_then(Place::bucket);
            Arc::new(Buckets::from_address(address))
        };
        self.buckets.get_or_init(new).clone()
    }

    /// The client has joined a namespace, and was told so.
    pub(super) fn seated(&self, seat: &Arc<Seat>) {
        let mut seats = lock(&self.seats);
        seats.retain(|seat| seat.upgrade().is_some_and(|seat| !seat.has_left()));
        seats.push(Arc::downgrade(seat));
    }

    /// Where the client sits in a namespace, as long as it does.
    pub(super) fn seat(&self, namespace: &str) -> Option<Arc<Seat>> {
        let seats = lock(&self.seats);
        let mut seats = seats.iter().filter_map(Weak::upgrade);
        seats.find(|seat| *seat.stay.namespace.path == *namespace && !seat.has_left())
    }

    /// Counts the connection as one of a principal.
    ///
    /// # Errors
    /// With the limit that is reached.
    pub(super) fn enter_as(&self, principal: Principal) -> Result<(), Refusal> {
        match &mut *lock(&self.place) {
            Some(place) => place.enter_as(principal),
            // It has ended meanwhile.
            None => Ok(()),
        }
    }

    /// Gives the connection its one WebSocket, for good. `false`: it has one already, and a
    /// second must not touch it.
    #[must_use]
    pub(super) fn claim_stream(&self) -> bool {
        !self.has_stream.swap(true, Ordering::SeqCst)
    }

    /// Whether it has a WebSocket, or is getting one.
    pub(super) fn has_stream(&self) -> bool {
        self.has_stream.load(Ordering::SeqCst)
    }

    pub(super) fn set_reason(&self, reason: &'static str) {
        let _ = self.reason.set(reason);
    }

    /// Whether events beyond the limit wait: the transport could not be held back.
    pub(super) fn is_over_limit(&self, slack: usize) -> bool {
        self.pressure.waiting() >= self.limits.inbound_events.saturating_add(slack)
    }

    /// Puts an item into the queue. One that `was_read` from the stream can wait until the stream
    /// has no more.
    #[must_use]
    pub(super) fn enqueue(&self, item: Item, was_read: bool) -> Worker {
        self.pressure.queued(item.bytes());
        let max = self.limits.inbound_bytes;
        if self.pressure.waiting_bytes() >= max && !self.has_waited.swap(true, Ordering::Relaxed) {
            self.facts.record(Fact::inbound_bytes(self.id.clone(), max));
        }
        let mut inbound = lock(&self.inbound);
        if inbound.items.capacity() == 0 {
            inbound.items = SPARE.try_with(Cell::take).unwrap_or_default();
        }
        inbound.items.push_back(item);
        if was_read && inbound.is_reading {
            return Worker::Found;
        }
        inbound.want_worker()
    }

    /// The stream has given bytes; it will be asked for more when their events are queued.
    pub(super) fn begin_reading(&self) {
        lock(&self.inbound).is_reading = true;
    }

    /// The stream has no more bytes for now: what they held is to be worked on.
    #[must_use]
    pub(super) fn end_reading(&self) -> Worker {
        let mut inbound = lock(&self.inbound);
        let was_reading = std::mem::take(&mut inbound.is_reading);
        if was_reading && !inbound.items.is_empty() {
            inbound.want_worker()
        } else {
            Worker::Found
        }
    }

    /// The next item for the worker; without one the worker ends.
    pub(super) fn next_item(&self) -> Option<Item> {
        let mut inbound = lock(&self.inbound);
        let item = inbound.items.pop_front();
        if item.is_none() {
            inbound.has_worker = false;
            let items = std::mem::take(&mut inbound.items);
            drop(inbound);
            if items.capacity() <= SPARE_MAX {
                let _ = SPARE.try_with(|spare| spare.set(items));
            }
        }
        item
    }

    /// Sends a packet, at once or when the engine can take it.
    pub(super) fn send(&self, exit: &Arc<Exit>, packet: Packet) -> Sent {
        let Some(sid) = self.sid() else {
            return Sent::Gone;
        };
        let (sent, bytes_behind) = self.outbound.send(sid, &self.pressure, exit, packet);
        if bytes_behind > self.limits.outbound_bytes {
            self.end_slow("outbound_bytes");
            return Sent::Gone;
        }
        sent
    }

    /// The engine has written what it had.
    pub(super) fn progress(&self) {
        self.outbound.progress(self.sid(), &self.pressure);
    }

    /// The stream has written what did not go through the engine.
    pub(super) fn resume(&self) {
        self.outbound.resume(self.sid(), &self.pressure);
    }

    /// Closes a connection whose client does not read.
    pub(super) fn end_slow(&self, code: &'static str) {
        if self.pressure.is_ending() {
            return;
        }
        self.set_reason(code);
        self.facts.record(Fact::SlowClientClosed {
            connection: self.id.clone(),
            code,
            waiting_bytes: self.outbound.waiting_bytes(),
        });
        self.end();
    }

    /// The client has sent a message that is larger than one may be; on a WebSocket it ends the
    /// connection.
    pub(super) fn sent_too_much(&self) {
        if self.has_stream() {
            self.set_reason("message_bytes");
        }
        let limit = self.limits.message_bytes;
        self.facts.record(Fact::LimitReached {
            connection: self.id.clone(),
            limit: "message_bytes",
            detail: format!("sent a message larger than {limit} bytes"),
        });
    }

    /// The client has sent a message with too many attachments, which ends the connection.
    pub(super) fn sent_too_many(&self) {
        if self.has_sent_too_many.swap(true, Ordering::Relaxed) {
            return;
        }
        let limit = self.limits.attachments;
        self.facts.record(Fact::LimitReached {
            connection: self.id.clone(),
            limit: "attachments",
            detail: format!("sent a message with more than {limit} attachments"),
        });
    }

    /// Closes the connection for the reason that the code says. Who reads is given a moment to
    /// hear of it, and to go by itself.
    pub(super) fn close(self: &Arc<Self>, code: &'static str) {
        self.set_reason(code);
        if self.is_pressed() {
            self.end();
            return;
        }
        let connection = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(GOODBYE).await;
            if let Some(connection) = connection.upgrade() {
                connection.end();
            }
        });
    }

    fn end(&self) {
        if self.pressure.is_ending() {
            return;
        }
        self.pressure.end();
        // A WebSocket's stream hears of it by itself; a polling session has none.
        if !self.has_stream()
            && let (Some(gateway), Some(sid)) = (self.gateway.upgrade(), self.sid())
        {
            tokio::spawn(end_session(gateway, sid.to_string()));
            self.progress();
        }
    }

    /// The connection has gone: nothing waits for it any more, and its place is free.
    pub(super) fn gone(&self) {
        self.pressure.end();
        self.progress();
        self.finish();
    }

    fn finish(&self) {
        if lock(&self.place).take().is_none() {
            return;
        }
        let (received_bytes, sent_bytes) = self.pressure.bytes();
        self.facts.record(Fact::ConnectionClosed {
            connection: self.id.clone(),
            reason: self.reason.get().copied().unwrap_or("transport close"),
            duration: self.opened.elapsed(),
            received_bytes,
            sent_bytes,
        });
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.finish();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
