//! Facts: every observable thing that happens, recorded once. Logs, metrics and tests read the
//! same facts; nothing else in the host speaks of domain things to the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

use crossbeam_queue::ArrayQueue;

use crate::event::{ConnectionId, OccurrenceId};

pub(crate) mod log;

/// How severe a guest's own log line is, as `wasi:logging` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestLevel {
    /// Step-by-step detail.
    Trace,
    /// Useful when looking for a fault.
    Debug,
    /// Normal operation.
    Info,
    /// Odd, but recovered from.
    Warn,
    /// Something failed.
    Error,
    /// Somebody must act now.
    Critical,
}

/// The closing fact of one event: exactly one for each that was accepted.
#[derive(Clone, Debug)]
pub struct EventEnded {
    /// Which occurrence.
    pub occurrence: OccurrenceId,
    /// The event's namespace.
    pub namespace: Arc<str>,
    /// The event's name.
    pub event: Arc<str>,
    /// `socket`, `http` or `cli`.
    pub origin: &'static str,
    /// The connection, where there is one.
    pub connection: Option<ConnectionId>,
    /// The handler that answered, where there is one.
    pub handler: Option<Arc<str>>,
    /// The generation of the registry in which it was found.
    pub generation: u64,
    /// `replied`, `rejected` or `failed`.
    pub outcome: &'static str,
    /// The code that the sender read, where it was no reply.
    pub code: Option<&'static str>,
    /// Why, for the log only.
    pub detail: Option<String>,
    /// The limit that was reached, where it was one, by its name in the settings.
    pub limit: Option<&'static str>,
    /// From reception to outcome.
    pub duration: Duration,
    /// The guest's peak memory in bytes.
    pub peak_memory_bytes: usize,
    /// Emits that reached somebody.
    pub delivered: u32,
    /// Emits that reached nobody.
    pub undelivered: u32,
    /// Log lines beyond the limit.
    pub log_lines_dropped: u32,
    /// W3C Trace Context, where the sender gave one.
    pub traceparent: Option<String>,
}

/// Arguments that do not fit the contract.
#[derive(Clone, Debug)]
pub struct ContractViolation {
    /// In which occurrence.
    pub occurrence: OccurrenceId,
    /// `inbound`, `outbound` or `ack`.
    pub direction: &'static str,
    /// `strict`: the event failed for it; `warn`: they went their way.
    pub mode: &'static str,
    /// The handler that answered.
    pub handler: Arc<str>,
    /// The namespace.
    pub namespace: Arc<str>,
    /// The event that carried the arguments.
    pub event: Arc<str>,
    /// Where the first violation is, as a JSON pointer.
    pub pointer: String,
    /// The rule that it breaks.
    pub rule: String,
    /// The rule in words.
    pub message: String,
    /// How many violations there are.
    pub violations: usize,
    /// Facts of this kind that were not told since the last one: there were too many at a time.
    pub untold: u64,
}

/// One observable thing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fact {
    /// An event came to its outcome.
    EventEnded(Box<EventEnded>),
    /// A guest wrote a log line.
    GuestLogged {
        /// Which occurrence; none while the handler is described.
        occurrence: Option<OccurrenceId>,
        /// The handler.
        handler: Arc<str>,
        /// The generation of the registry in which it was found.
        generation: u64,
        /// How severe.
        level: GuestLevel,
        /// What the guest gave as context, `stdout` or `stderr`.
        context: Arc<str>,
        /// The line.
        message: String,
    },
    /// A handler was published.
    HandlerPublished {
        /// The file.
        file: String,
        /// The handler's name.
        handler: String,
        /// The handler's version.
        version: String,
        /// SHA-256 of the file.
        sha256: String,
        /// The generation that it came with.
        generation: u64,
        /// From reading to publishing.
        duration: Duration,
    },
    /// A handler's file is gone, and so is the handler.
    HandlerRemoved {
        /// The file.
        file: String,
        /// The generation without it.
        generation: u64,
    },
    /// A file could not be loaded; what serves did not change.
    HandlerLoadFailed {
        /// The file.
        file: String,
        /// What it should have been.
        expected: String,
        /// What it was.
        found: String,
    },
    /// A contract was published.
    ContractLoaded {
        /// Its file.
        file: String,
        /// Its title.
        title: String,
        /// Its own version.
        version: String,
        /// SHA-256 over all its files.
        sha256: String,
        /// The generation that it came with.
        generation: u64,
        /// Operations that it names.
        operations: usize,
        /// What is odd in it, in number.
        warnings: usize,
    },
    /// A contract could not be published; what serves did not change.
    ContractFailed {
        /// Its file.
        file: String,
        /// What it should have been.
        expected: String,
        /// What it was.
        found: String,
    },
    /// An event is served that the contract does not name; told once for each name.
    ContractUnknownEvent {
        /// `inbound` or `outbound`.
        direction: &'static str,
        /// The event's namespace.
        namespace: Arc<str>,
        /// The event's name.
        event: Arc<str>,
        /// Whether the operator wants to be warned.
        warns: bool,
    },
    /// Arguments do not fit the contract, and it was not their sender who was told.
    ContractViolation(Box<ContractViolation>),
    /// The events directory could not be read or watched.
    EventsDirFailed {
        /// What went wrong.
        detail: String,
    },
    /// An entry of the compile cache was not used.
    CompileCacheRefused {
        /// Why.
        detail: String,
    },
    /// A connection was accepted.
    ConnectionOpened {
        /// Which.
        connection: ConnectionId,
        /// `polling` or `websocket` for Socket.IO, `ws` for a plain WebSocket.
        transport: &'static str,
    },
    /// A connection ended.
    ConnectionClosed {
        /// Which.
        connection: ConnectionId,
        /// Why, in words of the protocol.
        reason: &'static str,
        /// How long it lasted.
        duration: Duration,
        /// Bytes received on its WebSocket.
        received_bytes: u64,
        /// Bytes sent on its WebSocket.
        sent_bytes: u64,
    },
    /// A connection was refused at the door.
    ConnectionRefused {
        /// Why: `connections`, `draining`, …
        code: &'static str,
    },
    /// A connection joined a namespace.
    NamespaceJoined {
        /// Which connection.
        connection: ConnectionId,
        /// The namespace.
        namespace: Arc<str>,
    },
    /// A connection could not take what was sent to it and was closed.
    SlowClientClosed {
        /// Which.
        connection: ConnectionId,
        /// `outbound_bytes` or `write_stall`.
        code: &'static str,
        /// Bytes that were waiting.
        waiting_bytes: usize,
    },
    /// A connection, or a session without a client, took too much memory and was closed.
    ConnectionEvicted {
        /// Which connection; of a session that waits for its client, which session.
        connection: ConnectionId,
        /// `connection_memory`: it took too much itself; `evicted`: all together did.
        code: &'static str,
        /// Bytes that were accounted to it.
        bytes: usize,
    },
    /// A client wanted more than a limit of the host allows, and was told so.
    LimitReached {
        /// Which connection or session.
        connection: ConnectionId,
        /// The limit's name in the settings.
        limit: &'static str,
        /// What it did not get.
        detail: String,
    },
    /// A session began.
    SessionBegan {
        /// Which.
        session: ConnectionId,
        /// Its connection.
        connection: ConnectionId,
        /// Its namespace.
        namespace: Arc<str>,
    },
    /// A client came back to its session.
    SessionResumed {
        /// Which.
        session: ConnectionId,
        /// Its new connection.
        connection: ConnectionId,
        /// Its namespace.
        namespace: Arc<str>,
        /// Whether everything that it missed was sent.
        recovered: bool,
        /// Emits that were sent again.
        replayed: usize,
    },
    /// A session lost its connection and waits for its client.
    SessionAbsent {
        /// Which.
        session: ConnectionId,
        /// The connection that has gone.
        connection: ConnectionId,
    },
    /// A session is over.
    SessionEnded {
        /// Which.
        session: ConnectionId,
        /// Its namespace.
        namespace: Arc<str>,
        /// `ended` by somebody, or `expired`.
        reason: &'static str,
    },
    /// The disconnect hook of a session that ended without its client will not run.
    HookDropped {
        /// Which session.
        session: ConnectionId,
        /// Its namespace.
        namespace: Arc<str>,
        /// `waiting_hooks`: too many wait; `shutdown`: the server ended before there was a place.
        code: &'static str,
    },
    /// All sessions together kept more than `sessions_bytes`: the older half went.
    EmitsForgotten {
        /// Bytes that they had kept.
        bytes: usize,
    },
    /// A reconnect token was refused.
    TokenRefused {
        /// Why: `token_invalid`, `token_expired`, `token_used`, `busy`.
        code: &'static str,
    },
    /// Something was for a connection that has gone.
    SendFailed {
        /// Which.
        connection: ConnectionId,
        /// What was to be sent: `ack`, `emit`, `error_event`.
        what: &'static str,
    },
    /// Somebody with the API key had a message sent.
    MessageSent {
        /// The namespace.
        namespace: Arc<str>,
        /// The event.
        event: Arc<str>,
        /// `one`, `room` or `everyone`.
        to: &'static str,
        /// Members that it was for.
        total: usize,
        /// Those that it did not reach.
        failed: usize,
    },
    /// Accepting failed, for want of file descriptors for example; tried again after a pause.
    AcceptFailed {
        /// What the system said.
        detail: String,
    },
    /// The server answers.
    ServerStarted {
        /// Where.
        address: String,
        /// Events that are answered.
        events: usize,
        /// How long the start took.
        duration: Duration,
    },
    /// The server takes no new work.
    ServerDraining,
    /// The server has ended its work.
    ServerStopped {
        /// Connections closed in good order.
        closed: u64,
        /// Connections or events that did not end in time.
        failed: u64,
        /// How long the drain took.
        duration: Duration,
    },
    /// Something that an operator should know of.
    Warned {
        /// What it is about.
        topic: &'static str,
        /// The words.
        detail: String,
    },
}

impl Fact {
    /// A client was held back for the limit `inbound_bytes`; told once of a connection.
    pub(crate) fn inbound_bytes(connection: ConnectionId, limit: usize) -> Self {
        Self::LimitReached {
            connection,
            limit: "inbound_bytes",
            detail: format!("{limit} bytes of events wait: it is read no further until they go"),
        }
    }

    /// Bytes of the texts that come from outside; the rest is small.
    fn text_bytes(&self) -> usize {
        match self {
            Self::EventEnded(ended) => {
                ended.event.len() + ended.detail.as_ref().map_or(0, String::len)
            }
            Self::GuestLogged {
                context, message, ..
            } => context.len() + message.len(),
            Self::ContractViolation(told) => {
                told.event.len() + told.pointer.len() + told.message.len()
            }
            _ => 0,
        }
    }
}

/// Where facts are recorded. Cheap to clone.
#[derive(Clone)]
pub struct Facts {
    shared: Arc<Shared>,
}

struct Shared {
    queue: ArrayQueue<Fact>,
    bytes: AtomicUsize,
    bytes_max: usize,
    dropped: AtomicU64,
    recorded: AtomicU64,
    asleep: AtomicBool,
    reader: std::sync::OnceLock<Thread>,
}

impl Facts {
    /// A place for facts, `limit` of which, and so many bytes, may wait for their reader.
    pub fn new(limit: usize, bytes_max: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                queue: ArrayQueue::new(limit.max(1)),
                bytes: AtomicUsize::new(0),
                bytes_max,
                dropped: AtomicU64::new(0),
                recorded: AtomicU64::new(0),
                asleep: AtomicBool::new(false),
                reader: std::sync::OnceLock::new(),
            }),
        }
    }

    /// Records a fact. Never waits: when the reader cannot keep up the fact is counted and
    /// dropped, for an event must not be slowed down by its own description.
    pub fn record(&self, fact: Fact) {
        self.shared.recorded.fetch_add(1, Ordering::Relaxed);
        let bytes = fact.text_bytes();
        let waiting = self.shared.bytes.fetch_add(bytes, Ordering::Relaxed);
        let is_full = waiting.saturating_add(bytes) > self.shared.bytes_max;
        if is_full || self.shared.queue.push(fact).is_err() {
            self.shared.bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
        // The reader looks every few milliseconds while there is something to read, and is
        // woken only from its long sleep: a system call per fact would cost more than the fact.
        if self.shared.asleep.load(Ordering::SeqCst)
            && self.shared.asleep.swap(false, Ordering::SeqCst)
            && let Some(reader) = self.shared.reader.get()
        {
            reader.unpark();
        }
    }

    /// Facts recorded so far, dropped ones included.
    pub fn recorded(&self) -> u64 {
        self.shared.recorded.load(Ordering::Relaxed)
    }

    /// Facts dropped so far because the reader could not keep up.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Facts that wait for the reader.
    pub fn waiting(&self) -> usize {
        self.shared.queue.len()
    }

    /// The oldest fact that waits; for the one reader.
    pub fn take(&self) -> Option<Fact> {
        let fact = self.shared.queue.pop()?;
        self.shared
            .bytes
            .fetch_sub(fact.text_bytes(), Ordering::Relaxed);
        Some(fact)
    }

    /// Blocks the one reader until there may be something to read, `limit` at most.
    pub fn wait(&self, limit: Duration) {
        let _ = self.shared.reader.set(std::thread::current());
        self.shared.asleep.store(true, Ordering::SeqCst);
        if self.shared.queue.is_empty() {
            std::thread::park_timeout(limit);
        }
        self.shared.asleep.store(false, Ordering::SeqCst);
    }
}
