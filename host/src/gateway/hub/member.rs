//! A member of a namespace: one connection's stay, or a session, which may be without a
//! connection for a while.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::event::{Args, ConnectionId, Principal};
use crate::session::Way;

use super::message::Message;

/// What became of something that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Sent {
    /// It is on its way.
    Yes,
    /// The engine's buffer is full.
    Full,
    /// The connection has gone.
    Gone,
}

/// One connection's stay in a namespace, whatever it speaks.
pub(in crate::gateway) trait Peer: Way<Message> {
    /// Sends an event that has no number.
    fn deliver(&self, message: &Message) -> Sent;
    /// Sends an event that has no number and goes to nobody else.
    fn deliver_alone(&self, name: &str, args: &Args) -> Sent {
        self.deliver(&Message::new(name, args))
    }
    /// Sends plain text: to a plain WebSocket as it stands, to others as the event `message` with
    /// one argument. It has no number, so it is not for sessions, which count what they receive:
    /// send them the event through the hub.
    fn deliver_text(&self, text: &str) -> Sent;
    /// Ends the stay, after everything that was sent before.
    fn disconnect(&self);
    /// Ends the whole connection for the reason that the code says.
    fn close(&self, code: &'static str) {
        self.end(code);
    }
    /// The server stops: the stay is over, and what follows from it is done.
    fn stopped(self: Arc<Self>);
    /// What is known of the connection.
    fn link(&self) -> Link;
}

/// What is known of a connection.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct Link {
    /// fs7's name of the connection.
    pub(in crate::gateway) connection: ConnectionId,
    /// `polling` or `websocket` for Socket.IO, `ws` for a plain WebSocket.
    pub(in crate::gateway) transport: &'static str,
    /// Where it comes from.
    pub(in crate::gateway) address: Option<IpAddr>,
    /// Since when, in milliseconds since 1970-01-01 UTC.
    pub(in crate::gateway) opened_at_ms: u64,
    /// When it last sent something, in milliseconds since 1970-01-01 UTC.
    pub(in crate::gateway) active_at_ms: u64,
    /// Bytes that wait: events for their turn, and packets for the client.
    pub(in crate::gateway) waiting_bytes: usize,
}

/// One member.
pub(in crate::gateway) struct Member {
    /// The id that handlers and APIs know.
    pub(in crate::gateway) id: ConnectionId,
    /// Whether it is a session.
    pub(in crate::gateway) is_session: bool,
    /// Who it is.
    pub(in crate::gateway) principal: Principal,
    peer: RwLock<Option<Arc<dyn Peer>>>,
    data: Mutex<BTreeMap<String, Arc<str>>>,
}

/// User data that is larger than the limit.
#[derive(Debug)]
pub(in crate::gateway) struct DataTooLarge {
    /// Bytes that it would take.
    pub(in crate::gateway) bytes: usize,
}

impl Member {
    /// A member with a connection, or a session that waits for one.
    pub(super) fn new(
        id: ConnectionId,
        is_session: bool,
        principal: Principal,
        peer: Option<Arc<dyn Peer>>,
        data: BTreeMap<String, Arc<str>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            id,
            is_session,
            principal,
            peer: RwLock::new(peer),
            data: Mutex::new(data),
        })
    }

    /// Its connection, where there is one.
    pub(in crate::gateway) fn peer(&self) -> Option<Arc<dyn Peer>> {
        let peer = self.peer.read().unwrap_or_else(PoisonError::into_inner);
        peer.clone()
    }

    pub(super) fn set_peer(&self, peer: Option<Arc<dyn Peer>>) {
        *self.peer.write().unwrap_or_else(PoisonError::into_inner) = peer;
    }

    /// Whether this is its connection.
    pub(super) fn is_peer(&self, other: &Arc<dyn Peer>) -> bool {
        self.peer()
            .is_some_and(|peer| std::ptr::addr_eq(Arc::as_ptr(&peer), Arc::as_ptr(other)))
    }

    /// Its user data.
    pub(in crate::gateway) fn data(&self) -> BTreeMap<String, Arc<str>> {
        self.lock_data().clone()
    }

    /// Bytes of its user data.
    pub(in crate::gateway) fn data_bytes(&self) -> usize {
        data_bytes(&self.lock_data())
    }

    /// Sets one key of its user data, or takes it away.
    pub(super) fn set_data(
        &self,
        key: &str,
        value: Option<Arc<str>>,
        bytes_max: usize,
    ) -> Result<(), DataTooLarge> {
        let mut data = self.lock_data();
        let Some(value) = value else {
            data.remove(key);
            return Ok(());
        };
        let old = data.get(key).map_or(0, |old| key.len() + old.len());
        let bytes = data_bytes(&data) - old + key.len() + value.len();
        if bytes > bytes_max {
            return Err(DataTooLarge { bytes });
        }
        data.insert(key.to_owned(), value);
        Ok(())
    }

    fn lock_data(&self) -> MutexGuard<'_, BTreeMap<String, Arc<str>>> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn data_bytes(data: &BTreeMap<String, Arc<str>>) -> usize {
    data.iter()
        .map(|(key, value)| key.len() + value.len())
        .sum()
}
