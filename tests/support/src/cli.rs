//! The program's commands, run in a directory of their own. A server that they leave in the
//! background ends with the directory.

use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::http::Http;
use crate::repo;
use crate::running::Running;

/// Where programs are found and where cargo keeps what it has.
const VARIABLES: [&str; 5] = [
    "PATH",
    "HOME",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "LLVM_PROFILE_FILE",
];

/// A working directory in which commands are run.
#[derive(Debug)]
pub struct Desk {
    program: PathBuf,
    dir: TempDir,
}

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
}

impl Desk {
    /// An empty directory.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new(program: &Path) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("fs7-cli-")
            .tempdir()
            .expect("a directory");
        Self {
            program: program.to_owned(),
            dir,
        }
    }

    /// With a file in it.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write(name, bytes);
        self
    }

    /// With a test guest in the events directory.
    #[must_use]
    pub fn guest(self, name: &str) -> Self {
        let bytes = fs::read(repo::guest(name)).expect("a guest");
        self.file(&format!("events/{name}.wasm"), bytes)
    }

    /// A path in the directory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, with the folders that it needs.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        let folder = path.parent().expect("a folder");
        fs::create_dir_all(folder).expect("make a folder");
        fs::write(path, bytes).expect("write a file");
    }

    /// Reads a file as text.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("read a file")
    }

    /// A command of the program, not run yet: no settings of this process's environment reach it.
    #[must_use]
    pub fn command<A: AsRef<OsStr>>(&self, args: &[A]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(self.dir.path()).env_clear();
        for name in VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn run<A: AsRef<OsStr>>(&self, args: &[A]) -> Ran {
        self.command(args).output().expect("run the program").into()
    }

    /// Runs a command in the background.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    pub fn spawn<A: AsRef<OsStr>>(&self, args: &[A]) -> Running {
        self.running(self.command(args))
    }

    /// Runs a prepared command in the background.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    pub fn running(&self, mut command: Command) -> Running {
        Running::new(command.spawn().expect("run the program"))
    }

    /// Starts a server in the background on a free port; where it listens.
    ///
    /// # Panics
    /// When it does not start.
    #[track_caller]
    pub fn start(&self) -> SocketAddr {
        let ran = self.run(&["start", "--port", "0"]);
        ran.succeeded();
        ran.address()
    }

    /// A client of a server of this directory that has its key.
    #[must_use]
    #[track_caller]
    pub fn http(&self, address: SocketAddr) -> Http {
        Http::new(address, Some(self.read(".fs7/api-key").trim()))
    }

    /// The number in `fastsocket.pid`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn pid(&self) -> u32 {
        self.read("fastsocket.pid")
            .trim()
            .parse()
            .expect("a number in fastsocket.pid")
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.command(&["stop", "--now"]).output();
    }
}

impl Ran {
    /// Fails the test unless the command has succeeded.
    ///
    /// # Panics
    /// When it has not.
    #[track_caller]
    pub fn succeeded(&self) {
        assert_eq!(self.code, Some(0), "{self:#?}");
    }

    /// Fails the test unless the command has ended with a code and said some words.
    ///
    /// # Panics
    /// When it has not.
    #[track_caller]
    pub fn said(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for words in words {
            assert!(
                self.stderr.contains(words),
                "expected `{words}`, found {self:#?}"
            );
        }
    }

    /// The address that was printed.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn address(&self) -> SocketAddr {
        address(&self.stdout)
    }

    /// What was printed, as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("expected JSON: {self:#?}"))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// The address in a line such as `http://127.0.0.1:8000`.
///
/// # Panics
/// When there is none.
#[must_use]
#[track_caller]
pub fn address(line: &str) -> SocketAddr {
    let address = line
        .trim()
        .strip_prefix("http://")
        .and_then(|text| text.parse().ok());
    address.unwrap_or_else(|| panic!("expected an address, found `{line}`"))
}

/// Whether a process has this number and has not ended; one that has ended may still wait to be
/// collected by its parent.
#[must_use]
pub fn pid_lives(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(") ")
        .map(|(_, fields)| fields.starts_with('Z'));
    state == Some(false)
}

/// When a process started, as `/proc/PID/stat` has it.
///
/// # Panics
/// When there is no such process.
#[must_use]
#[track_caller]
pub fn start_time(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a living process");
    let fields = stat
        .rsplit_once(')')
        .map(|(_, fields)| fields.split_ascii_whitespace());
    let field = fields
        .and_then(|mut fields| fields.nth(19))
        .expect("22 fields");
    field.parse().expect("a start time")
}
