//! What handlers emit and reply: strict fails the event before anything leaves, warn tells, off
//! looks at nothing.

use fs7_tests::server::Server;
use fs7_tests::stock::{Connect, Stock};
use serde_json::{Value, json};

use super::obeying;

fn order(mut what: Value) -> Value {
    what["to"] = json!("ann@example.com");
    if what["reply"].is_null() {
        what["reply"] = json!({"done": true});
    }
    what
}

fn said(text: Value) -> Value {
    json!({"name": "said", "args": [{"text": text}]})
}

/// A client that gives orders.
fn client(server: &Server) -> Stock {
    let mut stock = Stock::start(&server.url());
    stock.connect("a", &Connect::default());
    stock
}

#[test]
fn strict_emit_that_does_not_fit_fails_the_event_and_nothing_leaves() {
    let server = obeying("outbound = \"strict\"")
        .may_warn("contract_violation")
        .may_warn("event_ended")
        .start();
    let mut stock = client(&server);
    let bad = order(json!({"emits": [said(json!("one")), said(json!(2))]}));
    let answer = stock.call("a", "say", &[bad]);
    assert_eq!(answer[0]["code"], "handler_failed", "{answer}");
    let told = server.facts().wait("contract_violation", |_| true);
    assert_eq!(
        (
            &told["direction"],
            &told["mode"],
            &told["event"],
            &told["handler"]
        ),
        (
            &json!("outbound"),
            &json!("strict"),
            &json!("said"),
            &json!("obeys")
        )
    );
    assert_eq!(
        (&told["pointer"], &told["rule"]),
        (&json!("/text"), &json!("type"))
    );
    let ended = server
        .facts()
        .wait("event_ended", |fact| fact["outcome"] == "failed");
    let detail = ended["detail"].as_str().unwrap();
    assert!(detail.starts_with("contract: the emit `said`"), "{detail}");
    let good = order(json!({"emits": [said(json!("three"))]}));
    assert_eq!(stock.call("a", "say", &[good]), json!([{"done": true}]));
    assert_eq!(
        stock.next("a", "said"),
        json!([{"text": "three"}]),
        "and not `one`"
    );
}

#[test]
fn strict_flush_that_does_not_fit_fails_the_event_and_what_was_flushed_stays() {
    let server = obeying("outbound = \"strict\"")
        .may_warn("contract_violation")
        .may_warn("event_ended")
        .start();
    let mut stock = client(&server);
    let bad = order(json!({
        "flushed": [said(json!("first"))],
        "flushed_next": [said(json!("second")), said(json!(null))],
        "emits": [said(json!("third"))],
    }));
    let answer = stock.call("a", "say", &[bad]);
    assert_eq!(answer[0]["code"], "handler_failed", "{answer}");
    assert_eq!(stock.inbox("a"), json!([["said", {"text": "first"}]]));
}

#[test]
fn warned_emit_goes_out_and_is_told() {
    let server = obeying("").may_warn("contract_violation").start();
    let mut stock = client(&server);
    let bad =
        order(json!({"flushed": [said(json!(1))], "emits": [said(json!(2)), said(json!("3"))]}));
    assert_eq!(stock.call("a", "say", &[bad]), json!([{"done": true}]));
    let texts: Vec<_> = (0..3)
        .map(|_| stock.next("a", "said")[0]["text"].clone())
        .collect();
    assert_eq!(texts, [json!(1), json!(2), json!("3")]);
    let told = server.facts().wait_for_count("contract_violation", 2);
    assert!(told.iter().all(|fact| fact["mode"] == "warn"), "{told:?}");
}

#[test]
fn emits_are_not_looked_at_when_off() {
    let server = obeying("outbound = \"off\"").start();
    let mut stock = client(&server);
    let bad = order(json!({"emits": [said(json!(2)), {"name": "unheard_of"}]}));
    assert_eq!(stock.call("a", "say", &[bad]), json!([{"done": true}]));
    assert_eq!(stock.next("a", "said"), json!([{"text": 2}]));
    assert_eq!(
        server.facts().named("contract_unknown_event"),
        [Value::Null; 0]
    );
}

#[test]
fn strict_ack_that_does_not_fit_fails_the_event() {
    let server = obeying("ack = \"strict\"")
        .may_warn("contract_violation")
        .may_warn("event_ended")
        .start();
    let mut stock = client(&server);
    let bad = order(json!({"reply": {"done": "yes"}, "emits": [said(json!("no"))]}));
    let answer = stock.call("a", "say", &[bad]);
    assert_eq!(answer[0]["code"], "handler_failed", "{answer}");
    assert_eq!(stock.inbox("a"), json!([]), "no effect of it is applied");
    let told = server.facts().wait("contract_violation", |_| true);
    assert_eq!(
        (&told["direction"], &told["pointer"], &told["rule"]),
        (&json!("ack"), &json!("/done"), &json!("type"))
    );
    // An acknowledgement without arguments is `null`, unless nobody waits for one.
    let none = json!({"to": "ann@example.com", "emits": [said(json!("yes"))]});
    let answer = stock.call("a", "say", std::slice::from_ref(&none));
    assert_eq!(answer[0]["code"], "handler_failed", "{answer}");
    stock.emit("a", "say", &[none]);
    assert_eq!(stock.next("a", "said"), json!([{"text": "yes"}]));
    server
        .http()
        .trigger("say", &order(json!({"reply": 1})))
        .expect(500);
}

#[test]
fn warned_ack_goes_out_and_unlooked_at_ack_untold() {
    let server = obeying("").may_warn("contract_violation").start();
    let bad = order(json!({"reply": 7}));
    let body = server.http().trigger("say", &bad).expect(200);
    assert_eq!(body["result"], json!([7]));
    let told = server.facts().wait("contract_violation", |_| true);
    assert_eq!(
        (&told["direction"], &told["mode"]),
        (&json!("ack"), &json!("warn"))
    );
    let server = obeying("ack = \"off\"").start();
    server.http().trigger("say", &bad).expect(200);
}

#[test]
fn emits_of_a_connect_hook_are_checked_too() {
    let contract = super::CONTRACT.replace(
        "address: said",
        "address: welcome\n    x-fs7: {namespace: /side}",
    );
    let server = super::obeying("outbound = \"strict\"")
        .file("asyncapi.yaml", &contract)
        .may_warn("contract_violation")
        .may_warn("event_ended")
        .start();
    let mut stock = Stock::start(&server.url());
    let side = Connect::to("/side");
    let refused = stock.try_connect("a", &side.clone().with_auth(json!({"text": 1})));
    assert!(refused["error"].is_string(), "{refused}");
    stock.connect("b", &side.with_auth(json!({"text": "hello"})));
    assert_eq!(stock.next("b", "welcome"), json!([{"text": "hello"}]));
}
