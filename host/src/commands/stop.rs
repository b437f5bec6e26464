//! `fs7 stop`: asks the server to end, waits until its process has, and clears away what a server
//! that was killed left behind.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::Signal;

use super::client;
use super::failure::{CommandResult, Exit, Failure};
use super::instance::{self, End, Presence, Record};
use super::output;
use super::process::Process;
use super::serve::counts;
use crate::cli::StopArgs;
use crate::config::Draft;

/// How much longer than the drain a stop may take: connections are told, logs are written.
const MARGIN: Duration = Duration::from_secs(10);
/// How long a stop with `--now` may take.
const NOW_MAX: Duration = Duration::from_secs(10);
/// When a stop begins to tell how long it has been waiting, and how often it tells it.
const TELL_EVERY: Duration = Duration::from_secs(3);

/// Stops the server of this directory.
pub(crate) fn run(draft: &Draft, args: &StopArgs) -> CommandResult {
    let work_dir = draft.work_dir();
    match instance::probe(work_dir).context("read .fs7/lock")? {
        Presence::Running(record) => stop(draft, args, &record),
        Presence::Unknown => Err(Failure::new(
            "a server that cannot be seen from here holds .fs7/lock",
        )
        .with_hint(
            "it is just starting, or runs in another container: try again, or stop it there",
        )),
        Presence::Absent(leftover) => {
            if let Some(leftover) = leftover {
                remove_leftover(work_dir)?;
                output::warning(&format!("{}; removed", leftover.words()));
            }
            Err(client::no_server(draft))
        }
    }
}

fn stop(draft: &Draft, args: &StopArgs, record: &Record) -> CommandResult {
    let pid = record.identity.pid;
    let began = Instant::now();
    // None: it has ended since it was looked for.
    if let Some(process) = Process::open(record.identity).context("reach the server's process")? {
        for signal in signals(args.now, record.stopping) {
            process
                .signal(*signal)
                .with_context(|| format!("send {signal:?} to process {pid}"))?;
        }
        let limit = match args.timeout {
            Some(seconds) => Duration::from_secs(seconds),
            None if args.now => NOW_MAX,
            None => Duration::from_millis(record.drain_ms) + MARGIN,
        };
        wait(&process, pid, limit)?;
    }
    // A server that was killed while it drained has left its files.
    if let Presence::Absent(Some(_)) =
        instance::probe(draft.work_dir()).context("read .fs7/lock")?
    {
        remove_leftover(draft.work_dir())?;
        output::warning("the server ended without clearing up; its PID file is removed");
    }
    let end = End::of(draft.work_dir(), pid);
    let counts = end.as_ref().map_or_else(String::new, |end| {
        format!(": {}", counts(end.closed_count, end.failed_count))
    });
    output::message(&format!(
        "fs7 has stopped (pid {pid}, {:.1} s){counts}",
        began.elapsed().as_secs_f64()
    ));
    if args.json {
        output::json(&end)?;
    }
    // Who does not want to wait knows that something is left undone.
    Ok(match end {
        Some(end) if end.failed_count > 0 && !args.now => Exit::Failed,
        _ => Exit::Done,
    })
}

/// The first signal asks for an end in good order, a second one for the end. Two of one kind may
/// melt into one on their way, hence two kinds.
fn signals(now: bool, stopping: bool) -> &'static [Signal] {
    match (now, stopping) {
        (false, false) | (true, true) => &[Signal::TERM],
        (true, false) => &[Signal::TERM, Signal::INT],
        (false, true) => &[],
    }
}

fn wait(process: &Process, pid: u32, limit: Duration) -> Result<(), Failure> {
    let began = Instant::now();
    loop {
        let left = limit.saturating_sub(began.elapsed());
        if process.wait(left.min(TELL_EVERY)) {
            return Ok(());
        }
        let waited = began.elapsed().as_secs();
        if began.elapsed() >= limit {
            let words = format!("the server (pid {pid}) has not ended after {waited} s");
            return Err(Failure::new(words).with_hint(format!(
                "`fs7 stop --now` ends the events in flight; `kill -9 {pid}` ends the process"
            )));
        }
        output::message(&format!(
            "waiting for events in flight: {waited} s of {} s",
            limit.as_secs()
        ));
    }
}

fn remove_leftover(work_dir: &Path) -> Result<(), Failure> {
    Ok(instance::remove_leftover(work_dir)
        .with_context(|| format!("remove {}", instance::PID_FILE))?)
}
