//! What came of a load: figures as data, for JSON and for people.

mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::measure::Quantiles;
use crate::plan::Transport;

/// What came of a load. Times are in microseconds unless their names say otherwise.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The version of the generator.
    pub version: &'static str,
    /// `events`, `idle`, `broadcast`, `storm` or `http`.
    pub scenario: &'static str,
    /// The server's URL.
    pub target: String,
    /// What carried the packets; nothing for `http`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
    /// The connections.
    pub connections: Connections,
    /// Events and their answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// Broadcasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broadcasts: Option<Broadcasts>,
    /// Storms, one for each round.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub storms: Vec<Round>,
    /// What the server's process took, where it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<Usage>,
    /// What went wrong, by code: of fs7's errors, or `connection_lost`, `unanswered`, `http_503`,
    /// `tcp_refused` and so on.
    pub errors: BTreeMap<String, u64>,
    /// Whether nothing failed: every event answered well, every client still or again there.
    pub is_good: bool,
}

/// The connections of a load.
#[derive(Clone, Debug, Serialize)]
pub struct Connections {
    /// How many there were at a time.
    pub opened: u64,
    /// How many ended without being asked to.
    pub lost: u64,
    /// Pings that were answered.
    pub pings: u64,
    /// How long it took to open all, in seconds.
    pub open_seconds: f64,
    /// How long each took, until it was let in.
    pub open_us: Option<Quantiles>,
}

/// Events that were sent in the time that is measured.
#[derive(Clone, Debug, Serialize)]
pub struct Load {
    /// How long was measured.
    pub seconds: f64,
    /// The rate that was asked for, per second (open loop).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_asked: Option<f64>,
    /// Events that were sent.
    pub sent: u64,
    /// Events that were answered well; of those that want no answer, sent.
    pub done: u64,
    /// Events that failed, or had no answer 10 s after the end.
    pub failed: u64,
    /// Done per second.
    pub per_second: f64,
    /// How they are shared out over the connections.
    pub shares: Option<Shares>,
    /// What a latency is: from where to where.
    pub latency_is: &'static str,
    /// Latencies; in an open loop they count from the moment at which the event was due.
    pub latency_us: Option<Quantiles>,
    /// How late events left (open loop): what of the latency is the generator's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_us: Option<Quantiles>,
}

/// How many events were done on each connection: of clients that ask alike, a server that is fair
/// lets none wait for the sake of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shares {
    /// On the connection with the fewest.
    pub least: u64,
    /// Half have no more.
    pub median: u64,
    /// On the connection with the most.
    pub most: u64,
}

impl Shares {
    /// Of the numbers for each connection; none of no connections.
    pub(crate) fn of(mut done: Vec<u64>) -> Option<Self> {
        done.sort_unstable();
        Some(Self {
            least: *done.first()?,
            median: *done.get(done.len() / 2)?,
            most: *done.last()?,
        })
    }
}

/// Broadcasts in the time that is measured.
#[derive(Clone, Debug, Serialize)]
pub struct Broadcasts {
    /// How long was measured.
    pub seconds: f64,
    /// Clients that each of them should reach.
    pub receivers: u64,
    /// Broadcasts that were sent.
    pub sent: u64,
    /// Broadcasts that reached all.
    pub complete: u64,
    /// Events that came to a receiver.
    pub deliveries: u64,
    /// The same per second.
    pub deliveries_per_second: f64,
    /// From the emit to each receiver.
    pub delivery_us: Option<Quantiles>,
    /// From the emit to the last receiver.
    pub last_us: Option<Quantiles>,
}

/// One storm: all connections cut at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct Round {
    /// Clients that were cut.
    pub clients: u64,
    /// Clients that came back.
    pub back: u64,
    /// Attempts to come back.
    pub attempts: u64,
    /// What attempts were refused for, by code.
    pub refused: BTreeMap<String, u64>,
    /// What became of their sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<Sessions>,
    /// When they were back, counted from the cut.
    pub back_us: Option<Back>,
}

/// What became of the sessions in a storm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sessions {
    /// The server still knew them, under the same id.
    pub resumed: u64,
    /// And has every missed event follow.
    pub recovered: u64,
    /// The client got a new session instead.
    pub lost: u64,
    /// Tokens that were refused.
    pub refused_tokens: u64,
}

/// When clients were back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Back {
    /// The first.
    pub first: u64,
    /// Half of them.
    pub median: u64,
    /// 99 of 100.
    pub p99: u64,
    /// The last.
    pub last: u64,
}

/// What the server's process took of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Usage {
    /// Its number.
    pub pid: u32,
    /// Resident bytes before the first connection.
    pub rss_before_bytes: u64,
    /// Resident bytes with all connections, before the load.
    pub rss_open_bytes: u64,
    /// Resident bytes at the end, with all connections still open.
    pub rss_after_bytes: u64,
    /// What each connection added, from before the first to the end.
    pub rss_per_connection_bytes: u64,
    /// Processor seconds for opening the connections.
    pub cpu_open_seconds: f64,
    /// Processor seconds for the load.
    pub cpu_load_seconds: f64,
}
