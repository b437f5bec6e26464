//! The facts of a server, as they stand in its log, across rotation.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::wait;

/// Everything that a server has logged so far.
#[derive(Debug)]
pub struct Facts {
    log_dir: PathBuf,
    read: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    /// Bytes read of each file, which keeps its inode when it is rotated.
    offsets: HashMap<u64, u64>,
    lines: Vec<Value>,
}

impl Facts {
    /// Those in the log directory, now and later.
    #[must_use]
    pub fn new(log_dir: PathBuf) -> Self {
        Self {
            log_dir,
            read: Mutex::default(),
        }
    }

    /// All log lines so far, in order.
    #[must_use]
    pub fn lines(&self) -> Vec<Value> {
        self.read().lines.clone()
    }

    /// All facts of one name so far, in order.
    #[must_use]
    pub fn named(&self, fact: &str) -> Vec<Value> {
        let read = self.read();
        read.lines
            .iter()
            .filter(|line| line["fact"] == fact)
            .cloned()
            .collect()
    }

    /// The first fact, now or later, of this name for which `is_it` holds.
    ///
    /// # Panics
    /// When it does not come within [`wait::LIMIT`].
    #[track_caller]
    pub fn wait(&self, fact: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        wait::until(&format!("a fact `{fact}` that fits"), || {
            let read = self.read();
            let mut named = read.lines.iter().filter(|line| line["fact"] == fact);
            let found = named.find(|line| is_it(line)).cloned();
            found.ok_or_else(
                || match read.lines.iter().rfind(|line| line["fact"] == fact) {
                    Some(last) => last.to_string(),
                    None => format!(
                        "none of that name; the log ends with {:?}",
                        tail(&read.lines)
                    ),
                },
            )
        })
    }

    /// Waits until there are so many facts of one name, and gives them.
    ///
    /// # Panics
    /// When they do not come within [`wait::LIMIT`].
    #[track_caller]
    pub fn wait_for_count(&self, fact: &str, count: usize) -> Vec<Value> {
        wait::until(&format!("{count} facts `{fact}`"), || {
            let named = self.named(fact);
            if named.len() >= count {
                Ok(named)
            } else {
                Err(named.len())
            }
        })
    }

    fn read(&self) -> MutexGuard<'_, Log> {
        let mut log = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        for path in files(&self.log_dir) {
            log.read_on(&path);
        }
        log
    }
}

impl Log {
    /// Reads the whole lines that a file has got since the last look.
    fn read_on(&mut self, path: &Path) {
        // It may just have been rotated away or pruned: then there is nothing to read.
        let Ok(mut file) = File::open(path) else {
            return;
        };
        let Ok(inode) = file.metadata().map(|metadata| metadata.ino()) else {
            return;
        };
        let offset = self.offsets.entry(inode).or_default();
        let mut text = String::new();
        let read = file
            .seek(SeekFrom::Start(*offset))
            .and_then(|_| file.read_to_string(&mut text));
        if read.is_err() {
            return;
        }
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        *offset += whole as u64;
        let lines = text.get(..whole).unwrap_or_default().lines();
        self.lines
            .extend(lines.filter_map(|line| serde_json::from_str(line).ok()));
    }
}

/// `debug.log` last, before it what was rotated, which sorts by time.
fn files(log_dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(log_dir).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    files.sort_by_key(|path| (path.ends_with("debug.log"), path.clone()));
    files
}

fn tail(lines: &[Value]) -> Vec<String> {
    let start = lines.len().saturating_sub(3);
    lines.iter().skip(start).map(Value::to_string).collect()
}
