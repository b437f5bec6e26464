//! How much work is under way, for whoever waits for its end.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Ends one piece when it is dropped, even by a panic.
pub(crate) struct Entered<'a>(&'a InFlight);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// Counts work under way.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    count: AtomicUsize,
    changed: Notify,
}

impl InFlight {
    /// One piece more.
    pub(crate) fn add(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    /// One piece is done.
    pub(crate) fn remove(&self) {
        if self.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.changed.notify_waiters();
        }
    }

    /// One piece more, until the guard is dropped.
    pub(crate) fn enter(&self) -> Entered<'_> {
        self.add();
        Entered(self)
    }

    /// Pieces under way.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Waits until nothing is under way.
    pub(crate) async fn until_idle(&self) {
        loop {
            let changed = self.changed.notified();
            if self.count() == 0 {
                return;
            }
            changed.await;
        }
    }
}
