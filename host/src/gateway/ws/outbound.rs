//! What waits to be written to one WebSocket: in order, bounded by bytes, with the end behind it.
//! An idle connection keeps no buffer.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::gateway::hub::Message;
use crate::session::Payload as _;

use super::frames;

/// Bytes that a parcel takes besides its text and attachments.
const PARCEL_BYTES: usize = 96;

/// Something on its way out. It becomes frames when its turn comes: until then a broadcast's text
/// is shared.
pub(super) enum Parcel {
    /// An event, and its number where it has one.
    Event(Message, Option<u64>),
    /// A text frame that is ready, and the binary frames after it.
    Ready(String, Vec<Bytes>),
}

impl Parcel {
    /// Bytes that it counts for.
    pub(super) fn bytes(&self) -> usize {
        PARCEL_BYTES
            + match self {
                Self::Event(message, _) => message.bytes(),
                Self::Ready(text, attachments) => {
                    text.len() + attachments.iter().map(Bytes::len).sum::<usize>()
                }
            }
    }

    /// The text frame and the binary frames after it; none where the message is no event.
    pub(super) fn into_frames(self) -> Option<(String, Vec<Bytes>)> {
        match self {
            Self::Ready(text, attachments) => Some((text, attachments)),
            Self::Event(message, number) => {
                let attachments = message.attachments().to_vec();
                let text = message.reworded(frames::event_head, |head| {
                    Some(frames::event(head?, attachments.len(), number))
                })?;
                Some((text, attachments))
            }
        }
    }
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// The close frame's code.
    pub(super) code: u16,
    /// Why, for the close frame, the fact and the disconnect hook.
    pub(super) reason: &'static str,
    /// Whether somebody wanted the stay to end: otherwise a session waits for its client.
    pub(super) is_final: bool,
}

/// What became of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It waits.
    Yes,
    /// The connection is ending.
    Gone,
    /// With it, so many bytes would wait, and more than may behind the first.
    Over(usize),
}

/// What comes next.
pub(super) enum Next {
    Parcel(Parcel),
    End(End),
    Nothing,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Parcel>,
    bytes: usize,
    end: Option<End>,
    /// Whether the end does not wait for what is before it.
    is_aborted: bool,
    is_over: bool,
}

/// The queue.
#[derive(Default)]
pub(super) struct Outbound {
    inner: Mutex<Inner>,
    changed: Notify,
}

impl Outbound {
    /// Puts a parcel behind the others, unless more than `bytes_max` would wait behind the first:
    /// a large one passes where nothing waits before it.
    pub(super) fn push(&self, parcel: Parcel, bytes_max: usize) -> Pushed {
        let mut inner = self.lock();
        if inner.end.is_some() || inner.is_over {
            return Pushed::Gone;
        }
        let bytes = inner.bytes + parcel.bytes();
        let first = inner.waiting.front().unwrap_or(&parcel).bytes();
        if bytes - first > bytes_max {
            return Pushed::Over(bytes);
        }
        inner.bytes = bytes;
        inner.waiting.push_back(parcel);
        drop(inner);
        self.changed.notify_one();
        Pushed::Yes
    }

    /// Lets the connection end after what waits. `false`: it ends already.
    pub(super) fn end(&self, end: End) -> bool {
        let mut inner = self.lock();
        if inner.end.is_some() || inner.is_over {
            return false;
        }
        inner.end = Some(end);
        drop(inner);
        self.changed.notify_one();
        true
    }

    /// Lets the connection end now, even if it was to end after what waits, which is lost.
    /// `false`: it has ended, or does so now.
    pub(super) fn abort(&self, end: End) -> bool {
        let mut inner = self.lock();
        if inner.is_aborted || inner.is_over {
            return false;
        }
        let was_final = inner.end.is_some_and(|end| end.is_final);
        inner.end = Some(End {
            is_final: end.is_final || was_final,
            ..end
        });
        inner.is_aborted = true;
        inner.clear();
        drop(inner);
        self.changed.notify_one();
        true
    }

    /// The end that does not wait.
    pub(super) fn aborted(&self) -> Option<End> {
        let inner = self.lock();
        inner.end.filter(|_| inner.is_aborted)
    }

    /// What comes next.
    pub(super) fn next(&self) -> Next {
        let mut inner = self.lock();
        if let Some(parcel) = inner.waiting.pop_front() {
            inner.bytes -= parcel.bytes();
            if inner.waiting.is_empty() {
                inner.clear();
            }
            return Next::Parcel(parcel);
        }
        inner.end.map_or(Next::Nothing, Next::End)
    }

    /// The connection has ended: nothing can be sent any more.
    pub(super) fn finish(&self) {
        let mut inner = self.lock();
        inner.is_over = true;
        inner.clear();
    }

    /// Bytes that wait.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Waits until something was put in since the last wait.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn clear(&mut self) {
        self.waiting = VecDeque::new();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: End = End {
        code: 1001,
        reason: "server shutting down",
        is_final: false,
    };

    fn parcel(text: &str) -> Parcel {
        Parcel::Ready(text.to_owned(), Vec::new())
    }

    fn texts(outbound: &Outbound) -> Vec<String> {
        let next = || match outbound.next() {
            Next::Parcel(parcel) => parcel.into_frames().map(|(text, _)| text),
            Next::End(_) | Next::Nothing => None,
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn what_waits_keeps_its_order_and_the_end_comes_last() {
        let outbound = Outbound::default();
        assert_eq!(outbound.push(parcel("a"), 1_000), Pushed::Yes);
        assert_eq!(outbound.push(parcel("bc"), 1_000), Pushed::Yes);
        assert_eq!(outbound.waiting_bytes(), 3 + 2 * PARCEL_BYTES);
        assert!(outbound.end(END));
        assert!(!outbound.end(END), "once");
        assert_eq!(outbound.push(parcel("late"), 1_000), Pushed::Gone);
        assert_eq!(outbound.aborted(), None);
        assert_eq!(texts(&outbound), ["a", "bc"]);
        assert_eq!(outbound.waiting_bytes(), 0);
        assert!(matches!(outbound.next(), Next::End(END)));
    }

    #[test]
    fn no_more_waits_behind_the_first_than_may() {
        let outbound = Outbound::default();
        let bytes_max = 2 * PARCEL_BYTES + 2;
        // A large one passes where nothing waits before it.
        let large = "x".repeat(10 * bytes_max);
        assert_eq!(outbound.push(parcel(&large), bytes_max), Pushed::Yes);
        assert_eq!(outbound.push(parcel("a"), bytes_max), Pushed::Yes);
        let over = Pushed::Over(outbound.waiting_bytes() + PARCEL_BYTES + 2);
        assert_eq!(outbound.push(parcel("bc"), bytes_max), over);
        assert_eq!(outbound.push(parcel("b"), bytes_max), Pushed::Yes);
        assert_eq!(texts(&outbound), [large.as_str(), "a", "b"]);
    }

    #[test]
    fn an_end_that_does_not_wait_comes_first() {
        let outbound = Outbound::default();
        assert_eq!(outbound.push(parcel("a"), 1_000), Pushed::Yes);
        assert!(outbound.abort(END));
        assert_eq!(outbound.aborted(), Some(END));
        assert!(texts(&outbound).is_empty());
        outbound.finish();
        assert_eq!(outbound.push(parcel("b"), 1_000), Pushed::Gone);
    }

    #[test]
    fn an_end_that_waits_for_a_client_that_takes_nothing_can_be_had_at_once() {
        let outbound = Outbound::default();
        assert_eq!(outbound.push(parcel("a"), 1_000), Pushed::Yes);
        let wanted = End {
            code: 4403,
            is_final: true,
            ..END
        };
        assert!(outbound.end(wanted));
        assert!(outbound.abort(END));
        assert!(!outbound.abort(END), "once");
        let end = outbound.aborted().unwrap();
        assert_eq!((end.code, end.is_final), (1001, true), "somebody wanted it");
    }
}
