//! Tables: what each source gives, which one wins, and how wrong settings read.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

/// A working directory and what surrounds it.
struct Case {
    dir: TempDir,
    environment: BTreeMap<String, String>,
    flags: Flags,
}

impl Case {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            dir,
            environment: BTreeMap::new(),
            flags: Flags::default(),
        }
    }

    fn file(self, name: &str, text: &str) -> Self {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn load(&self) -> Result<Draft, ConfigError> {
        let sources = Sources {
            work_dir: self.dir.path().to_owned(),
            environment: self.environment.clone(),
        };
        load(&sources, &self.flags)
    }

    #[track_caller]
    fn settings(&self) -> Settings {
        self.load().unwrap().for_checks()
    }

    fn start(&self) -> Result<Prepared, ConfigError> {
        self.load()?.for_start()
    }

    fn key_path(&self) -> PathBuf {
        self.dir.path().join(".fs7/api-key")
    }
}

#[track_caller]
fn check_wrong(text: &str, expected: &str, hint: Option<&str>) {
    let error = Case::new().file("fs7.toml", text).load().unwrap_err();
    assert_eq!(error.to_string(), expected, "{text}");
    assert_eq!(error.hint().as_deref(), hint, "{text}");
}

#[test]
fn defaults_hold_where_nothing_is_said() {
    let case = Case::new();
    let draft = case.load().unwrap();
    assert_eq!((draft.host.as_str(), draft.port), ("127.0.0.1", 8000));
    assert!(draft.api_key.is_none());
    let settings = draft.for_checks();
    assert_eq!(settings.events_dir, case.dir.path().join("events"));
    assert_eq!(settings.log_dir, case.dir.path().join("logs"));
    assert_eq!(settings.contract, case.dir.path().join("asyncapi.yaml"));
    assert_eq!(settings.log_level, tracing::Level::DEBUG);
    assert_eq!(settings.limits, Limits::default());
    assert_eq!(settings.registry, RegistrySettings::default());
    assert_eq!(settings.log, LogSettings::default());
}

#[test]
fn later_source_wins() {
    let mut case = Case::new();
    let mut check = |change: fn(Case) -> Case, expected: u16| {
        case = change(std::mem::replace(&mut case, Case::new()));
        assert_eq!(case.load().unwrap().port, expected);
    };
    check(|case| case, 8000);
    check(|case| case.file("fs7.toml", "port = 1"), 1);
    check(|case| case.file(".env", "PORT=2\nUNKNOWN=fine"), 2);
    check(|case| case.variable("PORT", ""), 2);
    check(|case| case.variable("PORT", "3"), 3);
    check(
        |case| Case {
            flags: Flags {
                port: Some(0),
                ..Flags::default()
            },
            ..case
        },
        0,
    );
}

#[test]
fn every_key_of_the_file_is_read() {
    let text = r#"
        host = "localhost"
        port = 9
        events_dir = "/e"
        log_dir = "l"
        log_level = "warning"
        contract = "c.yaml"
        api_key = "k"
        [limits]
        deadline_ms = 0x10
        guest_memory_bytes = 131_072
        [sockets]
        require_key = true
        ping_interval_ms = 5
        [http]
        cors_origins = ["https://a.example"]
        [registry]
        watch = false
        [log]
        rotate_bytes = 2000
        [handlers.echo]
        instances = "reuse"
        reuse_events = 7
        deadline_ms = 60000
        memory_bytes = 65536
        direct = false
    "#;
    let case = Case::new().file("fs7.toml", text);
    let draft = case.load().unwrap();
    assert_eq!((draft.host.as_str(), draft.port), ("localhost", 9));
    assert_eq!(draft.api_key, Some(ApiKey::new("k")));
    let settings = draft.for_checks();
    assert_eq!(settings.events_dir, PathBuf::from("/e"));
    assert_eq!(settings.log_dir, case.dir.path().join("l"));
    assert_eq!(settings.contract, case.dir.path().join("c.yaml"));
    assert_eq!(settings.log_level, tracing::Level::WARN);
    assert_eq!(settings.limits.deadline_ms, 16);
    assert_eq!(settings.limits.guest_memory_bytes, 131_072);
    assert!(settings.sockets.require_key);
    assert_eq!(settings.sockets.ping_interval_ms, 5);
    assert_eq!(settings.http.cors_origins, ["https://a.example"]);
    assert!(!settings.registry.watch);
    assert_eq!(settings.log.rotate_bytes, 2000);
    let echo = settings.handlers.get("echo").unwrap();
    assert_eq!(echo.instances, settings::Instances::Reuse);
    assert_eq!(echo.reuse_events, Some(7));
    assert_eq!(echo.deadline_ms, Some(60_000));
    assert_eq!(echo.memory_bytes, Some(65_536));
    assert!(!echo.direct);
}

#[test]
fn contract_is_a_path_or_a_table() {
    use settings::{Breaking, Mode, Unknown};
    let text = r#"
        [contract]
        file = "c.yaml"
        inbound = "warn"
        outbound = "strict"
        ack = "off"
        unknown = "refuse"
        breaking = "allow"
        watch = false
    "#;
    let case = Case::new().file("fs7.toml", text);
    let settings = case.settings();
    assert_eq!(settings.contract, case.dir.path().join("c.yaml"));
    assert!(settings.contract_named);
    let expected = ContractSettings {
        inbound: Mode::Warn,
        outbound: Mode::Strict,
        ack: Mode::Off,
        unknown: Unknown::Refuse,
        breaking: Breaking::Allow,
        watch: false,
    };
    assert_eq!(settings.contract_rules, expected);
    let settings = Case::new().settings();
    assert!(!settings.contract_named);
    assert_eq!(settings.contract_rules, ContractSettings::default());
    let named = Case::new().variable("CONTRACT", "v.yaml").settings();
    assert!(named.contract_named);
}

#[test]
fn unknown_keys_are_named_with_line_and_neighbours() {
    check_wrong(
        "\nprot = 1",
        "fs7.toml:2: unknown key `prot`; known keys: host, port, events_dir, log_dir, log_level, contract, api_key, sessions, limits, sockets, rooms, http, registry, log, handlers",
        Some("did you mean `port`?"),
    );
    check_wrong(
        "[registry]\nwatch = true\nzzz = 1",
        "fs7.toml:3: unknown key `zzz` in [registry]; known keys: watch, quiet_ms",
        None,
    );
    check_wrong(
        "[handlers.echo]\ninstance = 1",
        "fs7.toml:2: unknown key `instance` in [handlers.echo]; known keys: instances, reuse_events, deadline_ms, memory_bytes, direct",
        Some("did you mean `instances`?"),
    );
    let error = Case::new()
        .file("fs7.toml", "[limit]\ndeadline_ms = 1")
        .load()
        .unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("did you mean `limits`?"));
}

#[test]
fn wrong_values_say_where_expected_and_found() {
    let check = |text, expected| check_wrong(text, expected, None);
    check(
        "port = 65536",
        "fs7.toml:1: `port`: expected a whole number from 0 to 65535, found `65536`",
    );
    check(
        "port = \"80\"",
        "fs7.toml:1: `port`: expected a whole number from 0 to 65535, found the text `80`",
    );
    check(
        "host = \"\"",
        "fs7.toml:1: `host`: expected a name or an IP address, found the text ``",
    );
    check(
        "[limits]\ndeadline_ms = 0",
        "fs7.toml:2: `limits.deadline_ms`: expected a whole number from 1 to 3600000, found `0`",
    );
    check(
        "[limits]\neffects = -1",
        "fs7.toml:2: `limits.effects`: expected a whole number from 1 to 10000000, found `-1`",
    );
    check(
        "[sockets]\nping_timeout_ms = 0",
        "fs7.toml:2: `sockets.ping_timeout_ms`: expected a whole number from 1 to 3600000, found `0`",
    );
    check(
        "[sockets]\nrequire_key = 1",
        "fs7.toml:2: `sockets.require_key`: expected `true` or `false`, found `1`",
    );
    check(
        "[http]\ncors_origins = [1]",
        "fs7.toml:2: `http.cors_origins`: expected a list of texts, found a list",
    );
    check(
        "contract = 3",
        "fs7.toml:1: `contract`: expected a path, or a table, found `3`",
    );
    check(
        "[contract]\nunknown = \"maybe\"",
        "fs7.toml:2: `contract.unknown`: expected `serve`, `warn` or `refuse`, found the text `maybe`",
    );
    check(
        "limits = 3",
        "fs7.toml:1: `limits`: expected a table, found `3`",
    );
    check(
        "[limits]\nguest_memory_bytes = 100000\n[handlers.a]\nmemory_bytes = 100001",
        "fs7.toml:4: `handlers.a.memory_bytes`: expected a whole number from 65536 to 100000 (limits.guest_memory_bytes), found `100001`",
    );
    check(
        "[handlers.a]\ninstances = \"new\"",
        "fs7.toml:2: `handlers.a.instances`: expected `fresh` or `reuse`, found the text `new`",
    );
    check(
        "[handlers.\"a.wasm\"]\n",
        "fs7.toml:1: `handlers.a.wasm`: expected the file's name without .wasm, [handlers.a], found `a.wasm`",
    );
    check(
        "log_level = \"loud\"",
        "fs7.toml:1: `log_level`: expected `TRACE`, `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`, in any case, found the text `loud`",
    );
    check(
        "api_key = \"two words\"",
        "fs7.toml:1: `api_key`: expected up to 512 printable ASCII characters without spaces, found something else",
    );
}

#[test]
fn everything_wrong_is_told_at_once() {
    let case = Case::new()
        .file("fs7.toml", "prot = 1\n[log]\nkeep_days = 0")
        .file(".env", "LOG_LEVEL=loud")
        .variable("PORT", "http");
    let error = case.load().unwrap_err().to_string();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines[0], "4 settings are wrong");
    assert!(
        lines[1].starts_with("  fs7.toml:3: `log.keep_days`: expected"),
        "{error}"
    );
    assert!(
        lines[2].starts_with("  fs7.toml:1: unknown key `prot`"),
        "{error}"
    );
    assert!(
        lines[3].starts_with("  .env: `LOG_LEVEL`: expected"),
        "{error}"
    );
    assert!(
        lines[4].starts_with("  environment: `PORT`: expected"),
        "{error}"
    );
}

#[test]
fn unreadable_files_are_named() {
    let error = Case::new()
        .file("fs7.toml", "a = \n\nb")
        .load()
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("fs7.toml:"), "{error}");
    let error = Case::new()
        .file(".env", "A=b\nAPI_KEY=se cret")
        .load()
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        ".env:2: expected NAME=value, with quotes around spaces"
    );
    let mut case = Case::new();
    case.flags.config = Some("other.toml".into());
    let error = case.load().unwrap_err().to_string();
    assert!(
        error.starts_with("read `") && error.ends_with("other.toml`"),
        "{error}"
    );
}

#[test]
fn log_levels_are_read_in_both_vocabularies() {
    use tracing::Level;
    for (word, level) in [
        ("DEBUG", Level::DEBUG),
        ("Info", Level::INFO),
        ("warning", Level::WARN),
        ("WARN", Level::WARN),
        ("ERROR", Level::ERROR),
        ("CRITICAL", Level::ERROR),
        ("trace", Level::TRACE),
    ] {
        assert_eq!(
            Case::new().variable("LOG_LEVEL", word).settings().log_level,
            level,
            "{word}"
        );
    }
}

#[test]
fn loopback_start_makes_a_key_once_for_its_owner_alone() {
    let case = Case::new();
    assert_eq!(case.load().unwrap().client_key().unwrap(), None);
    let first = case.start().unwrap();
    assert!(first.notices.is_empty(), "{:?}", first.notices);
    assert_eq!(first.settings.api_key.expose().len(), 64);
    let second = case.start().unwrap().settings.api_key;
    assert_eq!(second, first.settings.api_key);
    assert_eq!(case.load().unwrap().client_key().unwrap(), Some(second));
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(case.key_path()), 0o600);
    assert_eq!(mode(case.dir.path().join(".fs7")), 0o700);
    let named = Case::new().variable("API_KEY", "mine");
    assert_eq!(named.start().unwrap().settings.api_key, ApiKey::new("mine"));
    assert!(!named.key_path().exists());
}

#[test]
fn open_key_file_is_refused_and_open_directory_is_closed() {
    let case = Case::new();
    case.start().unwrap();
    fs::set_permissions(
        case.dir.path().join(".fs7"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    let notices = case.start().unwrap().notices;
    assert_eq!(
        notices,
        [".fs7 was open to others (mode 755); it is 700 now"]
    );
    fs::set_permissions(case.key_path(), fs::Permissions::from_mode(0o644)).unwrap();
    let error = case.start().unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("can be read by others (mode 644, expected 600)")
    );
    assert!(error.hint().unwrap().contains("chmod 600"));
    let empty = Case::new();
    empty.start().unwrap();
    fs::write(empty.key_path(), "\n").unwrap();
    assert!(matches!(
        empty.start(),
        Err(ConfigError::KeyUnusable { .. })
    ));
}

#[test]
fn start_beyond_loopback_needs_a_key_and_says_who_may_connect() {
    let error = Case::new().variable("HOST", "0.0.0.0").start().unwrap_err();
    assert_eq!(
        error.to_string(),
        "no API key is set, and others can reach 0.0.0.0:8000"
    );
    assert!(error.hint().unwrap().contains("API_KEY"));
    let open = Case::new()
        .variable("HOST", "0.0.0.0")
        .variable("API_KEY", "k");
    assert!(open.start().unwrap().notices[0].contains("are open to whoever reaches it"));
    let closed = open.file("fs7.toml", "[sockets]\nrequire_key = true");
    assert!(closed.start().unwrap().notices[0].contains("need the API key"));
    let named = Case::new().variable("HOST", "localhost").start().unwrap();
    assert!(named.settings.address.ip().is_loopback());
}
