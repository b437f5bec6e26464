//! The gateway: the only room that names axum, hyper and socketioxide. It turns what comes from
//! outside into events, and outcomes into answers.

mod accept;
mod admin;
mod admittance;
mod auth;
mod collect;
mod connections;
mod cors;
mod documents;
mod doorkeeper;
mod hooks;
mod hub;
mod in_flight;
#[doc(hidden)]
pub mod measured;
mod memory;
mod messages;
mod problem;
mod request;
mod rest;
mod rooms;
mod sessions;
mod socketio;
mod stay;
mod tokens;
mod upgrade;
mod user_data;
mod ws;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use tokio::net::TcpListener;

use crate::config::settings::Settings;
use crate::dispatch::Host;
use crate::registry::Table;
use crate::runtime::Sandbox;
use crate::telemetry::metrics::{Gauges, Metrics};

use accept::Connections;
pub(crate) use accept::listen;
use cors::Origins;
use doorkeeper::Doorkeeper;
use hooks::Hooks;
pub(crate) use hub::{Hub, Sessions};
use in_flight::InFlight;
use socketio::SocketGateway;
use ws::PlainGateway;

/// All edges of one server.
pub(crate) struct Gateway {
    doorkeeper: Arc<Doorkeeper>,
    sockets: Arc<SocketGateway>,
    plain: Arc<PlainGateway>,
    host: Arc<Host>,
    sandbox: Arc<Sandbox>,
    metrics: Arc<Metrics>,
    settings: Settings,
    address: SocketAddr,
    started: Instant,
    connections: Connections,
    requests: InFlight,
    /// Events that came over HTTP.
    events: InFlight,
    /// Of sessions that ended without their client.
    hooks: Hooks,
    ready: AtomicBool,
}

impl Gateway {
    /// The edges of a server that will listen on `address`.
    pub(crate) fn new(
        host: Arc<Host>,
        hub: Arc<Hub>,
        sandbox: Arc<Sandbox>,
        metrics: Arc<Metrics>,
        settings: Settings,
        address: SocketAddr,
    ) -> Arc<Self> {
        let origins = Origins::new(&settings.http, address);
        let doorkeeper = Doorkeeper::new(&settings, origins, host.facts.clone());
        let sockets = SocketGateway::new(host.clone(), hub, &settings, doorkeeper.clone());
        Arc::new(Self {
            plain: PlainGateway::new(sockets.clone(), &settings),
            doorkeeper,
            sockets,
            host,
            sandbox,
            metrics,
            connections: Connections::new(settings.limits.connections),
            hooks: Hooks::new(settings.limits.waiting_hooks),
            settings,
            address,
            started: Instant::now(),
            requests: InFlight::default(),
            events: InFlight::default(),
            ready: AtomicBool::new(false),
        })
    }

    /// Opens the doors that a table needs.
    pub(crate) fn prepare(&self, table: &Table) {
        self.sockets.prepare(table);
    }

    /// Answers connections until the future is dropped.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        self.ready.store(true, Ordering::SeqCst);
        let upkeep = sessions::upkeep(self.clone());
        let memory = memory::upkeep(self.clone());
        let accepting = accept::serve(self.clone(), listener, router(self));
        tokio::join!(upkeep, memory, accepting);
    }

    /// Takes no new work; `/ready` says so.
    pub(crate) fn begin_drain(&self) {
        self.ready.store(false, Ordering::SeqCst);
        self.doorkeeper.begin_drain();
    }

    /// Waits for the work under way, then ends all connections. Gives how many of them ended in
    /// good order, and how much was left undone when the time was over.
    pub(crate) async fn drain(&self, limit: Duration) -> (u64, u64) {
        let give_up = tokio::time::Instant::now() + limit;
        let idle = async {
            self.sockets.in_flight.until_idle().await;
            self.requests.until_idle().await;
            self.events.until_idle().await;
        };
        let _ = tokio::time::timeout_at(give_up, idle).await;
        let undone = self.undone();
        let connections = self.sockets.admittance.count();
        // Closing waits for the clients' side: a little time is due even after a long drain.
        let close_by = give_up.max(tokio::time::Instant::now() + Duration::from_secs(1));
        let left_over = self.sockets.close(close_by).await;
        let idle = self.sockets.in_flight.until_idle();
        let _ = tokio::time::timeout_at(close_by, idle).await;
        let left_over = left_over + self.sockets.plain_left();
        // The answers to the last polls and requests are on their way.
        let _ = tokio::time::timeout_at(close_by, self.connections.close()).await;
        self.sockets.hub.close();
        let closed = (connections as u64).saturating_sub(left_over);
        (closed, left_over + undone as u64)
    }

    /// Tells of each disconnect hook that will not run any more.
    pub(crate) fn give_up_hooks(&self) {
        self.hooks.give_up(self);
    }

    /// Connections and work that an end at once leaves as they are.
    pub(crate) fn left(&self) -> u64 {
        (self.undone() + self.sockets.admittance.count()) as u64
    }

    /// Work under way. An event over HTTP is a request too, unless its client has hung up.
    fn undone(&self) -> usize {
        self.sockets.in_flight.count() + self.requests.count().max(self.events.count())
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::SeqCst)
    }

    fn gauges(&self) -> Gauges {
        let table = self.host.registry.table();
        let sessions = self.sockets.hub.figures();
        Gauges {
            sessions: sessions.sessions,
            sessions_absent: sessions.absent,
            retained_bytes: sessions.retained_bytes,
            used_tokens: sessions.used_tokens,
            journal_bytes: sessions.journal_bytes,
            history_bytes: self.sockets.hub.history_bytes(),
            waiting_hooks: self.hooks.waiting(),
            connections: self.sockets.admittance.count(),
            connections_memory_bytes: memory::accounted_bytes(&self.sockets.hub),
            emits_dropped: self.sockets.hub.emits_dropped(),
            members: self.sockets.members(),
            calls_in_flight: self.sandbox.calls_in_flight(),
            kept_instances: self.sandbox.kept_instances(),
            events: table.len(),
            handlers: table.handlers.len(),
            handlers_failed: self.host.registry.failed().len(),
            generation: table.generation,
            facts: self.host.facts.recorded(),
            facts_dropped: self.host.facts.dropped(),
            log_lines_lost: crate::telemetry::lost_lines(),
        }
    }
}

/// What applications ask of connections, rooms and sessions.
fn messaging() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/api/connections", get(connections::list))
        .route("/api/connections/count", get(connections::count))
        .route("/api/connections/memory", get(connections::memory))
        .route(
            "/api/connections/{id}",
            get(connections::one).delete(connections::disconnect),
        )
        .route("/api/connections/{id}/send", post(messages::to_one))
        .route("/api/connections/{id}/data", get(user_data::all))
        .route(
            "/api/connections/{id}/data/{key}",
            get(user_data::get)
                .put(user_data::set)
                .delete(user_data::remove),
        )
        .route(
            "/api/connections/{id}/rooms/{room}",
            post(rooms::join).delete(rooms::leave),
        )
        .route("/api/rooms", get(rooms::list))
        .route("/api/rooms/{room}", get(rooms::one))
        .route("/api/rooms/{room}/send", post(messages::to_room))
        .route("/api/rooms/{room}/history", get(rooms::history))
        .route("/api/broadcast", post(messages::to_everyone))
        .route("/api/tokens", post(tokens::make))
        .route("/api/tokens/validate", post(tokens::validate))
}

fn router(gateway: Arc<Gateway>) -> Router {
    let keyed = Router::new()
        .route("/api/events", get(rest::list).post(rest::trigger))
        .route("/api/events/{event_id}", get(rest::one))
        .route("/admin/reload-events", post(admin::reload))
        .route("/admin/handlers", get(admin::handlers))
        .route("/admin/status", get(admin::status))
        .route("/metrics", get(admin::metrics))
        .route("/asyncapi", get(documents::page))
        .route("/asyncapi.json", get(documents::document))
        .merge(messaging())
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(gateway.settings.limits.message_bytes))
        .layer(axum::middleware::from_fn_with_state(
            gateway.clone(),
            auth::require_key,
        ));
    let sockets = any(socketio::serve).with_state(gateway.sockets.clone());
    let plain = any(ws::serve).with_state(gateway.plain.clone());
    Router::new()
        .route("/health", get(admin::health))
        .route("/ready", get(admin::ready))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .merge(keyed)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(axum::middleware::from_fn_with_state(
            gateway.clone(),
            admin::count_request,
        ))
        .route("/socket.io/", sockets.clone())
        .route("/socket.io", sockets)
        .route("/ws", plain)
        .layer(cors::layer(Origins::new(
            &gateway.settings.http,
            gateway.address,
        )))
        .with_state(gateway)
}
