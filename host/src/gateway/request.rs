//! Requests of the messaging interface: paths, queries and bodies read alike, refused alike, and
//! the members that they name.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::event::{self, ConnectionId};
use crate::outcome::{Code, Rejection};
use crate::telemetry::timestamp;

use super::Gateway;
use super::hub::{Member, Namespace};
use super::{problem, rest};

/// The namespace where none is named.
const MAIN: &str = "/";

/// A request that was turned away.
pub(super) struct Refused(Rejection);

/// What a request comes to.
pub(super) type Answer = Result<Response, Refused>;

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self(rejection)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        problem::response(&self.0)
    }
}

/// The parts of a path.
pub(super) struct InPath<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for InPath<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(found)) => Ok(Self(found)),
            Err(error) => {
                let message = format!("the path cannot be read: {error}");
                Err(Rejection::new(Code::NotFound, message).into())
            }
        }
    }
}

/// A query.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(error) => {
                let message = format!("the query cannot be read: {error}");
                Err(invalid(message))
            }
        }
    }
}

/// A body of at most `message_bytes`.
pub(super) struct Body(pub(super) Bytes);

impl FromRequest<Arc<Gateway>> for Body {
    type Rejection = Refused;

    async fn from_request(request: Request, gateway: &Arc<Gateway>) -> Result<Self, Refused> {
        let body = Bytes::from_request(request, gateway).await;
        Ok(Self(rest::read_body(gateway, body)?))
    }
}

/// A member, and where it is one.
pub(super) struct Found {
    pub(super) namespace: Arc<Namespace>,
    pub(super) member: Arc<Member>,
}

impl Gateway {
    /// The namespace that a request names, the main one where it names none.
    pub(super) fn namespace(&self, path: Option<&str>) -> Result<Arc<Namespace>, Refused> {
        let path = path.unwrap_or(MAIN);
        self.sockets.hub.namespace(path).ok_or_else(|| {
            let message = format!("no handler answers in a namespace `{path}`");
            Rejection::new(Code::NotFound, message).into()
        })
    }

    /// The namespaces that a request means, by path: all where it names none.
    pub(super) fn namespaces(&self, path: Option<&str>) -> Result<Vec<Arc<Namespace>>, Refused> {
        if path.is_some() {
            return Ok(vec![self.namespace(path)?]);
        }
        let mut all = self.sockets.hub.namespaces();
        all.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(all)
    }

    /// A member by its id. Where no namespace is named, all are looked through, the main one first.
    pub(super) fn find(&self, id: &str, namespace: Option<&str>) -> Result<Found, Refused> {
        let wanted = ConnectionId::from_text(id);
        let found = self
            .namespaces(namespace)?
            .into_iter()
            .find_map(|namespace| {
                let member = namespace.member(&wanted)?;
                Some(Found { namespace, member })
            });
        found.ok_or_else(|| {
            let place = namespace.map(|path| format!(" in the namespace `{path}`"));
            let place = place.unwrap_or_default();
            let message = format!("no connection or session has the id `{id}`{place}");
            Rejection::new(Code::NotFound, message).into()
        })
    }

    /// Whether the server still does what it is asked to.
    pub(super) fn is_open(&self) -> Result<(), Refused> {
        if self.is_ready() {
            return Ok(());
        }
        Err(Rejection::new(Code::Busy, "the server is stopping").into())
    }
}

/// The refusal of what is not as it must be.
pub(super) fn invalid(message: impl Into<String>) -> Refused {
    Rejection::new(Code::InvalidPayload, message).into()
}

/// Looks whether a room's name is one.
pub(super) fn check_room(room: &str) -> Result<(), Refused> {
    if !room.is_empty() && room.len() <= event::ROOM_BYTES_MAX {
        return Ok(());
    }
    let (max, found) = (event::ROOM_BYTES_MAX, room.len());
    Err(invalid(format!(
        "expected a room of 1 to {max} bytes, found {found}"
    )))
}

/// A number of things that a query asks for.
pub(super) fn limit(asked: Option<usize>, default: usize, max: usize) -> Result<usize, Refused> {
    match asked {
        None => Ok(default.min(max)),
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        Some(limit) => Err(invalid(format!(
            "`limit`: expected 1 to {max}, found {limit}"
        ))),
    }
}

/// A point in time, in milliseconds since 1970-01-01 UTC, as RFC 3339 has it.
pub(super) fn iso(ms: u64) -> String {
    let time = UNIX_EPOCH.checked_add(Duration::from_millis(ms));
    timestamp::rfc3339(time.unwrap_or(UNIX_EPOCH))
}
