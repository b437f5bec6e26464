//! A command of the program that runs beside the test.

use std::io::{BufRead as _, BufReader, Read};
use std::process::Child;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::wait;

/// Lines of a process that may wait to be looked at.
const LINES_MAX: usize = 100_000;

/// A command that runs beside the test; killed at its end.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Option<Receiver<String>>,
    stderr: Receiver<String>,
    heard: Vec<String>,
}

impl Running {
    pub(crate) fn new(mut child: Child) -> Self {
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
            match self.stderr.try_recv() {
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

    /// Whether it has ended.
    ///
    /// # Panics
    /// When that cannot be told.
    pub fn has_ended(&mut self) -> bool {
        let status = self.child.try_wait().expect("the child's status");
        status.is_some()
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
