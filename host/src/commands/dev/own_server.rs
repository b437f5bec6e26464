//! The server that `fs7 dev` runs beside itself where none runs.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::watch;

use super::super::failure::{Exit, Failure};
use super::super::output;

/// A server as a child process.
pub(crate) struct OwnServer {
    pid: Pid,
    ended: watch::Receiver<bool>,
}

impl OwnServer {
    /// Starts it and waits until it answers. Its log goes to this terminal.
    pub(crate) fn start(config: Option<&Path>, port: Option<u16>) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe().context("find this program")?);
        command.args(["start", "--foreground"]);
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        if let Some(port) = port {
            command.args(["--port", &port.to_string()]);
        }
        // A group of its own: Ctrl-C reaches this command alone, which then stops the server once.
        command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.spawn().context("start the server process")?;
        let mut said = String::new();
        let mut stdout = child.stdout.take().map(BufReader::new);
        if let Some(stdout) = &mut stdout {
            stdout
                .read_line(&mut said)
                .context("read from the server process")?;
        }
        if said.is_empty() {
            // It has said why.
            child.wait().context("wait for the server process")?;
            return Err(Failure {
                error: None,
                hint: None,
                exit: Exit::Failed,
            });
        }
        output::message(&format!("server on {}", said.trim_end()));
        let pid = Pid::from_child(&child);
        Ok(Self {
            pid,
            ended: notice_end(child),
        })
    }

    /// Waits until the server has ended; for ever where there is none.
    pub(crate) async fn ended(server: Option<&mut Self>) {
        match server {
            Some(server) => drop(server.ended.wait_for(|ended| *ended).await),
            None => std::future::pending().await,
        }
    }

    /// Ends it in good order.
    pub(crate) async fn stop(&self) {
        self.signal(Signal::TERM).await;
    }

    /// Ends it at once.
    pub(crate) async fn stop_now(&self) {
        self.signal(Signal::INT).await;
    }

    async fn signal(&self, signal: Signal) {
        // Not collected yet while it is not known to have ended, so the number is still its own.
        let mut ended = self.ended.clone();
        if !*ended.borrow_and_update() {
            let _ = kill_process(self.pid, signal);
        }
        let _ = ended.wait_for(|ended| *ended).await;
    }
}

fn notice_end(mut child: Child) -> watch::Receiver<bool> {
    let (ended, noticed) = watch::channel(false);
    std::thread::spawn(move || {
        let _ = child.wait();
        ended.send_replace(true);
    });
    noticed
}
