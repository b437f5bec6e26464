//! Telemetry: where log lines go. JSON lines to `debug.log` at the level of the settings, the
//! same for people on the console at INFO and above.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

use crate::config::settings::Settings;
use crate::fact::log::per_event::Line;

mod console;
mod event_lines;
pub mod fact_writer;
mod json_format;
mod json_line;
mod line_writer;
pub mod log_file;
pub mod metrics;
mod text_line;
pub mod timestamp;

use console::ConsoleWriter;
use event_lines::{EventLines, Wanted};
use json_format::JsonFormat;
use line_writer::LineWriter;
use log_file::LogFile;

/// fs7's own log lines; those of its dependencies matter only when they warn.
const TARGET: &str = "fs7";

/// What the console shows at most.
const CONSOLE_LEVEL: Level = Level::INFO;

/// Where the log lines of this process go.
static SINKS: OnceLock<Sinks> = OnceLock::new();

/// Where log lines go.
struct Sinks {
    log_file: Arc<LogFile>,
    wanted: Wanted,
}

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
    let wanted = Wanted {
        file_level: settings.log_level,
        console,
    };
    let file = LineWriter(Arc::clone(&log_file));
    let subscriber = subscriber(wanted, file, ConsoleWriter);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::Twice)?;
    let _ = SINKS.set(Sinks {
        log_file: Arc::clone(&log_file),
        wanted,
    });
    Ok(Telemetry { log_file })
}

/// Writes out what waits for the log file, and for the console. Called when there is nothing to log for the moment,
/// and at the end.
pub fn flush() {
    if let Some(sinks) = SINKS.get() {
        sinks.log_file.flush();
    }
    console::flush();
}

/// Lines for the console that this thread logs are gathered from now on, until it calls `flush`.
fn gather() {
    console::gather();
}

/// Writes a line that does not come through tracing; where there is no log, to nobody.
fn write(lines: &mut EventLines, line: &Line<'_>) {
    if let Some(sinks) = SINKS.get() {
        lines.write(sinks, line);
    }
}

/// Log lines that were lost because the file could not be written.
pub fn lost_lines() -> u64 {
    SINKS.get().map_or(0, |sinks| sinks.log_file.lost_lines())
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

/// What tracing gives lines to.
fn subscriber<F, C>(wanted: Wanted, file: F, console: C) -> impl Subscriber + Send + Sync
where
    F: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    C: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let json = tracing_subscriber::fmt::layer()
        .event_format(JsonFormat)
        .with_writer(file)
        .with_filter(own_lines(wanted.file_level));
    let text = (wanted.console == Console::Lines).then(|| {
        tracing_subscriber::fmt::layer()
            .compact()
            .with_ansi(false)
            .with_target(false)
            .with_writer(console)
            .with_filter(own_lines(CONSOLE_LEVEL))
    });
    tracing_subscriber::registry().with(json).with(text)
}

fn own_lines(level: Level) -> Targets {
    Targets::new()
        .with_default(level.min(Level::WARN))
        .with_target(TARGET, level)
}
