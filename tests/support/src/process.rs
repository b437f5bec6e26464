//! What a process takes of the machine, read from `/proc`.

use std::fs;

/// Resources of one process at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resources {
    /// Resident memory in bytes.
    pub resident_bytes: u64,
    /// Open file descriptors.
    pub files: usize,
    /// Threads.
    pub threads: usize,
}

impl Resources {
    /// Those of a process.
    ///
    /// # Panics
    /// When it does not live.
    #[must_use]
    pub fn of(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a living process");
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .and_then(|rest| rest.split_ascii_whitespace().next())
                .and_then(|number| number.parse::<u64>().ok())
                .expect("a field of /proc/PID/status")
        };
        let files = fs::read_dir(format!("/proc/{pid}/fd"))
            .expect("open files")
            .count();
        Self {
            resident_bytes: field("VmRSS:") * 1_024,
            files,
            threads: usize::try_from(field("Threads:")).expect("a count"),
        }
    }

    /// Resident memory in mebibytes, for people.
    #[must_use]
    pub fn resident_mib(&self) -> f64 {
        self.resident_bytes as f64 / f64::from(1 << 20)
    }
}
