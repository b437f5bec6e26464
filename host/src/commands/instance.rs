//! The one server of a working directory: who it is, and that there is only one.
//!
//! `.fs7/lock` is locked by the server for as long as it lives, and the kernel unlocks it when
//! the process ends, however it ends. `.fs7/server.json` says who holds it, by number *and*
//! start time. `fastsocket.pid` holds the number for people and scripts, and is trusted by nobody
//! here: after a crash the system may have given the number to another process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::process::{self, Identity};

/// The server's number, for people and scripts.
pub(crate) const PID_FILE: &str = "fastsocket.pid";
/// Where `.fs7/` keeps the lock.
const LOCK_FILE: &str = ".fs7/lock";
/// Where `.fs7/` keeps the record.
const RECORD_FILE: &str = ".fs7/server.json";
/// Where `.fs7/` keeps how the last server ended.
const END_FILE: &str = ".fs7/stopped.json";
/// How long a start waits for the lock: a command that looks whether a server runs holds it for
/// a moment.
const LOCK_WAIT: Duration = Duration::from_secs(1);
/// How often it tries.
const LOCK_EVERY: Duration = Duration::from_millis(10);

/// Who the server is and where it is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The server's process.
    pub(crate) identity: Identity,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its version.
    pub(crate) version: String,
    /// Where its handlers are dropped.
    pub(crate) events_dir: PathBuf,
    /// Where it logs.
    pub(crate) log_dir: PathBuf,
    /// How long its events may take when it stops, in milliseconds.
    pub(crate) drain_ms: u64,
    /// Whether it has been told to stop.
    pub(crate) stopping: bool,
}

/// Whether a server runs in a working directory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// This one.
    Running(Record),
    /// Somebody holds the lock and cannot be identified: a server that is just starting, or one
    /// in another container.
    Unknown,
    /// None. A PID file may have been left behind.
    Absent(Option<Leftover>),
}

/// A PID file without its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    /// The number in it, where it is one.
    pub(crate) pid: Option<u32>,
}

impl Leftover {
    /// The PID file in words.
    pub(crate) fn words(self) -> String {
        match self.pid {
            Some(pid) if process::pid_in_use(pid) => {
                format!("{PID_FILE} is stale: process {pid} is not the server of this directory")
            }
            Some(pid) => format!("{PID_FILE} is stale: process {pid} has ended"),
            None => format!("{PID_FILE} is stale: there is no process number in it"),
        }
    }
}

/// Looks whether a server runs.
///
/// # Errors
/// When the lock cannot be looked at.
pub(crate) fn probe(work_dir: &Path) -> io::Result<Presence> {
    if !is_locked(&work_dir.join(LOCK_FILE))? {
        return Ok(Presence::Absent(leftover(work_dir)));
    }
    let record = read_record(work_dir).filter(|record| record.identity.is_alive());
    Ok(record.map_or(Presence::Unknown, Presence::Running))
}

/// Removes a PID file whose server is gone.
///
/// # Errors
/// When it cannot be removed.
pub(crate) fn remove_leftover(work_dir: &Path) -> io::Result<()> {
    remove(&work_dir.join(PID_FILE))
}

fn is_locked(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn leftover(work_dir: &Path) -> Option<Leftover> {
    let text = fs::read_to_string(work_dir.join(PID_FILE)).ok()?;
    Some(Leftover {
        pid: text.trim().parse().ok(),
    })
}

fn read_record(work_dir: &Path) -> Option<Record> {
    let text = fs::read(work_dir.join(RECORD_FILE)).ok()?;
    serde_json::from_slice(&text).ok()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Why a process may not be the server of a directory.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClaimError {
    /// Another one is.
    #[error(
        "a server runs in this directory already: http://{} (pid {})",
        .0.address, .0.identity.pid
    )]
    Running(Box<Record>),
    /// Another one is about to be, or cannot be seen from here.
    #[error(
        "another process holds {LOCK_FILE}: a server that is just starting, or one in another container"
    )]
    Unknown,
    /// A file cannot be used.
    #[error("{action} {file}")]
    File {
        /// What was tried.
        action: &'static str,
        /// With what.
        file: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The right to be the server of a directory, for as long as it is held.
pub(crate) struct Claim {
    work_dir: PathBuf,
    _lock: File,
}

impl Claim {
    /// Takes the right; `.fs7/` exists. The PID file of a server that is gone is removed and
    /// handed back.
    ///
    /// # Errors
    /// When another process has it.
    pub(crate) fn take(work_dir: &Path) -> Result<(Self, Option<Leftover>), ClaimError> {
        let fail = |action, file| {
            move |source| ClaimError::File {
                action,
                file,
                source,
            }
        };
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(work_dir.join(LOCK_FILE))
            .map_err(fail("open", LOCK_FILE))?;
        let until = Instant::now() + LOCK_WAIT;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(fail("lock", LOCK_FILE)(source)),
                Err(TryLockError::WouldBlock) => {}
            }
            match read_record(work_dir).filter(|record| record.identity.is_alive()) {
                Some(record) => return Err(ClaimError::Running(Box::new(record))),
                None if Instant::now() >= until => return Err(ClaimError::Unknown),
                None => thread::sleep(LOCK_EVERY),
            }
        }
        let left = leftover(work_dir);
        remove(&work_dir.join(RECORD_FILE)).map_err(fail("remove", RECORD_FILE))?;
        remove(&work_dir.join(PID_FILE)).map_err(fail("remove", PID_FILE))?;
        Ok((
            Self {
                work_dir: work_dir.to_owned(),
                _lock: lock,
            },
            left,
        ))
    }

    /// Says who the server is. The PID file comes last: who sees it may ask for the rest.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn publish(&self, record: &Record) -> Result<(), ClaimError> {
        let fail = |file| {
            move |source| ClaimError::File {
                action: "write",
                file,
                source,
            }
        };
        let text = serde_json::to_vec(record)
            .map_err(io::Error::from)
            .map_err(fail(RECORD_FILE))?;
        write_whole(&self.work_dir.join(RECORD_FILE), &text).map_err(fail(RECORD_FILE))?;
        let pid = format!("{}\n", record.identity.pid);
        write_whole(&self.work_dir.join(PID_FILE), pid.as_bytes()).map_err(fail(PID_FILE))
    }
}

impl Drop for Claim {
    /// Takes the files away while the lock is still held. A PID file that somebody else wrote
    /// meanwhile stays.
    fn drop(&mut self) {
        let _ = remove(&self.work_dir.join(RECORD_FILE));
        if leftover(&self.work_dir).is_some_and(|left| left.pid == Some(std::process::id())) {
            let _ = remove(&self.work_dir.join(PID_FILE));
        }
    }
}

/// How a server ended that was asked to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct End {
    /// The server's process.
    pub(crate) pid: u32,
    /// Connections closed in good order.
    pub(crate) closed_count: u64,
    /// Connections and events that did not end in time.
    pub(crate) failed_count: u64,
    /// How long it took, from the first signal.
    pub(crate) duration_seconds: f64,
}

impl End {
    /// Leaves word for whoever stops the server.
    ///
    /// # Errors
    /// Fails as the system does.
    pub(crate) fn leave(&self, work_dir: &Path) -> io::Result<()> {
        let text = serde_json::to_vec(self).map_err(io::Error::other)?;
        write_whole(&work_dir.join(END_FILE), &text)
    }

    /// How the server of this process ended; none where it left no word.
    pub(crate) fn of(work_dir: &Path, pid: u32) -> Option<Self> {
        let text = fs::read(work_dir.join(END_FILE)).ok()?;
        let end: Self = serde_json::from_slice(&text).ok()?;
        (end.pid == pid).then_some(end)
    }
}

/// Writes a file so that it is never seen half written.
///
/// # Errors
/// Fails as the system does; what was there before is there still.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&draft, bytes)
        .and_then(|()| fs::rename(&draft, path))
        .inspect_err(|_| {
            let _ = fs::remove_file(&draft);
        })
}

#[cfg(test)]
mod tests;
