//! Settings: `fs7.toml`, `.env`, environment, flags; the later wins. Nothing else in the host
//! reads the environment.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use crate::limits::Limits;

pub mod settings;

pub mod error;
pub mod state_dir;

mod api_key;
mod environment;
mod file;
mod partial;
mod reader;

#[cfg(test)]
mod tests;

use error::ConfigError;
use partial::Partial;
use settings::{
    ApiKey, ContractSettings, HandlerSettings, HttpSettings, LogSettings, RegistrySettings,
    RoomSettings, SessionSettings, Settings, SocketSettings,
};

/// The settings file that is read from the working directory where it exists.
pub const SETTINGS_FILE: &str = "fs7.toml";
/// The contract that is read from the working directory where it exists.
pub const CONTRACT_FILE: &str = "asyncapi.yaml";
/// Where the server listens unless told otherwise.
const HOST_DEFAULT: &str = "127.0.0.1";
/// The port unless told otherwise.
const PORT_DEFAULT: u16 = 8000;

/// What the command line says about settings.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config`: instead of `fs7.toml`; it must exist.
    pub config: Option<PathBuf>,
    /// `--host`.
    pub host: Option<String>,
    /// `--port`.
    pub port: Option<u16>,
    /// `--events-dir`.
    pub events_dir: Option<PathBuf>,
    /// `--log-dir`.
    pub log_dir: Option<PathBuf>,
    /// `--contract`.
    pub contract: Option<PathBuf>,
}

/// A log level by its name here or in Python.
///
/// # Errors
/// With what it should have been.
pub fn parse_level(text: &str) -> Result<tracing::Level, &'static str> {
    partial::parse_level(text)
}

/// Whether output to a terminal may have colours: not with `NO_COLOR` (no-color.org), nor on a
/// terminal that is called dumb.
pub fn wants_colour() -> bool {
    environment::wants_colour()
}

/// Where settings come from besides the command line.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The working directory: `fs7.toml`, `.env`, `fastsocket.pid` and `.fs7/` lie in it, and
    /// relative paths start here.
    pub work_dir: PathBuf,
    /// The environment variables that fs7 knows.
    pub environment: BTreeMap<String, String>,
}

impl Sources {
    /// The process's own working directory and environment.
    ///
    /// # Errors
    /// When the working directory is gone, or a variable is not UTF-8.
    pub fn of_process() -> Result<Self, ConfigError> {
        let work_dir = std::env::current_dir().map_err(ConfigError::WorkDir)?;
        Ok(Self {
            work_dir,
            environment: environment::of_process()?,
        })
    }
}

/// The settings before a start: checked, but nothing is resolved, made or written yet.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Name or address to listen on.
    pub host: String,
    /// Port to listen on.
    pub port: u16,
    /// The key, where one is set.
    pub api_key: Option<ApiKey>,
    /// All that needs no further look.
    rest: Rest,
}

/// The part of the settings that a start takes over as it is.
#[derive(Clone, Debug)]
struct Rest {
    events_dir: PathBuf,
    log_dir: PathBuf,
    log_level: tracing::Level,
    contract: PathBuf,
    contract_named: bool,
    work_dir: PathBuf,
    tables: Tables,
}

/// The tables of `fs7.toml`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    limits: Limits,
    sockets: SocketSettings,
    sessions: SessionSettings,
    rooms: RoomSettings,
    http: HttpSettings,
    registry: RegistrySettings,
    contract: ContractSettings,
    log: LogSettings,
    handlers: BTreeMap<String, HandlerSettings>,
}

/// Settings that a server can start with, and what its operator should know about them.
#[derive(Debug)]
pub struct Prepared {
    /// The settings.
    pub settings: Settings,
    /// Words for the operator.
    pub notices: Vec<String>,
}

/// Reads and checks all sources.
///
/// # Errors
/// When a file cannot be read or a setting is unknown or wrong; all that is wrong is named at once.
pub fn load(sources: &Sources, flags: &Flags) -> Result<Draft, ConfigError> {
    let mut problems = Vec::new();
    let (file, mut tables) = file::read(&sources.work_dir, flags.config.as_deref(), &mut problems)?;
    let dotenv_values = environment::read_dotenv(&sources.work_dir, &mut problems)?;
    let dotenv = Partial::from_variables(&dotenv_values, ".env", &mut problems);
    let environment = Partial::from_variables(&sources.environment, "environment", &mut problems);
    if !problems.is_empty() {
        return Err(ConfigError::Problems(problems));
    }
    let merged = file
        .or_later(dotenv)
        .or_later(environment)
        .or_later(Partial::from_flags(flags));
    tables.sessions.secret = merged.session_secret;
    tables.sessions.previous_secret = merged.previous_session_secret;
    let absolute = |path: Option<PathBuf>, default: &str| {
        sources
            .work_dir
            .join(path.unwrap_or_else(|| PathBuf::from(default)))
    };
    Ok(Draft {
        host: merged.host.unwrap_or_else(|| HOST_DEFAULT.to_owned()),
        port: merged.port.unwrap_or(PORT_DEFAULT),
        api_key: merged.api_key,
        rest: Rest {
            events_dir: absolute(merged.events_dir, "events"),
            log_dir: absolute(merged.log_dir, "logs"),
            log_level: merged.log_level.unwrap_or(tracing::Level::DEBUG),
            contract_named: merged.contract.is_some(),
            contract: absolute(merged.contract, CONTRACT_FILE),
            work_dir: sources.work_dir.clone(),
            tables,
        },
    })
}

impl Draft {
    /// The working directory.
    pub fn work_dir(&self) -> &Path {
        &self.rest.work_dir
    }

    /// Where handlers are dropped.
    pub fn events_dir(&self) -> &Path {
        &self.rest.events_dir
    }

    /// The contract's file, which need not exist unless it was named.
    pub fn contract(&self) -> &Path {
        &self.rest.contract
    }

    /// Where `debug.log` is written.
    pub fn log_dir(&self) -> &Path {
        &self.rest.log_dir
    }

    /// The key that a command sends to the server of this directory: the one that is set, else
    /// the one that a start has made.
    ///
    /// # Errors
    /// When the key file is there but cannot be used.
    pub fn client_key(&self) -> Result<Option<ApiKey>, ConfigError> {
        match &self.api_key {
            Some(key) => Ok(Some(key.clone())),
            None => api_key::read(&self.rest.work_dir),
        }
    }

    /// The key that is set, not one that a start has made.
    pub fn set_key(&self) -> Option<&ApiKey> {
        self.api_key.as_ref()
    }

    /// Settings to check handlers with. Nothing listens with them: address and key are blanks.
    pub fn for_checks(&self) -> Settings {
        let nowhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        self.rest
            .clone()
            .into_settings(nowhere, ApiKey::new("unused"))
    }

    /// Settings to start with: the host is resolved; on a loopback address a missing key is
    /// made and kept in `.fs7/api-key`.
    ///
    /// # Errors
    /// When the host has no address, or no key is set for an address that others can reach.
    pub fn for_start(self) -> Result<Prepared, ConfigError> {
        let address = resolve(&self.host, self.port)?;
        let state_dir = state_dir::prepare(&self.rest.work_dir)?;
        let mut notices = Vec::new();
        notices.extend(state_dir.repaired);
        let key = match self.api_key {
            Some(key) => key,
            None if address.ip().is_loopback() => api_key::read_or_make(&self.rest.work_dir)?,
            None => return Err(ConfigError::NoApiKey { address }),
        };
        let mut settings = self.rest.into_settings(address, key);
        if settings.sessions.secret.is_none() && settings.sessions.enabled {
            let secret = api_key::read_or_make_secret(&settings.work_dir)?;
            settings.sessions.secret = Some(secret);
        }
        notices.extend(exposure(&settings));
        Ok(Prepared { settings, notices })
    }
}

impl Rest {
    fn into_settings(self, address: SocketAddr, api_key: ApiKey) -> Settings {
        Settings {
            address,
            events_dir: self.events_dir,
            log_dir: self.log_dir,
            log_level: self.log_level,
            contract: self.contract,
            contract_named: self.contract_named,
            contract_rules: self.tables.contract,
            work_dir: self.work_dir,
            api_key,
            limits: self.tables.limits,
            sockets: self.tables.sockets,
            sessions: self.tables.sessions,
            rooms: self.tables.rooms,
            http: self.tables.http,
            registry: self.tables.registry,
            log: self.tables.log,
            handlers: self.tables.handlers,
        }
    }
}

/// The host's address; of several an IPv4 one, so that `localhost` means what most clients dial.
fn resolve(host: &str, port: u16) -> Result<SocketAddr, ConfigError> {
    if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, port));
    }
    let addresses: Vec<_> = (host, port)
        .to_socket_addrs()
        .map_err(|source| ConfigError::Host {
            host: host.to_owned(),
            source: Some(source),
        })?
        .collect();
    let chosen = addresses
        .iter()
        .find(|address| address.is_ipv4())
        .or(addresses.first());
    chosen.copied().ok_or_else(|| ConfigError::Host {
        host: host.to_owned(),
        source: None,
    })
}

/// What a start on an address that others can reach has to say.
fn exposure(settings: &Settings) -> Option<String> {
    if settings.address.ip().is_loopback() {
        return None;
    }
    Some(if settings.sockets.require_key {
        format!(
            "sockets on {} need the API key (`auth: {{api_key}}`)",
            settings.address
        )
    } else {
        format!(
            "sockets on {} are open to whoever reaches it; `sockets.require_key = true` in {SETTINGS_FILE} asks for the API key",
            settings.address
        )
    })
}
