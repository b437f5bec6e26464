//! What clients send: every violation is answered, and nothing bad reaches a handler.

use fs7_tests::raw::{Packet, RawSocket};
use fs7_tests::stock::{Connect, Stock, binary};
use serde_json::{Value, json};

use super::{CONTRACT, obeying};
use crate::launch;

/// An order that is wrong in two ways, and would be seen if it were obeyed.
fn bad() -> Value {
    json!({"to": "nobody", "count": 0, "emits": [{"name": "seen"}]})
}

fn violations() -> Value {
    json!([
        {"pointer": "/to", "rule": "format", "message": "expected an email address"},
        {"pointer": "/count", "rule": "minimum", "message": "expected at least 1"},
    ])
}

#[test]
fn bad_payload_is_answered_with_every_violation_in_an_ack() {
    let server = obeying("").start();
    let mut stock = Stock::start(&server.url());
    for how in [Connect::default(), Connect::default().over_polling()] {
        stock.connect("a", &how);
        let answer = stock.call("a", "say", &[bad()]);
        assert_eq!(answer[0]["status"], "error", "{answer}");
        assert_eq!(answer[0]["code"], "invalid_payload");
        assert_eq!(answer[0]["errors"], violations());
        assert_eq!(
            answer[0]["message"],
            "the payload does not fit the contract: `/to` expected an email address and 1 more"
        );
        let good = json!({"to": "ann@example.com", "reply": {"done": true}});
        assert_eq!(stock.call("a", "say", &[good]), json!([{"done": true}]));
        assert_eq!(stock.inbox("a"), json!([]), "the handler saw nothing bad");
        stock.disconnect("a");
    }
}

#[test]
fn bad_payload_without_an_ack_is_answered_by_an_error_event() {
    let server = obeying("").start();
    let mut socket = RawSocket::join(server.address());
    socket.send(r#"42["say",{"count":"x"}]"#);
    let text = socket.text();
    let packet: Value = serde_json::from_str(text.strip_prefix("42").unwrap()).unwrap();
    assert_eq!(packet[0], "error_event");
    let pairs: Vec<_> = packet[1]["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].clone(), error["rule"].clone()))
        .collect();
    assert!(
        pairs.contains(&(json!("/to"), json!("required"))),
        "{packet}"
    );
    assert!(
        pairs.contains(&(json!("/count"), json!("type"))),
        "{packet}"
    );
    let ended = server
        .facts()
        .wait("event_ended", |fact| fact["code"] == "invalid_payload");
    assert_eq!(ended["occurrence_id"], packet[1]["occurrence_id"]);
    assert_eq!(ended["handler"], Value::Null, "{ended}");
}

#[test]
fn bad_payload_over_http_is_a_problem_with_every_violation() {
    let server = obeying("").start();
    let body = server.http().trigger("say", &bad());
    let body = body.expect_problem(422, "invalid_payload");
    assert_eq!(body["errors"], violations());
    let without = json!({"name": "say"});
    let body = server.http().post("/api/events", &without);
    let body = body.expect_problem(422, "invalid_payload");
    assert_eq!(
        body["errors"][0]["message"],
        "expected an object, found null"
    );
}

#[test]
fn several_arguments_are_one_too_many() {
    let server = obeying("").start();
    let mut socket = RawSocket::join(server.address());
    socket.send(r#"421["say",{"to":"a@example.com"},2,3]"#);
    let text = socket.text();
    assert!(text.contains(r#""rule":"maxItems""#), "{text}");
    assert!(text.contains("expected one argument, found 3"), "{text}");
}

#[test]
fn long_list_of_violations_is_cut_at_its_limit() {
    let contract = CONTRACT.replace("required: [to]", "additionalProperties: false");
    let server = launch()
        .guest("obeys")
        .file("asyncapi.yaml", &contract)
        .settings("[limits]\nviolations = 2")
        .start();
    let body = server
        .http()
        .trigger("say", &json!({"a": 1, "b": 1, "c": 1, "d": 1}));
    let body = body.expect_problem(422, "invalid_payload");
    assert_eq!(body["errors"].as_array().unwrap().len(), 2);
    let message = body["message"].as_str().unwrap();
    assert!(
        message.ends_with("3 more, of which the last 2 are not listed"),
        "{message}"
    );
}

#[test]
fn warn_lets_a_bad_payload_through_and_tells_it() {
    let server = obeying("inbound = \"warn\"\nack = \"off\"")
        .may_warn("contract_violation")
        .start();
    server.http().trigger("say", &bad()).expect(200);
    let told = server.facts().wait("contract_violation", |_| true);
    assert_eq!(
        (&told["direction"], &told["mode"], &told["event"]),
        (&json!("inbound"), &json!("warn"), &json!("say"))
    );
    assert_eq!(
        (&told["pointer"], &told["rule"], &told["violations"]),
        (&json!("/to"), &json!("format"), &json!(2))
    );
    let metrics = server.http().get("/metrics").text();
    let line = r#"fs7_contract_violations_total{direction="inbound",mode="warn"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
}

#[test]
fn off_checks_nothing_but_that_it_is_json() {
    let server = obeying("inbound = \"off\"\nack = \"off\"").start();
    server.http().trigger("say", &bad()).expect(200);
    assert_eq!(server.facts().named("contract_violation"), [Value::Null; 0]);
}

#[test]
fn deep_nesting_is_refused_in_every_mode() {
    for mode in ["strict", "warn", "off"] {
        let server = obeying(&format!("inbound = \"{mode}\"")).start();
        let mut socket = RawSocket::join(server.address());
        let nested = format!("421[\"say\",{}{}]", "[".repeat(200), "]".repeat(200));
        socket.send(&nested);
        let text = socket.text();
        assert!(text.contains("nested deeper than 128"), "{mode}: {text}");
    }
}

#[test]
fn attachments_fit_binary_strings() {
    let contract = r##"
asyncapi: 3.0.0
info: {title: Files, version: 1.0.0}
channels:
  file:
    address: binary_reply
    messages:
      file:
        payload:
          type: array
          items:
            - {type: integer}
            - {type: string, format: binary, minLength: 100}
          additionalItems: false
operations:
  file:
    action: receive
    channel: {$ref: "#/channels/file"}
    x-fs7: {arguments: list}
"##;
    let server = launch()
        .guest("binary_reply")
        .file("asyncapi.yaml", contract)
        .start();
    let mut stock = Stock::start(&server.url());
    stock.connect("a", &Connect::default());
    let reply = stock.call("a", "binary_reply", &[json!(3), binary(b"four")]);
    assert_eq!(reply[2], 4, "{reply}");
    let reply = stock.call("a", "binary_reply", &[binary(b"four"), binary(b"four")]);
    let errors = &reply[0]["errors"];
    assert_eq!(errors[0]["pointer"], "/0", "{reply}");
    assert_eq!(
        errors[0]["message"],
        "expected an integer, found binary data"
    );
    // A placeholder without its attachment is an object like any other.
    let mut socket = RawSocket::join(server.address());
    socket.send(r#"421["binary_reply",3,{"_placeholder":true,"num":0}]"#);
    match socket.receive() {
        Packet::Text(text) => assert!(text.contains(r#""pointer":"/1""#), "{text}"),
        other => panic!("expected an ack, found {other:?}"),
    }
}

/// The seed's own contract names no acknowledgement and no `_ack`.
#[test]
fn contract_of_the_seed_serves_its_six_handlers() {
    let seed =
        std::fs::read_to_string(fs7_tests::repo::root().join("tests/contract/seed/asyncapi.yaml"));
    let mut launch = launch().file("asyncapi.yaml", &seed.unwrap());
    for plugin in [
        "example_event",
        "on_light_measured",
        "send_notification",
        "user_deleted",
        "user_signed_up",
        "user_updated",
    ] {
        launch = launch.plugin(plugin);
    }
    let server = launch.start();
    let mut stock = Stock::start(&server.url());
    stock.connect("a", &Connect::default());
    let user = json!({"user_id": "12345", "email": "user@example.com"});
    let reply = stock.call("a", "user_signed_up", &[user]);
    assert_eq!(reply[0]["status"], "success", "{reply}");
    assert_eq!(
        stock.next("a", "user_signed_up_ack")[0]["status"],
        "success"
    );
    let reply = stock.call("a", "user_signed_up", &[json!({"user_id": 1, "email": 2})]);
    assert_eq!(reply[0]["errors"].as_array().unwrap().len(), 2, "{reply}");
    let status = server.http().get("/admin/status").expect(200);
    assert_eq!(status["contract"]["modes"]["inbound"], "strict", "{status}");
}
