//! `fs7.toml`: every key it may have, with the bounds of its value.

mod connections;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Problem};
use super::partial::{self, PORT_EXPECTED, Partial};
use super::reader::{Found, Section, Source};
use super::settings::{
    Breaking, ContractSettings, Eviction, HandlerSettings, Heartbeat, HttpSettings, Instances,
    LogSettings, Mode, RegistrySettings, RoomSettings, SessionSecret, SessionSettings,
    SocketSettings, Unknown,
};
use super::{SETTINGS_FILE, Tables};
use crate::limits::Limits;

/// Times: an hour is more than any event, ping or drain should take.
const MS_MAX: u64 = 3_600_000;
/// A reconnect token that is good for longer than a month is a password.
const TOKEN_TTL_MS_MAX: u64 = 31 * 24 * 3_600_000;
/// Counts: beyond it a limit limits nothing.
const COUNT_MAX: u64 = 10_000_000;

/// Each takes 4 GiB of address space.
const KEPT_INSTANCES_MAX: u64 = 10_000;
/// Sizes of what is held in memory.
const BYTES_MAX: u64 = 4 << 30;
/// Sizes of what is held on disk.
const DISK_BYTES_MAX: u64 = 1 << 50;
/// The smallest guest memory: one page of WebAssembly.
const GUEST_MEMORY_BYTES_MIN: u64 = 64 << 10;
/// The smallest log file worth rotating.
const ROTATE_BYTES_MIN: u64 = 1_000;
/// A hundred years.
const DAYS_MAX: u64 = 36_500;

/// Reads the file: the named one, which must exist, else `fs7.toml` where there is one.
pub(super) fn read(
    work_dir: &Path,
    named: Option<&Path>,
    problems: &mut Vec<Problem>,
) -> Result<(Partial, Tables), ConfigError> {
    let path = work_dir.join(named.unwrap_or(Path::new(SETTINGS_FILE)));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => String::new(),
        Err(source) => return Err(ConfigError::Read { path, source }),
    };
    let name = named.map_or(Cow::Borrowed(SETTINGS_FILE), Path::to_string_lossy);
    Ok(parse(name.into_owned(), &text, problems))
}

/// Reads the text of a settings file; `name` is for messages.
pub(super) fn parse(name: String, text: &str, problems: &mut Vec<Problem>) -> (Partial, Tables) {
    let source = Source {
        name,
        text,
        problems: RefCell::default(),
    };
    let read = match DeTable::parse(text) {
        Ok(document) => read_root(&source, document.get_ref()),
        Err(error) => {
            let place = source.place(&error.span().unwrap_or(0..0));
            source.report(Problem::syntax(place, error.message()));
            Default::default()
        }
    };
    problems.append(&mut source.problems.into_inner());
    read
}

fn read_root<'a>(source: &'a Source<'a>, document: &'a DeTable<'a>) -> (Partial, Tables) {
    let mut root = Section::new(source, "", Some(document));
    let path = |text: Option<String>| text.map(PathBuf::from);
    let contract_rules;
    let partial = Partial {
        host: root.text("host", "a name or an IP address"),
        port: port(&mut root),
        events_dir: path(root.text("events_dir", "a path")),
        log_dir: path(root.text("log_dir", "a path")),
        log_level: log_level(&mut root),
        contract: {
            let (file, rules) = contract(source, &mut root);
            contract_rules = rules;
            path(file)
        },
        api_key: api_key(source, &mut root),
        session_secret: None,
        previous_session_secret: None,
    };
    let (sessions, secrets) = sessions(source, root.section("sessions"));
    let [session_secret, previous_session_secret] = secrets;
    let partial = Partial {
        session_secret,
        previous_session_secret,
        ..partial
    };
    let limits = limits(root.section("limits"));
    let tables = Tables {
        sockets: sockets(root.section("sockets")),
        sessions,
        rooms: rooms(root.section("rooms")),
        http: http(root.section("http")),
        registry: registry(root.section("registry")),
        contract: contract_rules,
        log: log(root.section("log")),
        handlers: handlers(source, &root.section("handlers"), limits.guest_memory_bytes),
        limits,
    };
    root.finish();
    (partial, tables)
}

fn port(root: &mut Section<'_>) -> Option<u16> {
    let found = root.take("port")?;
    let port = match found.value {
        DeValue::Integer(number) => number.as_str().parse().ok(),
        _ => None,
    };
    if port.is_none() {
        root.wrong(&found, PORT_EXPECTED);
    }
    port
}

fn log_level(root: &mut Section<'_>) -> Option<tracing::Level> {
    let found = root.take("log_level")?;
    partial::parse_level(found.value.as_str().unwrap_or_default())
        .map_err(|expected| root.wrong(&found, expected))
        .ok()
}

fn api_key(source: &Source<'_>, root: &mut Section<'_>) -> Option<super::settings::ApiKey> {
    let found = root.take("api_key")?;
    partial::parse_key(found.value.as_str().unwrap_or_default())
        .map_err(|expected| {
            let Found { place, key, .. } = found;
            source.report(Problem::wrong(place, &key, expected, "something else"));
        })
        .ok()
}

fn limits(mut table: Section<'_>) -> Limits {
    let defaults = Limits::default();
    let mut ms = |key, default| table.number(key, 1, MS_MAX, default);
    let deadline_ms = ms("deadline_ms", defaults.deadline_ms);
    let write_stall_ms = ms("write_stall_ms", defaults.write_stall_ms);
    let describe_ms = ms("describe_ms", defaults.describe_ms);
    let drain_ms = ms("drain_ms", defaults.drain_ms);
    let mut count = |key, default| table.number(key, 1, COUNT_MAX, default);
    let effects = count("effects", defaults.effects);
    let log_lines = count("log_lines", defaults.log_lines);
    let inbound_events = count("inbound_events", defaults.inbound_events);
    let attachments = count("attachments", defaults.attachments);
    let connections = count("connections", defaults.connections);
    let rooms = count("rooms", defaults.rooms);
    let handlers = count("handlers", defaults.handlers);
    let subscriptions = count("subscriptions", defaults.subscriptions);
    let violations = count("violations", defaults.violations);
    let unknown_names = count("unknown_names", defaults.unknown_names);
    let facts = count("facts", defaults.facts);
    let mut bytes = |key, default| table.number(key, 1, BYTES_MAX, default);
    let output_bytes = bytes("output_bytes", defaults.output_bytes);
    let limits = Limits {
        deadline_ms,
        output_bytes,
        effects,
        effects_bytes: bytes("effects_bytes", defaults.effects_bytes),
        log_lines,
        log_line_bytes: bytes("log_line_bytes", defaults.log_line_bytes),
        inbound_events,
        inbound_bytes: bytes("inbound_bytes", defaults.inbound_bytes),
        message_bytes: bytes("message_bytes", defaults.message_bytes),
        attachments,
        connections,
        outbound_bytes: bytes("outbound_bytes", defaults.outbound_bytes),
        write_stall_ms,
        rooms,
        describe_ms,
        handlers,
        subscriptions,
        drain_ms,
        violations,
        unknown_names,
        facts,
        facts_bytes: bytes("facts_bytes", defaults.facts_bytes),
        handler_bytes: table.number("handler_bytes", 1, BYTES_MAX, defaults.handler_bytes),
        guest_memory_bytes: table.number(
            "guest_memory_bytes",
            GUEST_MEMORY_BYTES_MIN,
            BYTES_MAX,
            defaults.guest_memory_bytes,
        ),
        compile_cache_bytes: table.number(
            "compile_cache_bytes",
            1,
            DISK_BYTES_MAX,
            defaults.compile_cache_bytes,
        ),
        ..defaults
    };
    let limits = call_limits(&mut table, limits);
    let limits = session_limits(&mut table, limits);
    let limits = connections::limits(&mut table, limits);
    table.finish();
    limits
}

/// How many events are in handlers at a time.
fn call_limits(table: &mut Section<'_>, defaults: Limits) -> Limits {
    let kept_instances = table.number(
        "kept_instances",
        0,
        KEPT_INSTANCES_MAX,
        defaults.kept_instances,
    );
    Limits {
        calls: table.number("calls", 1, COUNT_MAX, defaults.calls),
        kept_instances,
        call_wait_ms: table.number("call_wait_ms", 1, MS_MAX, defaults.call_wait_ms),
        waiting_hooks: table.number("waiting_hooks", 1, COUNT_MAX, defaults.waiting_hooks),
        ..defaults
    }
}

/// What sessions may take.
fn session_limits(table: &mut Section<'_>, defaults: Limits) -> Limits {
    let mut count = |key, default| table.number(key, 1, COUNT_MAX, default);
    let sessions = count("sessions", defaults.sessions);
    let used_tokens = count("used_tokens", defaults.used_tokens);
    let mut bytes = |key, default| table.number(key, 1, BYTES_MAX, default);
    let session_bytes = bytes("session_bytes", defaults.session_bytes);
    let sessions_bytes = bytes("sessions_bytes", defaults.sessions_bytes);
    let user_data_bytes = bytes("user_data_bytes", defaults.user_data_bytes);
    Limits {
        sessions,
        used_tokens,
        session_bytes,
        sessions_bytes,
        user_data_bytes,
        journal_bytes: table.number("journal_bytes", 1, DISK_BYTES_MAX, defaults.journal_bytes),
        ..defaults
    }
}

fn sockets(mut table: Section<'_>) -> SocketSettings {
    let evictions = [
        ("lru", Eviction::Lru),
        ("fifo", Eviction::Fifo),
        ("oldest", Eviction::Fifo),
        ("none", Eviction::None),
    ];
    let heartbeats = [
        ("conservative", Heartbeat::Conservative),
        ("aggressive", Heartbeat::Aggressive),
        ("relaxed", Heartbeat::Relaxed),
        ("standard", Heartbeat::Standard),
    ];
    let heartbeat = table.choice("heartbeat", &heartbeats, Heartbeat::Standard);
    let defaults = SocketSettings::with(heartbeat);
    let sockets = SocketSettings {
        require_key: table.boolean("require_key", defaults.require_key),
        ping_interval_ms: table.number("ping_interval_ms", 1, MS_MAX, defaults.ping_interval_ms),
        ping_timeout_ms: table.number("ping_timeout_ms", 1, MS_MAX, defaults.ping_timeout_ms),
        connect_timeout_ms: table.number(
            "connect_timeout_ms",
            1,
            MS_MAX,
            defaults.connect_timeout_ms,
        ),
        eviction: table.choice("eviction", &evictions, defaults.eviction),
        memory_check_ms: table.number("memory_check_ms", 1, MS_MAX, defaults.memory_check_ms),
    };
    table.finish();
    sockets
}

/// `[sessions]`, and its secret and the one before.
fn sessions(
    source: &Source<'_>,
    mut table: Section<'_>,
) -> (SessionSettings, [Option<SessionSecret>; 2]) {
    let defaults = SessionSettings::default();
    let mut secret = |key| {
        let found = table.take(key)?;
        partial::parse_secret(found.value.as_str().unwrap_or_default())
            .map_err(|expected| {
                let Found { place, key, .. } = found;
                source.report(Problem::wrong(place, &key, expected, "something else"));
            })
            .ok()
    };
    let secrets = [secret("secret"), secret("previous_secret")];
    let sessions = SessionSettings {
        secret: None,
        previous_secret: None,
        enabled: table.boolean("enabled", defaults.enabled),
        token_ttl_ms: table.number("token_ttl_ms", 1, TOKEN_TTL_MS_MAX, defaults.token_ttl_ms),
        tokens: table.number("tokens", 1, 100, defaults.tokens),
        retention_ms: table.number("retention_ms", 1, MS_MAX, defaults.retention_ms),
        retained_messages: table.number(
            "retained_messages",
            1,
            COUNT_MAX,
            defaults.retained_messages,
        ),
        journal: table.boolean("journal", defaults.journal),
        fsync: table.boolean("fsync", defaults.fsync),
        return_ms: table.number("return_ms", 1, MS_MAX, defaults.return_ms),
    };
    table.finish();
    (sessions, secrets)
}

fn rooms(mut table: Section<'_>) -> RoomSettings {
    let defaults = RoomSettings::default();
    let rooms = RoomSettings {
        presence: table.texts("presence").unwrap_or_default(),
        history: table.texts("history").unwrap_or_default(),
        history_messages: table.number("history_messages", 1, COUNT_MAX, defaults.history_messages),
        history_bytes: table.number("history_bytes", 1, BYTES_MAX, defaults.history_bytes),
    };
    table.finish();
    rooms
}

fn http(mut table: Section<'_>) -> HttpSettings {
    let http = HttpSettings {
        cors_origins: table.texts("cors_origins").unwrap_or_default(),
        trusted_proxies: connections::addresses(&mut table, "trusted_proxies"),
    };
    table.finish();
    http
}

fn registry(mut table: Section<'_>) -> RegistrySettings {
    let defaults = RegistrySettings::default();
    let registry = RegistrySettings {
        watch: table.boolean("watch", defaults.watch),
        quiet_ms: table.number("quiet_ms", 1, MS_MAX, defaults.quiet_ms),
    };
    table.finish();
    registry
}

/// `contract = "FILE"`, or a table with `file` and how strictly the contract holds.
fn contract<'a>(
    source: &'a Source<'a>,
    root: &mut Section<'a>,
) -> (Option<String>, ContractSettings) {
    let defaults = ContractSettings::default();
    let Some(found) = root.take("contract") else {
        return (None, defaults);
    };
    let Some(settings) = found.value.as_table() else {
        let file = found.value.as_str().filter(|text| !text.is_empty());
        if file.is_none() {
            root.wrong(&found, "a path, or a table");
        }
        return (file.map(str::to_owned), defaults);
    };
    let mut table = Section::new(source, "contract", Some(settings));
    let file = table.text("file", "a path");
    let modes = [
        ("strict", Mode::Strict),
        ("warn", Mode::Warn),
        ("off", Mode::Off),
    ];
    let unknown = [
        ("serve", Unknown::Serve),
        ("warn", Unknown::Warn),
        ("refuse", Unknown::Refuse),
    ];
    let breaking = [("refuse", Breaking::Refuse), ("allow", Breaking::Allow)];
    let contract = ContractSettings {
        inbound: table.choice("inbound", &modes, defaults.inbound),
        outbound: table.choice("outbound", &modes, defaults.outbound),
        ack: table.choice("ack", &modes, defaults.ack),
        unknown: table.choice("unknown", &unknown, defaults.unknown),
        breaking: table.choice("breaking", &breaking, defaults.breaking),
        watch: table.boolean("watch", defaults.watch),
    };
    table.finish();
    (file, contract)
}

fn log(mut table: Section<'_>) -> LogSettings {
    let defaults = LogSettings::default();
    let log = LogSettings {
        rotate_bytes: table.number(
            "rotate_bytes",
            ROTATE_BYTES_MIN,
            DISK_BYTES_MAX,
            defaults.rotate_bytes,
        ),
        keep_days: table.number("keep_days", 1, DAYS_MAX, defaults.keep_days),
        keep_bytes: table.number("keep_bytes", 1, DISK_BYTES_MAX, defaults.keep_bytes),
    };
    table.finish();
    log
}

fn handlers<'a>(
    source: &'a Source<'a>,
    table: &Section<'a>,
    guest_memory_bytes: usize,
) -> BTreeMap<String, HandlerSettings> {
    let mut handlers = BTreeMap::new();
    for (name, found) in table.entries() {
        let Some(settings) = found.value.as_table() else {
            table.wrong(&found, "a table");
            continue;
        };
        if let Some(stem) = name.strip_suffix(".wasm") {
            let expected = format!("the file's name without .wasm, [handlers.{stem}]");
            source.report(Problem::wrong(
                found.place,
                &found.key,
                &expected,
                format!("`{name}`"),
            ));
            continue;
        }
        let section = Section::new(source, found.key, Some(settings));
        handlers.insert(name, handler(section, guest_memory_bytes));
    }
    handlers
}

fn handler(mut table: Section<'_>, guest_memory_bytes: usize) -> HandlerSettings {
    let instances = table
        .take("instances")
        .and_then(|found| match found.value.as_str() {
            Some("fresh") => Some(Instances::Fresh),
            Some("reuse") => Some(Instances::Reuse),
            _ => {
                table.wrong(&found, "`fresh` or `reuse`");
                None
            }
        });
    let settings = HandlerSettings {
        instances: instances.unwrap_or_default(),
        reuse_events: table.number_where("reuse_events", 1, u64::from(u32::MAX), ""),
        deadline_ms: table.number_where("deadline_ms", 1, MS_MAX, ""),
        memory_bytes: table.number_where(
            "memory_bytes",
            GUEST_MEMORY_BYTES_MIN,
            guest_memory_bytes as u64,
            " (limits.guest_memory_bytes)",
        ),
        direct: table.boolean("direct", true),
    };
    table.finish();
    settings
}
