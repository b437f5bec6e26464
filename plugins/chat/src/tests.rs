//! What one client does, and what the others see.

use super::*;
use fs7_sdk::test::{CONNECTION_ID, EventBuilder, Outcome, connect, disconnect, message};
use fs7_sdk::{Origin, Target};

fn run(event: EventBuilder) -> Outcome {
    event.namespace("/chat").run::<Handlers>()
}

fn rejected_with(outcome: &Outcome, words: &str) -> bool {
    outcome
        .rejection()
        .is_some_and(|rejection| rejection.message.contains(words))
}

#[test]
fn others_see_who_joins() {
    let outcome = run(connect().arg(json!({"name": "ann"})));
    let [joined, welcome] = outcome.emits()[..] else {
        panic!("two emits: {outcome:?}")
    };
    assert!(matches!(&joined.target, Target::Everyone(except) if except.sender));
    assert_eq!(joined.args, json!([{"id": CONNECTION_ID, "name": "ann"}]));
    assert_eq!(welcome.target, Target::Sender);
}

#[test]
fn nobody_joins_without_a_name() {
    assert!(rejected_with(&run(connect()), "connect with auth"));
    assert!(rejected_with(
        &run(connect().arg(json!({"name": " "}))),
        "connect with auth"
    ));
    assert!(rejected_with(
        &run(connect().arg(json!({"name": "x".repeat(41)}))),
        "40"
    ));
}

#[test]
fn others_see_who_leaves() {
    let outcome = run(disconnect().arg("transport close"));
    assert_eq!(outcome.emits()[0].name, "left");
    assert_eq!(
        outcome.emits()[0].args,
        json!([{"id": CONNECTION_ID, "reason": "transport close"}])
    );
}

#[test]
fn messages_go_to_a_room_or_to_all() {
    let outcome = run(message("message").arg(json!({"room": "tea", "text": "hi"})));
    assert!(matches!(
        &outcome.emits()[0].target,
        Target::Room(target) if target.room == "tea" && target.except.sender
    ));
    let outcome = run(message("message").arg(json!({"text": "hi"})));
    assert!(matches!(&outcome.emits()[0].target, Target::Everyone(except) if except.sender));
    assert!(rejected_with(
        &run(message("message").arg(json!({"text": "x".repeat(2_001)}))),
        "too long"
    ));
}

#[test]
fn entering_a_room_tells_it() {
    let outcome = run(message("enter").arg("tea"));
    assert_eq!(outcome.rooms_joined(), ["tea"]);
    assert_eq!(outcome.emits()[0].name, "entered");
}

#[test]
fn statistics_are_a_roll_call() {
    let outcome = run(message("statistics"));
    assert_eq!(outcome.emits()[0].name, "roll_call");
    assert_eq!(outcome.emits()[0].args, json!([{"to": CONNECTION_ID}]));
    let answer = json!({"to": "c-9", "name": "bob", "messages_sent": 3});
    let outcome = run(message("here").arg(answer));
    assert_eq!(outcome.emits()[0].target, Target::Socket("c-9".into()));
    assert_eq!(
        outcome.emits()[0].args,
        json!([{"id": CONNECTION_ID, "name": "bob", "messages_sent": 3}])
    );
}

#[test]
fn events_without_a_connection_are_refused() {
    let outcome = run(message("statistics").with(|event| event.origin = Origin::Http));
    assert!(rejected_with(&outcome, "sockets"));
}
