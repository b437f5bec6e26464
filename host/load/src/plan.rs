//! What is to be done: a plan as data, from the command line or a test.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::target::Target;

/// A load, in full.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where it goes.
    pub target: Target,
    /// How clients join; HTTP takes the namespace from it.
    pub join: Join,
    /// Connections at a time.
    pub connections: usize,
    /// The server's process on this machine, whose memory and processor time are then told.
    pub pid: Option<u32>,
    /// What the clients do.
    pub scenario: Scenario,
}

/// How a client joins.
#[derive(Clone, Debug)]
pub struct Join {
    /// Over what.
    pub transport: Transport,
    /// The namespace with its slash.
    pub namespace: String,
    /// Where the server speaks Engine.IO, such as `/socket.io/`.
    pub path: String,
    /// The auth object of the CONNECT packet.
    pub auth: Option<Map<String, Value>>,
}

/// What carries the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A WebSocket from the first packet on.
    WebSocket,
    /// HTTP requests: a poll is always waiting, posts go over a second connection.
    Polling,
}

/// What the clients do.
#[derive(Clone, Debug)]
pub enum Scenario {
    /// They emit events and wait for answers.
    Events(Events),
    /// They stay, and answer pings, for so long.
    Idle(Duration),
    /// They receive what one more client has the server broadcast.
    Broadcast(Broadcast),
    /// They lose their connections all at once, and come back.
    Storm(Storm),
    /// They post events over HTTP.
    Http(Http),
}

/// An event to be sent.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its name.
    pub event: String,
    /// Its one argument: JSON, sent as it stands.
    pub payload: Option<String>,
}

/// Emits and their answers.
#[derive(Clone, Debug)]
pub struct Events {
    /// What is sent.
    pub order: Order,
    /// Events under way on each connection (closed loop).
    pub depth: usize,
    /// Events per second of all connections together, whatever the server does (open loop).
    pub rate: Option<f64>,
    /// Whether an acknowledgement is asked for, and waited for.
    pub is_acked: bool,
    /// An event that the server sends back to the sender for each one: waited for as well.
    pub awaited: Option<String>,
    /// How long is measured.
    pub duration: Duration,
    /// How long is sent before that.
    pub warmup: Duration,
}

/// Broadcasts.
#[derive(Clone, Debug)]
pub struct Broadcast {
    /// What makes the server broadcast.
    pub order: Order,
    /// The event that then comes to each receiver.
    pub awaited: String,
    /// What each receiver sends first, to be in the room.
    pub joining: Option<Order>,
    /// Broadcasts under way.
    pub depth: usize,
    /// How long is measured.
    pub duration: Duration,
    /// How long is sent before that.
    pub warmup: Duration,
}

/// Lost connections.
#[derive(Clone, Debug)]
pub struct Storm {
    /// Whether clients have sessions (fs7) and resume them.
    pub has_sessions: bool,
    /// Over how long their first attempts are spread.
    pub within: Duration,
    /// How often all are cut.
    pub rounds: usize,
    /// How long a client may take to come back before it is given up.
    pub patience: Duration,
}

/// Events over HTTP.
#[derive(Clone, Debug)]
pub struct Http {
    /// What is posted.
    pub order: Order,
    /// Requests under way per client. HTTP/1.1 carries one at a time, so each has a connection of
    /// its own.
    pub depth: usize,
    /// Requests per second of all together (open loop).
    pub rate: Option<f64>,
    /// The API key.
    pub key: Option<String>,
    /// How long is measured.
    pub duration: Duration,
    /// How long is sent before that.
    pub warmup: Duration,
}
