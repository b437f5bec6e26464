//! The watcher: hints of the file system lead to a swap. Hints can be missed or be too many, so
//! each only says that it is time to look, and the directory is looked through now and then
//! without any.

use std::sync::Arc;
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};

use crate::fact::Fact;

use super::Registry;

/// How often the directory is looked through without a hint: file systems that give none, such
/// as network mounts, and a directory that was replaced.
const RESCAN: Duration = Duration::from_secs(3);

impl Registry {
    /// Keeps the table up to date until the future is dropped.
    pub async fn watch(self: Arc<Self>) {
        let mut watcher = None;
        loop {
            if watcher.is_none() {
                watcher = self.clone().watch_directory();
            }
            let hinted = tokio::time::timeout(RESCAN, self.hint.notified()).await.is_ok();
            if !hinted && watcher.is_some() && !self.options.events_dir.exists() {
                // The watch ended with its directory; a new one begins with the next.
                watcher = None;
            }
            while self.swap_once().await.unsettled > 0 {
                tokio::time::sleep(self.quiet()).await;
            }
        }
    }

    fn watch_directory(self: Arc<Self>) -> Option<notify::RecommendedWatcher> {
        let registry = Arc::downgrade(&self);
        let watching = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let is_read = event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_)));
            if !is_read && let Some(registry) = registry.upgrade() {
                registry.hint.notify_one();
            }
        });
        let watched = watching.and_then(|mut watcher| {
            watcher.watch(&self.options.events_dir, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        watched
            .map_err(|error| {
                self.facts.record(Fact::EventsDirFailed {
                    detail: format!("not watched, looked through every 3 s instead: {error}"),
                });
            })
            .ok()
    }
}
