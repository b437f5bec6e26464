//! What is written is read again as what it was.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{bundled, yaml};
use crate::bundle::Bundle;
use crate::source;

fn read(text: &str) -> Value {
    let parsed = source::parse(Path::new("a.yaml"), text);
    assert!(parsed.errors.is_empty(), "{:?}\n{text}", parsed.errors);
    parsed.root.unwrap().to_value()
}

const TEXTS: [&str; 77] = [
    "on",
    "off",
    "yes",
    "no",
    "y",
    "n",
    "true",
    "False",
    "null",
    "Null",
    "~",
    "",
    " ",
    "1",
    "1.0",
    "1e3",
    "0x1f",
    "0o7",
    "0b1",
    "1_000",
    ".5",
    ".inf",
    "-.INF",
    ".nan",
    "2026-01-01",
    "12:30:45",
    "2026-01-01T20:00:00Z",
    "=",
    "<<",
    "-",
    "- a",
    "a: b",
    "a:",
    ":a",
    "#a",
    "a #b",
    "'",
    "\"",
    "\\",
    "a\nb",
    "a\nb\n",
    "\na",
    "a\n\n",
    "  a\nb",
    "a\n  b",
    "\ta",
    "a\t",
    "a ",
    " a",
    "%a",
    "@a",
    "`a`",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "[a]",
    "{a}",
    "a, b",
    "?",
    "? a",
    "---",
    "...",
    "a\n---\nb",
    "a\r\nb",
    "\u{85}",
    "a\u{2028}b",
    "\u{feff}",
    "\0",
    "é",
    "🦀",
    "a\n \nb",
    "\n",
    "\n\n",
    "null\n",
    "x\n\u{7}",
];

#[test]
fn texts_that_look_like_something_else_stay_texts() {
    for text in TEXTS {
        // In quotes or not, the parser takes this key for a merge.
        let key = if text == "<<" { "<" } else { text };
        for value in [
            json!(text),
            json!({ key: text }),
            json!([text, { "k": [text] }]),
        ] {
            let value = json!({ "root": value });
            let written = yaml(&value);
            assert_eq!(read(&written), value, "{written}");
        }
    }
    let written = yaml(&json!({ "a": "on", "b": "1.0", "c": "null", "d": 1.0, "on": null }));
    assert!(
        !written.contains(" on\n") && !written.contains(": 1.0\nc"),
        "{written}"
    );
}

fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[ -~\n]{0,20}",
        "[a-z: #\n\t'\"-]{0,12}",
        "(on|no|null|~|1|1.0|0x1|-|\\?|<){1,2}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e15..1e15_f64).prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(
                (text.clone().prop_filter("a merge", |it| it != "<<"), inner),
                0..5
            )
            .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    // One seed, so that a run can be repeated.
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..ProptestConfig::with_cases(1500)
    })]

    #[test]
    fn yaml_is_read_as_it_was_written(value in values()) {
        let value = json!({ "root": value });
        let written = yaml(&value);
        let parsed = source::parse(Path::new("a.yaml"), &written);
        prop_assert!(parsed.errors.is_empty(), "{:?}\n{written}", parsed.errors);
        prop_assert_eq!(parsed.root.unwrap().to_value(), value, "{}", written);
    }
}

/// A document in four files, with references in every direction.
fn files() -> BTreeMap<PathBuf, String> {
    [
        (
            "main.yaml",
            "asyncapi: 3.0.0
info: {title: a, version: '1'}
channels:
  greet:
    $ref: 'channels/greet.yaml'
operations:
  greet:
    action: receive
    channel: {$ref: '#/channels/greet'}
    messages: [{$ref: 'channels/greet.yaml#/messages/hello'}]
components:
  schemas:
    User: {type: string}
    Example: {examples: [{$ref: 'no-reference.yaml'}], properties: {$ref: {type: string}}}
",
        ),
        (
            "channels/greet.yaml",
            "address: greet
messages:
  hello:
    payload: {$ref: '../schemas.yaml#/User'}
",
        ),
        (
            "schemas.yaml",
            "User:
  properties:
    friends: {type: array, items: {$ref: '#/User'}}
    home: {$ref: 'main.yaml#/components/schemas/User'}
    pet: {$ref: 'pet.yaml'}
",
        ),
        (
            "pet.yaml",
            "type: object\nproperties: {owner: {$ref: 'schemas.yaml#/User'}}\n",
        ),
    ]
    .map(|(path, text)| (PathBuf::from(path), text.to_owned()))
    .into()
}

#[test]
fn other_files_move_into_components() {
    let bundle = Bundle::open(Path::new("main.yaml"), &files());
    assert_eq!(bundle.diagnostics(), []);
    let user = json!({
        "properties": {
            "friends": { "type": "array", "items": { "$ref": "#/components/schemas/User_2" } },
            "home": { "$ref": "#/components/schemas/User" },
            "pet": { "$ref": "#/components/schemas/pet" },
        },
    });
    let expected = json!({
        "asyncapi": "3.0.0",
        "info": { "title": "a", "version": "1" },
        "channels": {
            "greet": {
                "address": "greet",
                "messages": { "hello": { "payload": { "$ref": "#/components/schemas/User_2" } } },
            },
        },
        "operations": {
            "greet": {
                "action": "receive",
                "channel": { "$ref": "#/channels/greet" },
                "messages": [{ "$ref": "#/channels/greet/messages/hello" }],
            },
        },
        "components": {
            "schemas": {
                "User": { "type": "string" },
                "Example": {
                    "examples": [{ "$ref": "no-reference.yaml" }],
                    "properties": { "$ref": { "type": "string" } },
                },
                "User_2": user,
                "pet": {
                    "type": "object",
                    "properties": { "owner": { "$ref": "#/components/schemas/User_2" } },
                },
            },
        },
    });
    assert_eq!(bundled(&bundle), Some(expected));
}
