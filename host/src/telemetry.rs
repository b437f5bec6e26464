//! Telemetry: where log lines go. JSON lines to `debug.log` at the level of the settings, the
//! same for people on the console at INFO and above.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

use crate::config::settings::Settings;

mod console;
pub mod fact_writer;
mod json_line;
mod line_writer;
pub mod log_file;
pub mod metrics;
pub mod timestamp;

use console::ConsoleWriter;
use json_line::JsonLine;
use line_writer::LineWriter;
use log_file::LogFile;

/// fs7's own log lines; those of its dependencies matter only when they warn.
const TARGET: &str = "fs7";

/// The log file of this process, for `flush`.
static LOG_FILE: OnceLock<Arc<LogFile>> = OnceLock::new();

/// Whether log lines are shown on the console too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// Those at INFO and above: the foreground.
    Lines,
    /// None: nobody reads it.
    Silent,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log file cannot be written.
    #[error("open log file `{}`", path.display())]
    LogFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A log was set up before in this process.
    #[error("the log of this process is set up already")]
    Twice,
}

impl TelemetryError {
    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::LogFile { .. } => {
                Some("name a directory that you may write to with `--log-dir`".to_owned())
            }
            Self::Twice => None,
        }
    }
}

/// The log of this process.
#[derive(Clone)]
pub struct Telemetry {
    log_file: Arc<LogFile>,
}

/// Opens the log and sends all log lines of this process there from now on.
///
/// # Errors
/// When the log file cannot be written, or the process has a log.
pub fn init(settings: &Settings, console: Console) -> Result<Telemetry, TelemetryError> {
    let log_file = Arc::new(
        LogFile::open(&settings.log_dir, settings.log.clone()).map_err(|source| {
            TelemetryError::LogFile {
                path: log_file::path_in(&settings.log_dir),
                source,
            }
        })?,
    );
    let json = tracing_subscriber::fmt::layer()
        .event_format(JsonLine)
        .with_writer(LineWriter(Arc::clone(&log_file)))
        .with_filter(own_lines(settings.log_level));
    let text = (console == Console::Lines).then(|| {
        tracing_subscriber::fmt::layer()
            .compact()
            .with_ansi(false)
            .with_target(false)
            .with_writer(ConsoleWriter)
            .with_filter(own_lines(Level::INFO))
    });
    let subscriber = tracing_subscriber::registry().with(json).with(text);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::Twice)?;
    let _ = LOG_FILE.set(Arc::clone(&log_file));
    Ok(Telemetry { log_file })
}

/// Writes out what waits for the log file, and for the console. Called when there is nothing to log for the moment,
/// and at the end.
pub fn flush() {
    if let Some(log_file) = LOG_FILE.get() {
        log_file.flush();
    }
    console::flush();
}

/// Lines for the console that this thread logs are gathered from now on, until it calls `flush`.
fn gather() {
    console::gather();
}

/// Log lines that were lost because the file could not be written.
pub fn lost_lines() -> u64 {
    LOG_FILE.get().map_or(0, |log_file| log_file.lost_lines())
}

impl Telemetry {
    /// Writes out what waits for the log file.
    pub fn flush(&self) {
        self.log_file.flush();
    }

    /// The log file.
    pub fn log_path(&self) -> &Path {
        self.log_file.path()
    }
}

fn own_lines(level: Level) -> Targets {
    Targets::new()
        .with_default(level.min(Level::WARN))
        .with_target(TARGET, level)
}
