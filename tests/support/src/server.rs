//! A running server: the real binary on a port of its own, killed at the end of the test.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::facts::Facts;
use crate::http::Http;
use crate::launch::{Launch, make_old};
use crate::process::Resources;
use crate::wait;

/// A running server.
#[derive(Debug)]
pub struct Server {
    launch: Launch,
    facts: Facts,
    key: String,
    child: Child,
    address: SocketAddr,
    said: Arc<Mutex<String>>,
}

impl Server {
    #[track_caller]
    pub(crate) fn spawn(launch: Launch, mut command: Command) -> Self {
        let mut child = command.spawn().expect("start the server");
        let mut stderr = child.stderr.take().expect("a piped stderr");
        let said = Arc::new(Mutex::new(String::new()));
        let hearing = said.clone();
        thread::spawn(move || {
            let mut part = [0; 4_096];
            while let Ok(bytes @ 1..) = stderr.read(&mut part) {
                let text = String::from_utf8_lossy(part.get(..bytes).unwrap_or_default());
                hearing
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_str(&text);
            }
        });
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a piped stdout");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("read the address");
        let address = line
            .trim()
            .strip_prefix("http://")
            .and_then(|text| text.parse().ok());
        let Some(address) = address else {
            let status = child.wait();
            let said = said.lock().unwrap_or_else(PoisonError::into_inner);
            panic!("expected an address, found `{line}`: {status:?}\n{said}");
        };
        let dir = launch.dir.path();
        let key = fs::read_to_string(dir.join(".fs7/api-key")).unwrap_or_default();
        Self {
            facts: Facts::new(dir.join("logs")),
            key: key.trim().to_owned(),
            launch,
            child,
            address,
            said,
        }
    }

    /// Kills it and starts it again in the same directory, on another port.
    ///
    /// # Panics
    /// As [`Launch::start`] does.
    #[must_use]
    #[track_caller]
    pub fn restart(self) -> Self {
        let launch = self.launch.clone();
        drop(self);
        launch.start()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, for clients.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The API key that it made at its start.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its working directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.launch.dir.path()
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has recorded.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// A new HTTP client that has the key.
    #[must_use]
    pub fn http(&self) -> Http {
        Http::new(self.address, Some(&self.key))
    }

    /// What the process takes of the machine now.
    #[must_use]
    pub fn resources(&self) -> Resources {
        Resources::of(self.child.id())
    }

    /// A file's place in the events directory.
    #[must_use]
    pub fn event_file(&self, file: &str) -> PathBuf {
        self.launch.dir.path().join("events").join(file)
    }

    /// Puts bytes in place by renaming a whole file: readers see the old or the new.
    ///
    /// # Panics
    /// When that cannot be done.
    pub fn rename_into_place(&self, bytes: &[u8], file: &str) {
        let draft = self.event_file(&format!(".{file}.tmp"));
        fs::write(&draft, bytes).expect("write a draft");
        fs::rename(draft, self.event_file(file)).expect("rename into place");
    }

    /// The same with a time stamp of long ago, so that the file counts as quiet at once.
    ///
    /// # Panics
    /// When that cannot be done.
    pub fn place_settled(&self, bytes: &[u8], file: &str) {
        let draft = self.event_file(&format!(".{file}.tmp"));
        fs::write(&draft, bytes).expect("write a draft");
        make_old(&draft);
        fs::rename(draft, self.event_file(file)).expect("rename into place");
    }

    /// Puts a file of long ago into its directory by renaming it: readers see the old or the new.
    ///
    /// # Panics
    /// When that cannot be done.
    pub fn place_file(&self, name: &str, text: &str) {
        let draft = self.dir().join(format!("{name}.tmp"));
        fs::write(&draft, text).expect("write a draft");
        make_old(&draft);
        fs::rename(draft, self.dir().join(name)).expect("rename into place");
    }

    /// Writes bytes over a file, as `cp` does: readers may see any part of it.
    ///
    /// # Panics
    /// When that cannot be done.
    pub fn write_over(&self, bytes: &[u8], file: &str) {
        fs::write(self.event_file(file), bytes).expect("write over a file");
    }

    /// Deletes a file of the events directory.
    ///
    /// # Panics
    /// When it is not there.
    pub fn remove(&self, file: &str) {
        fs::remove_file(self.event_file(file)).expect("remove a file");
    }

    /// Runs a command of the program in the server's directory.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    pub fn run<A: AsRef<OsStr>>(&self, args: &[A]) -> Output {
        self.launch
            .command()
            .args(args)
            .output()
            .expect("run the program")
    }

    /// The generation that serves.
    ///
    /// # Panics
    /// When the server does not say.
    #[must_use]
    #[track_caller]
    pub fn generation(&self) -> u64 {
        let handlers = self.http().get("/admin/handlers").expect(200);
        handlers["generation"].as_u64().expect("a generation")
    }

    /// What `fs7 list-events --json` prints.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    #[track_caller]
    pub fn list_events(&self) -> Value {
        let output = self.run(&["list-events", "--json"]);
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).expect("JSON from `fs7 list-events --json`")
    }

    /// Sends a signal to the process.
    ///
    /// # Panics
    /// When it has ended.
    pub fn signal(&self, signal: Signal) {
        let number = i32::try_from(self.child.id()).expect("a process's number");
        let pid = Pid::from_raw(number).expect("a process's number");
        kill_process(pid, signal).expect("send a signal");
    }

    /// Waits for the end of the process.
    ///
    /// # Panics
    /// When it does not end in time.
    #[track_caller]
    pub fn wait_for_exit(&mut self) -> ExitStatus {
        let child = &mut self.child;
        wait::until("the end of the server", || {
            child
                .try_wait()
                .expect("the child's status")
                .ok_or("it runs")
        })
    }

    /// What it said on standard error so far.
    #[must_use]
    pub fn said(&self) -> String {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Facts are written in their order: when the stop is told, so is all that was before.
    fn let_it_tell_all(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::TERM);
        }
        wait::until_true("the server's last facts", || {
            let has_ended = !matches!(self.child.try_wait(), Ok(None));
            has_ended || !self.facts.named("server_draining").is_empty()
        });
    }

    /// Warnings and errors in the log that were not announced.
    fn surprises(&self) -> Vec<String> {
        let is_bad = |line: &Value| line["level"] == "WARN" || line["level"] == "ERROR";
        let is_known = |line: &Value| {
            line["fact"]
                .as_str()
                .is_some_and(|fact| self.launch.warnings.contains(fact))
        };
        let lines = self.facts.lines();
        let surprises = lines.iter().filter(|line| is_bad(line) && !is_known(line));
        surprises.map(Value::to_string).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.let_it_tell_all();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let said = self.said();
            let start = said.lines().count().saturating_sub(40);
            eprintln!("--- the server said at last:");
            said.lines()
                .skip(start)
                .for_each(|line| eprintln!("{line}"));
        } else {
            let surprises = self.surprises();
            assert!(
                surprises.is_empty(),
                "warnings that nobody announced: {surprises:#?}"
            );
        }
    }
}
