//! Whose turn it is to write: what is ready on other connections goes first, once.

use std::task::{Context, Poll};

/// Whether a stream may write now. Answers to many connections then leave together, and a client
/// that was woken by the first finds the next ones without going to sleep in between.
#[derive(Debug, Default)]
pub(super) struct Turn {
    has_come: bool,
}

impl Turn {
    /// Ready when all that was ready before has had its turn; once before everything that is
    /// written in one go.
    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.has_come, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// What was to be written has been: the next write waits again.
    pub(super) fn end(&mut self) {
        self.has_come = false;
    }
}
