//! Whose turn it is: what is ready elsewhere goes first, once.

use std::task::{Context, Poll};

/// Whether a task may go on now. A stream that is to write lets others go first: answers to many
/// connections then leave together, and a client that was woken by the first finds the next ones
/// without going to sleep in between. A guest that computes does so after every tick.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    has_come: bool,
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

    /// Goes on without waiting for others.
    pub(crate) fn skip(&mut self) {
        self.has_come = true;
    }

    /// What was to be done has been: the next waits again.
    pub(crate) fn end(&mut self) {
        self.has_come = false;
    }
}
