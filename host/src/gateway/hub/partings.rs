//! Who has gone and whose disconnect hook has not run yet. Who begins a session with the same id
//! waits for that: handlers see one stay after the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::event::ConnectionId;

use super::Hub;

/// All partings that are not over.
#[derive(Debug, Default)]
pub(super) struct Partings {
    due: Mutex<HashMap<ConnectionId, usize>>,
    changed: Notify,
}

/// A session that has gone, until this is dropped: then its disconnect hook has run, or never
/// will.
#[derive(Debug)]
pub(in crate::gateway) struct Parting {
    id: ConnectionId,
    partings: Arc<Partings>,
}

impl Partings {
    /// Called under the lock of the store, so that nobody begins anew in between.
    pub(super) fn begin(self: &Arc<Self>, id: &ConnectionId) -> Parting {
        *self.lock().entry(id.clone()).or_default() += 1;
        Parting {
            id: id.clone(),
            partings: self.clone(),
        }
    }

    fn is_due(&self, id: &ConnectionId) -> bool {
        self.lock().contains_key(id)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, usize>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Parting {
    fn drop(&mut self) {
        let mut due = self.partings.lock();
        if let Some(count) = due.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                due.remove(&self.id);
            }
        }
        drop(due);
        self.partings.changed.notify_waiters();
    }
}

impl Hub {
    /// Waits until whoever had this id before has parted, or the time is over. `false`: it is.
    pub(in crate::gateway) async fn has_parted(&self, id: &ConnectionId, limit: Duration) -> bool {
        let partings = &self.partings;
        let parted = async {
            loop {
                let changed = partings.changed.notified();
                if !partings.is_due(id) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(limit, parted).await.is_ok()
    }
}
