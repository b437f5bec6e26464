//! Accepting: from the listener to hyper, within a limit, with a pause when the system runs out
//! of file descriptors.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower_service::Service;

use crate::fact::Fact;

use super::Gateway;
use super::admittance::client_address;

/// How long accepting pauses after an error such as `EMFILE`: the connections that hold the
/// file descriptors need time to end.
const PAUSE: Duration = Duration::from_millis(100);

/// Connections that may wait to be accepted; the system keeps fewer where `net.core.somaxconn` says
/// so. When clients come back all at once, those that find no place are not told: they try again
/// after 1 s, 3 s and 7 s, as TCP does.
const BACKLOG: u32 = 16_384;

/// How long a client may take for the headers of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// hyper's buffer per connection in bytes, its minimum: idle connections are many.
const BUFFER_BYTES: usize = 8 << 10;

/// TCP connections beyond the connections of the limit: a polling client has two at a time, and
/// operators must get in when clients fill the house.
const SPARE_CONNECTIONS: usize = 256;

/// Where a request comes from, as far as that can be believed: in its extensions.
#[derive(Clone, Copy, Debug)]
pub(super) struct PeerAddress(IpAddr);

impl PeerAddress {
    /// The address that a request comes from.
    pub(super) fn of<B>(request: &Request<B>) -> Option<IpAddr> {
        let peer = request.extensions().get::<Self>();
        peer.map(|Self(address)| *address)
    }
}

/// The router, for the requests of one TCP connection.
#[derive(Clone)]
struct Addressed {
    router: Router,
    peer: IpAddr,
    /// Peers whose word is believed on where their clients are.
    proxies: Arc<[IpAddr]>,
}

impl Service<Request<Incoming>> for Addressed {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Incoming>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        let address = client_address(self.peer, request.headers(), &self.proxies);
        request.extensions_mut().insert(PeerAddress(address));
        self.router.call(request)
    }
}

/// The TCP connections of one server that speak HTTP; those that became WebSockets are not
/// among them.
pub(super) struct Connections {
    places: Arc<Semaphore>,
    places_max: u32,
    closing: watch::Sender<bool>,
}

impl Connections {
    /// None yet, and places for those that so many clients need.
    pub(super) fn new(clients: usize) -> Self {
        let places = clients.saturating_mul(2).saturating_add(SPARE_CONNECTIONS);
        let places_max = u32::try_from(places.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Self {
            places: Arc::new(Semaphore::new(places_max as usize)),
            places_max,
            closing: watch::Sender::new(false),
        }
    }

    /// Closes what is idle, lets answers under way leave, and waits until all are gone.
    pub(super) async fn close(&self) {
        self.closing.send_replace(true);
        let _ = self.places.acquire_many(self.places_max).await;
    }
}

/// Binds a socket that listens.
///
/// # Errors
/// When the address is taken or is none of this machine's.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A server that comes back must not wait until the connections of the one before are forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts connections until the future is dropped.
pub(super) async fn serve(gateway: Arc<Gateway>, listener: TcpListener, router: Router) {
    let connections = &gateway.connections;
    let proxies: Arc<[IpAddr]> = gateway.settings.http.trusted_proxies.as_slice().into();
    loop {
        let (tcp, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                gateway.host.facts.record(Fact::AcceptFailed {
                    detail: error.to_string(),
                });
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = connections.places.clone().try_acquire_owned() else {
            gateway.host.facts.record(Fact::ConnectionRefused {
                code: "tcp_connections",
            });
            continue;
        };
        let service = TowerToHyperService::new(Addressed {
            router: router.clone(),
            peer: address.ip().to_canonical(),
            proxies: proxies.clone(),
        });
        let closing = connections.closing.subscribe();
        tokio::spawn(async move {
            serve_connection(tcp, service, closing).await;
            drop(place);
        });
    }
}

async fn serve_connection(
    tcp: TcpStream,
    service: TowerToHyperService<Addressed>,
    mut closing: watch::Receiver<bool>,
) {
    // Messages are small and their senders wait for them.
    let _ = tcp.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(tcp), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    // An error means that the client went away or did not speak HTTP: its own business.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = closing.wait_for(|closing| *closing) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
