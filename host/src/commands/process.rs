//! Other processes: told apart by more than their number, which the system gives out again.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

/// How often a process is looked at where the system cannot tell of its end.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A process by its number and its start, which together never come twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// The process's number.
    pub(crate) pid: u32,
    /// When it started: clock ticks since the system did.
    pub(crate) start_time: u64,
}

impl Identity {
    /// This process.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub(crate) fn of_self() -> io::Result<Self> {
        let pid = std::process::id();
        let start_time = start_time(pid)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no start time in /proc"))?;
        Ok(Self { pid, start_time })
    }

    /// Whether the process lives.
    pub(crate) fn is_alive(self) -> bool {
        start_time(self.pid) == Some(self.start_time)
    }
}

/// Whether some process has this number now.
pub(crate) fn pid_in_use(pid: u32) -> bool {
    start_time(pid).is_some()
}

/// When the process with this number started; `None` when there is none, or it has ended and
/// waits to be collected.
fn start_time(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    parse_start_time(&stat)
}

/// Fields 3 and 22 of `/proc/PID/stat`, counted after the name, which may hold anything
/// (proc_pid_stat(5)).
fn parse_start_time(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X" | "x") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// A living process that signals reach and whose end can be waited for.
pub(crate) struct Process {
    identity: Identity,
    pid: Pid,
    /// Stays with the process even when its number is given out again; missing on kernels that
    /// do not have it.
    handle: Option<OwnedFd>,
}

impl Process {
    /// The process, where it lives.
    ///
    /// # Errors
    /// When the system refuses a handle to it.
    pub(crate) fn open(identity: Identity) -> io::Result<Option<Self>> {
        let number = i32::try_from(identity.pid).ok().and_then(Pid::from_raw);
        let Some(pid) = number else { return Ok(None) };
        let handle = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(handle) => Some(handle),
            Err(Errno::SRCH) => return Ok(None),
            Err(Errno::NOSYS | Errno::PERM) => None,
            Err(error) => return Err(error.into()),
        };
        // Looked at after the handle was taken: the handle is then known to be the right one.
        Ok(identity.is_alive().then_some(Self {
            identity,
            pid,
            handle,
        }))
    }

    /// Sends a signal. A process that has ended meanwhile is no error.
    ///
    /// # Errors
    /// When the process belongs to another user.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        let sent = match &self.handle {
            Some(handle) => pidfd_send_signal(handle, signal),
            None if self.identity.is_alive() => kill_process(self.pid, signal),
            None => Ok(()),
        };
        match sent {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for the process's end; false when the time is over before.
    pub(crate) fn wait(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match &self.handle {
                Some(handle) => {
                    let mut polled = [PollFd::new(handle, PollFlags::IN)];
                    let wait = Timespec::try_from(left).ok();
                    if poll(&mut polled, wait.as_ref()).is_ok_and(|count| count > 0) {
                        return true;
                    }
                }
                None if !self.identity.is_alive() => return true,
                None => thread::sleep(left.min(LOOK_EVERY)),
            }
            if left.is_zero() {
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn start_time_is_the_22nd_field_whatever_the_name() {
        let rest = "1 1 1 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2 3";
        for (name, state, expected) in [
            ("fs7", "S", Some(987_654)),
            ("a) S 1 (b", "R", Some(987_654)),
            ("fs7", "Z", None),
        ] {
            let stat = format!("42 ({name}) {state} {rest}");
            assert_eq!(parse_start_time(&stat), expected, "{stat}");
        }
        assert_eq!(parse_start_time(""), None);
    }

    #[test]
    fn process_is_known_by_number_and_start() {
        let me = Identity::of_self().unwrap();
        assert!(me.is_alive());
        let other = Identity {
            start_time: me.start_time + 1,
            ..me
        };
        assert!(!other.is_alive());
        assert!(pid_in_use(other.pid));
        assert!(Process::open(other).unwrap().is_none());
    }

    #[test]
    fn end_of_a_process_is_waited_for() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let start_time = start_time(child.id()).unwrap();
        let process = Process::open(Identity {
            pid: child.id(),
            start_time,
        })
        .unwrap()
        .unwrap();
        assert!(!process.wait(Duration::ZERO));
        process.signal(Signal::TERM).unwrap();
        assert!(process.wait(Duration::from_secs(30)));
        child.wait().unwrap();
        process.signal(Signal::TERM).unwrap();
    }
}
