//! The socket room: everything that knows socketioxide. What the crate does otherwise than fs7
//! promises, and how it is done here, stands at the top of each file.

mod adapter;
mod announced;
mod connection;
mod frames;
mod handlers;
mod outbound;
mod paced_body;
mod pressure;
mod seat;
mod service;
mod short_cut;
mod stream;
mod text_event;
mod worker;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use socketioxide::service::SocketIoService;
use socketioxide::{ParserConfig, SocketIo};

use crate::config::settings::Settings;
use crate::dispatch::Host;
use crate::limits::Limits;
use crate::registry::Table;

use super::admittance::Admittance;
use super::doorkeeper::Doorkeeper;
use super::hub::{CLOSING, Hub, Member, Message, Namespace, Peer};
use super::in_flight::InFlight;
use super::ws;
use adapter::{Adapters, RawAdapter};
use connection::Connection;
use handlers::Door;
use outbound::ENGINE_BUFFER;

pub(crate) use service::serve;

/// Bytes that the WebSocket reads at a time; more would be kept for every idle connection.
const READ_BUFFER_BYTES: usize = 1 << 10;

type EngineService = SocketIoService<engineioxide::service::NotFoundService, RawAdapter>;

/// The Socket.IO edge.
pub(crate) struct SocketGateway {
    pub(super) host: Arc<Host>,
    pub(super) hub: Arc<Hub>,
    pub(super) in_flight: InFlight,
    pub(super) doorkeeper: Arc<Doorkeeper>,
    pub(super) limits: Arc<Limits>,
    pub(super) admittance: Arc<Admittance>,
    io: SocketIo<RawAdapter>,
    engine: EngineService,
    adapters: Adapters,
    /// Connections by Engine.IO session, for requests that name one.
    sessions: Mutex<HashMap<String, Weak<Connection>>>,
    /// Within which time clients are sent back by a server that stops.
    return_ms: u64,
    /// Held while namespaces are opened, retired or ended.
    doors: Mutex<()>,
}

impl SocketGateway {
    /// The edge, with the main namespace and no other.
    pub(super) fn new(
        host: Arc<Host>,
        hub: Arc<Hub>,
        settings: &Settings,
        doorkeeper: Arc<Doorkeeper>,
    ) -> Arc<Self> {
        let limits = Arc::new(settings.limits.clone());
        let adapters = Adapters::default();
        let message_bytes = limits.message_bytes;
        let millis = Duration::from_millis;
        let (engine, io) = SocketIo::builder()
            .max_payload(message_bytes as u64)
            .ws_max_message_size(message_bytes)
            .ws_max_frame_size(message_bytes)
            .ws_read_buffer_size(READ_BUFFER_BYTES)
            .max_buffer_size(ENGINE_BUFFER)
            .ping_interval(millis(settings.sockets.ping_interval_ms))
            .ping_timeout(millis(settings.sockets.ping_timeout_ms))
            .connect_timeout(millis(settings.sockets.connect_timeout_ms))
            .with_parser(
                ParserConfig::common()
                    .max_incoming_binaries(limits.attachments)
                    .max_incoming_binary_buf_size(message_bytes),
            )
            .with_adapter::<RawAdapter>(adapters.clone())
            .build_svc();
        let gateway = Arc::new(Self {
            host,
            hub,
            in_flight: InFlight::default(),
            admittance: doorkeeper.admittance.clone(),
            doorkeeper,
            limits,
            io,
            engine,
            adapters,
            sessions: Mutex::default(),
            return_ms: settings.sessions.return_ms,
            doors: Mutex::new(()),
        });
        gateway.open_namespace(&Arc::from("/"));
        gateway
    }

    /// Opens the namespaces of a table. One that no handler
    /// answers in any more takes nobody new, and ends with its last member: a file that is
    /// taken away and put back disconnects nobody.
    pub(crate) fn prepare(self: &Arc<Self>, table: &Table) {
        let _doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        for path in table.namespaces() {
            match self.hub.namespace(path) {
                Some(namespace) => namespace.set_retired(false),
                None => self.open_namespace(path),
            }
        }
        for namespace in self.hub.namespaces() {
            let is_answered = table.namespaces().any(|path| *path == namespace.path);
            if !is_answered && &*namespace.path != "/" {
                namespace.set_retired(true);
                self.end(&namespace);
            }
        }
    }

    fn open_namespace(self: &Arc<Self>, path: &Arc<str>) {
        let namespace = Namespace::new(path.clone());
        let way_out = Arc::new(OnceLock::new());
        let door = Door {
            gateway: self.clone(),
            namespace: namespace.clone(),
            adapter: way_out.clone(),
        };
        self.io.ns(path.to_string(), door);
        if let Some(adapter) = self.adapters.of(path) {
            let _ = way_out.set(adapter);
        }
        self.hub.insert(namespace);
    }

    /// A member of a namespace has gone.
    pub(super) fn ended_in(&self, path: &str) {
        if let Some(namespace) = self.hub.namespace(path) {
            self.end_if_empty(&namespace);
        }
    }

    /// Ends a retired namespace with its last member.
    pub(super) fn end_if_empty(&self, namespace: &Arc<Namespace>) {
        if namespace.is_retired() {
            let _doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
            self.end(namespace);
        }
    }

    /// Called with `doors` held. Who is being let in is counted first and looks at whether the
    /// namespace is retired second, and here it is the other way round: one of the two notices.
    fn end(&self, namespace: &Arc<Namespace>) {
        let current = self.hub.namespace(&namespace.path);
        let is_current = current.is_some_and(|current| Arc::ptr_eq(&current, namespace));
        if is_current && namespace.is_retired() && namespace.is_empty() {
            self.hub.forget(&namespace.path);
            self.io.delete_ns(&namespace.path);
        }
    }

    pub(super) fn answers(&self, namespace: &str, event: &str) -> bool {
        self.host.registry.table().find(namespace, event).is_some()
    }

    /// Members of all namespaces at this moment.
    pub(crate) fn members(&self) -> usize {
        self.hub
            .namespaces()
            .iter()
            .map(|namespace| namespace.len())
            .sum()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.doorkeeper.is_draining()
    }

    /// Ends all connections: in good order where the client takes it by then, and in any case.
    pub(crate) async fn close(self: &Arc<Self>, by: tokio::time::Instant) -> u64 {
        let namespaces = self.hub.namespaces();
        let members = namespaces.iter().flat_map(|namespace| namespace.members());
        let mut peers = Vec::new();
        for member in members {
            let Some(peer) = member.peer() else { continue };
            let is_plain = peer.link().transport == ws::TRANSPORT;
            if member.is_session || is_plain {
                self.send_back(&peer);
            }
            // A plain WebSocket closes in good order by itself; the others wait for the engine.
            if is_plain {
                peer.stopped();
            } else {
                peers.push(peer);
            }
        }
        let is_whole = tokio::time::timeout_at(by, self.io.close()).await.is_ok();
        // The engine takes its namespaces away before it ends its sessions, and so tells nobody.
        let mut left_over = 0;
        for peer in peers {
            if !is_whole && peer.is_pressed() {
                left_over += 1;
            }
            peer.stopped();
        }
        left_over
    }

    /// Plain WebSockets that are still open.
    pub(crate) fn plain_left(&self) -> u64 {
        let namespaces = self.hub.namespaces();
        let members = namespaces.iter().flat_map(|namespace| namespace.members());
        let is_open = |member: &Arc<Member>| {
            let peer = member.peer();
            peer.is_some_and(|peer| peer.link().transport == ws::TRANSPORT)
        };
        members.filter(is_open).count() as u64
    }

    /// Tells a client when to come back: each at another moment, so that the next server is not
    /// run over.
    fn send_back(&self, peer: &Arc<dyn Peer>) {
        let mut random = [0; 8];
        // Without random bytes all come at once, which is what they would do untold.
        let _ = getrandom::fill(&mut random);
        let retry_after_ms = u64::from_le_bytes(random) % self.return_ms.max(1);
        let back = serde_json::json!({"reason": "shutdown", "retry_after_ms": retry_after_ms});
        peer.deliver(&Message::control(CLOSING, &back));
    }

    fn session(&self, sid: &str) -> Option<Arc<Connection>> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(sid)?.upgrade()
    }

    /// Remembers a polling session. Entries of sessions that have ended go when the map has
    /// doubled since the last look.
    fn remember(&self, sid: String, connection: &Arc<Connection>) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() == sessions.capacity() {
            sessions.retain(|_, connection| connection.strong_count() > 0);
        }
        sessions.insert(sid, Arc::downgrade(connection));
    }
}
