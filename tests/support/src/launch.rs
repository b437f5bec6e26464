//! How the real binary is started: in a directory of its own, with these handlers and settings.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::repo;
use crate::server::Server;

/// How a server is to be started.
#[derive(Clone, Debug)]
pub struct Launch {
    program: PathBuf,
    pub(crate) dir: Arc<TempDir>,
    pub(crate) warnings: BTreeSet<&'static str>,
    settings: String,
    variables: Vec<(String, String)>,
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

    /// With a file of the events directory as if it had been written this moment.
    ///
    /// # Panics
    /// When there is no such file.
    #[must_use]
    pub fn just_written(self, file: &str) -> Self {
        set_time(
            &self.dir.path().join("events").join(file),
            SystemTime::now(),
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

    /// With a file of long ago in its directory, such as a contract.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn file(self, name: &str, text: &str) -> Self {
        let path = self.dir.path().join(name);
        let folder = path.parent().expect("a folder");
        fs::create_dir_all(folder).expect("make a folder");
        fs::write(&path, text).expect("write a file");
        make_old(&path);
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

    /// Announces that facts of this name may be warnings. Any other warning fails the test.
    #[must_use]
    pub fn may_warn(mut self, fact: &'static str) -> Self {
        self.warnings.insert(fact);
        self
    }

    /// Starts the server and waits for its address.
    ///
    /// # Panics
    /// When it does not come.
    #[must_use]
    #[track_caller]
    pub fn start(self) -> Server {
        if !self.settings.is_empty() {
            let file = self.dir.path().join("fs7.toml");
            fs::write(file, &self.settings).expect("write fs7.toml");
        }
        let mut command = self.command();
        command.args(["start", "--foreground", "--port", "0"]);
        command.envs(self.variables.clone());
        Server::spawn(self, command)
    }

    /// The program in the directory, without this process's environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(self.dir.path())
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
    set_time(path, SystemTime::now() - Duration::from_secs(3_600));
}

fn set_time(path: &Path, time: SystemTime) {
    let file = fs::File::options()
        .write(true)
        .open(path)
        .expect("open a file");
    file.set_modified(time).expect("set a file's time");
}
