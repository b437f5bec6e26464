//! The settings as the rest of the host reads them: checked, with every default filled in.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use crate::limits::Limits;

/// An API key; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// A key; `text` is not empty.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key itself, to be compared in constant time or sent.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ApiKey(…)")
    }
}

/// How a handler's sandbox lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Instances {
    /// A fresh store and memory for every event.
    #[default]
    Fresh,
    /// One instance answers events one after the other, up to `reuse_events` of them.
    Reuse,
}

/// Settings of one handler: `[handlers.NAME]`, where NAME is the file without `.wasm`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HandlerSettings {
    /// Fresh for every event, or reused.
    pub instances: Instances,
    /// Events that one reused instance answers before it is replaced; default 1,000.
    pub reuse_events: Option<u32>,
    /// Overrides `limits.deadline_ms`.
    pub deadline_ms: Option<u64>,
    /// Overrides `limits.guest_memory_bytes`; at most that.
    pub memory_bytes: Option<usize>,
    /// Whether its module may be run without the component around it, where that is of the usual
    /// shape; default yes.
    pub direct: bool,
}

impl Default for HandlerSettings {
    fn default() -> Self {
        Self {
            instances: Instances::default(),
            reuse_events: None,
            deadline_ms: None,
            memory_bytes: None,
            direct: true,
        }
    }
}

/// Settings of the sockets: `[sockets]`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SocketSettings {
    /// Whether a connection needs `auth: {api_key}`.
    pub require_key: bool,
    /// Time between two pings, in milliseconds.
    pub ping_interval_ms: u64,
    /// How long a pong may take, in milliseconds.
    pub ping_timeout_ms: u64,
    /// How long a client may take to join a namespace, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Who goes when all connections together take more than `limits.connections_memory_bytes`.
    pub eviction: Eviction,
    /// Time between two looks at the memory of connections, in milliseconds.
    pub memory_check_ms: u64,
}

/// Who goes first when connections take too much memory: `sockets.eviction`. Sessions without a
/// client go before all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Eviction {
    /// Whose client sent nothing for longest.
    #[default]
    Lru,
    /// Who came first: `fifo`, or `oldest`.
    Fifo,
    /// Nobody: newcomers are refused instead.
    None,
}

/// A named pair of ping interval and timeout: `sockets.heartbeat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Heartbeat {
    /// Socket.IO's own: 25 s and 20 s.
    #[default]
    Standard,
    /// 30 s and 60 s: behind proxies that close idle connections after a minute or more.
    Conservative,
    /// 5 s and 10 s: games, trading.
    Aggressive,
    /// 60 s and 120 s: slow networks, many idle connections.
    Relaxed,
}

impl Heartbeat {
    /// Ping interval and timeout in milliseconds.
    fn times_ms(self) -> (u64, u64) {
        match self {
            Self::Standard => (25_000, 20_000),
            Self::Conservative => (30_000, 60_000),
            Self::Aggressive => (5_000, 10_000),
            Self::Relaxed => (60_000, 120_000),
        }
    }
}

impl SocketSettings {
    /// The defaults with another heartbeat.
    pub fn with(heartbeat: Heartbeat) -> Self {
        let (ping_interval_ms, ping_timeout_ms) = heartbeat.times_ms();
        Self {
            require_key: false,
            ping_interval_ms,
            ping_timeout_ms,
            connect_timeout_ms: 45_000,
            eviction: Eviction::default(),
            memory_check_ms: 5_000,
        }
    }
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self::with(Heartbeat::default())
    }
}

/// A secret that signs reconnect tokens; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionSecret(String);

impl SessionSecret {
    /// A secret; `text` is long enough.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SessionSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SessionSecret(…)")
    }
}

/// Settings of sessions: `[sessions]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSettings {
    /// Signs reconnect tokens; without one a start makes it.
    pub secret: Option<SessionSecret>,
    /// The secret before: its tokens are still accepted.
    pub previous_secret: Option<SessionSecret>,
    /// Whether clients get sessions.
    pub enabled: bool,
    /// How long a token is good, in milliseconds.
    pub token_ttl_ms: u64,
    /// Tokens that a client gets at a time.
    pub tokens: usize,
    /// How long a session waits for its client, and how old a kept emit may be, in milliseconds.
    pub retention_ms: u64,
    /// Emits that a session keeps for its client.
    pub retained_messages: usize,
    /// Whether sessions are written down, to outlive the process.
    pub journal: bool,
    /// Whether what is written down is on the disk before it counts.
    pub fsync: bool,
    /// A stopping server sends its clients back within this time, each at another moment.
    pub return_ms: u64,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            secret: None,
            previous_secret: None,
            enabled: true,
            token_ttl_ms: 3_600_000,
            tokens: 5,
            retention_ms: 120_000,
            retained_messages: 1_000,
            journal: true,
            fsync: false,
            return_ms: 5_000,
        }
    }
}

/// Settings of rooms: `[rooms]`. A room is named, or all that begin alike: `chat:*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSettings {
    /// Rooms whose members hear of each other's coming and going.
    pub presence: Vec<String>,
    /// Rooms whose last messages are kept.
    pub history: Vec<String>,
    /// Messages that are kept of each.
    pub history_messages: usize,
    /// Bytes that all histories take together.
    pub history_bytes: usize,
}

impl Default for RoomSettings {
    fn default() -> Self {
        Self {
            presence: Vec::new(),
            history: Vec::new(),
            history_messages: 100,
            history_bytes: 64 << 20,
        }
    }
}

/// Settings of the HTTP interface: `[http]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSettings {
    /// Origins that browsers may call from, for HTTP and Socket.IO alike. Empty: on a
    /// loopback address any loopback origin, elsewhere none.
    pub cors_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed. Empty: clients are where their packets come
    /// from.
    pub trusted_proxies: Vec<IpAddr>,
}

/// Settings of the registry: `[registry]`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrySettings {
    /// Whether the events directory is watched.
    pub watch: bool,
    /// How long a file must be unchanged before it is read, in milliseconds.
    pub quiet_ms: u64,
}

impl Default for RegistrySettings {
    fn default() -> Self {
        Self {
            watch: true,
            quiet_ms: 100,
        }
    }
}

/// How strictly the contract holds in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// What does not fit is refused.
    Strict,
    /// What does not fit is told, and goes its way.
    Warn,
    /// Nothing is checked.
    Off,
}

impl Mode {
    /// Its word in settings, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Warn => "warn",
            Self::Off => "off",
        }
    }
}

/// What becomes of events that the contract does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unknown {
    /// They are served, and told once.
    Serve,
    /// The same, told as a warning.
    Warn,
    /// They are answered `unknown_event`, and a handler that claims one is not loaded.
    Refuse,
}

impl Unknown {
    /// Its word in settings and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        }
    }
}

/// What becomes of a contract that breaks clients of the one that serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Breaking {
    /// It does not serve unless somebody says so at the reload.
    Refuse,
    /// It serves.
    Allow,
}

/// How the contract holds: `[contract]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSettings {
    /// Arguments that clients send.
    pub inbound: Mode,
    /// Arguments that handlers emit.
    pub outbound: Mode,
    /// Arguments of acknowledgements.
    pub ack: Mode,
    /// Events that the contract does not name.
    pub unknown: Unknown,
    /// Contracts that break clients.
    pub breaking: Breaking,
    /// Whether the contract's files are watched.
    pub watch: bool,
}

impl Default for ContractSettings {
    fn default() -> Self {
        Self {
            inbound: Mode::Strict,
            outbound: Mode::Warn,
            ack: Mode::Warn,
            unknown: Unknown::Serve,
            breaking: Breaking::Refuse,
            watch: true,
        }
    }
}

/// Settings of the log: `[log]`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// Size at which `debug.log` is rotated, in bytes.
    pub rotate_bytes: u64,
    /// How long rotated files are kept, in days.
    pub keep_days: u32,
    /// Bytes of rotated files that are kept at most.
    pub keep_bytes: u64,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            rotate_bytes: 1_000_000,
            keep_days: 10,
            keep_bytes: 100_000_000,
        }
    }
}

/// The settings of a server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// Where handlers are dropped.
    pub events_dir: PathBuf,
    /// Where `debug.log` is written.
    pub log_dir: PathBuf,
    /// Level of the log file; the console shows INFO and above.
    pub log_level: tracing::Level,
    /// The contract's file.
    pub contract: PathBuf,
    /// Whether somebody named that file: then it must exist.
    pub contract_named: bool,
    /// How the contract holds.
    pub contract_rules: ContractSettings,
    /// Where `fastsocket.pid` and `.fs7/` lie: absolute.
    pub work_dir: PathBuf,
    /// The API key: from the settings, or made at a start on a loopback address.
    pub api_key: ApiKey,
    /// All limits.
    pub limits: Limits,
    /// Sockets.
    pub sockets: SocketSettings,
    /// Sessions.
    pub sessions: SessionSettings,
    /// Rooms.
    pub rooms: RoomSettings,
    /// HTTP.
    pub http: HttpSettings,
    /// Registry.
    pub registry: RegistrySettings,
    /// Log.
    pub log: LogSettings,
    /// Per handler, by file name without `.wasm`.
    pub handlers: BTreeMap<String, HandlerSettings>,
}

impl Settings {
    /// `.fs7/`, mode 0700: key, compile cache, later the store.
    pub fn state_dir(&self) -> PathBuf {
        self.work_dir.join(".fs7")
    }
}
