//! Documents and what they are read as.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails where it must"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::model::{Action, Contract};
use crate::{Disk, Reading, read};

/// A document of several files, the first one opened.
fn read_all(files: &[(&str, &str)]) -> Reading {
    let first = files.first().unwrap().0;
    let files: BTreeMap<PathBuf, String> = files
        .iter()
        .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
        .collect();
    read(Path::new(first), &files)
}

fn contract(files: &[(&str, &str)]) -> Contract {
    let reading = read_all(files);
    match reading.contract {
        Some(contract) => contract,
        None => panic!("{:#?}", reading.diagnostics),
    }
}

fn rules(files: &[(&str, &str)]) -> Vec<(&'static str, String, usize)> {
    let reading = read_all(files);
    let found = reading.diagnostics.iter();
    found
        .map(|found| {
            let line = reading.bundle.locate(found).line;
            (found.rule, found.place.pointer.clone(), line)
        })
        .collect()
}

const SEED: &str = "asyncapi: '2.6.0'
info: {title: FastSocket API, version: '1.0.0'}
channels:
  user_signed_up:
    publish:
      summary: User Signed Up Event
      message:
        contentType: application/json
        payload: {type: object, properties: {user_id: {type: string}}}
  user_deleted:
    subscribe:
      operationId: tellDeleted
      traits:
        - summary: From the trait
      message:
        oneOf:
          - name: a
            payload: {type: string}
          - payload: true
";

#[test]
fn publish_is_receive_and_subscribe_is_send() {
    let contract = contract(&[("a.yaml", SEED)]);
    let shown: Vec<_> = contract
        .operations
        .iter()
        .map(|operation| {
            (
                operation.id.as_str(),
                operation.action,
                operation.event.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("user_signed_up", Action::Receive, "user_signed_up"),
            ("tellDeleted", Action::Send, "user_deleted"),
        ]
    );
    let told = contract.operations.get(1).unwrap();
    assert_eq!(told.summary.as_deref(), Some("From the trait"));
    let keys: Vec<&str> = told
        .messages
        .iter()
        .map(|message| message.key.as_str())
        .collect();
    assert_eq!(keys, ["a", "tellDeletedMessage2"]);
}

#[test]
fn the_examples_contract_is_read_with_its_replies() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../asyncapi.yaml");
    let reading = read(&path, &Disk);
    let Some(contract) = reading.contract else {
        panic!("{:#?}", reading.diagnostics);
    };
    assert_eq!(contract.operations.len(), 15);
    let signed_up = contract.operations.first().unwrap();
    assert_eq!(signed_up.event, "user_signed_up");
    assert_eq!(signed_up.messages.first().unwrap().key, "userSignedUp");
    assert_eq!(
        signed_up
            .reply
            .as_ref()
            .unwrap()
            .messages
            .first()
            .unwrap()
            .key,
        "done"
    );
}

const THREE: &str = "asyncapi: 3.0.0
info: {title: T, version: '1'}
channels:
  a:
    address: user/{id}
    x-fs7: {namespace: /a, deadline_ms: 5}
    parameters: {id: {enum: [x, y], default: x}}
    messages:
      m: {$ref: './messages/m.yaml#/m'}
operations:
  on:
    action: receive
    channel: {$ref: '#/channels/a'}
    x-fs7: {deadline_ms: 3}
";

#[test]
fn files_references_and_cycles_come_with_their_schemas() {
    let message = "m:
  payload: {$ref: '../common.yaml#/Node'}
  traits: [{headers: {properties: {a: {type: string}}}, summary: from the trait}]
  summary: own
";
    let common = "Node:
  type: object
  properties:
    next: {$ref: '#/Node'}
    'odd/na me': {$ref: '#/odd~1na%20me'}
    data: {const: {$ref: nothing}}
odd/na me: {$ref: '#/Alias'}
Alias: {enum: [{$ref: nothing}]}
";
    let contract = contract(&[
        ("f/a.yaml", THREE),
        ("f/messages/m.yaml", message),
        ("f/common.yaml", common),
    ]);
    let on = contract.operations.first().unwrap();
    assert_eq!(
        (on.namespace.as_str(), on.event.as_str()),
        ("/a", "user/{id}")
    );
    assert_eq!(on.extension.deadline_ms, Some(3));
    let message = on.messages.first().unwrap();
    assert_eq!(message.summary.as_deref(), Some("own"));
    assert_eq!(
        message.headers.as_ref().unwrap().value,
        json!({"properties": {"a": {"type": "string"}}})
    );
    assert_eq!(
        message.payload.as_ref().unwrap().value,
        json!({
            "$ref": "#/definitions/Node",
            "definitions": {
                "Node": {
                    "type": "object",
                    "properties": {
                        "next": {"$ref": "#/definitions/Node"},
                        "odd/na me": {"$ref": "#/definitions/Alias"},
                        "data": {"const": {"$ref": "nothing"}},
                    }
                },
                "Alias": {"enum": [{"$ref": "nothing"}]},
            }
        })
    );
    let parameter = contract
        .channels
        .first()
        .unwrap()
        .parameters
        .first()
        .unwrap();
    assert_eq!(
        (parameter.values.len(), parameter.default.as_deref()),
        (2, Some("x"))
    );
}

#[test]
fn references_that_lead_nowhere_are_reported_where_they_stand() {
    let lost = |reference: &str| {
        let text = format!(
            "asyncapi: 3.0.0\ninfo: {{title: T, version: '1'}}\nchannels:\n  a: {{address: a, messages: {{m: {{payload: {{$ref: '{reference}'}}}}}}}}\ncomponents:\n  schemas:\n    A: {{$ref: '#/components/schemas/B'}}\n    B: {{$ref: '#/components/schemas/A'}}\n"
        );
        let mut found = rules(&[
            ("f/a.yaml", &text),
            ("b.yaml", "x: 1"),
            ("f/c.yaml", "x: ["),
        ]);
        found.retain(|(_, pointer, _)| pointer.starts_with("/channels") || pointer.is_empty());
        found
    };
    let at = "/channels/a/messages/m/payload/$ref".to_owned();
    assert_eq!(lost("#/nothing"), [("unresolved-reference", at.clone(), 4)]);
    assert_eq!(
        lost("#/components/schemas/A"),
        [("reference-cycle", at.clone(), 4)]
    );
    assert_eq!(
        lost("../b.yaml"),
        [("reference-outside-folder", at.clone(), 4)]
    );
    assert_eq!(
        lost("/etc/passwd"),
        [("reference-outside-folder", at.clone(), 4)]
    );
    assert_eq!(lost("d.yaml"), [("unresolved-reference", at.clone(), 4)]);
    assert_eq!(
        lost("https://example.com/a.yaml"),
        [("remote-reference", at.clone(), 4)]
    );
    let broken = lost("c.yaml#/x");
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert_eq!(broken.first().unwrap().0, "invalid-yaml");
}

#[test]
fn versions_are_named_whole() {
    for (text, rule) in [
        ("asyncapi: 3\n", "unknown-version"),
        ("asyncapi: '2.7.0'\n", "unknown-version"),
        ("asyncapi: 1.2.0\n", "unknown-version"),
        ("openapi: 3.0.0\n", "not-asyncapi"),
        ("[]\n", "not-asyncapi"),
    ] {
        let found = rules(&[("a.yaml", text)]);
        let found: Vec<&str> = found.iter().map(|found| found.0).collect();
        assert_eq!(found, [rule], "{text}");
    }
    let absent = read(Path::new("absent.yaml"), &BTreeMap::new());
    assert_eq!(absent.diagnostics.first().unwrap().rule, "unreadable-file");
}
