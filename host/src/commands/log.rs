//! `fs7 log`: the log file for people. It is read as any file is: the server need not run.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::failure::{CommandResult, Exit, Failure};
use super::instance::{self, Presence};
use super::output;
use crate::cli::{LogArgs, LogCommand};
use crate::config::Draft;
use crate::telemetry::log_file;

mod follow;
mod line;
mod tail;
mod view;

/// Does what was asked with the log.
pub(crate) fn run(draft: &Draft, args: &LogArgs) -> CommandResult {
    let log_dir = log_dir(draft, args);
    match &args.command {
        LogCommand::ViewLogs { lines, show } => view::run(&log_dir, *lines, show),
        LogCommand::TailLogs { lines, show } => tail::run(&log_dir, *lines, show),
        LogCommand::ClearLogs { all: false } => clear(&log_dir, "empty"),
        LogCommand::ClearLogs { all: true } => {
            for path in log_file::rotated_in(&log_dir).unwrap_or_default() {
                let remove = || format!("remove `{}`", path.display());
                std::fs::remove_file(&path).with_context(remove)?;
            }
            clear(&log_dir, "empty, rotated files are removed")
        }
    }
}

/// Where the log is: where the flag says, else where the running server says, else where the
/// settings say.
fn log_dir(draft: &Draft, args: &LogArgs) -> PathBuf {
    if let Some(log_dir) = &args.log_dir {
        return draft.work_dir().join(log_dir);
    }
    match instance::probe(draft.work_dir()) {
        Ok(Presence::Running(record)) => record.log_dir,
        _ => draft.log_dir().to_owned(),
    }
}

/// Empties the log. A server that writes it goes on at its new end.
fn clear(log_dir: &Path, words: &str) -> CommandResult {
    let path = log_file::path_in(log_dir);
    let shown = path.display();
    match std::fs::File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_len(0))
    {
        Ok(()) => output::message(&format!("`{shown}` is {words}")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            output::message(&format!("nothing to clear: there is no `{shown}`"));
        }
        Err(error) => {
            return Err(anyhow::Error::new(error)
                .context(format!("empty `{shown}`"))
                .into());
        }
    }
    Ok(Exit::Done)
}

/// The failure of reading a log that is not there.
fn missing(log_dir: &Path) -> Failure {
    Failure::new(format!("no log in `{}`", log_dir.display()))
        .with_hint("a server writes it once it runs; `--log-dir` names another directory")
}
