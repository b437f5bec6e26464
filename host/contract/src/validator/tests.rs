//! Tables: contracts by hand, arguments, and what is wrong with them.

use serde_json::{Value, json};

use super::*;
use crate::extension::Extension;
use crate::model::{
    Action, Channel, Contract, Info, Message, Operation, Parameter, Reply, Schema, Version,
};
use crate::place::Place;

mod edges;

const LIMIT: usize = 64;

fn message(payload: Option<Value>) -> Message {
    Message {
        key: "message".into(),
        name: None,
        title: None,
        summary: None,
        description: None,
        content_type: "application/json".into(),
        payload: payload.map(|value| Schema {
            value,
            place: Place::default().child("payload"),
        }),
        headers: None,
        foreign_format: None,
        examples: Vec::new(),
        tags: Vec::new(),
        bindings: None,
        place: Place::default(),
    }
}

fn operation(event: &str, action: Action, messages: Vec<Message>) -> Operation {
    Operation {
        id: event.into(),
        action,
        channel: 0,
        namespace: "/".into(),
        event: event.into(),
        title: None,
        summary: None,
        description: None,
        messages,
        reply: None,
        tags: Vec::new(),
        bindings: None,
        extension: Extension::default(),
        place: Place::default(),
    }
}

fn contract(parameters: Vec<Parameter>, operations: Vec<Operation>) -> Contract {
    Contract {
        version: Version { major: 3, minor: 0 },
        id: None,
        info: Info::default(),
        default_content_type: "application/json".into(),
        servers: Vec::new(),
        channels: vec![Channel {
            key: "channel".into(),
            address: None,
            title: None,
            summary: None,
            description: None,
            parameters,
            messages: Vec::new(),
            tags: Vec::new(),
            bindings: None,
            extension: Extension::default(),
            place: Place::default(),
        }],
        operations,
        schemas: Vec::new(),
    }
}

fn compile(operations: Vec<Operation>) -> Checks {
    Checks::compile(&contract(Vec::new(), operations)).unwrap()
}

/// The check of one event with one payload schema.
fn checks(schema: Value) -> Checks {
    let messages = vec![message(Some(schema))];
    compile(vec![operation("e", Action::Receive, messages)])
}

fn verify(checks: &Checks, text: &str, attachments: usize) -> Vec<(String, String)> {
    let check = checks.find("/", "e", Direction::Inbound).unwrap();
    match check.verify(text, attachments, LIMIT) {
        Ok(()) => Vec::new(),
        Err(Misfit::Contract(violations)) => violations
            .list
            .into_iter()
            .map(|violation| (violation.pointer, violation.rule))
            .collect(),
        Err(Misfit::Syntax(words)) => vec![("syntax".into(), words)],
    }
}

#[track_caller]
fn expect(schema: Value, text: &str, expected: &[(&str, &str)]) {
    expect_with(schema, text, 0, expected);
}

#[track_caller]
fn expect_with(schema: Value, text: &str, attachments: usize, expected: &[(&str, &str)]) {
    let found = verify(&checks(schema.clone()), text, attachments);
    let found: Vec<_> = found
        .iter()
        .map(|(pointer, rule)| (pointer.as_str(), rule.as_str()))
        .collect();
    assert_eq!(found, expected, "{text} against {schema}");
}

fn user() -> Value {
    json!({
        "type": "object",
        "properties": {
            "user_id": {"type": "string", "minLength": 1},
            "email": {"type": "string", "format": "email"},
            "age": {"type": "integer", "minimum": 0},
        },
        "required": ["user_id", "email"],
        "additionalProperties": false,
    })
}

#[test]
fn every_violation_has_its_pointer_and_its_rule() {
    expect(
        user(),
        r#"[{"user_id":"1","email":"a@b.example","age":3}]"#,
        &[],
    );
    expect(
        user(),
        r#"[{"user_id":1,"email":"nobody","age":-1,"x/y":0}]"#,
        &[
            ("/user_id", "type"),
            ("/email", "format"),
            ("/age", "minimum"),
            ("/x~1y", "additionalProperties"),
        ],
    );
    expect(
        user(),
        "[{}]",
        &[("/user_id", "required"), ("/email", "required")],
    );
    expect(user(), "[null]", &[("", "type")]);
    expect(user(), "[]", &[("", "type")]);
    expect(user(), "[{},{}]", &[("", "maxItems")]);
    expect(json!({"type": "null"}), "[]", &[]);
    expect(json!(true), "[1]", &[]);
    expect(json!(false), "[1]", &[("", "false")]);
}

#[test]
fn words_name_kinds_and_never_values() {
    let check = checks(user());
    let check = check.find("/", "e", Direction::Inbound).unwrap();
    let text = r#"[{"user_id":"","email":"hunter2","age":"hunter2","hunter2":"hunter2"}]"#;
    let Err(Misfit::Contract(violations)) = check.verify(text, 0, LIMIT) else {
        panic!("it must not fit");
    };
    let words: Vec<_> = violations
        .list
        .iter()
        .map(|violation| violation.message.as_str())
        .collect();
    assert_eq!(
        words,
        [
            "expected at least 1 characters, found 0",
            "expected an email address",
            "expected an integer, found a string",
            "is not expected here",
        ]
    );
}

#[test]
fn keywords_of_draft_7_are_checked() {
    for (schema, bad, pointer, rule) in [
        (json!({"const": {"a": [1]}}), r#"[{"a":[2]}]"#, "", "const"),
        (json!({"enum": ["a", 1.0]}), "[2]", "", "enum"),
        (json!({"pattern": "^a(?!b)"}), r#"["ab"]"#, "", "pattern"),
        (json!({"maxLength": 1}), r#"["äö"]"#, "", "maxLength"),
        (json!({"multipleOf": 2}), "[3]", "", "multipleOf"),
        (
            json!({"exclusiveMaximum": 2}),
            "[2]",
            "",
            "exclusiveMaximum",
        ),
        (
            json!({"uniqueItems": true}),
            "[[{\"a\":1},{\"a\":1.0}]]",
            "",
            "uniqueItems",
        ),
        (json!({"contains": {"const": 1}}), "[[2]]", "", "contains"),
        (
            json!({"items": {"type": "string"}}),
            "[[\"a\",1]]",
            "/1",
            "type",
        ),
        (
            json!({"propertyNames": {"maxLength": 1}}),
            r#"[{"ab":1}]"#,
            "",
            "propertyNames",
        ),
        (
            json!({"patternProperties": {"^x": {"type": "null"}}}),
            r#"[{"xa":1}]"#,
            "/xa",
            "type",
        ),
        (
            json!({"dependencies": {"a": ["b"]}}),
            r#"[{"a":1}]"#,
            "/b",
            "required",
        ),
        (
            json!({"if": {"const": 1}, "then": false}),
            "[1]",
            "",
            "false",
        ),
        (json!({"not": {"type": "null"}}), "[null]", "", "not"),
        (json!({"type": ["string", "null"]}), "[1]", "", "type"),
    ] {
        expect(schema, bad, &[(pointer, rule)]);
    }
    for (schema, good) in [
        (json!({"enum": ["a", 1.0]}), "[1]"),
        (json!({"uniqueItems": true}), "[[1,2,\"1\"]]"),
        (json!({"type": "integer"}), "[1.0]"),
    ] {
        expect(schema, good, &[]);
    }
}

#[test]
fn formats_are_asserted() {
    for (schema, bad, pointer, rule) in [
        (json!({"format": "uuid"}), r#"["1"]"#, "", "format"),
        (json!({"format": "duration"}), r#"["1"]"#, "", "format"),
        (
            json!({"format": "date-time"}),
            r#"["2026-13-01T00:00:00Z"]"#,
            "",
            "format",
        ),
        (json!({"format": "ipv4"}), r#"["1.2.3"]"#, "", "format"),
        (json!({"format": "uri"}), r#"["no uri"]"#, "", "format"),
    ] {
        expect(schema, bad, &[(pointer, rule)]);
    }
    expect(json!({"format": "unheard-of"}), r#"["x"]"#, &[]);
}

#[test]
fn references_are_followed_and_identifiers_do_not_mislead() {
    let tree = json!({
        "$id": "https://example.com/tree.json",
        "$schema": "http://json-schema.org/draft-04/schema#",
        "$ref": "#/definitions/Tree",
        "definitions": {
            "Tree": {
                "$id": "https://example.com/inner.json",
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/definitions/Tree"}},
                },
                "required": ["children"],
            },
        },
    });
    expect(
        tree.clone(),
        r#"[{"id":"a","children":[{"children":[]}]}]"#,
        &[],
    );
    expect(
        tree,
        r#"[{"children":[{"children":[{"id":1}]}]}]"#,
        &[
            ("/children/0/children/0/children", "required"),
            ("/children/0/children/0/id", "type"),
        ],
    );
}

#[test]
fn alternatives_tell_of_the_closest() {
    let schema = json!({"oneOf": [
        {"type": "string"},
        {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}},
    ]});
    let check = checks(schema);
    let check = check.find("/", "e", Direction::Inbound).unwrap();
    let Err(Misfit::Contract(violations)) = check.verify(r#"[{"x":"1"}]"#, 0, LIMIT) else {
        panic!("it must not fit");
    };
    assert_eq!(violations.list.len(), 1);
    assert_eq!(violations.list[0].rule, "oneOf");
    assert_eq!(
        violations.list[0].message,
        "fits none of 2 alternatives; the closest is number 2: `/x` expected an integer, found a string"
    );
}

#[test]
fn of_several_messages_one_must_fit_and_the_closest_is_told() {
    let messages = vec![
        message(Some(json!({"type": "string"}))),
        message(Some(user())),
    ];
    let checks = compile(vec![operation("e", Action::Receive, messages)]);
    assert_eq!(verify(&checks, r#"["text"]"#, 0), []);
    assert_eq!(
        verify(&checks, r#"[{"user_id":"1","email":"a@b.example"}]"#, 0),
        []
    );
    let found = verify(&checks, r#"[{"user_id":"1"}]"#, 0);
    assert_eq!(found, [("/email".to_owned(), "required".to_owned())]);
    let messages = vec![message(Some(user())), message(None)];
    let open = compile(vec![operation("e", Action::Receive, messages)]);
    assert_eq!(verify(&open, "[1,2,3]", 0), []);
    assert!(open.find("/", "e", Direction::Inbound).unwrap().is_open());
}

#[test]
fn payloads_in_other_languages_are_not_checked() {
    let foreign = Message {
        foreign_format: Some("application/vnd.apache.avro".into()),
        ..message(Some(user()))
    };
    let binary = Message {
        content_type: "application/octet-stream".into(),
        ..message(Some(user()))
    };
    for message in [foreign, binary, message(None)] {
        let checks = compile(vec![operation("e", Action::Receive, vec![message])]);
        assert_eq!(verify(&checks, "[1]", 0), []);
        assert_eq!(verify(&checks, "[1", 0).len(), 1);
    }
    let json = Message {
        content_type: "application/cloudevents+json; charset=utf-8".into(),
        ..message(Some(user()))
    };
    let checks = compile(vec![operation("e", Action::Receive, vec![json])]);
    assert_eq!(verify(&checks, "[1]", 0).len(), 1);
}

#[test]
fn list_of_arguments_is_one_array() {
    let schema = json!({
        "type": "array",
        "items": [{"type": "string"}, {"type": "integer"}],
        "additionalItems": false,
        "minItems": 1,
    });
    let mut operation = operation("e", Action::Receive, vec![message(Some(schema))]);
    operation.extension.arguments = Some(Arguments::List);
    let checks = compile(vec![operation]);
    for (text, expected) in [
        (r#"["a"]"#, None),
        (r#"["a",1]"#, None),
        (r#"["a","b"]"#, Some(("/1", "type"))),
        (r#"["a",1,2]"#, Some(("", "additionalItems"))),
        ("[]", Some(("", "minItems"))),
    ] {
        let found = verify(&checks, text, 0);
        let expected = expected.map(|(pointer, rule)| (pointer.to_owned(), rule.to_owned()));
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn attachment_fits_a_binary_string() {
    let file = json!({
        "type": "object",
        "properties": {
            "data": {"type": "string", "format": "binary", "minLength": 10, "pattern": "x"},
            "name": {"type": "string", "minLength": 1},
        },
        "required": ["data"],
    });
    let placeholder = r#"{"_placeholder":true,"num":0}"#;
    let data = |value: &str| format!(r#"[{{"data":{value}}}]"#);
    expect_with(file.clone(), &data(placeholder), 1, &[]);
    expect_with(file.clone(), &data("\"text\""), 0, &[]);
    // Without attachments, or beyond them, it is an object like any other.
    expect_with(file.clone(), &data(placeholder), 0, &[("/data", "type")]);
    let beyond = data(r#"{"_placeholder":true,"num":1}"#);
    expect_with(file.clone(), &beyond, 1, &[("/data", "type")]);
    let object = json!({"type": "object"});
    expect_with(object, &format!("[{placeholder}]"), 1, &[("", "type")]);
    let unique = json!({"uniqueItems": true});
    expect_with(unique, &format!("[[{placeholder},{placeholder}]]"), 1, &[]);
    let name = format!(r#"[{{"data":"","name":{placeholder}}}]"#);
    expect_with(file, &name, 1, &[("/name", "minLength")]);
}
