//! The command line of `fs7 bench`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

/// What `fs7 bench --help` ends with.
const HELP: &str = "\
Without a URL the load goes to the server of this directory. TLS is not spoken: name the server
behind the proxy.

The report goes to standard output, a line of progress per second to standard error. Times of an
open loop (--rate) count from the moment at which an event was due, whatever came before it.

Exit codes:
  0  every event was answered well, every client was there or came back
  1  something failed; the report or the line `error:` says what
  2  the command line is wrong
  3  no URL was named, and no server runs in this directory";

/// `fs7 bench`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct BenchArgs {
    /// What the clients do.
    #[command(subcommand)]
    pub command: BenchCommand,
}

/// What the clients do.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Emit events over Socket.IO and wait for what comes back
    #[command(after_help = HELP)]
    Events(EventsArgs),
    /// Hold connections and answer pings: what a connection costs
    #[command(after_help = HELP)]
    Idle(IdleArgs),
    /// Have one client's event broadcast, and time it until the last of many receivers has it
    #[command(after_help = HELP)]
    Broadcast(BroadcastArgs),
    /// Cut all connections at one moment, and time how all clients come back
    #[command(after_help = HELP)]
    Storm(StormArgs),
    /// Post events over HTTP
    #[command(after_help = HELP)]
    Http(HttpArgs),
}

/// What all loads take.
#[derive(Debug, Args)]
pub struct LoadArgs {
    /// The server, as http://HOST:PORT [default: that of this directory]
    #[arg(value_hint = ValueHint::Url)]
    pub url: Option<String>,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub connections: usize,
    /// The Socket.IO namespace
    #[arg(long, default_value = "/")]
    pub namespace: String,
    /// A server's process on this machine, to tell its memory and processor time [default: that of
    /// this directory's server, where no URL is named]
    #[arg(long)]
    pub pid: Option<u32>,
    /// Write the report into a file too, as JSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
    /// No lines of progress
    #[arg(long)]
    pub quiet: bool,
}

/// How clients join.
#[derive(Debug, Args)]
pub struct JoinArgs {
    /// What carries the packets
    #[arg(long, value_enum, default_value_t = Carrier::Websocket)]
    pub transport: Carrier,
    /// Where the server speaks Engine.IO
    #[arg(long, default_value = "/socket.io/")]
    pub path: String,
    /// The auth object of every client: JSON
    #[arg(long, value_name = "JSON")]
    pub auth: Option<String>,
}

/// What carries the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Carrier {
    /// A WebSocket from the first packet on
    Websocket,
    /// HTTP long polling
    Polling,
}

/// What is sent.
#[derive(Debug, Args)]
pub struct OrderArgs {
    /// The event's name
    #[arg(long)]
    pub event: String,
    /// Its argument: JSON, sent as it stands
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub payload: Option<String>,
}

/// How long.
#[derive(Debug, Args)]
pub struct TimeArgs {
    /// How long is measured, such as 10s, 500ms or 2m
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "10s")]
    pub duration: Duration,
    /// How long is sent before that
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "2s")]
    pub warmup: Duration,
}

/// `fs7 bench events`.
#[derive(Debug, Args)]
pub struct EventsArgs {
    /// What all loads take.
    #[command(flatten)]
    pub load: LoadArgs,
    /// How clients join.
    #[command(flatten)]
    pub join: JoinArgs,
    /// What is sent.
    #[command(flatten)]
    pub order: OrderArgs,
    /// How long.
    #[command(flatten)]
    pub time: TimeArgs,
    /// Events under way per connection (closed loop)
    #[arg(long, default_value_t = 1, conflicts_with = "rate")]
    pub depth: usize,
    /// Events per second of all connections together, whatever the server does (open loop)
    #[arg(long, value_name = "PER_SECOND")]
    pub rate: Option<f64>,
    /// Ask for no acknowledgement
    #[arg(long)]
    pub no_ack: bool,
    /// An event that the server emits to the sender for each one: waited for as well
    #[arg(long = "await", value_name = "EVENT")]
    pub awaited: Option<String>,
}

/// `fs7 bench idle`.
#[derive(Debug, Args)]
pub struct IdleArgs {
    /// What all loads take.
    #[command(flatten)]
    pub load: LoadArgs,
    /// How clients join.
    #[command(flatten)]
    pub join: JoinArgs,
    /// How long the connections are held, once all are open
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "60s")]
    pub hold: Duration,
}

/// `fs7 bench broadcast`.
#[derive(Debug, Args)]
pub struct BroadcastArgs {
    /// What all loads take; connections are receivers, the sender has one more.
    #[command(flatten)]
    pub load: LoadArgs,
    /// How clients join.
    #[command(flatten)]
    pub join: JoinArgs,
    /// What is sent.
    #[command(flatten)]
    pub order: OrderArgs,
    /// How long.
    #[command(flatten)]
    pub time: TimeArgs,
    /// The event that then comes to each receiver
    #[arg(long = "await", value_name = "EVENT")]
    pub awaited: String,
    /// The event by which each receiver enters the room first
    #[arg(long = "join", value_name = "EVENT")]
    pub joining: Option<String>,
    /// The argument of that event: JSON
    #[arg(long, value_name = "JSON", requires = "joining")]
    pub join_payload: Option<String>,
    /// Broadcasts under way
    #[arg(long, default_value_t = 1)]
    pub depth: usize,
}

/// `fs7 bench storm`.
#[derive(Debug, Args)]
pub struct StormArgs {
    /// What all loads take.
    #[command(flatten)]
    pub load: LoadArgs,
    /// How clients join.
    #[command(flatten)]
    pub join: JoinArgs,
    /// Clients have sessions of fs7 and resume them
    #[arg(long)]
    pub sessions: bool,
    /// Spread the first attempts over so many milliseconds; 0: all at once
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub within: u64,
    /// How often all are cut
    #[arg(long, default_value_t = 1)]
    pub rounds: usize,
    /// How long a client may take to come back
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "120s")]
    pub patience: Duration,
}

/// `fs7 bench http`.
#[derive(Debug, Args)]
pub struct HttpArgs {
    /// What all loads take; the URL's path, where it has one, is where is posted instead of
    /// /api/events.
    #[command(flatten)]
    pub load: LoadArgs,
    /// What is sent.
    #[command(flatten)]
    pub order: OrderArgs,
    /// How long.
    #[command(flatten)]
    pub time: TimeArgs,
    /// Requests under way per client; each has a connection of its own
    #[arg(long, default_value_t = 1)]
    pub depth: usize,
    /// Requests per second of all together, whatever the server does (open loop)
    #[arg(long, value_name = "PER_SECOND")]
    pub rate: Option<f64>,
    /// The API key [default: API_KEY, or the key of this directory's server]
    #[arg(long)]
    pub key: Option<String>,
}

/// A time such as `10s`, `500ms` or `2m`; without a unit in seconds.
fn time(text: &str) -> Result<Duration, String> {
    let digits = text.find(|sign: char| !sign.is_ascii_digit() && sign != '.');
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let seconds_per_unit = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => f64::NAN,
    };
    let seconds = number.parse().unwrap_or(f64::NAN) * seconds_per_unit;
    // A day is more than any load needs, and far from where clocks end.
    if (0.0..=86_400.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("expected a time up to 24h, such as 10s, 500ms or 2m".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, millis) in [
            ("10s", 10_000),
            ("10", 10_000),
            ("500ms", 500),
            ("1.5s", 1_500),
            ("2m", 120_000),
            ("24h", 86_400_000),
            ("0", 0),
        ] {
            assert_eq!(time(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "-1s", "1x", "1e9s", "25h", "..s", "NaN", "inf"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
