//! The command line: what can be said, and nothing about what it does.

pub mod asyncapi;
pub mod bench;
pub mod generate;
pub mod messaging;
pub mod server_url;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

/// What every `--help` ends with.
const EXIT_CODES: &str = "\
Data goes to standard output, messages to standard error.

Exit codes:
  0  done; for `status`: the server runs
  1  failed; the line `error:` says why, `hint:` what to do
  2  the command line is wrong
  3  no server runs in this directory";

/// Where settings come from.
const SETTINGS_HELP: &str = "\
Settings come from fs7.toml (or --config FILE), .env, the environment (API_KEY, SESSION_SECRET,
PREVIOUS_SESSION_SECRET, LOG_LEVEL, HOST, PORT, EVENTS_DIR, LOG_DIR, CONTRACT) and flags; the
later wins. Relative paths start in the working directory, which also holds fastsocket.pid and
.fs7/.

On a loopback address a missing API key is made and kept in .fs7/api-key, for its owner alone;
on any other address a start without API_KEY is refused.

Data goes to standard output, messages to standard error.

Exit codes:
  0  the server answers (background) or has ended in good order (foreground)
  1  failed, or a server runs in this directory already
  2  the command line is wrong";

/// An event host: sandboxed handlers answer Socket.IO, plain WebSockets and HTTP, and are swapped
/// while every connection stays open.
#[derive(Debug, Parser)]
#[command(name = "fs7", version, after_help = EXIT_CODES, propagate_version = true)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    /// Settings file [default: fs7.toml, where it exists]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server; returns when it answers and prints its address
    #[command(after_help = SETTINGS_HELP)]
    Start(StartArgs),
    /// Stop the server: waits until the events in flight have ended
    #[command(after_help = EXIT_CODES)]
    Stop(StopArgs),
    /// Show whether the server runs, and how it is
    #[command(after_help = EXIT_CODES)]
    Status(ReadArgs),
    /// Load handlers that are new or have changed, and the contract where it has
    #[command(after_help = EXIT_CODES)]
    Reload(ReloadArgs),
    /// List the registered events, their handlers, and the files that could not be loaded
    #[command(after_help = EXIT_CODES)]
    ListEvents(ReadArgs),
    /// Check handlers, copy them into the events directory, and load them
    #[command(visible_alias = "register", after_help = EXIT_CODES)]
    RegisterEventsCommand(RegisterArgs),
    /// Send one event to the server and print the reply
    #[command(after_help = EXIT_CODES)]
    Trigger(TriggerArgs),
    /// List connections and sessions, send to one, end one, read and set its user data
    #[command(after_help = EXIT_CODES)]
    Connections(messaging::ConnectionsArgs),
    /// List rooms, who is in one, what went to it, and send to it
    #[command(after_help = EXIT_CODES)]
    Rooms(messaging::RoomsArgs),
    /// Send an event or a text to everyone in a namespace
    #[command(after_help = EXIT_CODES)]
    Broadcast(messaging::BroadcastArgs),
    /// Make and check reconnect tokens
    #[command(after_help = EXIT_CODES)]
    Tokens(messaging::TokensArgs),
    /// Put a load on a Socket.IO or HTTP server, and print latencies
    Bench(bench::BenchArgs),
    /// View, follow or clear the log
    #[command(after_help = EXIT_CODES)]
    Log(LogArgs),
    /// Check, compare, export and import the contract
    Asyncapi(asyncapi::AsyncapiArgs),
    /// Write plugins from the contract: a crate for each event that clients send
    #[command(after_help = EXIT_CODES)]
    Handlers(generate::HandlersArgs),
    /// Write Vue pages from the contract: one for each operation
    #[command(after_help = EXIT_CODES)]
    Pages(generate::GenerateArgs),
    /// Make a new plugin: a crate with one handler, a test and a README
    #[command(after_help = EXIT_CODES)]
    New(NewArgs),
    /// Build a plugin, check it, and install it into the events directory
    #[command(after_help = EXIT_CODES)]
    Build(BuildArgs),
    /// Build a plugin at every change and swap it into the running server
    #[command(after_help = EXIT_CODES)]
    Dev(DevArgs),
    /// Print a completion script
    Completions {
        /// For which shell
        shell: Shell,
    },
}

/// `fs7 start`.
#[derive(Clone, Debug, Args)]
pub struct StartArgs {
    /// Name or IP address to listen on [default: 127.0.0.1]
    #[arg(long, value_hint = ValueHint::Hostname)]
    pub host: Option<String>,
    /// Port to listen on; 0 takes a free one [default: 8000]
    #[arg(long)]
    pub port: Option<u16>,
    /// Where handlers are dropped [default: events]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub events_dir: Option<PathBuf>,
    /// Where debug.log is written [default: logs]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub log_dir: Option<PathBuf>,
    /// The AsyncAPI document [default: asyncapi.yaml, where it exists]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub contract: Option<PathBuf>,
    /// Stay in the foreground and log to the console, as containers want it
    #[arg(long)]
    pub foreground: bool,
    /// The server process that a start in the background makes.
    #[arg(long, hide = true, conflicts_with = "foreground")]
    pub background_server: bool,
}

/// `fs7 stop`.
#[derive(Debug, Args)]
pub struct StopArgs {
    /// Do not wait for the events in flight
    #[arg(long)]
    pub now: bool,
    /// Seconds to wait [default: `limits.drain_ms` and 10 seconds more]
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Print how it ended as JSON: {pid, closed_count, failed_count, duration_seconds}, or null
    #[arg(long)]
    pub json: bool,
}

/// Commands that only read.
#[derive(Debug, Args)]
pub struct ReadArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `fs7 reload`.
#[derive(Debug, Args)]
pub struct ReloadArgs {
    /// Have a contract serve even if it breaks clients of the one before
    #[arg(long)]
    pub allow_breaking: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `fs7 register-events-command`.
#[derive(Debug, Args)]
pub struct RegisterArgs {
    /// The directory with the handlers (*.wasm)
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub directory: PathBuf,
    /// Check them, copy nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `fs7 trigger`.
#[derive(Debug, Args)]
pub struct TriggerArgs {
    /// The event's name
    pub name: String,
    /// The payload: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub payload: Option<String>,
    /// The Socket.IO namespace
    #[arg(long, default_value = "/")]
    pub namespace: String,
    /// Print the whole answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// `fs7 log`.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// The log directory [default: that of the running server, else of the settings]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub log_dir: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: LogCommand,
}

/// What to do with the log.
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Print the last lines of the log
    #[command(visible_alias = "view", after_help = EXIT_CODES)]
    ViewLogs {
        /// How many lines
        #[arg(long, default_value_t = 100)]
        lines: usize,
        /// How they are shown.
        #[command(flatten)]
        show: ShowArgs,
    },
    /// Print lines as they are written, across rotation, until Ctrl-C
    #[command(visible_alias = "tail", after_help = EXIT_CODES)]
    TailLogs {
        /// Lines to begin with
        #[arg(long, default_value_t = 10)]
        lines: usize,
        /// How they are shown.
        #[command(flatten)]
        show: ShowArgs,
    },
    /// Empty debug.log
    #[command(visible_alias = "clear", after_help = EXIT_CODES)]
    ClearLogs {
        /// Delete the rotated files too
        #[arg(long)]
        all: bool,
    },
}

/// How log lines are shown.
#[derive(Clone, Debug, Args)]
pub struct ShowArgs {
    /// Print the lines as they stand in the file: JSON
    #[arg(long)]
    pub json: bool,
    /// Only lines of this level and above: trace, debug, info, warning, error or critical
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<String>,
}

/// `fs7 new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The plugin's name; its event has the same, with `_` for `-`
    pub name: String,
    /// The folder of the crate fs7-sdk [default: that of the checkout fs7 was built from, where
    /// it exists, else the published version]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub sdk_path: Option<PathBuf>,
}

/// `fs7 build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The plugin's folder
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Where the component goes: a file, or a directory that exists [default: the events directory]
    #[arg(long, value_name = "FILE|DIR", conflicts_with = "no_install")]
    pub output: Option<PathBuf>,
    /// Build and check only
    #[arg(long)]
    pub no_install: bool,
}

/// `fs7 dev`.
#[derive(Debug, Args)]
pub struct DevArgs {
    /// The plugin's folder
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Port of the server that is started where none runs; 0 takes a free one [default: 8000]
    #[arg(long)]
    pub port: Option<u16>,
}
