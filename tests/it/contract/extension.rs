//! `x-fs7`: namespace, room, rate limit and deadline; and names with parameters.

use fs7_tests::raw::RawSocket;
use fs7_tests::stock::{Connect, Stock};
use serde_json::{Value, json};

use super::{CONTRACT, obeying};

/// The contract with something under `x-fs7` of one operation.
fn with(operation: &str, extension: &str) -> String {
    let line = format!("  {operation}:\n    action");
    CONTRACT.replace(
        &line,
        &format!("  {operation}:\n    x-fs7: {extension}\n    action"),
    )
}

fn order() -> Value {
    json!({"to": "ann@example.com", "reply": {"done": true}})
}

#[test]
fn namespace_tells_which_event_is_meant() {
    let server = obeying("")
        .file("asyncapi.yaml", &with("say", "{namespace: /side}"))
        .start();
    // In `/` the contract names no `say`: it is served as it comes.
    server.http().trigger("say", &json!({})).expect(200);
    let side = json!({"name": "say", "namespace": "/side", "payload": {}});
    let body = server.http().post("/api/events", &side);
    let body = body.expect_problem(422, "invalid_payload");
    assert_eq!(body["errors"][0]["pointer"], "/to");
    let told = server.facts().wait("contract_unknown_event", |_| true);
    assert_eq!(
        (&told["namespace"], &told["event"]),
        (&json!("/"), &json!("say"))
    );
}

#[test]
fn emit_goes_to_its_room_or_is_a_violation() {
    let server = obeying("outbound = \"strict\"")
        .file("asyncapi.yaml", &with("said", "{room: red}"))
        .may_warn("contract_violation")
        .may_warn("event_ended")
        .start();
    let emit = |room: Value| {
        let mut order = order();
        order["emits"] = json!([{"name": "said", "args": [{"text": "x"}], "room": room}]);
        order
    };
    server
        .http()
        .trigger("say", &emit(json!("red")))
        .expect(200);
    for room in [json!(null), json!("blue")] {
        server
            .http()
            .trigger("say", &emit(room))
            .expect_problem(500, "handler_failed");
    }
    let told = server.facts().wait_for_count("contract_violation", 2);
    assert_eq!(
        (&told[0]["rule"], &told[0]["pointer"]),
        (&json!("x-fs7/room"), &json!(""))
    );
    assert_eq!(
        told[0]["text"],
        "expected to go to the room `red`, goes to the sender"
    );
    assert_eq!(
        told[1]["text"],
        "expected to go to the room `red`, goes to the room `blue`"
    );
}

#[test]
fn rate_is_limited_for_each_connection() {
    let contract = with("say", "{rate_limit: {events: 2, per_ms: 3600000}}");
    let server = obeying("").file("asyncapi.yaml", &contract).start();
    let mut stock = Stock::start(&server.url());
    for client in ["a", "b"] {
        stock.connect(client, &Connect::default());
        for _ in 0..2 {
            assert_eq!(
                stock.call(client, "say", &[order()]),
                json!([{"done": true}])
            );
        }
        // The rate comes before the payload.
        let answer = stock.call(client, "say", &[json!(1)]);
        assert_eq!(answer[0]["code"], "rate_limited", "{answer}");
        let retry_ms = answer[0]["retry_after_ms"].as_u64().unwrap();
        assert!((1..=1_800_000).contains(&retry_ms), "{answer}");
        // Other events are not concerned.
        stock.call(client, "light/on", &[json!({})]);
    }
    // Who has no connection shares a bucket with all others who have none.
    for _ in 0..2 {
        server.http().trigger("say", &order()).expect(200);
    }
    let answer = server.http().trigger("say", &order());
    answer.expect_problem(429, "rate_limited");
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=1_800).contains(&seconds), "{seconds}");
    let output = server.run(&["trigger", "say", "--payload", "{}"]);
    assert!(!output.status.success(), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("try again in"),
        "{output:?}"
    );
    // A new connection has a new bucket.
    stock.connect("c", &Connect::default());
    assert_eq!(stock.call("c", "say", &[order()]), json!([{"done": true}]));
}

#[test]
fn deadline_of_the_contract_shortens_that_of_the_settings() {
    let server = obeying("\n[limits]\ndeadline_ms = 30000")
        .file("asyncapi.yaml", &with("say", "{deadline_ms: 30}"))
        .may_warn("event_ended")
        .start();
    let mut slow = order();
    slow["works_ms"] = json!(20_000);
    let body = server.http().trigger("say", &slow);
    body.expect_problem(504, "deadline_exceeded");
    let ended = server
        .facts()
        .wait("event_ended", |fact| fact["code"] == "deadline_exceeded");
    assert_eq!(
        ended["detail"],
        "deadline: no answer within 30 ms (`deadline_ms` of the contract)"
    );
    server.http().trigger("say", &order()).expect(200);
    // Other events have the time that they had.
    server
        .http()
        .trigger("light/on", &json!({"works_ms": 100}))
        .expect(200);
}

#[test]
fn deadline_of_the_contract_never_lengthens() {
    let server = obeying("\n[limits]\ndeadline_ms = 50")
        .file("asyncapi.yaml", &with("say", "{deadline_ms: 60000}"))
        .may_warn("event_ended")
        .start();
    let mut slow = order();
    slow["works_ms"] = json!(10_000);
    server
        .http()
        .trigger("say", &slow)
        .expect_problem(504, "deadline_exceeded");
}

#[test]
fn name_with_parameters_is_met_filled_in() {
    let contract = CONTRACT.replace(
        "address: say\n",
        "address: light/{state}\n    parameters: {state: {enum: ['on', 'off']}}\n",
    );
    let server = obeying("").file("asyncapi.yaml", &contract).start();
    let mut socket = RawSocket::join(server.address());
    socket.send(r#"421["light/on",{}]"#);
    let text = socket.text();
    assert!(text.contains(r#""pointer":"/to""#), "{text}");
    let dimmed = contract.replace("['on', 'off']", "['off']");
    let server = obeying("").file("asyncapi.yaml", &dimmed).start();
    server.http().trigger("light/on", &json!({})).expect(200);
    let told = server.facts().wait("contract_unknown_event", |_| true);
    assert_eq!(told["event"], "light/on");
}
