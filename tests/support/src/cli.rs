//! The program's commands, run in a directory of their own. A server that they leave in the
//! background ends with the directory.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::http::Http;
use crate::{repo, wait};

/// Lines of a process that may wait to be looked at.
const LINES_MAX: usize = 100_000;
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

/// A command that runs beside the test; killed at its end.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Option<Receiver<String>>,
    stderr: Receiver<String>,
    heard: Vec<String>,
}

impl Running {
    fn new(mut child: Child) -> Self {
        let stdout = child.stdout.take().map(lines_of);
        let stderr = child.stderr.take().map(lines_of).expect("a piped stderr");
        Self {
            child,
            stdout,
            stderr,
            heard: Vec::new(),
        }
    }

    /// The next line that it prints.
    ///
    /// # Panics
    /// When none comes in time.
    #[track_caller]
    pub fn line(&mut self) -> String {
        let stdout = self.stdout.as_ref().expect("an open standard output");
        let line = stdout.recv_timeout(wait::LIMIT);
        line.unwrap_or_else(|error| panic!("no line is printed: {error}; {:#?}", self.heard()))
    }

    /// Waits until it has said something.
    ///
    /// # Panics
    /// When it does not say that in time.
    #[track_caller]
    pub fn hear(&mut self, words: &str) {
        wait::until(&format!("`{words}` on standard error"), || {
            match self
                .stderr
                .recv_timeout(std::time::Duration::from_millis(100))
            {
                Ok(line) => self.heard.push(line),
                Err(error) => return Err(format!("{error}; {:#?}", self.heard)),
            }
            match self.heard.last() {
                Some(line) if line.contains(words) => Ok(()),
                _ => Err("other words".to_owned()),
            }
        });
    }

    /// Everything that it has said so far.
    pub fn heard(&mut self) -> &[String] {
        self.heard.extend(self.stderr.try_iter());
        &self.heard
    }

    /// Sends a signal to it.
    ///
    /// # Panics
    /// When it has been collected already.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("send a signal");
    }

    /// Its number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; its exit code.
    ///
    /// # Panics
    /// When it does not end in time.
    #[track_caller]
    pub fn end(&mut self) -> Option<i32> {
        let child = &mut self.child;
        let status = wait::until("the end of the command", || {
            child
                .try_wait()
                .expect("the child's status")
                .ok_or("it runs")
        });
        status.code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            self.heard().iter().for_each(|line| eprintln!("{line}"));
        }
    }
}

fn lines_of(from: impl Read + Send + 'static) -> Receiver<String> {
    let (line, lines) = sync_channel(LINES_MAX);
    thread::spawn(move || {
        for text in BufReader::new(from).lines().map_while(Result::ok) {
            if line.send(text).is_err() {
                return;
            }
        }
    });
    lines
}
