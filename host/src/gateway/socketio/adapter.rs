//! The adapter: the one way by which ready text leaves through socketioxide. It serializes
//! nothing and keeps no rooms; rooms are ours.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use socketioxide::adapter::Emitter;
use socketioxide_core::Sid;
use socketioxide_core::adapter::errors::SocketError;
use socketioxide_core::adapter::{
    BroadcastOptions, CoreAdapter, CoreLocalAdapter, DefinedAdapter, SocketEmitter,
};
use socketioxide_core::packet::Packet;

use crate::gateway::hub::Sent;

/// The adapters that were made, by namespace: filled by socketioxide, read by the hub.
#[derive(Clone, Default)]
pub(super) struct Adapters {
    made: Arc<Mutex<Vec<Made>>>,
}

/// A namespace's path and its adapter.
type Made = (String, Weak<RawAdapter>);

impl Adapters {
    /// The adapter of a namespace that was just added.
    pub(super) fn of(&self, path: &str) -> Option<Arc<RawAdapter>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.retain(|(_, adapter)| adapter.strong_count() > 0);
        made.iter()
            .rev()
            .find(|(of, _)| of == path)
            .and_then(|(_, adapter)| adapter.upgrade())
    }
}

/// One namespace's adapter.
pub(super) struct RawAdapter {
    local: CoreLocalAdapter<Emitter>,
    adapters: Adapters,
}

impl RawAdapter {
    /// Hands a packet to the engine, for one connection.
    pub(super) fn send(&self, sid: Sid, packet: Packet) -> Sent {
        match self.local.broadcast(packet, BroadcastOptions::new(sid)) {
            Ok(()) => Sent::Yes,
            Err(errors) => match errors.first() {
                Some(SocketError::InternalChannelFull) => Sent::Full,
                _ => Sent::Gone,
            },
        }
    }

    /// Ends a connection's stay in the namespace. The disconnect packet needs room in the
    /// engine's buffer.
    pub(super) fn disconnect(&self, sid: Sid) -> Sent {
        match self.local.disconnect_socket(BroadcastOptions::new(sid)) {
            Ok(()) => Sent::Yes,
            Err(errors) => match errors.first() {
                Some(SocketError::InternalChannelFull) => Sent::Full,
                _ => Sent::Gone,
            },
        }
    }
}

impl CoreAdapter<Emitter> for RawAdapter {
    type Error = Infallible;
    type State = Adapters;
    type AckStream = <Emitter as SocketEmitter>::AckStream;
    type InitRes = ();

    fn new(state: &Self::State, local: CoreLocalAdapter<Emitter>) -> Self {
        Self {
            local,
            adapters: state.clone(),
        }
    }

    fn init(self: Arc<Self>, on_success: impl FnOnce() + Send + 'static) -> Self::InitRes {
        let path = self.local.path().to_string();
        let mut made = self
            .adapters
            .made
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        made.push((path, Arc::downgrade(&self)));
        drop(made);
        on_success();
    }

    async fn broadcast_with_ack(
        &self,
        packet: Packet,
        options: BroadcastOptions,
        timeout: Option<Duration>,
    ) -> Result<Self::AckStream, Self::Error> {
        Ok(self.local.broadcast_with_ack(packet, options, timeout).0)
    }

    fn get_local(&self) -> &CoreLocalAdapter<Emitter> {
        &self.local
    }
}

impl DefinedAdapter for RawAdapter {}
