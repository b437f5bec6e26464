//! Events that the contract does not name: served, served with a warning, or refused.

use serde_json::json;

use super::obeying;

/// The contract with every event of `obeys`.
fn closed() -> String {
    super::CONTRACT.replace(
        "operations:",
        "  light: {address: light/on}
  side: {address: say, x-fs7: {namespace: /side}}
operations:
  light: {action: receive, channel: {$ref: '#/channels/light'}}
  side: {action: receive, channel: {$ref: '#/channels/side'}}",
    )
}

#[test]
fn unnamed_event_is_served_and_told_once() {
    let server = obeying("").guest("greet_v1").start();
    for _ in 0..3 {
        server.http().trigger("greet", &json!({})).expect(200);
        server
            .http()
            .trigger("light/on", &json!({"emits": [{"name": "odd"}]}))
            .expect(200);
    }
    let mut told: Vec<_> = server
        .facts()
        .wait_for_count("contract_unknown_event", 3)
        .iter()
        .map(|fact| {
            (
                fact["direction"].clone(),
                fact["event"].clone(),
                fact["level"].clone(),
            )
        })
        .collect();
    told.sort_by_key(|(_, event, _)| event.to_string());
    let expected = [
        ("inbound", "greet"),
        ("inbound", "light/on"),
        ("outbound", "odd"),
    ];
    assert_eq!(
        told,
        expected.map(|(direction, event)| (json!(direction), json!(event), json!("INFO")))
    );
    let metrics = server.http().get("/metrics").text();
    let line = r#"fs7_contract_unknown_events_total{direction="inbound"} 2"#;
    assert!(metrics.contains(line), "{metrics}");
}

#[test]
fn unnamed_event_is_served_with_a_warning() {
    let server = obeying("unknown = \"warn\"")
        .guest("greet_v1")
        .may_warn("contract_unknown_event")
        .start();
    server.http().trigger("greet", &json!({})).expect(200);
    let told = server.facts().wait("contract_unknown_event", |_| true);
    assert_eq!(
        (&told["event"], &told["level"]),
        (&json!("greet"), &json!("WARN"))
    );
}

#[test]
fn names_beyond_their_limit_are_not_told() {
    let server = obeying("\n[limits]\nunknown_names = 1").start();
    let emits = json!({"to": "a@example.com", "reply": {"done": true}, "emits": [{"name": "one"}, {"name": "two"}]});
    for _ in 0..2 {
        server.http().trigger("say", &emits).expect(200);
    }
    server.facts().wait_for_count("event_ended", 2);
    let told = server.facts().named("contract_unknown_event");
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn refused_event_is_answered_and_its_handler_is_not_loaded() {
    // `obeys` claims `light/on` and two events in `/side`, which the contract lacks.
    let server = obeying("unknown = \"refuse\"\nwatch = false")
        .settings("[registry]\nwatch = false")
        .may_warn("handler_load_failed")
        .start();
    let handlers = server.http().get("/admin/handlers").expect(200);
    assert_eq!(handlers["handlers"], json!([]));
    assert_eq!(handlers["failed"][0]["file"], "obeys.wasm", "{handlers}");
    assert_eq!(
        handlers["failed"][0]["expected"],
        "events that the contract `asyncapi.yaml` names"
    );
    let found = handlers["failed"][0]["found"].as_str().unwrap();
    assert!(
        found.contains("light/on") || found.contains("/side"),
        "{found}"
    );
    // With the names in the contract it is loaded, and without them it stays and is refused.
    server.place_file("asyncapi.yaml", &closed());
    let body = server.http().reload().expect(200);
    assert_eq!(body["changed"].as_array().unwrap().len(), 2, "{body}");
    server.http().trigger("light/on", &json!({})).expect(200);
    server.place_file("asyncapi.yaml", super::CONTRACT);
    let options = json!({"allow_breaking": true});
    let body = server
        .http()
        .post("/admin/reload-events", &options)
        .expect(207);
    assert_eq!(body["failed"][0]["file"], "obeys.wasm", "{body}");
    let body = server.http().trigger("light/on", &json!({}));
    let body = body.expect_problem(404, "unknown_event");
    assert_eq!(
        body["message"],
        "the contract `Orders` does not name `light/on`"
    );
    server
        .http()
        .trigger(
            "say",
            &json!({"to": "a@example.com", "reply": {"done": true}}),
        )
        .expect(200);
}

#[test]
fn emit_that_a_closed_contract_lacks_is_a_violation() {
    let server = obeying("unknown = \"refuse\"")
        .file("asyncapi.yaml", &closed())
        .may_warn("contract_violation")
        .start();
    let order = json!({
        "to": "a@example.com",
        "reply": {"done": true},
        "emits": [{"name": "odd"}, {"name": "said", "args": [{"text": "even"}]}],
    });
    server.http().trigger("say", &order).expect(200);
    let told = server.facts().wait_for_count("contract_violation", 1);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0]["event"], &told[0]["rule"]),
        (&json!("odd"), &json!("unknown-event"))
    );
}
