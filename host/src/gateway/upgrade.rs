//! From HTTP to a WebSocket, by hand: the stream comes back without hyper's buffers around it, so
//! that an idle connection keeps no memory for a protocol that it does not speak any more.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// A handshake that asks for a WebSocket in the way of RFC 6455, section 4.2.1.
pub(super) struct Handshake {
    accept: HeaderValue,
    upgrade: OnUpgrade,
}

impl Handshake {
    /// The handshake in a request; none where it is not a whole one.
    pub(super) fn of(request: &mut Request<Body>) -> Option<Self> {
        let is_current = request
            .headers()
            .get(header::SEC_WEBSOCKET_VERSION)
            .is_some_and(|version| version.as_bytes() == b"13");
        let key = request.headers().get(header::SEC_WEBSOCKET_KEY).cloned();
        let upgrade = request.extensions_mut().remove::<OnUpgrade>();
        let is_websocket = request
            .headers()
            .get(header::UPGRADE)
            .is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
        let is_asked = is_current && is_websocket && request.method() == Method::GET;
        let (Some(key), Some(upgrade), true) = (key, upgrade, is_asked) else {
            return None;
        };
        let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok()?;
        Some(Self { accept, upgrade })
    }

    /// The answer that the client waits for, and what becomes a stream once that has left.
    pub(super) fn accept(self) -> (Response, OnUpgrade) {
        let headers = [
            (header::UPGRADE, HeaderValue::from_static("websocket")),
            (header::CONNECTION, HeaderValue::from_static("Upgrade")),
            (header::SEC_WEBSOCKET_ACCEPT, self.accept),
        ];
        let response = (StatusCode::SWITCHING_PROTOCOLS, headers).into_response();
        (response, self.upgrade)
    }
}

/// The socket itself and what was read ahead of it; none when the client went away.
pub(super) async fn stream(upgrade: OnUpgrade) -> Option<(TcpStream, Bytes)> {
    take_apart(upgrade.await.ok()?)
}

fn take_apart(upgraded: Upgraded) -> Option<(TcpStream, Bytes)> {
    let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?;
    // A part of hyper's buffer, even an empty one, would keep all 8 KiB of it.
    let ahead = Bytes::copy_from_slice(&parts.read_buf);
    Some((parts.io.into_inner(), ahead))
}
