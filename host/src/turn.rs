//! Whose turn it is: what is ready elsewhere goes first, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

/// Streams of one thread that wait for their turn at a time. Where more are ready, whoever reads is
/// awake as it is, and coming back to each of them takes longer than it saves: what belongs to a
/// connection is out of the processor's caches by then.
const WAITING_MAX: usize = 64;

/// Streams that do not wait after so many did, until it is tried again: those that wait do so for as
/// long as all the others take.
const CROWD: usize = 4_096;

/// Those that wait.
#[derive(Debug, Default)]
struct Queue {
    waiting: AtomicUsize,
    /// How many of the next ones need not wait.
    crowd: AtomicUsize,
}

thread_local! {
    /// Of those that began to wait in this thread.
    static QUEUE: Arc<Queue> = Arc::default();
}

/// One that waits, until it is dropped, in whatever thread.
#[derive(Debug)]
struct Waiting(Arc<Queue>);

impl Waiting {
    /// `None`: enough others do.
    fn begin() -> Option<Self> {
        let queue = QUEUE.try_with(Arc::clone).ok()?;
        // Other threads only take away from those that wait.
        let crowd = queue.crowd.load(Ordering::Relaxed);
        if crowd > 0 {
            queue.crowd.store(crowd - 1, Ordering::Relaxed);
            return None;
        }
        if queue.waiting.load(Ordering::Relaxed) >= WAITING_MAX {
            queue.crowd.store(CROWD, Ordering::Relaxed);
            return None;
        }
        queue.waiting.fetch_add(1, Ordering::Relaxed);
        Some(Self(queue))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a task may go on now. A stream that is to write lets others go first: answers to many
/// connections then leave together, and a client that was woken by the first finds the next ones
/// without going to sleep in between. A guest that computes does so after every tick.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    has_come: bool,
    waiting: Option<Waiting>,
}

impl Turn {
    /// Ready when all that was ready before has had its turn; once before everything that is
    /// done in one go.
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.has_come, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// The same, unless many wait already: then it has come.
    pub(crate) fn poll_with_few(&mut self, context: &Context<'_>) -> Poll<()> {
        self.waiting = if self.has_come {
            None
        } else {
            Waiting::begin()
        };
        self.has_come |= self.waiting.is_none();
        self.poll(context)
    }

    /// Goes on without waiting for others.
    pub(crate) fn skip(&mut self) {
        self.waiting = None;
        self.has_come = true;
    }

    /// What was to be done has been: the next waits again.
    pub(crate) fn end(&mut self) {
        self.waiting = None;
        self.has_come = false;
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn few_wait_for_their_turn_and_a_crowd_does_not() {
        let context = Context::from_waker(Waker::noop());
        let mut turns: Vec<_> = std::iter::repeat_with(Turn::default)
            .take(WAITING_MAX)
            .collect();
        for turn in &mut turns {
            assert!(turn.poll_with_few(&context).is_pending());
        }
        for next in 0..=CROWD {
            let mut turn = Turn::default();
            assert!(turn.poll_with_few(&context).is_ready(), "{next}");
            turn.end();
        }
        // It is tried again, and there are as many as before; a guest waits all the same.
        assert!(Turn::default().poll_with_few(&context).is_ready());
        assert!(Turn::default().poll(&context).is_pending());
        // Those that had to wait go on, whatever the thread.
        for turn in &mut turns {
            assert!(turn.poll_with_few(&context).is_ready());
        }
        QUEUE.with(|queue| queue.crowd.store(0, Ordering::Relaxed));
        assert!(Turn::default().poll_with_few(&context).is_pending());
        // One that is dropped while it waits waits no more, in another thread neither.
        let mut turn = Turn::default();
        assert!(turn.poll_with_few(&context).is_pending());
        std::thread::spawn(move || drop(turn)).join().unwrap();
        let waiting = QUEUE.with(|queue| queue.waiting.load(Ordering::Relaxed));
        assert_eq!(waiting, 0);
    }
}
