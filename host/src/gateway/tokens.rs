//! Reconnect tokens over HTTP: made for a session at an application's request, and checked for
//! it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use serde::Deserialize;
use serde_json::json;

use crate::event::ConnectionId;
use crate::outcome::{Code, Rejection};
use crate::session::TokenError;

use super::Gateway;
use super::request::{Answer, Body, Refused, invalid, iso};

/// Longest id of a session in bytes: what a token can carry.
const ID_BYTES_MAX: usize = 128;
/// Tokens that one request makes at most.
const COUNT_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Making {
    session: String,
    namespace: Option<String>,
    count: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Validating {
    token: String,
    namespace: Option<String>,
    consume: Option<bool>,
}

/// Makes tokens. The session need not exist: it begins, with this id, when its client comes.
pub(super) async fn make(State(gateway): State<Arc<Gateway>>, Body(body): Body) -> Answer {
    gateway.is_open()?;
    let making: Making = serde_json::from_slice(&body).map_err(|error| {
        invalid(format!(
            "expected {{\"session\": id, \"namespace\": \"/\", \"count\": 1}}, found: {error}"
        ))
    })?;
    let count = making.count.unwrap_or(1);
    if !(1..=COUNT_MAX).contains(&count) {
        return Err(invalid(format!(
            "`count`: expected 1 to {COUNT_MAX}, found {count}"
        )));
    }
    let id = &making.session;
    if id.is_empty() || id.len() > ID_BYTES_MAX || id.contains(char::is_control) {
        return Err(invalid(format!(
            "`session`: expected an id of 1 to {ID_BYTES_MAX} bytes without control characters, \
             found {} bytes",
            id.len()
        )));
    }
    has_sessions(&gateway)?;
    let namespace = gateway.namespace(making.namespace.as_deref())?;
    let id = ConnectionId::from_text(id);
    if namespace
        .member(&id)
        .is_some_and(|member| !member.is_session)
    {
        let message =
            format!("`{id}` is a connection without a session: its client asked for none");
        return Err(Rejection::new(Code::Rejected, message).into());
    }
    let made = gateway.sockets.hub.make_tokens(&id, &namespace.path, count);
    let (tokens, expires_at_ms) = made.map_err(|error| {
        let message = format!("no token can be made: {error}");
        Rejection::new(Code::Busy, message)
    })?;
    Ok(Json(json!({
        "tokens": tokens,
        "session": id.as_str(),
        "namespace": &*namespace.path,
        "expires_at": iso(expires_at_ms),
    }))
    .into_response())
}

/// Checks a token, and uses it up unless the request says not to.
pub(super) async fn validate(State(gateway): State<Arc<Gateway>>, Body(body): Body) -> Answer {
    gateway.is_open()?;
    let validating: Validating = serde_json::from_slice(&body).map_err(|error| {
        invalid(format!(
            "expected {{\"token\": text, \"namespace\": \"/\", \"consume\": true}}, found: {error}"
        ))
    })?;
    has_sessions(&gateway)?;
    let namespace = gateway.namespace(validating.namespace.as_deref())?;
    let is_spent = validating.consume.unwrap_or(true);
    let hub = &gateway.sockets.hub;
    let claims = hub
        .token(&validating.token, &namespace.path, is_spent)
        .map_err(refusal)?;
    Ok(Json(json!({
        "valid": true,
        "session": claims.session,
        "expires_at": iso(claims.expires_at_ms),
    }))
    .into_response())
}

fn has_sessions(gateway: &Gateway) -> Result<(), Refused> {
    if gateway.sockets.hub.has_sessions() {
        return Ok(());
    }
    let message = "there are no sessions: the settings say `[sessions] enabled = false`";
    Err(Rejection::new(Code::Rejected, message).into())
}

fn refusal(error: TokenError) -> Rejection {
    let code = match error {
        TokenError::Invalid => Code::TokenInvalid,
        TokenError::Expired => Code::TokenExpired,
        TokenError::Used => Code::TokenUsed,
        TokenError::Busy => {
            return Rejection::at_limit(Code::Busy, "used_tokens", error.to_string());
        }
    };
    Rejection::new(code, error.to_string())
}
