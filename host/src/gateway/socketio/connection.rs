//! One connection: its queue of events, its queue of packets that cannot leave yet, and its
//! end. Both queues take memory only while something waits in them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use socketioxide_core::packet::{Packet, PacketData};
use socketioxide_core::{Sid, Value};
use tokio::sync::{Notify, OwnedSemaphorePermit};

use crate::event::ConnectionId;
use crate::fact::{Fact, Facts};
use crate::limits::Limits;

use super::adapter::{RawAdapter, Sent};
use super::pressure::Pressure;
use super::seat::Seat;

/// Packets handed to the engine before it must have written some: its buffer, which also takes
/// the pings, is never filled up by us.
const ENGINE_BURST: usize = 100;

/// The engine's buffer in packets: our burst, that of a write in between, and pings.
pub(super) const ENGINE_BUFFER: usize = 256;

/// Bytes that a queued packet takes besides its text and attachments.
const PACKET_BYTES: usize = 128;

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
        received: Instant,
    },
    /// The connection left a namespace.
    Left {
        /// Which one.
        seat: Arc<Seat>,
        /// Why, in Socket.IO's words.
        reason: &'static str,
    },
}

/// A packet that waits for the engine.
struct Waiting {
    adapter: Arc<RawAdapter>,
    packet: Packet,
    bytes: usize,
}

#[derive(Default)]
struct Inbound {
    items: VecDeque<Item>,
    has_worker: bool,
}

#[derive(Default)]
struct Outbound {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    burst: usize,
}

/// One transport connection with its namespaces.
pub(crate) struct Connection {
    /// fs7's own name of it.
    pub(super) id: ConnectionId,
    /// What its stream and its queues tell each other.
    pub(super) pressure: Pressure,
    sid: OnceLock<Sid>,
    inbound: Mutex<Inbound>,
    outbound: Mutex<Outbound>,
    has_waiting: AtomicBool,
    has_stream: AtomicBool,
    drained: Notify,
    opened: Instant,
    reason: OnceLock<&'static str>,
    limits: Arc<Limits>,
    facts: Facts,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    /// A connection that was let in.
    pub(super) fn new(
        permit: OwnedSemaphorePermit,
        limits: Arc<Limits>,
        facts: Facts,
        transport: &'static str,
    ) -> Arc<Self> {
        let id = ConnectionId::generate();
        facts.record(Fact::ConnectionOpened {
            connection: id.clone(),
            transport,
        });
        Arc::new(Self {
            id,
            pressure: Pressure::default(),
            sid: OnceLock::new(),
            inbound: Mutex::default(),
            outbound: Mutex::default(),
            has_waiting: AtomicBool::new(false),
            has_stream: AtomicBool::new(false),
            drained: Notify::new(),
            opened: Instant::now(),
            reason: OnceLock::new(),
            limits,
            facts,
            _permit: permit,
        })
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The engine's session, known from the first CONNECT on.
    pub(super) fn sid(&self) -> Option<Sid> {
        self.sid.get().copied()
    }

    pub(super) fn set_sid(&self, sid: Sid) {
        let _ = self.sid.set(sid);
    }

    /// Gives the connection its one WebSocket, for good. `false`: it has one already, and a
    /// second must not touch it.
    #[must_use]
    pub(super) fn claim_stream(&self) -> bool {
        !self.has_stream.swap(true, Ordering::SeqCst)
    }

    pub(super) fn set_reason(&self, reason: &'static str) {
        let _ = self.reason.set(reason);
    }

    /// Whether events beyond the limit wait: the transport could not be held back.
    pub(super) fn is_over_limit(&self, slack: usize) -> bool {
        self.pressure.waiting() >= self.limits.inbound_events.saturating_add(slack)
    }

    /// Puts an item into the queue. `true`: the queue has no worker, and the caller starts one.
    #[must_use]
    pub(super) fn enqueue(&self, item: Item) -> bool {
        self.pressure.queued();
        let mut inbound = lock(&self.inbound);
        inbound.items.push_back(item);
        !std::mem::replace(&mut inbound.has_worker, true)
    }

    /// The next item for the worker; without one the worker ends.
    pub(super) fn next_item(&self) -> Option<Item> {
        let mut inbound = lock(&self.inbound);
        let item = inbound.items.pop_front();
        if item.is_none() {
            inbound.has_worker = false;
            // An idle connection keeps no buffer.
            inbound.items = VecDeque::new();
        }
        item
    }

    /// Waits until nothing waits for the engine: who does not read what it was sent is not
    /// worked for.
    pub(super) async fn until_drained(&self) {
        while self.has_waiting.load(Ordering::SeqCst) {
            let drained = self.drained.notified();
            if !self.has_waiting.load(Ordering::SeqCst) {
                return;
            }
            drained.await;
        }
    }

    /// Sends a packet, at once or when the engine can take it. Packets keep their order.
    pub(super) fn send(&self, adapter: &Arc<RawAdapter>, packet: Packet) -> Sent {
        if self.pressure.is_ending() {
            return Sent::Gone;
        }
        let Some(sid) = self.sid() else {
            return Sent::Gone;
        };
        let mut outbound = lock(&self.outbound);
        let is_direct = outbound.waiting.is_empty()
            && outbound.burst < ENGINE_BURST
            && !self.pressure.is_write_blocked();
        if is_direct {
            outbound.burst += 1;
            match hand_over(adapter, sid, &packet) {
                Sent::Full => {}
                sent => return sent,
            }
        }
        let bytes = packet_bytes(&packet);
        outbound.bytes += bytes;
        outbound.waiting.push_back(Waiting {
            adapter: adapter.clone(),
            packet,
            bytes,
        });
        self.has_waiting.store(true, Ordering::SeqCst);
        let is_slow = outbound.bytes > self.limits.outbound_bytes;
        drop(outbound);
        if is_slow {
            self.end_slow("outbound_bytes");
            return Sent::Gone;
        }
        Sent::Yes
    }

    /// The engine wrote something: more can follow.
    pub(super) fn progress(&self) {
        let mut outbound = lock(&self.outbound);
        outbound.burst = 0;
        if outbound.waiting.is_empty() {
            return;
        }
        let Some(sid) = self.sid() else { return };
        if self.pressure.is_ending() {
            outbound.waiting = VecDeque::new();
            outbound.bytes = 0;
        }
        while outbound.burst < ENGINE_BURST && !self.pressure.is_write_blocked() {
            let Some(waiting) = outbound.waiting.pop_front() else {
                break;
            };
            match hand_over(&waiting.adapter, sid, &waiting.packet) {
                Sent::Full => {
                    outbound.waiting.push_front(waiting);
                    break;
                }
                Sent::Yes | Sent::Gone => {
                    outbound.burst += 1;
                    outbound.bytes -= waiting.bytes;
                }
            }
        }
        if outbound.waiting.is_empty() {
            outbound.waiting = VecDeque::new();
            self.has_waiting.store(false, Ordering::SeqCst);
            self.drained.notify_waiters();
        }
    }

    /// Closes a connection whose client does not read.
    pub(super) fn end_slow(&self, code: &'static str) {
        if self.pressure.is_ending() {
            return;
        }
        self.set_reason(code);
        let waiting_bytes = lock(&self.outbound).bytes;
        self.facts.record(Fact::SlowClientClosed {
            connection: self.id.clone(),
            code,
            waiting_bytes,
        });
        self.pressure.end();
    }

    /// The connection has gone: nothing waits for it any more.
    pub(super) fn gone(&self) {
        self.pressure.end();
        self.progress();
    }
}

/// A disconnect packet also ends the stay in the namespace on our side.
fn hand_over(adapter: &RawAdapter, sid: Sid, packet: &Packet) -> Sent {
    if matches!(packet.inner, PacketData::Disconnect) {
        return adapter.disconnect(sid);
    }
    adapter.send(sid, packet.clone())
}

impl Drop for Connection {
    fn drop(&mut self) {
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

fn packet_bytes(packet: &Packet) -> usize {
    let data = match &packet.inner {
        PacketData::Event(Value::Str(text, attachments), _)
        | PacketData::BinaryEvent(Value::Str(text, attachments), _)
        | PacketData::EventAck(Value::Str(text, attachments), _)
        | PacketData::BinaryAck(Value::Str(text, attachments), _) => {
            let attachments = attachments.iter().flatten().map(Bytes::len).sum::<usize>();
            text.len() + attachments
        }
        _ => 0,
    };
    data + PACKET_BYTES
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
