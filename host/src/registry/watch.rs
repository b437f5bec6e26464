//! The watcher: hints of the file system lead to a swap. Hints can be missed or be too many, so
//! each only says that it is time to look, and the directory is looked through now and then
//! without any.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::fact::Fact;

use super::Registry;

/// How often the directory is looked through without a hint: file systems that give none, such
/// as network mounts, and a directory that was replaced.
const RESCAN: Duration = Duration::from_secs(3);

/// A watch on one directory, which ends with it.
struct Watch {
    _watcher: RecommendedWatcher,
    inode: Option<u64>,
}

impl Registry {
    /// Keeps the table up to date until the future is dropped.
    pub async fn watch(self: Arc<Self>) {
        let mut watch = None;
        let mut is_failure_told = false;
        loop {
            if watch.is_none() {
                watch = match self.clone().watch_directory() {
                    Ok(watch) => {
                        // What changed before the watch began gave no hint.
                        self.hint.notify_one();
                        Some(watch)
                    }
                    Err(error) => {
                        self.tell_once(&mut is_failure_told, &error);
                        None
                    }
                };
            }
            let hinted = tokio::time::timeout(RESCAN, self.hint.notified())
                .await
                .is_ok();
            let directory = inode(&self.options.events_dir);
            if !hinted && watch.as_ref().is_some_and(|watch| watch.inode != directory) {
                watch = None;
            }
            while self.swap_once().await.unsettled > 0 {
                self.pause(RESCAN).await;
            }
        }
    }

    fn watch_directory(self: Arc<Self>) -> notify::Result<Watch> {
        let registry = Arc::downgrade(&self);
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                let is_read = event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_)));
                if !is_read && let Some(registry) = registry.upgrade() {
                    registry.hint.notify_one();
                }
            })?;
        let inode = inode(&self.options.events_dir);
        watcher.watch(&self.options.events_dir, RecursiveMode::NonRecursive)?;
        Ok(Watch {
            _watcher: watcher,
            inode,
        })
    }

    fn tell_once(&self, is_told: &mut bool, error: &notify::Error) {
        if !std::mem::replace(is_told, true) {
            self.facts.record(Fact::EventsDirFailed {
                detail: format!("not watched, looked through every 3 s instead: {error}"),
            });
        }
    }
}

fn inode(directory: &Path) -> Option<u64> {
    std::fs::metadata(directory)
        .ok()
        .map(|metadata| metadata.ino())
}
