//! Failures over HTTP: `application/problem+json` (RFC 9457) with the members that acks carry.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, Uri, header};
use serde::Serialize;

use crate::event::OccurrenceId;
use crate::outcome::{Code, ErrorBody, Rejection};

#[derive(Serialize)]
struct Problem<'a> {
    #[serde(flatten)]
    body: ErrorBody<'a>,
    title: &'static str,
    detail: &'a str,
}

/// The response for a refusal that concerns no event.
pub(crate) fn response(rejection: &Rejection) -> Response {
    of_event(rejection, OccurrenceId::next())
}

/// The response for the refusal of one event.
pub(crate) fn of_event(rejection: &Rejection, occurrence: OccurrenceId) -> Response {
    let problem = Problem {
        body: rejection.body(occurrence),
        title: rejection.code.title(),
        detail: &rejection.message,
    };
    let status =
        StatusCode::from_u16(rejection.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let text = serde_json::to_string(&problem).unwrap_or_default();
    let kind = HeaderValue::from_static("application/problem+json");
    let mut response = (status, [(header::CONTENT_TYPE, kind)], text).into_response();
    if let Some(retry_after_ms) = rejection.retry_after_ms {
        let seconds = HeaderValue::from(retry_after_ms.div_ceil(1_000));
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

pub(super) async fn not_found(uri: Uri) -> Response {
    response(&Rejection::new(
        Code::NotFound,
        format!("there is nothing at `{}`", uri.path()),
    ))
}

pub(super) async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    let message = format!("`{}` does not take {method}", uri.path());
    response(&Rejection::new(Code::MethodNotAllowed, message))
}
