//! User data over HTTP: what an application keeps with a connection or session, by key.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::json;
use crate::outcome::{Code, Rejection};

use super::Gateway;
use super::connections::{Place, user_data};
use super::request::{Answer, Asked, Body, InPath, Refused, invalid};

/// All of it.
pub(super) async fn all(
    State(gateway): State<Arc<Gateway>>,
    InPath(id): InPath<String>,
    Asked(place): Asked<Place>,
) -> Answer {
    let found = gateway.find(&id, place.namespace.as_deref())?;
    Ok(Json(user_data(&found.member)).into_response())
}

/// One key's value.
pub(super) async fn get(
    State(gateway): State<Arc<Gateway>>,
    InPath((id, key)): InPath<(String, String)>,
    Asked(place): Asked<Place>,
) -> Answer {
    let found = gateway.find(&id, place.namespace.as_deref())?;
    match user_data(&found.member).remove(&key) {
        Some(value) => Ok(Json(value).into_response()),
        None => Err(no_key(&id, &key)),
    }
}

/// Sets a key; the body is its value.
pub(super) async fn set(
    State(gateway): State<Arc<Gateway>>,
    InPath((id, key)): InPath<(String, String)>,
    Asked(place): Asked<Place>,
    Body(body): Body,
) -> Answer {
    let found = gateway.find(&id, place.namespace.as_deref())?;
    let value: &RawValue = serde_json::from_slice(&body)
        .map_err(|error| invalid(format!("the body is no JSON: {error}")))?;
    json::check_value(value.get()).map_err(invalid)?;
    // Numbers beyond all bounds and halves of surrogate pairs are JSON, and nobody could read them.
    serde_json::from_str::<Value>(value.get())
        .map_err(|error| invalid(format!("the body is no JSON that can be kept: {error}")))?;
    let set = gateway
        .sockets
        .hub
        .set_data(&found.member, &key, Some(Arc::from(value.get())));
    match set {
        Ok(()) => Ok(Json(json!({ "status": "success" })).into_response()),
        Err(too_large) => {
            let max = gateway.settings.limits.user_data_bytes;
            let message = format!(
                "the user data of `{id}` would take {} bytes, more than {max} (limit \
                 `user_data_bytes`)",
                too_large.bytes
            );
            Err(Rejection::at_limit(Code::TooLarge, "user_data_bytes", message).into())
        }
    }
}

/// Takes a key away.
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    InPath((id, key)): InPath<(String, String)>,
    Asked(place): Asked<Place>,
) -> Answer {
    let found = gateway.find(&id, place.namespace.as_deref())?;
    if !found.member.data().contains_key(&key) {
        return Err(no_key(&id, &key));
    }
    // Taking away never makes it too large.
    let _ = gateway.sockets.hub.set_data(&found.member, &key, None);
    Ok(Json(json!({ "status": "success" })).into_response())
}

fn no_key(id: &str, key: &str) -> Refused {
    let message = format!("`{id}` has no user data `{key}`");
    Rejection::new(Code::NotFound, message).into()
}
