//! Packets on their way out of one connection: handed to the engine as long as it writes them,
//! kept in order otherwise, up to a limit.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use socketioxide_core::packet::{Packet, PacketData};
use socketioxide_core::{Sid, Value};
use tokio::sync::Notify;

use crate::gateway::hub::Sent;

use super::adapter::RawAdapter;
use super::pressure::Pressure;
use super::short_cut;

/// Packets handed to the engine before it has written them.
const BURST_PACKETS: usize = 100;

/// Bytes handed to the engine before it has written them; one larger packet goes alone. Far below
/// `message_bytes`, so that what a poll takes always fits into one answer.
const BURST_BYTES: usize = 256 << 10;

/// The engine's buffer in packets. A burst counts as written when the transport has been flushed,
/// which can be a little before the engine's buffer is empty: there is room for many bursts, and
/// for the pings and CONNECT replies that the engine puts in itself. It takes no memory while it
/// is empty.
pub(super) const ENGINE_BUFFER: usize = 4_096;

/// Bytes that a queued packet takes besides its text and attachments.
const PACKET_BYTES: usize = 128;

/// The way out of one connection's stay in one namespace.
pub(super) struct Exit {
    adapter: Arc<RawAdapter>,
    /// Set in the moment in which the stay ends; the queue before the worker may be long.
    has_left: AtomicBool,
}

impl Exit {
    pub(super) fn new(adapter: Arc<RawAdapter>) -> Arc<Self> {
        Arc::new(Self {
            adapter,
            has_left: AtomicBool::new(false),
        })
    }

    /// Nothing is sent any more.
    pub(super) fn close(&self) {
        self.has_left.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.has_left.load(Ordering::SeqCst)
    }

    /// Hands a packet to the engine, which says only afterwards whether it had room.
    fn hand_over(&self, sid: Sid, packet: &Packet) -> Sent {
        if self.is_closed() {
            return Sent::Gone;
        }
        if matches!(packet.inner, PacketData::Disconnect) {
            // Also ends the stay in the namespace on our side.
            return self.adapter.disconnect(sid);
        }
        self.adapter.send(sid, packet.clone())
    }
}

/// A packet that waits, and where it goes.
struct Parcel {
    exit: Arc<Exit>,
    packet: Packet,
    bytes: usize,
}

/// The queue.
#[derive(Default)]
pub(super) struct Outbound {
    inner: Mutex<Inner>,
    has_waiting: AtomicBool,
    drained: Notify,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Parcel>,
    bytes: usize,
    burst_packets: usize,
    burst_bytes: usize,
    /// Packets that the engine was given, and CONNECT replies that it gives itself.
    given: u64,
    /// Those of them that polls have taken.
    polled: u64,
    /// Frames for the stream, which works at this moment.
    short_cut: Option<ShortCut>,
}

/// The short cut while it is open.
struct ShortCut {
    frames: Vec<u8>,
    /// What the engine had been given, and had written, when it was opened.
    given: u64,
}

impl Inner {
    /// Takes a packet past the engine, if that has nothing to write.
    fn cut_short(&mut self, exit: &Exit, packet: &Packet) -> bool {
        let Some(cut) = &mut self.short_cut else {
            return false;
        };
        cut.given == self.given
            && self.waiting.is_empty()
            && !exit.is_closed()
            && short_cut::push(&mut cut.frames, packet)
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.burst_packets < BURST_PACKETS
            && (self.burst_bytes == 0 || self.burst_bytes + bytes <= BURST_BYTES)
    }

    fn hand_over(&mut self, sid: Sid, exit: &Exit, packet: &Packet, bytes: usize) -> Sent {
        let sent = exit.hand_over(sid, packet);
        if sent == Sent::Yes {
            self.burst_packets += 1;
            self.burst_bytes += bytes;
            self.given += short_cut::parts(packet);
        }
        sent
    }

    fn clear(&mut self) {
        self.waiting = VecDeque::new();
        self.bytes = 0;
    }
}

impl Outbound {
    /// Sends a packet, at once or when the engine can take it. Packets keep their order. Gives
    /// how many bytes wait now behind the first: a large one passes where nothing waits before it.
    pub(super) fn send(
        &self,
        sid: Sid,
        pressure: &Pressure,
        exit: &Arc<Exit>,
        packet: Packet,
    ) -> (Sent, usize) {
        let bytes = packet_bytes(&packet);
        let mut inner = self.lock();
        // Looked at under the lock: whoever ends the connection clears the queue after that.
        if pressure.is_ending() {
            return (Sent::Gone, 0);
        }
        if !pressure.is_write_blocked() && inner.cut_short(exit, &packet) {
            return (Sent::Yes, 0);
        }
        if inner.waiting.is_empty() && inner.has_room(bytes) && !pressure.is_write_blocked() {
            match inner.hand_over(sid, exit, &packet, bytes) {
                Sent::Full => {}
                sent => return (sent, 0),
            }
        }
        inner.bytes += bytes;
        inner.waiting.push_back(Parcel {
            exit: exit.clone(),
            packet,
            bytes,
        });
        self.has_waiting.store(true, Ordering::SeqCst);
        let first = inner.waiting.front().map_or(0, |parcel| parcel.bytes);
        (Sent::Yes, inner.bytes - first)
    }

    /// The engine has written what it had: more can follow.
    pub(super) fn progress(&self, sid: Option<Sid>, pressure: &Pressure) {
        let mut inner = self.lock();
        inner.burst_packets = 0;
        inner.burst_bytes = 0;
        let sid = match sid {
            Some(sid) if !pressure.is_ending() => sid,
            _ => {
                inner.clear();
                self.tell_drained();
                return;
            }
        };
        while let Some(parcel) = inner.waiting.pop_front() {
            let bytes = parcel.bytes;
            let has_room = inner.has_room(bytes) && !pressure.is_write_blocked();
            if !has_room || inner.hand_over(sid, &parcel.exit, &parcel.packet, bytes) == Sent::Full
            {
                inner.waiting.push_front(parcel);
                return;
            }
            inner.bytes -= bytes;
        }
        inner.clear();
        self.tell_drained();
    }

    /// A CONNECT reply will be given to the engine.
    pub(super) fn expect_reply(&self) {
        self.lock().given += 1;
    }

    /// A poll has taken so many packets.
    pub(super) fn polled(&self, packets: u64) {
        self.lock().polled += packets;
    }

    /// Opens the short cut, if all that the engine was given has `passed` the stream, or was polled.
    pub(super) fn open_short_cut(&self, passed: u64) -> bool {
        let mut inner = self.lock();
        let is_open = inner.given == passed + inner.polled && inner.waiting.is_empty();
        if is_open {
            inner.short_cut = Some(ShortCut {
                frames: short_cut::buffer(),
                given: inner.given,
            });
        }
        is_open
    }

    /// Closes it. Gives the frames that are to be written before anything of the engine's.
    pub(super) fn close_short_cut(&self) -> Vec<u8> {
        let cut = self.lock().short_cut.take();
        cut.map(|cut| cut.frames).unwrap_or_default()
    }

    /// The stream has written frames of its own: what waits meanwhile can follow, unless the engine
    /// writes, which says so itself.
    pub(super) fn resume(&self, sid: Option<Sid>, pressure: &Pressure) {
        if self.has_waiting.load(Ordering::SeqCst) && self.lock().burst_packets == 0 {
            self.progress(sid, pressure);
        }
    }

    /// Bytes that wait.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.lock().bytes
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

    fn tell_drained(&self) {
        if self.has_waiting.swap(false, Ordering::SeqCst) {
            self.drained.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
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
