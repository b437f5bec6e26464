//! A program beside the test that plays a client: it prints JSON lines, and may be told some.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use crate::repo;
use crate::wait;

/// Lines that wait to be read; a program that prints more waits.
const LINES_MAX: usize = 1_024;

/// A running program.
#[derive(Debug)]
pub struct Script {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    complaints: Option<JoinHandle<String>>,
    limit: Duration,
}

impl Script {
    /// A story for Node.js.
    #[must_use]
    pub fn node(file: &str, args: &[&str]) -> Self {
        Self::start(Path::new("node"), file, args)
    }

    /// A story for Python.
    #[must_use]
    pub fn python(file: &str, args: &[&str]) -> Self {
        Self::start(&repo::python(), file, args)
    }

    /// With another bound on each wait than [`wait::LIMIT`].
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    fn start(interpreter: &Path, file: &str, args: &[&str]) -> Self {
        let mut command = Command::new(interpreter);
        command
            .arg(repo::scenario(file))
            .args(args)
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!(
                "start {}: {error}\nhint: run `cargo xtask clients`",
                interpreter.display()
            )
        });
        let stdout = child.stdout.take().expect("a piped stdout");
        let (sender, lines) = sync_channel(LINES_MAX);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut stderr = child.stderr.take().expect("a piped stderr");
        let complaints = thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        Self {
            name: file.to_owned(),
            stdin: child.stdin.take(),
            child,
            lines,
            complaints: Some(complaints),
            limit: wait::LIMIT,
        }
    }

    /// Tells the program something.
    ///
    /// # Panics
    /// When it does not listen any more.
    #[track_caller]
    pub fn tell(&mut self, what: &Value) {
        let line = format!("{what}\n");
        let told = self
            .stdin
            .as_mut()
            .map(|stdin| stdin.write_all(line.as_bytes()));
        if !matches!(told, Some(Ok(()))) {
            let complaints = self.complaints();
            panic!("{} does not listen; it said: {complaints}", self.name);
        }
    }

    /// The next line.
    ///
    /// # Panics
    /// When none comes in time, or it is no JSON.
    #[track_caller]
    pub fn line(&mut self, what: &str) -> Value {
        let line = match self.lines.recv_timeout(self.limit) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                panic!("waited {:?} for {what} of {}", self.limit, self.name)
            }
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.child.wait();
                let complaints = self.complaints();
                panic!(
                    "{} ended before {what}: {status:?}\n{complaints}",
                    self.name
                )
            }
        };
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{}: {error} in the line {line}", self.name))
    }

    /// The last line of a story that is over, which ended well.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn end(mut self, what: &str) -> Value {
        drop(self.stdin.take());
        let mut last = self.line(what);
        loop {
            match self.lines.recv_timeout(self.limit) {
                Ok(line) => last = serde_json::from_str(&line).expect("a line of JSON"),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!(
                        "waited {:?} for the end of {}; it said: {last}",
                        self.limit, self.name
                    )
                }
            }
        }
        let status = self.child.wait().expect("the story's exit code");
        let complaints = self.complaints();
        assert!(
            status.success(),
            "{} failed: {status}\n{last}\n{complaints}",
            self.name
        );
        last
    }

    /// What the program said on standard error, once it has ended.
    fn complaints(&mut self) -> String {
        let _ = self.child.kill();
        self.complaints
            .take()
            .and_then(|thread| thread.join().ok())
            .unwrap_or_default()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
