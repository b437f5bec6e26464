//! The watcher: hints of the file system lead to a swap. Hints can be missed or be too many, so
//! each only says that it is time to look, and the directory is looked through now and then
//! without any.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::fact::Fact;

use super::{Allowed, Registry, Scope};

/// How often the directory is looked through without a hint: file systems that give none, such
/// as network mounts, and a directory that was replaced.
const RESCAN: Duration = Duration::from_secs(3);

/// A watch on directories, which ends with it.
struct Watch {
    _watcher: RecommendedWatcher,
    inode: Option<u64>,
    /// The contract's files when the watch began.
    contract: Vec<PathBuf>,
}

impl Registry {
    /// Keeps the table up to date until the future is dropped: with the events directory, with
    /// the contract, or with both.
    pub async fn watch(self: Arc<Self>, handlers: bool, contract: bool) {
        let scope = Scope {
            handlers,
            contract,
            allowed: Allowed::default(),
        };
        let mut watch = None;
        let mut is_failure_told = false;
        loop {
            let files = if contract {
                self.contract().paths()
            } else {
                Vec::new()
            };
            if watch
                .as_ref()
                .is_some_and(|watch: &Watch| watch.contract != files)
            {
                watch = None;
            }
            if watch.is_none() {
                watch = match self.clone().watch_directories(handlers, files) {
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
            while self.swap_once(scope).await.unsettled > 0 {
                tokio::time::sleep(self.quiet().min(RESCAN)).await;
            }
        }
    }

    fn watch_directories(
        self: Arc<Self>,
        handlers: bool,
        contract: Vec<PathBuf>,
    ) -> notify::Result<Watch> {
        let registry = Arc::downgrade(&self);
        let (events_dir, files) = (self.options.events_dir.clone(), contract.clone());
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                let is_hint = event.is_ok_and(|event| {
                    let is_read = matches!(event.kind, EventKind::Access(_));
                    // Other files lie beside the contract, such as the log.
                    let is_ours = |path: &PathBuf| {
                        (handlers && path.starts_with(&events_dir)) || files.contains(path)
                    };
                    !is_read && (event.paths.is_empty() || event.paths.iter().any(is_ours))
                });
                if is_hint && let Some(registry) = registry.upgrade() {
                    registry.hint.notify_one();
                }
            })?;
        let inode = inode(&self.options.events_dir);
        if handlers {
            watcher.watch(&self.options.events_dir, RecursiveMode::NonRecursive)?;
        }
        let mut folders: Vec<_> = contract.iter().filter_map(|file| file.parent()).collect();
        folders.sort_unstable();
        folders.dedup();
        for folder in folders {
            // The folder of a file that is not there need not be there either: the look every
            // few seconds finds it.
            let is_watched = handlers && folder == self.options.events_dir;
            if !is_watched && folder.is_dir() {
                watcher.watch(folder, RecursiveMode::NonRecursive)?;
            }
        }
        Ok(Watch {
            _watcher: watcher,
            inode,
            contract,
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
