//! The door of `/socket.io/`: lets connections in within their limit, upgrades them by hand so
//! that their stream can be wrapped, and hands the rest to the engine.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body::Body as HttpBody;
use http_body_util::BodyExt;
use tower_service::Service;

use crate::event::now_ms;
use crate::gateway::accept::PeerAddress;
use crate::gateway::problem;
use crate::gateway::upgrade::{self, Handshake};
use crate::outcome::{Code, Rejection};

use super::SocketGateway;
use super::connection::{Arrival, Connection};
use super::paced_body::PacedBody;
use super::short_cut;
use super::stream::SocketStream;

/// Answers one request to `/socket.io/`.
pub(crate) async fn serve(
    State(gateway): State<Arc<SocketGateway>>,
    request: Request<Body>,
) -> Response {
    if let Err(rejection) = gateway.doorkeeper.check_origin(request.headers()) {
        return problem::response(&rejection);
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let sid = parameter(&query, "sid=");
    let transport = parameter(&query, "transport=").unwrap_or_default();
    let connection = match sid {
        Some(sid) => match gateway.session(sid) {
            Some(connection) => connection,
            None => return engine_error(1, "Session ID unknown"),
        },
        None => match admit(&gateway, transport, PeerAddress::of(&request)) {
            Ok(connection) => connection,
            Err(rejection) => return problem::response(&rejection),
        },
    };
    if transport == "websocket" {
        let version = parameter(&query, "EIO=");
        websocket(&gateway, version, sid, connection, request)
    } else {
        polling(&gateway, sid, connection, request).await
    }
}

/// The answer to a poll, whose packets the client has, as soon as it is sent.
async fn counted<B>(response: Response<B>, connection: &Connection) -> Response
where
    B: HttpBody<Data = Bytes>,
{
    let (parts, body) = response.into_parts();
    // The engine makes it in one piece.
    let payload = match body.collect().await {
        Ok(payload) => payload.to_bytes(),
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    connection.outbound.polled(short_cut::polled(&payload));
    Response::from_parts(parts, Body::from(payload))
}

/// The first value of a parameter, as it stands: the engine reads its query in the same way, and
/// the two must not see different requests. `name` ends with `=`.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|part| part.strip_prefix(name))
}

fn admit(
    gateway: &Arc<SocketGateway>,
    transport: &str,
    address: Option<IpAddr>,
) -> Result<Arc<Connection>, Rejection> {
    let place = gateway.doorkeeper.enter(address)?;
    let transport = if transport == "websocket" {
        "websocket"
    } else {
        "polling"
    };
    let arrival = Arrival {
        transport,
        address,
        at_ms: now_ms(),
    };
    Ok(Connection::new(place, gateway, arrival))
}

async fn polling(
    gateway: &Arc<SocketGateway>,
    sid: Option<&str>,
    connection: Arc<Connection>,
    request: Request<Body>,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let is_handshake = sid.is_none();
    let body = if parts.method == Method::POST {
        Body::new(PacedBody::new(body, connection.clone()))
    } else {
        body
    };
    if is_handshake {
        slim(&mut parts, &connection);
    }
    let is_poll = parts.method == Method::GET && !is_handshake;
    let response = gateway
        .engine
        .clone()
        .call(Request::from_parts(parts, body))
        .await;
    let response = match response {
        Ok(response) if is_poll => counted(response, &connection).await,
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    };
    // While a WebSocket takes over, polls are answered without taking anything.
    if is_poll && response.status() == StatusCode::OK && !connection.has_stream() {
        connection.progress();
    }
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        connection.sent_too_much();
        return problem::response(&too_large(connection.limits().message_bytes));
    }
    if is_handshake && response.status() == StatusCode::OK {
        return remember(gateway, &connection, response).await;
    }
    response
}

fn too_large(limit: usize) -> Rejection {
    let words = format!("the packets are larger than {limit} bytes (limit `message_bytes`)");
    Rejection::at_limit(Code::TooLarge, "message_bytes", words)
}

/// Reads the session's id from the handshake that goes to the client.
async fn remember(
    gateway: &SocketGateway,
    connection: &Arc<Connection>,
    response: Response,
) -> Response {
    #[derive(serde::Deserialize)]
    struct Open {
        sid: String,
    }
    let (parts, body) = response.into_parts();
    let bytes = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    // Engine.IO v4, "Handshake": packet type 0, then JSON.
    let open = bytes
        .strip_prefix(b"0")
        .and_then(|json| serde_json::from_slice::<Open>(json).ok());
    if let Some(open) = open {
        if let Ok(sid) = open.sid.parse() {
            connection.set_sid(sid);
        }
        gateway.remember(open.sid, connection);
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn websocket(
    gateway: &Arc<SocketGateway>,
    version: Option<&str>,
    sid: Option<&str>,
    connection: Arc<Connection>,
    mut request: Request<Body>,
) -> Response {
    if version != Some("4") {
        return engine_error(5, "Unsupported protocol version");
    }
    let Some(handshake) = Handshake::of(&mut request) else {
        return engine_error(3, "Bad request");
    };
    if !connection.claim_stream() {
        return engine_error(3, "Bad request");
    }
    let (mut parts, _) = request.into_parts();
    slim(&mut parts, &connection);
    let slim = Request::from_parts(parts, ());
    let is_upgrade_of_polling = sid.is_some();
    let gateway = gateway.clone();
    let (response, upgrade) = handshake.accept();
    tokio::spawn(async move {
        let Some((tcp, ahead)) = upgrade::stream(upgrade).await else {
            return;
        };
        let mut stream = SocketStream::new(tcp, ahead, connection.clone());
        if is_upgrade_of_polling {
            stream.end_session_with(gateway.clone());
        }
        let mut engine = gateway.engine.clone();
        // An error names a bad query, which was checked above.
        let _ = Service::<(SocketStream, Request<()>)>::call(&mut engine, (stream, slim)).await;
    });
    response
}

/// The engine keeps the handshake as long as the session lives and needs but its URI: headers go,
/// and our connection takes their place. The URI is copied: it is a part of hyper's buffer, and
/// would keep all 8 KiB of it.
fn slim(parts: &mut http::request::Parts, connection: &Arc<Connection>) {
    let uri = Bytes::from(parts.uri.to_string());
    // What was read from a URI is one.
    if let Ok(uri) = Uri::from_maybe_shared(uri) {
        parts.uri = uri;
    }
    parts.headers = http::HeaderMap::new();
    parts.extensions = http::Extensions::new();
    parts.extensions.insert(connection.clone());
}

/// Ends a session whose upgrade failed half-way: the engine would leave it without a transport.
pub(super) async fn end_session(gateway: Arc<SocketGateway>, sid: String) {
    let request = Request::post(format!("/socket.io/?EIO=4&transport=polling&sid={sid}"))
        .body(Body::from("1"));
    if let Ok(request) = request {
        let _ = gateway.engine.clone().call(request).await;
    }
}

/// An error in Engine.IO's own words (engine.io-protocol v4, "Error codes").
fn engine_error(code: u8, message: &str) -> Response {
    let body = format!("{{\"code\":{code},\"message\":\"{message}\"}}");
    let json = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    )];
    (StatusCode::BAD_REQUEST, json, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_read_as_the_engine_reads_it() {
        let query = "EIO=4&transport=polling&transport=websocket&%73id=x&sid=y&sid=z";
        assert_eq!(parameter(query, "transport="), Some("polling"));
        assert_eq!(parameter(query, "sid="), Some("y"));
        assert_eq!(parameter(query, "t="), None);
    }
}
