//! What this machine allows, and what a process on it takes.

use std::fs;
use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::LoadError;

/// Files that the process needs besides connections.
const SPARE_FILES: u64 = 64;
/// Ticks per second in `/proc/PID/stat`: 100 on every Linux that user space sees (proc(5)).
const TICKS_PER_SECOND: u64 = 100;

/// Lets this process open as many files as the connections need: raises the soft limit to the hard
/// one.
///
/// # Errors
/// When even that is too few.
pub(crate) fn allow_files(connections: usize, sockets: usize) -> Result<(), LoadError> {
    let needed = sockets as u64 + SPARE_FILES;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let is_raised = setrlimit(Resource::Nofile, raised).is_ok();
    let allowed = if is_raised {
        limit.maximum
    } else {
        limit.current
    };
    match allowed {
        Some(allowed) if allowed < needed => Err(LoadError::Files {
            connections,
            needed,
            allowed,
        }),
        _ => Ok(()),
    }
}

/// What a process takes at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Resident memory in bytes.
    pub(crate) rss_bytes: u64,
    /// Processor time since its start.
    pub(crate) cpu: Duration,
}

impl Snapshot {
    /// Looks at a process, where one is named.
    ///
    /// # Errors
    /// When it has ended or belongs to somebody else.
    pub(crate) fn of(pid: Option<u32>) -> Result<Option<Self>, LoadError> {
        let Some(pid) = pid else { return Ok(None) };
        let look = || {
            let memory = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
            let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
            let odd = || io::Error::new(io::ErrorKind::InvalidData, "unexpected text in /proc");
            Ok(Self {
                rss_bytes: rss_bytes(&memory).ok_or_else(odd)?,
                cpu: cpu(&stat).ok_or_else(odd)?,
            })
        };
        look()
            .map(Some)
            .map_err(|source| LoadError::Process { pid, source })
    }
}

fn rss_bytes(smaps: &str) -> Option<u64> {
    let line = smaps.lines().find_map(|line| line.strip_prefix("Rss:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// Fields 14 and 15, counted after the name, which may hold anything (proc_pid_stat(5)).
fn cpu(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let millis = user
        .checked_add(system)?
        .checked_mul(1_000 / TICKS_PER_SECOND)?;
    Some(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_time_are_read() {
        let smaps =
            "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:            1024 kB\nPss: 1 kB\n";
        assert_eq!(rss_bytes(smaps), Some(1 << 20));
        assert_eq!(rss_bytes("Pss: 1 kB"), None);
        let stat = "1 (a) b) S 1 1 1 0 -1 1 1 1 1 1 250 50 3 4";
        assert_eq!(cpu(stat), Some(Duration::from_secs(3)));
        assert_eq!(cpu("1 (a) S"), None);
        let me = Snapshot::of(Some(std::process::id())).unwrap().unwrap();
        assert!(me.rss_bytes > 0, "{me:?}");
    }

    #[test]
    fn too_many_connections_are_refused_with_figures() {
        allow_files(1, 1).unwrap();
        let most = getrlimit(Resource::Nofile).maximum;
        if let Some(most) = most {
            let refused = allow_files(7, usize::try_from(most).unwrap()).unwrap_err();
            assert!(refused.to_string().contains("7 connections"), "{refused}");
        }
    }
}
