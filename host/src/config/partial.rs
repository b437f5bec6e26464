//! The settings that every source can give: one source's share of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Flags;
use super::error::Problem;
use super::settings::{ApiKey, SessionSecret};

/// What a port must be.
pub(super) const PORT_EXPECTED: &str = "a whole number from 0 to 65535";
/// What a log level must be.
const LOG_LEVEL_EXPECTED: &str =
    "`TRACE`, `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`, in any case";
/// What a key must be: it travels in an HTTP header.
const API_KEY_EXPECTED: &str = "up to 512 printable ASCII characters without spaces";
/// What a secret must be: as long as the hash that it keys (RFC 2104, section 3).
const SECRET_EXPECTED: &str = "at least 32 printable ASCII characters, 512 at most";
/// Longest API key.
const API_KEY_BYTES_MAX: usize = 512;

/// One source's values; `None` where it says nothing.
#[derive(Debug, Default)]
pub(super) struct Partial {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) events_dir: Option<PathBuf>,
    pub(super) log_dir: Option<PathBuf>,
    pub(super) log_level: Option<tracing::Level>,
    pub(super) contract: Option<PathBuf>,
    pub(super) api_key: Option<ApiKey>,
    pub(super) session_secret: Option<SessionSecret>,
    pub(super) previous_session_secret: Option<SessionSecret>,
}

impl Partial {
    /// Takes the flags over.
    pub(super) fn from_flags(flags: &Flags) -> Self {
        Self {
            host: flags.host.clone(),
            port: flags.port,
            events_dir: flags.events_dir.clone(),
            log_dir: flags.log_dir.clone(),
            contract: flags.contract.clone(),
            ..Self::default()
        }
    }

    /// Reads variables. An empty one counts as not set: `API_KEY=${API_KEY}` in a compose file
    /// gives that.
    pub(super) fn from_variables(
        variables: &BTreeMap<String, String>,
        place: &str,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let value = |name: &str| variables.get(name).filter(|text| !text.is_empty());
        let mut wrong = |name: &str, expected: &str, found: String| {
            problems.push(Problem::wrong(place, name, expected, found));
        };
        let mut partial = Self {
            host: value("HOST").cloned(),
            events_dir: value("EVENTS_DIR").map(PathBuf::from),
            log_dir: value("LOG_DIR").map(PathBuf::from),
            contract: value("CONTRACT").map(PathBuf::from),
            ..Self::default()
        };
        if let Some(text) = value("PORT") {
            match text.parse() {
                Ok(port) => partial.port = Some(port),
                Err(_) => wrong("PORT", PORT_EXPECTED, format!("`{text}`")),
            }
        }
        if let Some(text) = value("LOG_LEVEL") {
            match parse_level(text) {
                Ok(level) => partial.log_level = Some(level),
                Err(expected) => wrong("LOG_LEVEL", expected, format!("`{text}`")),
            }
        }
        if let Some(text) = value("API_KEY") {
            match parse_key(text) {
                Ok(key) => partial.api_key = Some(key),
                Err(expected) => wrong("API_KEY", expected, "something else".to_owned()),
            }
        }
        let mut secret = |name: &str| {
            let parsed = parse_secret(value(name)?);
            parsed
                .map_err(|expected| wrong(name, expected, "something else".to_owned()))
                .ok()
        };
        partial.session_secret = secret("SESSION_SECRET");
        partial.previous_session_secret = secret("PREVIOUS_SESSION_SECRET");
        partial
    }

    /// This source's values, overridden by those of a later one.
    pub(super) fn or_later(self, later: Self) -> Self {
        Self {
            host: later.host.or(self.host),
            port: later.port.or(self.port),
            events_dir: later.events_dir.or(self.events_dir),
            log_dir: later.log_dir.or(self.log_dir),
            log_level: later.log_level.or(self.log_level),
            contract: later.contract.or(self.contract),
            api_key: later.api_key.or(self.api_key),
            session_secret: later.session_secret.or(self.session_secret),
            previous_session_secret: later
                .previous_session_secret
                .or(self.previous_session_secret),
        }
    }
}

/// A log level by its name here or in Python; else what it should have been.
pub(super) fn parse_level(text: &str) -> Result<tracing::Level, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "trace" => Ok(tracing::Level::TRACE),
        "debug" => Ok(tracing::Level::DEBUG),
        "info" => Ok(tracing::Level::INFO),
        "warning" | "warn" => Ok(tracing::Level::WARN),
        "error" | "critical" => Ok(tracing::Level::ERROR),
        _ => Err(LOG_LEVEL_EXPECTED),
    }
}

/// A key that a header can carry; else what it should have been.
pub(super) fn parse_key(text: &str) -> Result<ApiKey, &'static str> {
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    if text.is_empty() || text.len() > API_KEY_BYTES_MAX || !printable {
        return Err(API_KEY_EXPECTED);
    }
    Ok(ApiKey::new(text))
}

/// A secret that is hard to guess; else what it should have been.
pub(super) fn parse_secret(text: &str) -> Result<SessionSecret, &'static str> {
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    let is_long = (crate::session::SECRET_BYTES_MIN..=API_KEY_BYTES_MAX).contains(&text.len());
    if !is_long || !printable {
        return Err(SECRET_EXPECTED);
    }
    Ok(SessionSecret::new(text))
}
