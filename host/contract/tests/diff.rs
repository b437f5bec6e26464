//! What changed between two contracts, case by case: as payload that clients send, and as payload
//! that they receive.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it cannot go on"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs7_contract::diff::{Change, Kind, diff, is_safe};
use fs7_contract::model::Contract;
use fs7_contract::{Disk, read};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Case {
    name: String,
    old: Value,
    new: Value,
    received: Vec<String>,
    sent: Vec<String>,
}

fn contract(document: &Value) -> Contract {
    let files: BTreeMap<_, _> = [(PathBuf::from("a.json"), document.to_string())].into();
    let reading = read(Path::new("a.json"), &files);
    match reading.contract {
        Some(contract) => contract,
        None => panic!("{:?}\n{document:#}", reading.diagnostics),
    }
}

/// A contract of one operation; definitions of the payload stand under `components`.
fn document(action: &str, payload: &Value) -> Value {
    let text = payload
        .to_string()
        .replace("#/definitions/", "#/components/schemas/");
    let mut payload: Value = serde_json::from_str(&text).unwrap();
    let schemas = payload.as_object_mut().unwrap().shift_remove("definitions");
    json!({
        "asyncapi": "3.0.0",
        "info": { "title": "a", "version": "1" },
        "channels": { "a": { "address": "a", "messages": { "m": { "payload": payload } } } },
        "operations": { "a": { "action": action, "channel": { "$ref": "#/channels/a" } } },
        "components": { "schemas": schemas.unwrap_or_else(|| json!({})) },
    })
}

fn told(changes: &[Change]) -> Vec<String> {
    let words = changes.iter().map(|it| {
        let pointer = if it.pointer.is_empty() {
            String::new()
        } else {
            format!("{}: ", it.pointer)
        };
        format!("{}: {pointer}{}", it.kind.as_str(), it.words)
    });
    words.collect()
}

#[test]
fn payloads_case_by_case() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract/diff/cases.json");
    let cases: Vec<Case> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(cases.len() >= 30);
    let mut wrong = Vec::new();
    for case in cases {
        for (action, expected) in [("receive", &case.received), ("send", &case.sent)] {
            let old = contract(&document(action, &case.old));
            let new = contract(&document(action, &case.new));
            let found = told(&diff(&old, &new));
            if found != *expected {
                wrong.push(format!(
                    "{}, {action}:\n  expected {expected:#?}\n  found {found:#?}",
                    case.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An operation whose acknowledgement is `reply`.
fn with_reply(reply: Option<Value>) -> Contract {
    let mut document = document("receive", &json!({ "type": "string" }));
    if let Some(reply) = reply {
        document["channels"]["a"]["messages"]["r"] = json!({ "payload": reply });
        document["operations"]["a"]["messages"] = json!([{ "$ref": "#/channels/a/messages/m" }]);
        document["operations"]["a"]["reply"] = json!({
            "channel": { "$ref": "#/channels/a" },
            "messages": [{ "$ref": "#/channels/a/messages/r" }],
        });
    }
    contract(&document)
}

#[test]
fn acknowledgements_are_read_by_clients() {
    let (narrow, wide) = (json!({ "const": "ok" }), json!({ "enum": ["ok", "late"] }));
    let (narrow, wide) = (with_reply(Some(narrow)), with_reply(Some(wide)));
    assert_eq!(
        told(&diff(&narrow, &wide)),
        ["breaking for receivers: `late` is a new value"]
    );
    assert_eq!(
        told(&diff(&wide, &narrow)),
        ["safe: `late` is no longer allowed"]
    );
    let none = with_reply(None);
    assert_eq!(
        told(&diff(&narrow, &none)),
        ["breaking for receivers: the acknowledgement is gone"]
    );
    assert_eq!(told(&diff(&none, &narrow)), ["safe: is described now"]);
}

#[test]
fn events_come_and_go() {
    for (action, kind) in [
        ("receive", Kind::BreakingForSenders),
        ("send", Kind::BreakingForReceivers),
    ] {
        let one = contract(&document(action, &json!({})));
        let mut other = document(action, &json!({}));
        other["channels"]["a"]["address"] = json!("b");
        let changes = diff(&one, &contract(&other));
        let seen: Vec<_> = changes
            .iter()
            .map(|it| (it.kind, it.subject.as_ref().unwrap().event.as_str()))
            .collect();
        assert_eq!(seen, [(kind, "a"), (Kind::Safe, "b")]);
        assert!(!is_safe(&changes));
        let mut moved = document(action, &json!({}));
        moved["operations"]["a"]["x-fs7"] = json!({ "namespace": "/chat" });
        assert_eq!(
            diff(&one, &contract(&moved)).len(),
            2,
            "another namespace is another event"
        );
    }
}

#[test]
fn extension_asks_and_promises() {
    let with = |action: &str, extension: Value| {
        let mut document = document(action, &json!({ "type": "array" }));
        document["operations"]["a"]["x-fs7"] = extension;
        contract(&document)
    };
    let limit = |events: u32, per_ms: u64| {
        with(
            "receive",
            json!({ "rate_limit": { "events": events, "per_ms": per_ms } }),
        )
    };
    let free = with("receive", json!({}));
    assert!(!is_safe(&diff(&free, &limit(5, 1000))));
    assert!(is_safe(&diff(&limit(5, 1000), &free)));
    assert!(!is_safe(&diff(&limit(5, 1000), &limit(4, 100))));
    assert!(is_safe(&diff(&limit(5, 1000), &limit(10, 2000))));
    let list = with("receive", json!({ "arguments": "list" }));
    assert!(!is_safe(&diff(&free, &list)) && !is_safe(&diff(&list, &free)));
    let (all, room) = (
        with("send", json!({})),
        with("send", json!({ "room": "vip" })),
    );
    assert_eq!(
        told(&diff(&all, &room)),
        [
            "breaking for receivers: emits went to whoever the handler names and now go to the room `vip` only"
        ]
    );
    assert!(is_safe(&diff(&room, &all)));
    let volatile = with("send", json!({ "volatile": true }));
    assert_eq!(
        told(&diff(&all, &volatile)),
        [
            "breaking for receivers: clients that cannot take it at once got it later and now go without"
        ]
    );
    assert!(is_safe(&diff(&volatile, &all)));
}

#[test]
fn several_messages_are_alternatives() {
    let with = |messages: Value| {
        let mut document = document("receive", &json!({}));
        document["channels"]["a"]["messages"] = messages;
        contract(&document)
    };
    let cat = json!({ "payload": { "type": "object", "required": ["cat"] } });
    let dog = json!({ "payload": { "type": "object", "required": ["dog"] } });
    let (one, two) = (
        with(json!({ "cat": cat })),
        with(json!({ "cat": cat, "dog": dog })),
    );
    assert!(is_safe(&diff(&one, &two)));
    assert_eq!(
        told(&diff(&two, &one)),
        ["breaking for senders: /cat: is required now"],
        "a dog is no cat"
    );
}

#[test]
fn official_documents_do_not_differ_from_themselves() {
    for path in [
        "3.0.0/streetlights-kafka-asyncapi.yml",
        "2.6.0/slack-rtm.yml",
        "3.0.0/gitter-streaming-asyncapi.yml",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../tests/contract/official")
            .join(path);
        let (one, two) = (
            read(&path, &Disk).contract.unwrap(),
            read(&path, &Disk).contract.unwrap(),
        );
        assert_eq!(told(&diff(&one, &two)), [""; 0]);
    }
}
