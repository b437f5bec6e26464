//! Plain WebSockets at `/ws`, for clients that speak no Socket.IO: JSON frames with
//! acknowledgements, and plain text. Behind the door they are members like all others.

mod clock;
mod door;
mod driver;
pub(super) mod frames;
mod handle;
mod meter;
mod outbound;
mod query;
mod seat;
mod wire;

use std::sync::Arc;

use crate::config::settings::{Settings, SocketSettings};

use super::socketio::SocketGateway;

pub(super) use door::serve;

/// The transport's name in facts and interfaces.
pub(super) const TRANSPORT: &str = "ws";

/// The edge of plain WebSockets.
pub(super) struct PlainGateway {
    /// Who opens and ends namespaces, and counts what is under way.
    sockets: Arc<SocketGateway>,
    pings: SocketSettings,
}

impl PlainGateway {
    pub(super) fn new(sockets: Arc<SocketGateway>, settings: &Settings) -> Arc<Self> {
        let pings = settings.sockets.clone();
        Arc::new(Self { sockets, pings })
    }
}
