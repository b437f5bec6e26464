//! From changed files to sound handlers, off the threads that serve.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::config::settings::HandlerSettings;
use crate::runtime::handler::sha256_hex;
use crate::runtime::{Handler, LoadError, Sandbox};

use super::Registry;
use super::files::{FileState, Fingerprint};
use super::table::Loaded;

/// What became of one changed file.
enum Reading {
    /// The bytes are those that were read before.
    Same,
    /// A sound handler.
    Sound(Arc<Loaded>),
    /// Not one.
    Unsound(LoadError),
    /// It changed, or vanished, while it was read: another scan will find it.
    Moved,
}

/// Reads and loads the files, as many at a time as there are cores: compiling takes one each.
/// Gives the number of files that changed meanwhile and must be looked at again.
pub(super) async fn load_changed(
    registry: &Registry,
    states: &mut BTreeMap<String, FileState>,
    to_read: Vec<(String, PathBuf, Fingerprint)>,
) -> usize {
    let mut moved = 0;
    let mut jobs = JoinSet::new();
    let mut under_way = HashMap::new();
    let mut waiting = to_read.into_iter();
    let at_a_time = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    loop {
        while jobs.len() < at_a_time {
            let Some((file, path, fingerprint)) = waiting.next() else {
                break;
            };
            let known = states.get(&file).and_then(known_sha256);
            let stem = stem_of(&file).to_owned();
            let settings = registry
                .options
                .handlers
                .get(&stem)
                .cloned()
                .unwrap_or_default();
            let sandbox = registry.sandbox.clone();
            let runtime = tokio::runtime::Handle::current();
            let job = (file.clone(), fingerprint);
            let handle = jobs.spawn_blocking(move || {
                let read = runtime.block_on(read_and_load(
                    &sandbox,
                    &file,
                    &path,
                    fingerprint,
                    known,
                    &settings,
                ));
                (file, fingerprint, read)
            });
            under_way.insert(handle.id(), job);
        }
        match jobs.join_next().await {
            None => return moved,
            Some(Ok((file, fingerprint, read))) => {
                moved += usize::from(matches!(read, Reading::Moved));
                note(states.entry(file).or_default(), fingerprint, read);
            }
            Some(Err(error)) => {
                if let Some((file, fingerprint)) = under_way.remove(&error.id()) {
                    let read = Reading::Unsound(panicked(&error));
                    note(states.entry(file).or_default(), fingerprint, read);
                }
            }
        }
    }
}

fn panicked(error: &tokio::task::JoinError) -> LoadError {
    LoadError::new(
        "a component that the compiler can deal with",
        format!("one at which it panics: {error}"),
        "this is a fault of the host; please report it with the file",
    )
}

fn known_sha256(state: &FileState) -> Option<String> {
    let loaded = state.candidate.as_ref().or(state.serving.as_ref())?;
    Some(loaded.handler.sha256().to_owned())
}

fn note(state: &mut FileState, fingerprint: Fingerprint, read: Reading) {
    match read {
        Reading::Moved => return,
        Reading::Same => {
            if state.candidate.is_none() {
                state.candidate = state.serving.clone();
            }
            state.failure = None;
        }
        Reading::Sound(loaded) => {
            state.candidate = Some(loaded);
            state.failure = None;
        }
        Reading::Unsound(error) => {
            state.candidate = None;
            state.failure = Some(error);
        }
    }
    state.read = Some(fingerprint);
}

/// A file's name without `.wasm`.
pub(super) fn stem_of(file: &str) -> &str {
    file.strip_suffix(".wasm").unwrap_or(file)
}

async fn read_and_load(
    sandbox: &Arc<Sandbox>,
    file: &str,
    path: &Path,
    fingerprint: Fingerprint,
    known: Option<String>,
    settings: &HandlerSettings,
) -> Reading {
    let read = read_whole(path, sandbox.limits().handler_bytes);
    let unchanged = std::fs::metadata(path).is_ok_and(|now| Fingerprint::of(&now) == fingerprint);
    if !unchanged {
        return Reading::Moved;
    }
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) => return Reading::Unsound(error),
    };
    if known.is_some_and(|known| known == sha256_hex(&bytes)) {
        return Reading::Same;
    }
    match Handler::load(sandbox.clone(), stem_of(file), &bytes, settings).await {
        Ok(handler) => Reading::Sound(Arc::new(Loaded {
            file: file.to_owned(),
            name: Arc::from(stem_of(file)),
            handler: Arc::new(handler),
        })),
        Err(error) => Reading::Unsound(error),
    }
}

/// The file's bytes, within the limit `handler_bytes`.
pub(super) fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>, LoadError> {
    let unreadable = |error: std::io::Error| {
        let hint = "check the file and its permissions";
        LoadError::new("a file that can be read", error.to_string(), hint)
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(LoadError::new(
            format!("at most {limit} bytes (limit `handler_bytes`)"),
            "a larger file",
            "build it with `--release`, or raise the limit",
        ));
    }
    Ok(bytes)
}
