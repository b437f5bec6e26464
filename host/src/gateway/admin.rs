//! The operator's endpoints: health, readiness, reload, status, handlers, metrics.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Request, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::contract::LoadedContract;
use crate::outcome::{Code, Rejection};
use crate::registry::Allowed;

use super::Gateway;
use super::problem;
use super::rest::Registered;

/// The process lives.
pub(super) async fn health() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// The server takes new work.
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> Response {
    if gateway.is_ready() {
        return Json(json!({ "status": "ready" })).into_response();
    }
    problem::response(&Rejection::new(Code::Busy, "the server is stopping"))
}

/// What a reload takes; an empty body stands for an empty object.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReloadOptions {
    /// Whether a contract may break clients of the one that serves.
    #[serde(default)]
    allow_breaking: bool,
}

fn reload_options(body: Result<Bytes, BytesRejection>) -> Result<Allowed, Rejection> {
    let body = body.map_err(|error| {
        let message = format!("the body cannot be read: {error}");
        Rejection::new(Code::InvalidPayload, message)
    })?;
    if body.trim_ascii().is_empty() {
        return Ok(Allowed::default());
    }
    let options: ReloadOptions = serde_json::from_slice(&body).map_err(|error| {
        let message = format!("expected {{\"allow_breaking\": true}} or nothing, found: {error}");
        Rejection::new(Code::InvalidPayload, message)
    })?;
    Ok(Allowed {
        breaking: options.allow_breaking,
    })
}

/// Brings the registry up to date, and says what came of it.
pub(super) async fn reload(
    State(gateway): State<Arc<Gateway>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let allowed = match reload_options(body) {
        Ok(allowed) => allowed,
        Err(rejection) => return problem::response(&rejection),
    };
    let report = gateway.host.registry.reload(allowed).await;
    if report.refused {
        let message = "the server is stopping and swaps nothing any more";
        return problem::response(&Rejection::new(Code::Busy, message));
    }
    let unsettled = report.unsettled;
    let is_whole = report.failed.is_empty() && unsettled == 0;
    let (status, word, message) = match (is_whole, unsettled) {
        (true, _) => (
            StatusCode::OK,
            "success",
            "Event handlers reloaded successfully.".to_owned(),
        ),
        (false, 0) => {
            let count = report.failed.len();
            let message = format!("{count} of the files cannot serve; what served still serves.");
            (StatusCode::MULTI_STATUS, "partial", message)
        }
        (false, count) => {
            let message = format!("{count} of the files are still being written; try again.");
            (StatusCode::MULTI_STATUS, "partial", message)
        }
    };
    let body = json!({
        "status": word,
        "message": message,
        "generation": report.generation,
        "changed": report.changed,
        "failed": report.failed,
        "unsettled": unsettled,
    });
    (status, Json(body)).into_response()
}

/// What serves and what cannot.
pub(super) async fn handlers(State(gateway): State<Arc<Gateway>>) -> Response {
    let registry = &gateway.host.registry;
    let table = registry.table();
    let handlers: Vec<_> = table
        .handlers
        .values()
        .map(|loaded| {
            let description = loaded.handler.description();
            json!({
                "file": loaded.file,
                "name": &*description.name,
                "version": description.version,
                "sha256": loaded.handler.sha256(),
                "events": description.subscriptions.len(),
                "direct": loaded.handler.is_direct(),
                "escapes": loaded.handler.escapes(),
            })
        })
        .collect();
    Json(json!({
        "generation": table.generation,
        "events": Registered::all(&gateway.host),
        "handlers": handlers,
        "failed": *registry.failed(),
    }))
    .into_response()
}

/// The server in figures.
pub(super) async fn status(State(gateway): State<Arc<Gateway>>) -> Response {
    let gauges = gateway.gauges();
    let table = gateway.host.registry.table();
    let contract = table.contract.as_deref().map(contract_words);
    Json(json!({
        "status": if gateway.is_ready() { "running" } else { "draining" },
        "pid": std::process::id(),
        "version": env!("CARGO_PKG_VERSION"),
        "address": gateway.address.to_string(),
        "uptime_ms": u64::try_from(gateway.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "generation": gauges.generation,
        "events": gauges.events,
        "handlers": gauges.handlers,
        "handlers_failed": gauges.handlers_failed,
        "contract": contract,
        "connections": gauges.connections,
        "sessions": gauges.sessions,
        "absent": gauges.sessions_absent,
        "calls_in_flight": gauges.calls_in_flight,
        "facts_dropped": gauges.facts_dropped,
        "log_lines_lost": gauges.log_lines_lost,
    }))
    .into_response()
}

/// The contract in short: what it is and how it holds.
fn contract_words(contract: &LoadedContract) -> Value {
    let (document, rules) = (&contract.document, &contract.rules);
    json!({
        "file": contract.file,
        "title": document.info.title,
        "version": document.info.version,
        "asyncapi": document.version.to_string(),
        "sha256": contract.sha256,
        "operations": document.operations.len(),
        "warnings": contract.warnings,
        "modes": {
            "inbound": rules.inbound.as_str(),
            "outbound": rules.outbound.as_str(),
            "ack": rules.ack.as_str(),
            "unknown": rules.unknown.as_str(),
        },
    })
}

/// Prometheus text format, version 0.0.4.
pub(super) async fn metrics(State(gateway): State<Arc<Gateway>>) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4");
    (
        [(header::CONTENT_TYPE, kind)],
        gateway.metrics.render(gateway.gauges()),
    )
        .into_response()
}

/// Counts requests under way, so that a stop waits for them.
pub(super) async fn count_request(
    State(gateway): State<Arc<Gateway>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    struct Counted(Arc<Gateway>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.requests.remove();
        }
    }
    gateway.requests.add();
    let _counted = Counted(gateway);
    next.run(request).await
}
