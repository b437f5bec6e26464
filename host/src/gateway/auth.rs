//! Who may use the HTTP interface: whoever holds the API key.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::Response;
use http::Request;
use subtle::ConstantTimeEq;

use crate::outcome::{Code, Rejection};

use super::Gateway;
use super::problem;

/// Headers that carry the key: the seed's, and the usual one.
const HEADERS: [&str; 2] = ["api_key", "x-api-key"];

/// The query parameter that carries the key.
const PARAMETER: &str = "api_key";

pub(super) async fn require_key(
    State(gateway): State<Arc<Gateway>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let given = given_key(&request);
    let expected = gateway.settings.api_key.expose().as_bytes();
    let message = match given {
        Some(key) if bool::from(key.as_bytes().ct_eq(expected)) => return next.run(request).await,
        Some(_) => "the API key is wrong",
        None => "an API key is needed, as header `X-API-Key` or `api_key`, or as query `api_key`",
    };
    problem::response(&Rejection::new(Code::Unauthorized, message))
}

/// The key that a request carries.
pub(super) fn given_key(request: &Request<Body>) -> Option<String> {
    let header = HEADERS.iter().find_map(|name| request.headers().get(*name));
    if let Some(value) = header {
        // What is no text is a key all the same, and a wrong one.
        return Some(String::from_utf8_lossy(value.as_bytes()).into_owned());
    }
    let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(request.uri()).ok()?;
    query
        .0
        .into_iter()
        .find(|(name, _)| name == PARAMETER)
        .map(|(_, value)| value)
}
