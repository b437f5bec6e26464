//! Dispatch: the one way of an event, from the edge to its outcome. All branching of that way is
//! here, in order; the leaves compute.

mod deferring;

use std::sync::Arc;

use fs7_contract::validator::{Misfit, Received};

use crate::config::settings::Mode;
use crate::contract::{self, Guard, LoadedContract};
use crate::effect::{Delivery, Effect, EffectScope, EffectSink};
use crate::event::{self, Event, EventKind};
use crate::fact::{EventEnded, Fact, Facts};
use crate::json;
use crate::outcome::{Code, Outcome, Rejection};
use crate::rate::{Buckets, Rates};
use crate::registry::{Entry, Registry, Table};
use crate::runtime::{Call, Invocation};

use deferring::Deferring;

/// What dispatch needs of the host.
pub struct Host {
    /// Who answers what.
    pub registry: Arc<Registry>,
    /// Where effects go.
    pub sink: Arc<dyn EffectSink>,
    /// Where facts go.
    pub facts: Facts,
    /// How many events may still come from those that have no connection, all of them together.
    pub buckets: Arc<Buckets>,
    /// How many events may come in a second, whatever the contract says.
    pub rates: Arc<Rates>,
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
/// The order is: name too long, reserved name, unknown event, [no permission: later issue], rate
/// limit, arguments are JSON and fit the contract, handler, effects and reply fit the contract,
/// effects, outcome. The contract is that of the table, so an event sees one from end to end.
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
    let contract = table.contract.as_ref();
    let received = contract.and_then(|contract| contract.received(event));
    if let Err(rejection) = admit(host, entry, contract, received, event) {
        return refuse(host, event, table.generation, rejection);
    }
    let deferring = (commit == Commit::ByEdge).then(|| Deferring::new(host.sink.clone()));
    let deferred = deferring
        .clone()
        .map(|deferring| deferring as Arc<dyn EffectSink>);
    let sink = deferred.as_ref().unwrap_or(&host.sink);
    let mut invocation = invoke(host, &table, entry, received, event, sink).await;
    let mut delivery = invocation.flushed;
    let mut effects = std::mem::take(&mut invocation.effects);
    if let Some(deferring) = deferring {
        // Those that the guest flushed come first.
        let mut flushed = deferring.take();
        flushed.append(&mut effects);
        effects = flushed;
    }
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

/// What stands between an event and its handler: its name, its rate, its arguments.
fn admit(
    host: &Host,
    entry: &Entry,
    contract: Option<&Arc<LoadedContract>>,
    received: Option<&Received>,
    event: &Event,
) -> Result<(), Rejection> {
    if let Some(contract) = contract {
        contract.admit_name(event, received, &host.facts)?;
    }
    host.rates.admit_sender(event, event.received)?;
    LoadedContract::admit_rate(event, received, &host.buckets)?;
    host.rates.admit_event(event, event.received)?;
    match (contract, received) {
        (Some(contract), Some(received)) if !received.payload.is_open() => {
            check_payload(host, entry, contract, received, event)
        }
        _ => check_json(event),
    }
}

/// Arguments of which the contract says something. In the mode `strict` the walk that sees
/// whether they are JSON is the one that checks them.
fn check_payload(
    host: &Host,
    entry: &Entry,
    contract: &LoadedContract,
    received: &Received,
    event: &Event,
) -> Result<(), Rejection> {
    let mode = contract.rules.inbound;
    if mode == Mode::Off {
        return check_json(event);
    }
    match contract.check_inbound(&event.args, received) {
        Ok(()) => Ok(()),
        Err(Misfit::Contract(violations)) if mode == Mode::Warn => {
            contract.tell_inbound(event, &entry.name, &violations, &host.facts);
            Ok(())
        }
        Err(misfit) => Err(contract::rejection(misfit)),
    }
}

/// Lets the handler answer, and holds what it asks for and what it replies against the contract.
async fn invoke(
    host: &Host,
    table: &Table,
    entry: &Entry,
    received: Option<&Received>,
    event: &Event,
    sink: &Arc<dyn EffectSink>,
) -> Invocation {
    let call = Call {
        generation: table.generation,
        deadline: received.and_then(|received| received.deadline),
    };
    let contract = table.contract.as_ref();
    let guard =
        contract.and_then(|contract| Guard::new(contract, event, &entry.name, sink, &host.facts));
    let Some(guard) = guard else {
        return entry.handler.invoke(event, call, sink).await;
    };
    let guarded: Arc<dyn EffectSink> = guard.clone();
    let mut invocation = entry.handler.invoke(event, call, &guarded).await;
    invocation.outcome = guard.judge(event, invocation.outcome, &mut invocation.effects);
    if matches!(invocation.outcome, Outcome::Failed(_)) {
        invocation.effects.clear();
    }
    invocation
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
    let message = if name.starts_with(event::CONTROL_PREFIX) {
        format!(
            "names that begin with `{}` are the host's own; choose another",
            event::CONTROL_PREFIX
        )
    } else {
        format!("`{name}` is one of the names that Socket.IO reserves; choose another")
    };
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

/// Where the contract says nothing the arguments must be a JSON array and nothing more.
fn check_json(event: &Event) -> Result<(), Rejection> {
    json::check_array(&event.args.text).map_err(|words| Rejection::new(Code::InvalidPayload, words))
}

fn count(ended: &mut EventEnded, delivery: Delivery) {
    ended.delivered = delivery.delivered;
    ended.undelivered = delivery.undelivered;
}

fn closing(event: &Event, outcome: &Outcome, generation: u64) -> EventEnded {
    let limit = match outcome {
        Outcome::Rejected(rejection) => rejection.limit,
        Outcome::Failed(failure) => failure.kind.limit(),
        Outcome::Replied(_) => None,
    };
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
        limit,
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
