//! The files of the events directory: which there are, which changed, which are whole.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::runtime::LoadError;

use super::table::Loaded;

/// What tells one content of a file from another without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    bytes: u64,
    inode: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Fingerprint {
    pub(super) fn of(metadata: &std::fs::Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            inode: metadata.ino(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// What is known of one file.
#[derive(Default)]
pub(super) struct FileState {
    /// The content that was last read, loaded or not.
    pub(super) read: Option<Fingerprint>,
    /// A content that was seen and is not known to be whole, since when.
    seen: Option<(Fingerprint, Instant)>,
    /// Whether the file has one of the places that there are for handlers.
    admitted: bool,
    /// Whether the file was there at the last scan.
    pub(super) present: bool,
    /// The version that serves.
    pub(super) serving: Option<Arc<Loaded>>,
    /// A sound version that is not (yet) published.
    pub(super) candidate: Option<Arc<Loaded>>,
    /// Why the file as it is cannot serve.
    pub(super) failure: Option<LoadError>,
}

/// What a scan found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Files whose content is new and whole.
    pub(super) to_read: Vec<(String, PathBuf, Fingerprint)>,
    /// Files that may still be written.
    pub(super) unsettled: usize,
}

/// Looks through the directory. Only `*.wasm` directly in it counts; dotfiles do not, so that a
/// file can be written beside its place and renamed into it.
pub(super) async fn scan(
    directory: &Path,
    states: &mut BTreeMap<String, FileState>,
    quiet: Duration,
    limit: usize,
) -> io::Result<Scan> {
    let found = list(directory).await?;
    for state in states.values_mut() {
        state.present = false;
    }
    // Who was there before keeps its place; newcomers get what is left, in order of their names.
    let admitted = found
        .iter()
        .filter(|(name, ..)| states.get(name).is_some_and(|state| state.admitted))
        .count();
    let mut room = limit.saturating_sub(admitted);
    let mut scan = Scan::default();
    for (name, path, metadata) in found {
        let state = states.entry(name.clone()).or_default();
        state.present = true;
        if !state.admitted {
            if room == 0 {
                state.failure = Some(too_many(limit));
                continue;
            }
            room -= 1;
            state.admitted = true;
            state.failure = None;
        }
        let fingerprint = Fingerprint::of(&metadata);
        if state.read == Some(fingerprint) {
            state.seen = None;
        } else if is_quiet(state, fingerprint, &metadata, quiet) {
            scan.to_read.push((name, path, fingerprint));
        } else {
            scan.unsettled += 1;
        }
    }
    Ok(scan)
}

fn too_many(limit: usize) -> LoadError {
    LoadError::new(
        format!("at most {limit} handlers (limit `handlers`)"),
        "one more",
        "raise the limit, or remove files",
    )
}

/// A file is taken to be whole when it has not changed for the quiet time: by its own time
/// stamp, or, where that lies in the future, by ours.
fn is_quiet(
    state: &mut FileState,
    fingerprint: Fingerprint,
    metadata: &std::fs::Metadata,
    quiet: Duration,
) -> bool {
    let age = metadata
        .modified()
        .ok()
        .and_then(|modified| SystemTime::now().duration_since(modified).ok());
    if age.is_some_and(|age| age >= quiet) {
        return true;
    }
    match state.seen {
        Some((seen, since)) if seen == fingerprint => since.elapsed() >= quiet,
        _ => {
            state.seen = Some((fingerprint, Instant::now()));
            quiet.is_zero()
        }
    }
}

async fn list(directory: &Path) -> io::Result<Vec<(String, PathBuf, std::fs::Metadata)>> {
    let directory = directory.to_owned();
    let listed = tokio::task::spawn_blocking(move || {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&directory)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if name.starts_with('.') || !name.ends_with(".wasm") {
                continue;
            }
            match std::fs::metadata(entry.path()) {
                Ok(metadata) if metadata.is_file() => found.push((name, entry.path(), metadata)),
                Ok(_) => {}
                // A file that vanishes between the two calls is simply not there.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // Any other error says nothing of what is there: nobody is removed for it.
                Err(error) => return Err(error),
            }
        }
        found.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(found)
    });
    listed.await.map_err(io::Error::other)?
}
