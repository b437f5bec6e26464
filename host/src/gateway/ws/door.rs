//! The door of `/ws`: what can be refused over HTTP is, and the rest with a word and a close code.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query as Parameters, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Request, StatusCode, header};
use hyper::upgrade::OnUpgrade;

use crate::event::{Args, Principal};
use crate::fact::Fact;
use crate::gateway::accept::PeerAddress;
use crate::gateway::admittance::{Place, Refusal};
use crate::gateway::auth;
use crate::gateway::doorkeeper::KeyError;
use crate::gateway::hub::{Expected, Message, Namespace};
use crate::gateway::problem;
use crate::gateway::stay::Stay;
use crate::gateway::upgrade::{self, Handshake};
use crate::outcome::{Code, Rejection};
use crate::session::Payload as _;

use super::PlainGateway;
use super::driver::Driver;
use super::frames;
use super::meter::Metered;
use super::query::Query;
use super::seat::{Line, Seat, code};
use super::wire::Wire;

/// The control event that tells a client why it is not let in.
const REFUSED: &str = "fs7:refused";

/// A client that passed the door.
struct Guest {
    namespace: Arc<Namespace>,
    expected: Expected,
    query: Query,
    principal: Principal,
    address: Option<IpAddr>,
    place: Place,
}

/// Why a client that has a WebSocket is not let in.
struct Refused {
    /// The close frame's.
    close_code: u16,
    /// For machines, in the event and the close frame.
    code: &'static str,
    /// For people.
    message: String,
}

/// Answers one request to `/ws`.
pub(in crate::gateway) async fn serve(
    State(gateway): State<Arc<PlainGateway>>,
    mut request: Request<Body>,
) -> Response {
    if let Err(rejection) = gateway.sockets.doorkeeper.check_origin(request.headers()) {
        return problem::response(&rejection);
    }
    let Some(handshake) = Handshake::of(&mut request) else {
        return no_websocket();
    };
    let guest = match admit(&gateway, &request) {
        Ok(guest) => guest,
        Err(rejection) => return problem::response(&rejection),
    };
    let (response, upgrade) = handshake.accept();
    tokio::spawn(welcome(gateway, guest, upgrade));
    response
}

/// A request that wants no WebSocket (RFC 9110, section 15.5.22).
fn no_websocket() -> Response {
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (
            header::SEC_WEBSOCKET_VERSION,
            HeaderValue::from_static("13"),
        ),
    ];
    let words = "`/ws` expects the handshake of a WebSocket (RFC 6455), version 13\n";
    (StatusCode::UPGRADE_REQUIRED, headers, words).into_response()
}

fn admit(gateway: &PlainGateway, request: &Request<Body>) -> Result<Guest, Rejection> {
    let parameters = Parameters::try_from_uri(request.uri())
        .map_err(|error| Rejection::new(Code::InvalidPayload, error.body_text()))?;
    let query =
        Query::read(parameters.0).map_err(|words| Rejection::new(Code::InvalidPayload, words))?;
    let sockets = &gateway.sockets;
    let unknown = || {
        let words = format!("there is no namespace `{}`", query.namespace);
        Rejection::new(Code::NotFound, words)
    };
    let namespace = sockets
        .hub
        .namespace(&query.namespace)
        .ok_or_else(unknown)?;
    // Before the look at whether it is retired: see `SocketGateway::end`.
    let expected = namespace.expect();
    if namespace.is_retired() {
        return Err(unknown());
    }
    let doorkeeper = &sockets.doorkeeper;
    let key = auth::given_key(request);
    let principal = doorkeeper.principal(key.as_deref()).map_err(|error| {
        let words = match error {
            KeyError::Wrong => "the API key is wrong",
            KeyError::Missing => "an API key is needed, as header `X-API-Key` or query `api_key`",
        };
        Rejection::new(Code::Unauthorized, words)
    })?;
    let address = PeerAddress::of(request);
    let mut place = doorkeeper.enter(address)?;
    place
        .enter_as(principal)
        .map_err(|refusal| doorkeeper.full(refusal).rejection())?;
    Ok(Guest {
        namespace,
        expected,
        query,
        principal,
        address,
        place,
    })
}

/// Lets a client in, and serves it to its end.
async fn welcome(gateway: Arc<PlainGateway>, guest: Guest, upgrade: OnUpgrade) {
    let Some((tcp, ahead)) = upgrade::stream(upgrade).await else {
        return;
    };
    let sockets = &gateway.sockets;
    let facts = sockets.host.facts.clone();
    let line = Line::open(guest.place, guest.address, facts);
    let stream = Metered::new(tcp, ahead, line.meter.clone());
    let wire = Wire::new(stream, sockets.limits.message_bytes).await;
    let wish = guest.query.wish;
    let admission = sockets
        .hub
        .admit(&guest.namespace, wish, &line.id, guest.principal);
    let admission = match admission {
        Ok(admission) => admission,
        Err(error) => {
            let refused = Refused {
                close_code: code::UNAUTHORIZED,
                code: error.code(),
                message: error.to_string(),
            };
            refuse(wire, &refused).await;
            return line.finish(refused.code);
        }
    };
    // A session may have begun with more than its client shows now.
    if let Err(refusal) = count(&line, admission.principal) {
        let refusal = sockets.doorkeeper.full(refusal);
        let refused = Refused {
            close_code: code::LIMIT,
            code: refusal.code(),
            message: refusal.message(),
        };
        refuse(wire, &refused).await;
        return line.finish(refused.code);
    }
    let stay = Stay::new(guest.namespace, admission, guest.expected);
    let seat = Seat::new(line, stay, sockets);
    let args = Args::from_text(guest.query.args);
    // Boxed: a handler's call is large, and the connection lasts.
    let asked = Box::pin(seat.stay.ask_hook(sockets, args)).await;
    if let Err(rejection) = asked {
        let refused = Refused {
            close_code: code::FORBIDDEN,
            code: rejection.code.as_str(),
            message: rejection.message,
        };
        refuse(wire, &refused).await;
        return seat.line.finish(refused.code);
    }
    seat.stay.join(&sockets.hub, || seat.peer());
    sockets.host.facts.record(Fact::NamespaceJoined {
        connection: seat.line.id.clone(),
        namespace: seat.stay.namespace.path.clone(),
    });
    Driver::new(gateway.clone(), seat, wire).run().await;
}

fn count(line: &Line, principal: Principal) -> Result<(), Refusal> {
    match &mut *line.place() {
        Some(place) => place.enter_as(principal),
        None => Ok(()),
    }
}

async fn refuse(mut wire: Wire, refused: &Refused) {
    let why = serde_json::json!({"code": refused.code, "message": refused.message});
    let message = Message::control(REFUSED, &why);
    if let Some(head) = frames::event_head(message.text()) {
        let text = frames::event(&head, 0, None);
        wire.say(text).await;
    }
    wire.close(refused.close_code, refused.code).await;
}
