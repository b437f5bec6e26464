//! The composition root: proves settings and handlers, binds, serves, drains.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::settings::Settings;
use crate::dispatch::Host;
use crate::event::now_ms;
use crate::fact::{Fact, Facts};
use crate::gateway::{self, Gateway, Hub, Sessions};
use crate::rate::{Buckets, Rates};
use crate::registry::{
    Allowed, ContractFiles, ContractOptions, InvalidContract, Registry, RegistryOptions, Report,
    Table,
};
use crate::runtime::{CompileCache, Sandbox};
use crate::session::{JournalError, OpenJournal, Secrets, StoreOptions};
use crate::telemetry::fact_writer::FactWriter;
use crate::telemetry::metrics::Metrics;

/// Tasks that a worker thread runs between two looks at the network. tokio's own 61 would let
/// guests that use up their whole tick keep the network waiting for as many ticks.
const EVENT_INTERVAL: u32 = 11;

/// Every so many tasks, a worker thread takes one of those that had no room in its own queue of 256.
/// tokio's own number, some dozens, lets clients that were just answered ask again before others
/// are answered at all: with 1,000 of them on one core some waited for seconds. At 1 the thread's
/// own queue would not have its turn while others wait.
pub(crate) const GLOBAL_QUEUE_INTERVAL: u32 = 2;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The address cannot be listened on.
    #[error("listen on `{address}`")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The state directory cannot be used.
    #[error("prepare the compile cache in `{path}`")]
    State {
        /// The directory.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The events directory cannot be made.
    #[error("make the events directory `{path}`")]
    EventsDir {
        /// The directory.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The journal of sessions cannot be kept.
    #[error("{0}")]
    Journal(#[source] JournalError),
    /// The contract is none.
    #[error("{0}")]
    Contract(InvalidContract),
    /// No guest can be run here.
    #[error("prepare the sandbox: {0}")]
    Sandbox(String),
    /// The system gives no thread.
    #[error("start a thread")]
    Thread(#[source] std::io::Error),
}

impl AppError {
    /// What to do, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Bind { source, .. } if source.kind() == std::io::ErrorKind::AddrInUse => {
                Some("another program listens there; stop it, or start with `--port`".into())
            }
            Self::Bind { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                Some("ports below 1024 need a privilege; start with `--port`".into())
            }
            Self::Bind { .. } => Some("start with another `--host` or `--port`".into()),
            Self::Journal(_) => Some(
                "check that `.fs7/` can be written by this user and that the disk is not full, or set \
                 `sessions.journal = false`: sessions then end with the server"
                    .into(),
            ),
            Self::State { .. } | Self::EventsDir { .. } => {
                Some("check that the directory can be written by this user".into())
            }
            Self::Contract(invalid) => Some(format!(
                "`fs7 asyncapi validate {}` shows the lines; `--contract FILE` names another file",
                invalid.file
            )),
            Self::Sandbox(_) => Some("a smaller `limits.calls` needs less address space".into()),
            Self::Thread(_) => None,
        }
    }
}

/// What the operator asked a running server to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopRequest {
    /// Serve on.
    Run,
    /// End in good order.
    Drain,
    /// End at once.
    Now,
}

/// How a server ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct DrainReport {
    /// Connections closed in good order.
    pub closed_count: u64,
    /// Connections and events that did not end in time.
    pub failed_count: u64,
    /// How long it took.
    pub duration_seconds: f64,
}

/// A server that is bound and has its handlers, but does not answer yet.
pub struct Server {
    gateway: Arc<Gateway>,
    registry: Arc<Registry>,
    listener: TcpListener,
    address: SocketAddr,
    facts: Facts,
    writer: FactWriter,
    settings: Settings,
    started: Instant,
}

/// A running server, for signals.
#[derive(Clone)]
pub struct ServerHandle {
    registry: Arc<Registry>,
}

impl ServerHandle {
    /// Brings the registry up to date.
    pub async fn reload(&self) -> Report {
        self.registry.reload(Allowed::default()).await
    }
}

/// The runtime that a server needs.
///
/// # Errors
/// Fails when the system gives no threads.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("fs7-worker")
        .event_interval(EVENT_INTERVAL)
        .global_queue_interval(GLOBAL_QUEUE_INTERVAL)
        .build()
}

/// Proves everything that can be proven, then binds. Handlers that cannot serve do not keep the
/// server from starting: they are reported, as after every swap.
///
/// # Errors
/// Fails with what could not be done; [`AppError::hint`] says what to do.
pub async fn bind(settings: Settings) -> Result<Server, AppError> {
    let started = Instant::now();
    let facts = Facts::new(settings.limits.facts, settings.limits.facts_bytes);
    raise_file_limit(&settings, &facts);
    let metrics = Arc::new(Metrics::new(&settings.limits));
    let writer = FactWriter::start(facts.clone(), metrics.clone()).map_err(AppError::Thread)?;
    let contract = contract(&settings).await?;
    let sandbox = sandbox(&settings, &facts)?;
    std::fs::create_dir_all(&settings.events_dir).map_err(|source| AppError::EventsDir {
        path: settings.events_dir.display().to_string(),
        source,
    })?;
    let wanted = settings.address;
    let bind_error = |source| AppError::Bind {
        address: wanted,
        source,
    };
    // Bound before the handlers are loaded, so that a taken port is known at once; it answers
    // only when `serve` is called, and until then connections wait.
    let listener = gateway::listen(wanted).map_err(bind_error)?;
    let address = listener.local_addr().map_err(bind_error)?;
    let sessions = sessions(&settings, &facts).await?;
    let rooms = settings.rooms.clone();
    let hub = Arc::new(Hub::new(facts.clone(), sessions, rooms, &settings.limits));
    let edge: Arc<OnceLock<Weak<Gateway>>> = Arc::default();
    let registry = registry(&settings, contract, &sandbox, &facts, edge.clone());
    let host = Arc::new(Host {
        registry: registry.clone(),
        sink: hub.clone(),
        facts: facts.clone(),
        buckets: Arc::new(Buckets::default()),
        rates: Arc::new(Rates::new(&settings.limits)),
    });
    let gateway = Gateway::new(host, hub, sandbox, metrics, settings.clone(), address);
    let _ = edge.set(Arc::downgrade(&gateway));
    registry.reload(Allowed::default()).await;
    Ok(Server {
        gateway,
        registry,
        listener,
        address,
        facts,
        writer,
        settings,
        started,
    })
}

/// File descriptors that a server needs besides its connections.
const SPARE_FILES: u64 = 256;

/// Takes as many file descriptors as the system allows, and says when they are too few.
fn raise_file_limit(settings: &Settings, facts: &Facts) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
    let wanted = (settings.limits.connections as u64).saturating_add(SPARE_FILES);
    if let Some(files) = getrlimit(Resource::Nofile).current
        && files < wanted
    {
        facts.record(Fact::Warned {
            topic: "file_descriptors",
            detail: format!(
                "{files} allowed, {wanted} wanted for `limits.connections`; raise `ulimit -n`"
            ),
        });
    }
}

fn sandbox(settings: &Settings, facts: &Facts) -> Result<Arc<Sandbox>, AppError> {
    let state_dir = settings.state_dir();
    let cache =
        CompileCache::open(&state_dir, settings.limits.compile_cache_bytes).map_err(|source| {
            AppError::State {
                path: state_dir.display().to_string(),
                source,
            }
        })?;
    Sandbox::new(settings.limits.clone(), Some(cache), facts.clone())
        .map_err(|error| AppError::Sandbox(format!("{error:#}")))
}

/// The sessions of this server, with those that an earlier one has written down.
async fn sessions(settings: &Settings, facts: &Facts) -> Result<Option<Sessions>, AppError> {
    let Some(secret) = &settings.sessions.secret else {
        return Ok(None);
    };
    if !settings.sessions.enabled {
        return Ok(None);
    }
    let (rules, limits) = (&settings.sessions, &settings.limits);
    let previous = rules.previous_secret.as_ref();
    let previous = previous.map(|secret| secret.expose().as_bytes().to_vec());
    let options = StoreOptions {
        secrets: Secrets::new(secret.expose().as_bytes(), previous),
        token_ttl_ms: rules.token_ttl_ms,
        tokens: rules.tokens,
        retention_ms: rules.retention_ms,
        retained_messages: rules.retained_messages,
        retained_bytes: limits.session_bytes.min(limits.outbound_bytes / 2),
        sessions: limits.sessions,
        sessions_bytes: limits.sessions_bytes,
        used_tokens: limits.used_tokens,
    };
    let (state_dir, facts) = (settings.state_dir(), facts.clone());
    let (is_kept, is_synced, bytes_max) = (rules.journal, rules.fsync, limits.journal_bytes);
    let opened = tokio::task::spawn_blocking(move || {
        let journal = is_kept.then_some(OpenJournal {
            state_dir: &state_dir,
            is_synced,
            bytes_max,
        });
        Sessions::open(options, journal, facts, now_ms())
    });
    match opened.await {
        Ok(opened) => opened.map(Some).map_err(AppError::Journal),
        Err(error) => Err(AppError::Thread(std::io::Error::other(error))),
    }
}

/// Proves the contract: off the threads that serve, for it reads files.
async fn contract(settings: &Settings) -> Result<ContractFiles, AppError> {
    let options = ContractOptions {
        path: settings.contract.clone(),
        is_named: settings.contract_named,
        rules: settings.contract_rules.clone(),
        limits: settings.limits.clone(),
    };
    let opened = tokio::task::spawn_blocking(move || ContractFiles::open(options)).await;
    match opened {
        Ok(opened) => opened.map_err(AppError::Contract),
        Err(error) => Err(AppError::Thread(std::io::Error::other(error))),
    }
}

fn registry(
    settings: &Settings,
    contract: ContractFiles,
    sandbox: &Arc<Sandbox>,
    facts: &Facts,
    edge: Arc<OnceLock<Weak<Gateway>>>,
) -> Arc<Registry> {
    let options = RegistryOptions {
        events_dir: settings.events_dir.clone(),
        settings: settings.registry.clone(),
        handlers: settings.handlers.clone(),
    };
    let after_publish = move |table: &Table| {
        if let Some(gateway) = edge.get().and_then(Weak::upgrade) {
            gateway.prepare(table);
        }
    };
    Registry::new(
        options,
        contract,
        sandbox.clone(),
        facts.clone(),
        Box::new(after_publish),
    )
}

impl Server {
    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What signals need of the running server.
    pub fn handle(&self) -> ServerHandle {
        ServerHandle {
            registry: self.registry.clone(),
        }
    }

    /// What serves and what cannot, for whoever started the server.
    pub fn loaded(&self) -> Report {
        Report {
            generation: self.registry.table().generation,
            failed: self.registry.failed().to_vec(),
            ..Report::default()
        }
    }

    /// Number of events that are answered.
    pub fn events(&self) -> usize {
        self.registry.table().len()
    }

    /// Answers until it is asked to stop, then lets what is under way end.
    pub async fn serve(self, mut stop: watch::Receiver<StopRequest>) -> DrainReport {
        let Self {
            gateway,
            registry,
            listener,
            address,
            facts,
            writer,
            settings,
            started,
        } = self;
        facts.record(Fact::ServerStarted {
            address: address.to_string(),
            events: registry.table().len(),
            duration: started.elapsed(),
        });
        let (handlers, contract) = (settings.registry.watch, settings.contract_rules.watch);
        let watching = (handlers || contract)
            .then(|| tokio::spawn(registry.clone().watch(handlers, contract)));
        let serving = tokio::spawn(gateway.clone().serve(listener));
        wait_for(&mut stop, |request| request != StopRequest::Run).await;
        facts.record(Fact::ServerDraining);
        let draining = Instant::now();
        registry.close();
        gateway.begin_drain();
        if let Some(watching) = watching {
            watching.abort();
        }
        // The listener goes with its task: nobody new gets in. The task may be accepting at this
        // moment, and would take the places that are given up below for places that are taken.
        serving.abort();
        let _ = serving.await;
        let limit = Duration::from_millis(settings.limits.drain_ms);
        let (closed, failed) = tokio::select! {
            counts = gateway.drain(limit) => counts,
            () = wait_for(&mut stop, |request| request == StopRequest::Now) => (0, gateway.left()),
        };
        gateway.give_up_hooks();
        let duration = draining.elapsed();
        facts.record(Fact::ServerStopped {
            closed,
            failed,
            duration,
        });
        writer.stop();
        DrainReport {
            closed_count: closed,
            failed_count: failed,
            duration_seconds: duration.as_secs_f64(),
        }
    }
}

/// Waits for a request; when nobody can ask any more, the answer is to stop.
async fn wait_for(stop: &mut watch::Receiver<StopRequest>, is_it: impl Fn(StopRequest) -> bool) {
    let _ = stop.wait_for(|request| is_it(*request)).await;
}
