//! Effects: what a handler asks for. They are data until the handler has succeeded.

use std::sync::Arc;

use crate::event::{Args, ConnectionId, Origin};

/// Receivers left out of an emit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exceptions {
    /// Leave out the connection that sent the event.
    pub sender: bool,
    /// Leave out these connections.
    pub sockets: Vec<ConnectionId>,
    /// Leave out every connection in these rooms.
    pub rooms: Vec<String>,
}

/// Who receives an emit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The connection that sent the event; nobody when it came from no socket.
    Sender,
    /// One connection, in the event's namespace.
    Socket(ConnectionId),
    /// The members of a room, with exceptions.
    Room(String, Exceptions),
    /// Every connection in the namespace, with exceptions.
    Everyone(Exceptions),
}

/// Whom a join, a leave or a disconnect is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// The connection that sent the event.
    Sender,
    /// One connection, in the event's namespace.
    Socket(ConnectionId),
}

/// One outgoing event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emit {
    /// Who receives it.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// Its arguments, checked to be a JSON array whose placeholders have attachments.
    pub args: Args,
    /// Whether a client that cannot take it at once goes without it: the contract says so.
    pub is_volatile: bool,
    /// Whether its arguments are known to fit the contract ([`EffectSink::surely_takes`]).
    pub surely_fits: bool,
}

/// One thing that a handler asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send an event.
    Emit(Emit),
    /// Put a connection into a room.
    Join(Member, String),
    /// Take a connection out of a room.
    Leave(Member, String),
    /// End a connection's stay in the namespace.
    Disconnect(Member),
}

/// On whose behalf effects are committed.
#[derive(Clone, Debug)]
pub struct EffectScope {
    /// The event's namespace: effects never leave it.
    pub namespace: Arc<str>,
    /// Where the event came from: resolves `sender`.
    pub origin: Origin,
}

/// What became of committed emits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Emits handed to at least one connection.
    pub delivered: u32,
    /// Emits that reached nobody: an empty room, a connection that has gone, or target
    /// `sender` of an event that came from no socket.
    pub undelivered: u32,
}

impl std::ops::AddAssign for Delivery {
    fn add_assign(&mut self, other: Self) {
        self.delivered += other.delivered;
        self.undelivered += other.undelivered;
    }
}

/// Where effects go: the sockets, or a recording in tests and benchmarks.
pub trait EffectSink: Send + Sync + 'static {
    /// Applies the effects in order. Never blocks: a connection that cannot take more is
    /// dealt with by the sink.
    fn commit(&self, scope: &EffectScope, effects: Vec<Effect>) -> Delivery;

    /// Whether arguments of an emit surely are JSON and fit the contract, so that neither needs to be
    /// looked at again. `false`: nobody has looked, or not so closely.
    fn surely_takes(&self, _scope: &EffectScope, _name: &str, _args: &Args) -> bool {
        false
    }

    /// The same of an acknowledgement.
    fn surely_acks(&self, _args: &Args) -> bool {
        false
    }
}
