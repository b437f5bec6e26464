//! The server process: claims the directory, proves the settings, serves, and cleans up.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::setsid;
use rustix::stdio::{dup2_stderr, dup2_stdout};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinError;
use tokio::time::timeout;

use super::failure::{CommandResult, Exit, Failure};
use super::instance::{Claim, End, Record};
use super::process::Identity;
use super::{output, start, summary};
use crate::app::{self, DrainReport, ServerHandle, StopRequest};
use crate::config::settings::Settings;
use crate::config::{Draft, state_dir};
use crate::telemetry::{self, Console};

/// How long the end may take once it was asked for a second time.
const NOW_MAX: Duration = Duration::from_secs(2);
/// How long background work, such as compiling, may go on after the end.
const BACKGROUND_MAX: Duration = Duration::from_millis(500);

/// Where a server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In this terminal or container; it logs to the console.
    Foreground,
    /// On its own; whoever started it waits to hear that it answers.
    Background,
}

/// Runs a server until it is stopped.
pub(crate) fn run(draft: Draft, place: Place) -> CommandResult {
    if place == Place::Background {
        // A new session: no terminal, and no signal that is meant for one.
        setsid().context("leave the terminal")?;
    }
    if let Some(words) = state_dir::prepare(draft.work_dir())?.repaired {
        output::warning(&words);
    }
    let (claim, leftover) = Claim::take(draft.work_dir()).map_err(start::already_running)?;
    if let Some(leftover) = leftover {
        output::warning(&format!("{}; removed", leftover.words()));
    }
    let work_dir = draft.work_dir().to_path_buf();
    let prepared = draft.for_start()?;
    for notice in &prepared.notices {
        output::message(notice);
    }
    let console = match place {
        Place::Foreground => Console::Lines,
        Place::Background => Console::Silent,
    };
    let telemetry = telemetry::init(&prepared.settings, console)?;
    let runtime = app::runtime().context("start the runtime")?;
    let session = Session {
        claim,
        place,
        work_dir,
    };
    let result = runtime.block_on(session.serve(prepared.settings));
    runtime.shutdown_timeout(BACKGROUND_MAX);
    telemetry.flush();
    result
}

/// What a server holds besides itself.
struct Session {
    claim: Claim,
    place: Place,
    work_dir: PathBuf,
}

impl Session {
    async fn serve(&self, settings: Settings) -> CommandResult {
        let mut signals = Signals::listen().context("listen for signals")?;
        let (events_dir, log_dir) = (settings.events_dir.clone(), settings.log_dir.clone());
        let drain_ms = settings.limits.drain_ms;
        let server = tokio::select! {
            server = app::bind(settings) => server?,
            () = signals.stop() => return Err(Failure::new("stopped before the server answered")),
        };
        let mut record = Record {
            identity: Identity::of_self().context("find this process")?,
            address: server.address(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            events_dir,
            log_dir,
            drain_ms,
            stopping: false,
        };
        self.claim.publish(&record).map_err(anyhow::Error::new)?;
        if server.events() == 0 && self.place == Place::Foreground {
            summary::tell_none(&record.events_dir);
        }
        let handle = server.handle();
        let (stop, stopped) = watch::channel(StopRequest::Run);
        let mut serving = tokio::spawn(server.serve(stopped));
        self.report_ready(&record)?;
        tokio::select! {
            report = &mut serving => return self.ended(report),
            () = signals.reload_until_stop(&handle) => {}
        }
        record.stopping = true;
        // Who asks from now on learns it; that they cannot is no reason to stay.
        let _ = self.claim.publish(&record);
        output::message("stopping: events in flight may end; a second signal ends them");
        stop.send_replace(StopRequest::Drain);
        tokio::select! {
            report = &mut serving => return self.ended(report),
            () = signals.stop() => {}
        }
        stop.send_replace(StopRequest::Now);
        match timeout(NOW_MAX, serving).await {
            Ok(report) => self.ended(report),
            Err(_) => Err(Failure::new("not everything ended when it was told to")),
        }
    }

    fn report_ready(&self, record: &Record) -> Result<(), Failure> {
        let address = format!("http://{}", record.address);
        if self.place == Place::Foreground {
            // Nobody needs to read it: a container's output may go nowhere.
            let _ = output::line(&address);
            return Ok(());
        }
        // A server whose starter has gone away was not wanted any more.
        let nowhere = File::options().read(true).write(true).open("/dev/null");
        let nowhere = nowhere.context("open /dev/null")?;
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{}{address}", start::READY)
            .and_then(|()| stdout.flush())
            .context("tell that the server answers")?;
        dup2_stdout(&nowhere).context("let go of standard output")?;
        dup2_stderr(&nowhere).context("let go of standard error")?;
        Ok(())
    }

    /// Tells how the server ended, here and to whoever stopped it.
    fn ended(&self, report: Result<DrainReport, JoinError>) -> CommandResult {
        let report = report.context("the server broke down")?;
        output::message(&format!(
            "stopped after {:.1} s: {}",
            report.duration_seconds,
            counts(report.closed_count, report.failed_count)
        ));
        let end = End {
            pid: std::process::id(),
            closed_count: report.closed_count,
            failed_count: report.failed_count,
            duration_seconds: report.duration_seconds,
        };
        // It has ended all the same.
        if let Err(error) = end.leave(&self.work_dir) {
            output::warning(&format!("how it ended could not be written down: {error}"));
        }
        Ok(if report.failed_count == 0 {
            Exit::Done
        } else {
            Exit::Failed
        })
    }
}

/// How an end went, in words.
pub(super) fn counts(closed: u64, failed: u64) -> String {
    let closed = format!("{closed} connection(s) closed");
    match failed {
        0 => closed,
        failed => format!("{closed}, {failed} connection(s) or event(s) not ended in time"),
    }
}

/// The signals that a server obeys.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next wish to stop.
    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Reloads at every SIGHUP until somebody wishes to stop. What a reload does stands in the log.
    async fn reload_until_stop(&mut self, handle: &ServerHandle) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => {
                    let handle = handle.clone();
                    tokio::spawn(async move { handle.reload().await });
                }
            }
        }
    }
}
