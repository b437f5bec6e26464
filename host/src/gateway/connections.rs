//! Connections and sessions over HTTP: who is there, how much it takes, and the end of a stay.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::effect::{Exceptions, Target};
use crate::event::{ConnectionId, Principal};

use super::Gateway;
use super::hub::{Hub, Member, Namespace};
use super::request::{Answer, Asked, Found, InPath, check_room, iso, limit};

/// Members that one answer lists where nobody says how many.
const PAGE: usize = 100;
/// Members that one answer lists at most.
const PAGE_MAX: usize = 1_000;

/// Where to look for a member.
#[derive(Deserialize)]
pub(super) struct Place {
    pub(super) namespace: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    namespace: Option<String>,
    room: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
}

/// A part of the list.
#[derive(Serialize)]
struct Page {
    connections: Vec<Listed>,
    /// The `after` of the next part.
    next: Option<String>,
}

/// One connection or session.
#[derive(Serialize)]
struct Listed {
    id: String,
    /// Whether it is a session, which outlives its connection.
    session: bool,
    connected: bool,
    /// The name of its connection in the log; a session's changes.
    connection: Option<String>,
    namespace: String,
    rooms: Vec<String>,
    data: BTreeMap<String, Box<RawValue>>,
    principal: &'static str,
    transport: Option<&'static str>,
    address: Option<String>,
    connected_at: Option<String>,
    active_at: Option<String>,
    waiting_bytes: usize,
    retained_bytes: usize,
}

impl Listed {
    fn new(hub: &Hub, namespace: &Namespace, member: &Member) -> Self {
        let link = member.peer().map(|peer| peer.link());
        let rooms = namespace.rooms_of(&member.id).into_iter();
        Self {
            id: member.id.to_string(),
            session: member.is_session,
            connected: link.is_some(),
            connection: link.as_ref().map(|link| link.connection.to_string()),
            namespace: namespace.path.to_string(),
            rooms: rooms.map(|room| room.to_string()).collect(),
            data: user_data(member),
            principal: match member.principal {
                Principal::Anonymous => "anonymous",
                Principal::ApiKey => "api_key",
            },
            transport: link.as_ref().map(|link| link.transport),
            address: link
                .as_ref()
                .and_then(|link| Some(link.address?.to_string())),
            connected_at: link.as_ref().map(|link| iso(link.opened_at_ms)),
            active_at: link.as_ref().map(|link| iso(link.active_at_ms)),
            waiting_bytes: link.map_or(0, |link| link.waiting_bytes),
            retained_bytes: hub.retained_bytes(&member.id),
        }
    }
}

/// A member's user data. What is kept was checked to be JSON.
pub(super) fn user_data(member: &Member) -> BTreeMap<String, Box<RawValue>> {
    let data = member.data().into_iter();
    data.filter_map(|(key, value)| Some((key, RawValue::from_string(value.to_string()).ok()?)))
        .collect()
}

/// Lists connections and sessions by id. An id that is in several namespaces is never torn apart
/// between two answers.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Asked(wanted): Asked<Wanted>,
) -> Answer {
    let limit = limit(wanted.limit, PAGE, PAGE_MAX)?;
    let after = wanted.after.as_deref().unwrap_or_default();
    let mut found = Vec::new();
    for namespace in gateway.namespaces(wanted.namespace.as_deref())? {
        let members = match &wanted.room {
            Some(room) => {
                check_room(room)?;
                let target = Target::Room(room.clone(), Exceptions::default());
                namespace.receivers(&target, None)
            }
            None => namespace.members(),
        };
        let members = members
            .into_iter()
            .filter(|member| member.id.as_str() > after);
        found.extend(members.map(|member| (member, namespace.clone())));
    }
    found.sort_by(|(one, here), (other, there)| {
        (&one.id, &here.path).cmp(&(&other.id, &there.path))
    });
    let last = found.get(limit - 1).map(|(member, _)| member.id.clone());
    let page = match &last {
        Some(last) => found.partition_point(|(member, _)| member.id <= *last),
        None => found.len(),
    };
    let has_more = page < found.len();
    let hub = &gateway.sockets.hub;
    let connections: Vec<_> = found
        .iter()
        .take(page)
        .map(|(member, namespace)| Listed::new(hub, namespace, member))
        .collect();
    let next = last.filter(|_| has_more).map(|last| last.to_string());
    // No tree is built: user data is JSON that a tree may have no place for.
    Ok(Json(Page { connections, next }).into_response())
}

/// Counts them.
pub(super) async fn count(
    State(gateway): State<Arc<Gateway>>,
    Asked(place): Asked<Place>,
) -> Answer {
    let (mut count, mut connected, mut sessions) = (0_usize, 0_usize, 0_usize);
    for namespace in gateway.namespaces(place.namespace.as_deref())? {
        for member in namespace.members() {
            count += 1;
            connected += usize::from(member.peer().is_some());
            sessions += usize::from(member.is_session);
        }
    }
    Ok(Json(json!({
        "count": count,
        "connected": connected,
        "sessions": sessions,
        "absent": count - connected,
    }))
    .into_response())
}

/// Says what they take: user data, what waits to be sent, and what is kept for sessions.
pub(super) async fn memory(State(gateway): State<Arc<Gateway>>) -> Answer {
    let hub = &gateway.sockets.hub;
    let (mut total, mut count) = (0_usize, 0_usize);
    // A connection's queues are the same in all its namespaces.
    let mut seen: HashSet<ConnectionId> = HashSet::new();
    for namespace in gateway.namespaces(None)? {
        for member in namespace.members() {
            count += 1;
            total += member.data_bytes();
            if member.is_session {
                total += hub.retained_bytes(&member.id);
            }
            let link = member.peer().map(|peer| peer.link());
            if let Some(link) = link
                && seen.insert(link.connection)
            {
                total += link.waiting_bytes;
            }
        }
    }
    let average = if count == 0 {
        0.0
    } else {
        total as f64 / count as f64
    };
    Ok(Json(json!({
        "total_memory": total,
        "connection_count": count,
        "per_connection_average": average,
    }))
    .into_response())
}

/// Shows one.
pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    InPath(id): InPath<String>,
    Asked(place): Asked<Place>,
) -> Answer {
    let Found { namespace, member } = gateway.find(&id, place.namespace.as_deref())?;
    Ok(Json(Listed::new(&gateway.sockets.hub, &namespace, &member)).into_response())
}

/// Ends a stay; a session is over with it.
pub(super) async fn disconnect(
    State(gateway): State<Arc<Gateway>>,
    InPath(id): InPath<String>,
    Asked(place): Asked<Place>,
) -> Answer {
    let Found { namespace, member } = gateway.find(&id, place.namespace.as_deref())?;
    gateway.sockets.hub.disconnect(&namespace, &member.id);
    Ok(Json(json!({ "status": "success" })).into_response())
}
