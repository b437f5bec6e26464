//! Dispatch: the one way of an event, from the edge to its outcome. All branching of that way is
//! here, in order; the leaves compute.

mod deferring;

use std::sync::Arc;

use crate::effect::{Delivery, Effect, EffectScope, EffectSink};
use crate::event::{self, Event, EventKind};
use crate::fact::{EventEnded, Fact, Facts};
use crate::json;
use crate::outcome::{Code, Outcome, Rejection};
use crate::registry::Registry;

use deferring::Deferring;

/// What dispatch needs of the host.
pub struct Host {
    /// Who answers what.
    pub registry: Arc<Registry>,
    /// Where effects go.
    pub sink: Arc<dyn EffectSink>,
    /// Where facts go.
    pub facts: Facts,
}

/// What the edge does with an event that came to its end.
#[derive(Debug)]
pub struct Ended {
    /// The outcome: the reply, or the reason why there is none.
    pub outcome: Outcome,
    /// Effects that are not yet committed; empty unless the edge asked to commit them itself.
    pub effects: Vec<Effect>,
}

/// Who commits the effects of a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Dispatch, before it returns.
    Now,
    /// The edge, later: emits of a connect hook leave after the CONNECT reply.
    ByEdge,
}

/// Takes one event to its one outcome and records its one closing fact.
///
/// The order is: name too long, reserved name, unknown event, [no permission, rate limit: later issues],
/// arguments are JSON, [arguments fit the contract: later issue], handler, effects, outcome.
pub async fn dispatch(host: &Host, event: &Event, commit: Commit) -> Ended {
    let table = host.registry.table();
    if event.name.len() > event::NAME_BYTES_MAX {
        return refuse(host, event, table.generation, name_too_long());
    }
    if event.kind == EventKind::Message && event::is_reserved(&event.name) {
        return refuse(host, event, table.generation, reserved(&event.name));
    }
    let Some(entry) = table.find(&event.namespace, &event.name) else {
        return refuse(
            host,
            event,
            table.generation,
            unknown(&event.namespace, &event.name),
        );
    };
    if let Err(rejection) = check_json(event) {
        return refuse(host, event, table.generation, rejection);
    }
    let deferring = (commit == Commit::ByEdge).then(|| Deferring::new(host.sink.clone()));
    let sink: Arc<dyn EffectSink> = match &deferring {
        Some(deferring) => deferring.clone(),
        None => host.sink.clone(),
    };
    let invocation = entry.handler.invoke(event, table.generation, &sink).await;
    let mut delivery = invocation.flushed;
    let mut effects = deferring
        .map(|deferring| deferring.take())
        .unwrap_or_default();
    effects.extend(invocation.effects);
    if commit == Commit::Now && !effects.is_empty() {
        delivery += host
            .sink
            .commit(&scope(event), std::mem::take(&mut effects));
    }
    let mut ended = closing(event, &invocation.outcome, table.generation);
    ended.handler = Some(entry.name.clone());
    ended.peak_memory_bytes = invocation.peak_memory_bytes;
    ended.log_lines_dropped = invocation.log_lines_dropped;
    count(&mut ended, delivery);
    host.facts.record(Fact::EventEnded(Box::new(ended)));
    Ended {
        outcome: invocation.outcome,
        effects,
    }
}

/// Ends an event that never reached dispatch: a full queue, a stop in progress.
pub fn turn_away(host: &Host, event: &Event, rejection: Rejection) -> Outcome {
    refuse(host, event, host.registry.table().generation, rejection).outcome
}

/// On whose behalf an event's effects are committed.
pub fn scope(event: &Event) -> EffectScope {
    EffectScope {
        namespace: event.namespace.clone(),
        origin: event.origin.clone(),
    }
}

fn refuse(host: &Host, event: &Event, generation: u64, rejection: Rejection) -> Ended {
    let outcome = Outcome::Rejected(rejection);
    let ended = closing(event, &outcome, generation);
    host.facts.record(Fact::EventEnded(Box::new(ended)));
    Ended {
        outcome,
        effects: Vec::new(),
    }
}

fn reserved(name: &str) -> Rejection {
    let message = format!("`{name}` is one of the names that Socket.IO reserves; choose another");
    Rejection::new(Code::ReservedEvent, message)
}

fn name_too_long() -> Rejection {
    let message = format!(
        "the event's name is longer than {} bytes",
        event::NAME_BYTES_MAX
    );
    Rejection::new(Code::InvalidPayload, message)
}

fn unknown(namespace: &str, name: &str) -> Rejection {
    let shown = name
        .get(..name.floor_char_boundary(100))
        .unwrap_or_default();
    let message = match namespace {
        "/" => format!("no handler answers `{shown}`"),
        namespace => format!("no handler answers `{shown}` in `{namespace}`"),
    };
    Rejection::new(Code::UnknownEvent, message)
}

/// Without a contract the arguments must be a JSON array and nothing more.
fn check_json(event: &Event) -> Result<(), Rejection> {
    json::check_array(&event.args.text).map_err(|words| Rejection::new(Code::InvalidPayload, words))
}

fn count(ended: &mut EventEnded, delivery: Delivery) {
    ended.delivered = delivery.delivered;
    ended.undelivered = delivery.undelivered;
}

fn closing(event: &Event, outcome: &Outcome, generation: u64) -> EventEnded {
    let (code, detail) = match outcome {
        Outcome::Replied(_) => (None, None),
        Outcome::Rejected(rejection) => (
            Some(rejection.code.as_str()),
            Some(cut(&rejection.message, DETAIL_BYTES).to_owned()),
        ),
        Outcome::Failed(failure) => {
            let code = failure.rejection().code.as_str();
            (
                Some(code),
                Some(format!("{}: {}", failure.kind.as_str(), failure.detail)),
            )
        }
    };
    EventEnded {
        occurrence: event.id,
        namespace: event.namespace.clone(),
        event: shown_name(&event.name),
        origin: event.origin.as_str(),
        connection: event.origin.connection().cloned(),
        handler: None,
        generation,
        outcome: outcome.as_str(),
        code,
        detail,
        duration: event.received.elapsed(),
        peak_memory_bytes: 0,
        delivered: 0,
        undelivered: 0,
        log_lines_dropped: 0,
        traceparent: event.traceparent.clone(),
    }
}

/// Longest reason in a closing fact, in bytes.
const DETAIL_BYTES: usize = 1_024;

/// A name as facts keep it: clients choose names, and facts wait in a queue.
fn shown_name(name: &Arc<str>) -> Arc<str> {
    if name.len() <= event::NAME_BYTES_MAX {
        return name.clone();
    }
    Arc::from(cut(name, event::NAME_BYTES_MAX))
}

fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes))
        .unwrap_or_default()
}
