//! Rooms over HTTP: which there are, who is in one, what went to it, and who is put into it or
//! taken out of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::effect::{Exceptions, Target};
use crate::outcome::{Code, Rejection};
use crate::session::Payload as _;

use super::Gateway;
use super::collect::encode;
use super::connections::Place;
use super::hub::{Joining, Past, described, split_name};
use super::request::{Answer, Asked, Found, InPath, check_room, iso, limit};

/// Messages of a history that one answer lists where nobody says how many.
const PAGE: usize = 100;
/// Messages of a history that one answer lists at most.
const PAGE_MAX: usize = 100_000;

#[derive(Deserialize)]
pub(super) struct Wanted {
    namespace: Option<String>,
    limit: Option<usize>,
}

/// One message of a history.
#[derive(Serialize)]
struct Told {
    at: String,
    event: String,
    args: Box<RawValue>,
    /// Base64 (RFC 4648, section 4) of what the placeholders in `args` stand for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<String>,
}

impl Told {
    /// What is kept was checked before it was sent.
    fn new(past: &Past) -> Option<Self> {
        let (event, args) = split_name(past.message.text())?;
        Some(Self {
            at: iso(past.at_ms),
            event: event.into_owned(),
            args: RawValue::from_string(args).ok()?,
            attachments: past.message.attachments().iter().map(encode).collect(),
        })
    }
}

/// The rooms of a namespace that somebody is in.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Asked(place): Asked<Place>,
) -> Answer {
    let namespace = gateway.namespace(place.namespace.as_deref())?;
    let rooms = namespace.rooms().into_iter();
    let rooms: Vec<_> = rooms
        .map(|(room, members)| json!({ "room": &*room, "members": members }))
        .collect();
    Ok(Json(rooms).into_response())
}

/// Who is in a room; nobody, in one that nobody knows.
pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    InPath(room): InPath<String>,
    Asked(place): Asked<Place>,
) -> Answer {
    check_room(&room)?;
    let namespace = gateway.namespace(place.namespace.as_deref())?;
    let target = Target::Room(room.clone(), Exceptions::default());
    let mut members = namespace.receivers(&target, None);
    members.sort_by(|one, other| one.id.cmp(&other.id));
    let members: Vec<_> = members
        .iter()
        .map(|member| {
            let mut told = described(member);
            told.insert("session".into(), member.is_session.into());
            told
        })
        .collect();
    Ok(Json(json!({
        "room": room,
        "namespace": &*namespace.path,
        "members": members,
    }))
    .into_response())
}

/// The last messages that went to a room, the oldest first.
pub(super) async fn history(
    State(gateway): State<Arc<Gateway>>,
    InPath(room): InPath<String>,
    Asked(wanted): Asked<Wanted>,
) -> Answer {
    check_room(&room)?;
    let limit = limit(wanted.limit, PAGE, PAGE_MAX)?;
    let namespace = gateway.namespace(wanted.namespace.as_deref())?;
    let rooms = gateway.sockets.hub.rooms();
    if !rooms.has_history(&room) {
        let message = format!(
            "nothing is kept of the room `{room}`: name it, or all that begin alike, in the \
             settings, as in `[rooms] history = [\"{room}\"]`"
        );
        return Err(Rejection::new(Code::Rejected, message).into());
    }
    let told = rooms.history(&namespace.path, &room, limit);
    let told: Vec<_> = told.iter().filter_map(Told::new).collect();
    Ok(Json(told).into_response())
}

/// Puts a member into a room.
pub(super) async fn join(
    State(gateway): State<Arc<Gateway>>,
    InPath((id, room)): InPath<(String, String)>,
    Asked(place): Asked<Place>,
) -> Answer {
    gateway.is_open()?;
    check_room(&room)?;
    let Found { namespace, member } = gateway.find(&id, place.namespace.as_deref())?;
    match gateway.sockets.hub.join(&namespace, &member.id, &room) {
        Joining::Joined(_) | Joining::Already => {
            Ok(Json(json!({ "status": "success" })).into_response())
        }
        Joining::TooMany => {
            let max = gateway.settings.limits.rooms;
            let message = format!("`{id}` is in {max} rooms (limit `rooms`)");
            Err(Rejection::at_limit(Code::Rejected, "rooms", message).into())
        }
        Joining::NoMember => {
            let message = format!("`{id}` has gone");
            Err(Rejection::new(Code::NotFound, message).into())
        }
    }
}

/// Takes a member out of a room.
pub(super) async fn leave(
    State(gateway): State<Arc<Gateway>>,
    InPath((id, room)): InPath<(String, String)>,
    Asked(place): Asked<Place>,
) -> Answer {
    let Found { namespace, member } = gateway.find(&id, place.namespace.as_deref())?;
    let hub = &gateway.sockets.hub;
    if !hub.leave_room(&namespace, &member.id, &room) {
        let message = format!("`{id}` is not in the room `{room}`");
        return Err(Rejection::new(Code::NotFound, message).into());
    }
    Ok(Json(json!({ "status": "success" })).into_response())
}
