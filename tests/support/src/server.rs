//! The real binary, started in the foreground in a directory of its own on a port of its own, and
//! killed at the end of the test.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::facts::Facts;
use crate::http::Http;
use crate::process::Resources;
use crate::{repo, wait};

/// How a server is to be started.
#[derive(Debug)]
pub struct Launch {
    program: PathBuf,
    dir: Arc<TempDir>,
    settings: String,
    variables: Vec<(String, String)>,
    args: Vec<String>,
    warnings: BTreeSet<&'static str>,
}

impl Launch {
    /// A start of this program with an empty events directory and no settings.
    ///
    /// # Panics
    /// When no directory can be made.
    #[must_use]
    pub fn new(program: &Path) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("fs7-it-")
            .tempdir()
            .expect("a directory");
        fs::create_dir(dir.path().join("events")).expect("an events directory");
        Self {
            program: program.to_owned(),
            dir: Arc::new(dir),
            settings: String::new(),
            variables: Vec::new(),
            args: Vec::new(),
            warnings: BTreeSet::new(),
        }
    }

    /// With a test guest, under its own name.
    #[must_use]
    pub fn guest(self, name: &str) -> Self {
        self.guest_as(name, &format!("{name}.wasm"))
    }

    /// With a test guest, under another name.
    #[must_use]
    pub fn guest_as(self, name: &str, file: &str) -> Self {
        put(
            &repo::guest(name),
            &self.dir.path().join("events").join(file),
        );
        self
    }

    /// With an example handler.
    #[must_use]
    pub fn plugin(self, name: &str) -> Self {
        let file = self.dir.path().join("events").join(format!("{name}.wasm"));
        put(&repo::plugin(name), &file);
        self
    }

    /// With lines in `fs7.toml`.
    #[must_use]
    pub fn settings(mut self, lines: &str) -> Self {
        self.settings.push_str(lines);
        self.settings.push('\n');
        self
    }

    /// With a variable of the environment, such as `LOG_LEVEL`.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_owned());
        self
    }

    /// Announces that facts of this name may be warnings. Any other warning fails the test.
    #[must_use]
    pub fn may_warn(mut self, fact: &'static str) -> Self {
        self.warnings.insert(fact);
        self
    }

    /// The directory, before the start.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Starts the server and waits for its address.
    ///
    /// # Panics
    /// When it does not come.
    #[must_use]
    #[track_caller]
    pub fn start(self) -> Server {
        let Self {
            program,
            dir,
            settings,
            variables,
            args,
            warnings,
        } = self;
        if !settings.is_empty() {
            fs::write(dir.path().join("fs7.toml"), settings).expect("write fs7.toml");
        }
        let mut command = command(&program, dir.path());
        command
            .args(["start", "--foreground", "--port", "0"])
            .args(&args)
            .envs(variables.clone());
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
        let key = fs::read_to_string(dir.path().join(".fs7/api-key")).unwrap_or_default();
        Server {
            facts: Facts::new(dir.path().join("logs")),
            key: key.trim().to_owned(),
            program,
            dir,
            args,
            variables,
            child,
            address,
            said,
            warnings,
        }
    }
}

/// The program in a directory, without this process's environment.
fn command(program: &Path, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // Where coverage is counted, the program must be told where to leave its counts.
    if let Some(profile) = std::env::var_os("LLVM_PROFILE_FILE") {
        command.env("LLVM_PROFILE_FILE", profile);
    }
    command
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    facts: Facts,
    key: String,
    program: PathBuf,
    dir: Arc<TempDir>,
    args: Vec<String>,
    variables: Vec<(String, String)>,
    child: Child,
    address: SocketAddr,
    said: Arc<Mutex<String>>,
    warnings: BTreeSet<&'static str>,
}

impl Server {
    /// Kills it and starts it again in the same directory, on another port.
    ///
    /// # Panics
    /// As [`Launch::start`] does.
    #[must_use]
    #[track_caller]
    pub fn restart(self) -> Self {
        let launch = Launch {
            program: self.program.clone(),
            dir: self.dir.clone(),
            settings: String::new(),
            variables: self.variables.clone(),
            args: self.args.clone(),
            warnings: self.warnings.clone(),
        };
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
        self.dir.path()
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
        self.dir.path().join("events").join(file)
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
        command(&self.program, self.dir.path())
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
                .is_some_and(|fact| self.warnings.contains(fact))
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

/// Copies a component into place with a time stamp of long ago: it is loaded without waiting for
/// the file to be quiet.
fn put(from: &Path, to: &Path) {
    fs::copy(from, to).expect("copy a component");
    make_old(to);
}

/// Gives a file a time stamp of long ago.
///
/// # Panics
/// When that cannot be done.
pub fn make_old(path: &Path) {
    let file = fs::File::options()
        .write(true)
        .open(path)
        .expect("open a file");
    let long_ago = SystemTime::now() - Duration::from_secs(3_600);
    file.set_modified(long_ago).expect("set a file's time");
}
