//! The seed's endpoints: which events there are, and one of them triggered.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::dispatch::{Commit, Host, dispatch};
use crate::event::{Args, Event, Origin, Principal};
use crate::outcome::{Code, Outcome, Rejection};
use crate::registry::Entry;
use crate::runtime::Subscription;

use super::Gateway;
use super::collect::{Collecting, Emitted, encode};
use super::problem;

/// Says that `fs7 trigger` sent the request.
const ORIGIN_HEADER: &str = "x-fs7-origin";

/// One registered event.
#[derive(Serialize)]
pub(super) struct Registered {
    event_id: String,
    name: String,
    handler: String,
    namespace: String,
    file: String,
    version: String,
    generation: u64,
    sha256: String,
}

impl Registered {
    fn new(subscription: Subscription, entry: &Entry) -> Self {
        Self {
            event_id: entry.event_id.to_string(),
            name: subscription.event.to_string(),
            handler: format!("{}.handle_event", entry.name),
            namespace: subscription.namespace.to_string(),
            file: entry.file.to_string(),
            version: entry.handler.description().version.clone(),
            generation: entry.since_generation,
            sha256: entry.handler.sha256().to_owned(),
        }
    }

    pub(super) fn all(host: &Host) -> Vec<Self> {
        let table = host.registry.table();
        table
            .events()
            .into_iter()
            .map(|(event, entry)| Self::new(event, entry))
            .collect()
    }
}

pub(super) async fn list(State(gateway): State<Arc<Gateway>>) -> Response {
    Json(Registered::all(&gateway.host)).into_response()
}

pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    event_id: Result<Path<String>, PathRejection>,
) -> Response {
    let Ok(Path(event_id)) = event_id else {
        let words = "the event's id in the path is no text";
        return problem::response(&Rejection::new(Code::NotFound, words));
    };
    let found = Registered::all(&gateway.host)
        .into_iter()
        .find(|event| event.event_id == event_id);
    match found {
        Some(event) => Json(event).into_response(),
        None => problem::response(&Rejection::new(
            Code::UnknownEvent,
            format!("no registered event has the id `{event_id}`"),
        )),
    }
}

/// What `POST /api/events` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trigger<'a> {
    name: String,
    #[serde(borrow, default, deserialize_with = "given")]
    payload: Option<&'a RawValue>,
    #[serde(default)]
    namespace: Option<String>,
}

/// What is given, `null` too: only what is left out is nothing.
pub(super) fn given<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
pub(super) struct TriggerOptions {
    /// Whether the answer lists what was emitted.
    #[serde(default)]
    emitted: bool,
}

/// What `POST /api/events` answers.
#[derive(Serialize)]
struct Triggered {
    status: &'static str,
    message: String,
    result: Box<RawValue>,
    /// Base64 (RFC 4648, section 4) of what the placeholders in `result` stand for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emitted: Option<Vec<Emitted>>,
    occurrence_id: String,
}

pub(super) async fn trigger(
    State(gateway): State<Arc<Gateway>>,
    options: Result<Query<TriggerOptions>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if !gateway.is_ready() {
        return problem::response(&Rejection::new(Code::Busy, "the server is stopping"));
    }
    let Query(options) = match options {
        Ok(options) => options,
        Err(error) => {
            let message = format!("expected `emitted=true` or `emitted=false`: {error}");
            return problem::response(&Rejection::new(Code::InvalidPayload, message));
        }
    };
    let event = match read_body(&gateway, body).and_then(|body| read_event(&body, &headers)) {
        Ok(event) => event,
        Err(rejection) => return problem::response(&rejection),
    };
    let Ok((event, outcome, emitted)) = handle(gateway, event, options.emitted).await else {
        let words = "the host gave up on the event; the log has the reason";
        return problem::response(&Rejection::new(Code::HandlerFailed, words));
    };
    match outcome {
        Outcome::Replied(reply) => replied(&event, reply, emitted),
        outcome => {
            let rejection = outcome
                .rejection()
                .unwrap_or_else(|| Rejection::new(Code::HandlerFailed, "the handler failed"));
            problem::of_event(&rejection, event.id)
        }
    }
}

type Handled = (Event, Outcome, Option<Vec<Emitted>>);

/// Takes the event to its outcome on a task of its own: an accepted event ends even when its
/// client hangs up.
async fn handle(
    gateway: Arc<Gateway>,
    event: Event,
    is_collecting: bool,
) -> Result<Handled, tokio::task::JoinError> {
    let handling = tokio::spawn(async move {
        let _under_way = gateway.events.enter();
        if !is_collecting {
            let ended = dispatch(&gateway.host, &event, Commit::Now).await;
            return (event, ended.outcome, None);
        }
        let collecting = Collecting::new(gateway.host.sink.clone());
        let host = Host {
            registry: gateway.host.registry.clone(),
            sink: collecting.clone(),
            facts: gateway.host.facts.clone(),
            buckets: gateway.host.buckets.clone(),
            rates: gateway.host.rates.clone(),
        };
        let ended = dispatch(&host, &event, Commit::Now).await;
        (event, ended.outcome, Some(collecting.take()))
    });
    handling.await
}

pub(super) fn read_body(
    gateway: &Gateway,
    body: Result<Bytes, BytesRejection>,
) -> Result<Bytes, Rejection> {
    body.map_err(|error| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let limit = gateway.settings.limits.message_bytes;
            let message = format!("the body is larger than {limit} bytes (limit `message_bytes`)");
            return Rejection::at_limit(Code::TooLarge, "message_bytes", message);
        }
        Rejection::new(
            Code::InvalidPayload,
            format!("the body cannot be read: {error}"),
        )
    })
}

fn read_event(body: &[u8], headers: &HeaderMap) -> Result<Event, Rejection> {
    let trigger: Trigger<'_> = serde_json::from_slice(body).map_err(|error| {
        let message = format!("expected {{\"name\": …, \"payload\": …}}, found: {error}");
        Rejection::new(Code::InvalidPayload, message)
    })?;
    let args = match trigger.payload {
        Some(payload) => Args::from_text(format!("[{}]", payload.get())),
        None => Args::from_text("[]"),
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_cli = text(ORIGIN_HEADER) == Some("cli");
    let namespace = trigger.namespace.as_deref().unwrap_or("/");
    Ok(Event {
        principal: Principal::ApiKey,
        traceparent: text("traceparent").map(str::to_owned),
        ..Event::message(
            Arc::from(namespace),
            Arc::from(trigger.name),
            args,
            if is_cli { Origin::Cli } else { Origin::Http },
        )
    })
}

fn replied(event: &Event, reply: Option<Args>, emitted: Option<Vec<Emitted>>) -> Response {
    let reply = reply.unwrap_or_else(|| Args::from_text("[]"));
    // Checked when the guest gave it.
    let Ok(result) = RawValue::from_string(reply.text) else {
        let rejection = Rejection::new(Code::HandlerFailed, "the reply is no JSON");
        return problem::of_event(&rejection, event.id);
    };
    Json(Triggered {
        status: "success",
        message: format!("{} handled successfully.", event.name),
        result,
        attachments: reply.attachments.iter().map(encode).collect(),
        emitted,
        occurrence_id: event.id.to_string(),
    })
    .into_response()
}
