//! Judgements without a handler: a contract in memory, events and emits by hand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use fs7_contract::validator::Checks;

use super::*;
use crate::config::settings::{Mode, Unknown};
use crate::effect::{Delivery, Effect, EffectScope, EffectSink, Emit, Target};
use crate::event::{Args, ConnectionId, Event, Origin};
use crate::fact::{Fact, Facts};
use crate::outcome::{Code, Failure, FailureKind, Outcome, Rejection};

const CONTRACT: &str = r##"
asyncapi: 3.0.0
info: {title: Test, version: 1.0.0}
channels:
  ask:
    address: ask
    messages: {ask: {payload: {type: string}}}
  told:
    address: told
    messages: {told: {payload: {type: integer}}}
  answer:
    address: null
    messages: {answer: {payload: {type: boolean}}}
operations:
  ask:
    action: receive
    channel: {$ref: "#/channels/ask"}
    reply: {channel: {$ref: "#/channels/answer"}}
  told:
    action: send
    channel: {$ref: "#/channels/told"}
"##;

fn contract(rules: ContractSettings) -> Arc<LoadedContract> {
    let files = BTreeMap::from([("contract.yaml".into(), CONTRACT.to_owned())]);
    let reading = fs7_contract::read("contract.yaml".as_ref(), &files);
    let document = reading.contract.expect("a contract");
    let checks = Checks::compile(&document).unwrap();
    let limits = Limits::default();
    let (file, sha256) = ("contract.yaml".into(), String::new());
    Arc::new(LoadedContract::new(
        document, checks, file, sha256, rules, &limits,
    ))
}

fn strict() -> ContractSettings {
    ContractSettings {
        outbound: Mode::Strict,
        ack: Mode::Strict,
        ..ContractSettings::default()
    }
}

fn event(args: &str) -> Event {
    let origin = Origin::Socket(ConnectionId::from_text("c1"));
    Event::message("/".into(), "ask".into(), Args::from_text(args), origin)
}

fn emit(name: &str, args: &str) -> Effect {
    Effect::Emit(Emit {
        target: Target::Sender,
        name: name.into(),
        args: Args::from_text(args),
        is_volatile: false,
        surely_fits: false,
    })
}

/// Remembers the names of what is committed.
#[derive(Default)]
struct Sink(Mutex<Vec<String>>);

impl EffectSink for Sink {
    fn commit(&self, _scope: &EffectScope, effects: Vec<Effect>) -> Delivery {
        let mut names = self.0.lock().unwrap();
        names.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::Emit(emit) => Some(emit.args.text),
            _ => None,
        }));
        Delivery::default()
    }
}

/// A guard, what went through it, and the facts.
fn guard(rules: ContractSettings) -> (Arc<Guard>, Arc<Sink>, Facts) {
    let (sink, facts) = (Arc::new(Sink::default()), Facts::new(100, 1 << 20));
    let inner: Arc<dyn EffectSink> = sink.clone();
    let contract = contract(rules);
    let guard = Guard::new(&contract, &event("[]"), &"h".into(), &inner, &facts);
    (guard.expect("a guard"), sink, facts)
}

fn scope() -> EffectScope {
    crate::dispatch::scope(&event("[]"))
}

#[test]
fn refused_flush_stops_everything_after_it() {
    let (guard, sink, facts) = guard(strict());
    guard.commit(&scope(), vec![emit("told", "[1]")]);
    guard.commit(&scope(), vec![emit("told", "[2]"), emit("told", "[\"x\"]")]);
    guard.commit(&scope(), vec![emit("told", "[3]")]);
    assert_eq!(*sink.0.lock().unwrap(), ["[1]"]);
    let rejected = Outcome::Rejected(Rejection::new(Code::Rejected, "no"));
    let Outcome::Failed(failure) = guard.judge(&event("[]"), rejected, &mut []) else {
        panic!("the event must fail");
    };
    assert_eq!(failure.kind, FailureKind::Contract);
    assert_eq!(
        failure.detail,
        "the emit `told` does not fit the contract (type): expected an integer, found a string"
    );
    assert_eq!(facts.waiting(), 1);
}

#[test]
fn outcomes_are_judged_by_their_emits_and_their_reply() {
    let (guard, _, _) = guard(strict());
    let replied = |text: &str| Outcome::Replied(Some(Args::from_text(text)));
    let judge = |outcome: Outcome, effects: &mut [Effect]| {
        matches!(
            guard.judge(&event("[]"), outcome, effects),
            Outcome::Failed(_)
        )
    };
    assert!(!judge(
        replied("[true]"),
        &mut [emit("told", "[1]"), emit("unnamed", "[]")]
    ));
    assert!(judge(replied("[true]"), &mut [emit("told", "[]")]));
    assert!(judge(replied("[1]"), &mut []));
    assert!(
        judge(Outcome::Replied(None), &mut []),
        "no argument is null"
    );
    let trapped = Outcome::Failed(Failure::new(FailureKind::Trap, "boom"));
    let judged = guard.judge(&event("[]"), trapped.clone(), &mut []);
    assert_eq!(judged, trapped, "the first failure is the one that is told");
}

#[test]
fn only_what_one_walk_is_sure_of_is_not_looked_at_again() {
    let (guard, _, _) = guard(strict());
    let with_bytes = Args {
        attachments: vec![bytes::Bytes::from_static(b"x")],
        ..Args::from_text("[1]")
    };
    for (name, args, is_sure) in [
        ("told", Args::from_text("[1]"), true),
        ("told", Args::from_text("[\"x\"]"), false),
        ("told", Args::from_text("[1"), false),
        ("told", with_bytes, false),
        ("unnamed", Args::from_text("[1]"), false),
    ] {
        assert_eq!(
            guard.surely_takes(&scope(), name, &args),
            is_sure,
            "{args:?}"
        );
    }
    for (text, is_sure) in [("[1]", false), ("[true]", true), ("[true", false)] {
        let args = Args::from_text(text);
        assert_eq!(guard.surely_acks(&args), is_sure, "{text}");
        let outcome = guard.judge(&event("[]"), Outcome::Replied(Some(args)), &mut []);
        let fails = matches!(outcome, Outcome::Failed(_));
        assert_eq!(fails, !is_sure, "{text}");
    }
    let rules = ContractSettings {
        outbound: Mode::Off,
        ack: Mode::Strict,
        ..ContractSettings::default()
    };
    let (guard, ..) = self::guard(rules);
    let fits = Args::from_text("[1]");
    assert!(!guard.surely_takes(&scope(), "told", &fits), "nobody asks");
}

#[test]
fn warnings_let_pass_and_tell_each() {
    let (guard, _, facts) = guard(ContractSettings::default());
    let mut effects = [
        emit("told", "[\"x\"]"),
        emit("told", "[2]"),
        emit("told", "[]"),
    ];
    let outcome = Outcome::Replied(Some(Args::from_text("[1]")));
    assert_eq!(
        guard.judge(&event("[]"), outcome.clone(), &mut effects),
        outcome
    );
    let told = std::iter::from_fn(|| facts.take());
    let directions: Vec<_> = told
        .map(|fact| match fact {
            Fact::ContractViolation(violation) => violation.direction,
            other => panic!("expected a violation, found {other:?}"),
        })
        .collect();
    assert_eq!(directions, ["outbound", "outbound", "ack"]);
}

#[test]
fn nothing_to_check_needs_no_guard() {
    let rules = ContractSettings {
        outbound: Mode::Off,
        ack: Mode::Off,
        ..ContractSettings::default()
    };
    let inner: Arc<dyn EffectSink> = Arc::new(Sink::default());
    let facts = Facts::new(1, 1);
    let contract = contract(rules);
    assert!(Guard::new(&contract, &event("[]"), &"h".into(), &inner, &facts).is_none());
}

#[test]
fn hooks_and_named_events_are_admitted_where_others_are_refused() {
    let contract = contract(ContractSettings {
        unknown: Unknown::Refuse,
        ..ContractSettings::default()
    });
    let facts = Facts::new(10, 1 << 20);
    let admit = |event: &Event| {
        let received = contract.received(event);
        contract.admit_name(event, received, &facts)
    };
    assert_eq!(admit(&event("[]")), Ok(()));
    let other = Event {
        name: "other".into(),
        ..event("[]")
    };
    let refused = admit(&other).unwrap_err();
    assert_eq!(refused.code, Code::UnknownEvent);
    assert_eq!(refused.message, "the contract `Test` does not name `other`");
    let hook = Event {
        name: "connect".into(),
        kind: EventKind::Connect,
        ..event("[]")
    };
    assert_eq!(admit(&hook), Ok(()));
}
