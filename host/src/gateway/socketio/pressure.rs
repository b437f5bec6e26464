//! What a connection's stream and its queues tell each other: may we read, can we write, must
//! we end. All lock-free but for the parked reader.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::task::AtomicWaker;

/// Shared by the stream, the worker and the senders of one connection.
#[derive(Debug)]
pub(super) struct Pressure {
    events_max: usize,
    bytes_max: usize,
    /// Events that wait for the worker.
    inbound_events: AtomicUsize,
    /// Bytes of the events that wait.
    inbound_bytes: AtomicUsize,
    /// A write is pending: the client does not read.
    write_blocked: AtomicBool,
    /// The stream must end with an error.
    ending: AtomicBool,
    /// The client has closed its side.
    at_end: AtomicBool,
    /// The readers that were told to wait: the WebSocket's, and those of polling POSTs.
    readers: Mutex<Vec<Waker>>,
    /// Whether there are any: looked at after each event.
    has_readers: AtomicBool,
    /// The reader, whatever it waits for: the end reaches it even while its client is silent.
    ended: AtomicWaker,
    /// Bytes received on the WebSocket.
    received_bytes: AtomicU64,
    /// Bytes sent on the WebSocket.
    sent_bytes: AtomicU64,
}

impl Pressure {
    /// No pressure yet; reading pauses at so many events, or so many bytes of events.
    pub(super) fn new(events_max: usize, bytes_max: usize) -> Self {
        Self {
            events_max,
            bytes_max,
            inbound_events: AtomicUsize::new(0),
            inbound_bytes: AtomicUsize::new(0),
            write_blocked: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            at_end: AtomicBool::new(false),
            readers: Mutex::default(),
            has_readers: AtomicBool::new(false),
            ended: AtomicWaker::new(),
            received_bytes: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
        }
    }

    /// Whether a read may go on; otherwise the reader is woken when it may.
    pub(super) fn poll_may_read(&self, context: &Context<'_>) -> Poll<()> {
        if self.may_read() {
            return Poll::Ready(());
        }
        let mut readers = self.lock_readers();
        if !readers
            .iter()
            .any(|reader| reader.will_wake(context.waker()))
        {
            readers.push(context.waker().clone());
        }
        self.has_readers.store(true, Ordering::SeqCst);
        drop(readers);
        // It may have changed between the look and the parking.
        if self.may_read() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn may_read(&self) -> bool {
        let is_held = self.write_blocked.load(Ordering::SeqCst)
            || self.inbound_events.load(Ordering::SeqCst) >= self.events_max
            || self.inbound_bytes.load(Ordering::SeqCst) >= self.bytes_max;
        !is_held || self.is_ending()
    }

    /// An event was queued.
    pub(super) fn queued(&self, bytes: usize) {
        self.inbound_events.fetch_add(1, Ordering::SeqCst);
        self.inbound_bytes.fetch_add(bytes, Ordering::SeqCst);
    }

    /// Events that wait.
    pub(super) fn waiting(&self) -> usize {
        self.inbound_events.load(Ordering::SeqCst)
    }

    /// Bytes of the events that wait.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.inbound_bytes.load(Ordering::SeqCst)
    }

    /// An event left the queue.
    pub(super) fn taken(&self, bytes: usize) {
        self.inbound_events.fetch_sub(1, Ordering::SeqCst);
        self.inbound_bytes.fetch_sub(bytes, Ordering::SeqCst);
        self.wake_readers();
    }

    /// Whether the client does not take what is written.
    pub(super) fn is_write_blocked(&self) -> bool {
        self.write_blocked.load(Ordering::SeqCst)
    }

    pub(super) fn write_blocks(&self) {
        self.write_blocked.store(true, Ordering::SeqCst);
    }

    pub(super) fn wrote(&self, bytes: usize) {
        self.sent_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        if self.write_blocked.swap(false, Ordering::SeqCst) {
            self.wake_readers();
        }
    }

    pub(super) fn read(&self, bytes: usize) {
        self.received_bytes
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn read_end(&self) {
        self.at_end.store(true, Ordering::SeqCst);
    }

    /// Whether the client has closed its side, with or without a word.
    pub(super) fn is_at_end(&self) -> bool {
        self.at_end.load(Ordering::SeqCst)
    }

    /// Bytes received and sent on the WebSocket so far.
    pub(super) fn bytes(&self) -> (u64, u64) {
        (
            self.received_bytes.load(Ordering::Relaxed),
            self.sent_bytes.load(Ordering::Relaxed),
        )
    }

    /// Makes the stream end with an error.
    pub(super) fn end(&self) {
        self.ending.store(true, Ordering::SeqCst);
        self.wake_readers();
        self.ended.wake();
    }

    /// Whether the stream must end; otherwise the reader is woken when it must.
    pub(super) fn poll_is_ending(&self, context: &Context<'_>) -> bool {
        self.ended.register(context.waker());
        self.is_ending()
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }

    fn wake_readers(&self) {
        // A reader says so before it looks again at what was changed before this.
        if !self.has_readers.load(Ordering::SeqCst) {
            return;
        }
        let mut readers = self.lock_readers();
        self.has_readers.store(false, Ordering::SeqCst);
        let readers = std::mem::take(&mut *readers);
        for reader in readers {
            reader.wake();
        }
    }

    fn lock_readers(&self) -> std::sync::MutexGuard<'_, Vec<Waker>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_reader_goes_on_when_there_is_room_and_when_the_client_reads() {
        let pressure = Pressure::new(2, 100);
        let context = Context::from_waker(Waker::noop());
        assert!(pressure.poll_may_read(&context).is_ready());
        pressure.queued(1);
        pressure.queued(1);
        assert!(pressure.poll_may_read(&context).is_pending());
        pressure.taken(1);
        assert!(pressure.poll_may_read(&context).is_ready());
        pressure.queued(99);
        assert!(pressure.poll_may_read(&context).is_pending());
        pressure.taken(99);
        pressure.write_blocks();
        assert!(pressure.poll_may_read(&context).is_pending());
        pressure.wrote(10);
        assert!(pressure.poll_may_read(&context).is_ready());
        assert_eq!(pressure.bytes(), (0, 10));
    }

    #[test]
    fn the_end_wakes_a_reader_whose_client_is_silent() {
        struct Woken(AtomicBool);
        impl std::task::Wake for Woken {
            fn wake(self: std::sync::Arc<Self>) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let woken = std::sync::Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(woken.clone());
        let context = Context::from_waker(&waker);
        let pressure = Pressure::new(2, 100);
        assert!(pressure.poll_may_read(&context).is_ready());
        assert!(!pressure.poll_is_ending(&context));
        pressure.end();
        assert!(woken.0.load(Ordering::SeqCst));
        assert!(pressure.poll_is_ending(&context));
    }

    #[test]
    fn an_ending_stream_is_not_held() {
        let pressure = Pressure::new(2, 100);
        let context = Context::from_waker(Waker::noop());
        pressure.write_blocks();
        pressure.end();
        assert!(pressure.poll_may_read(&context).is_ready());
        assert!(pressure.is_ending());
    }
}
