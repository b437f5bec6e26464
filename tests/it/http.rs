//! The HTTP interface for events: the seed's endpoints in the seed's words, and refusals that say
//! what is wrong.

use fs7_tests::raw::RawSocket;
use fs7_tests::repo::guest_bytes;
use serde_json::{Value, json};

use crate::launch;

fn user() -> Value {
    json!({"user_id": "u-1", "email": "ann@example.com"})
}

#[test]
fn event_is_triggered_in_the_words_of_the_seed() {
    let server = launch().plugin("user_signed_up").start();
    let body = server.http().trigger("user_signed_up", &user()).expect(200);
    let id = body["occurrence_id"].clone();
    assert_eq!(
        body,
        json!({
            "status": "success",
            "message": "user_signed_up handled successfully.",
            "result": [{
                "status": "success",
                "message": "user_signed_up handled successfully.",
            }],
            "occurrence_id": id,
        })
    );
    // Nobody is there for an emit to the sender: counted, and no failure.
    let ended = server
        .facts()
        .wait("event_ended", |fact| fact["occurrence_id"] == id);
    assert_eq!(
        (
            &ended["outcome"],
            &ended["delivered"],
            &ended["undelivered"]
        ),
        (&json!("replied"), &json!(0), &json!(1))
    );
    assert_eq!(ended["origin"], "http", "{ended}");
}

#[test]
fn caller_sees_what_was_emitted_when_it_asks() {
    let server = launch().plugin("user_signed_up").guest("rooms").start();
    let mut http = server.http();
    let trigger = json!({"name": "user_signed_up", "payload": user()});
    let body = http.post("/api/events?emitted=true", &trigger).expect(200);
    let args = json!([{"status": "success", "message": "User signed up successfully"}]);
    let emitted = json!([{"target": "sender", "name": "user_signed_up_ack", "args": args}]);
    assert_eq!(body["emitted"], emitted);
    let body = http.post("/api/events?emitted=false", &trigger).expect(200);
    assert_eq!(body["emitted"], Value::Null);
    http.post("/api/events?emitted=perhaps", &trigger)
        .expect_problem(422, "invalid_payload");

    let mut socket = RawSocket::join(server.address());
    let emit = json!({"name": "rooms", "payload": {"emit": {"name": "said"}}});
    let body = http.post("/api/events?emitted=true", &emit).expect(200);
    assert_eq!(
        body["emitted"],
        json!([{"target": "everyone", "name": "said", "args": []}])
    );
    assert_eq!(
        socket.text(),
        r#"42["said"]"#,
        "and it goes its way all the same"
    );
    let emit = json!({"name": "rooms", "payload": {"emit": {"room": "red", "name": "said"}}});
    let body = http.post("/api/events?emitted=true", &emit).expect(200);
    assert_eq!(body["emitted"][0]["target"], json!({"room": "red"}));
}

#[test]
fn registered_events_are_listed_under_ids_that_last() {
    let server = launch()
        .plugin("user_signed_up")
        .plugin("chat")
        .settings("[registry]\nwatch = false")
        .start();
    let list = server.http().get("/api/events").expect(200);
    let all = list.as_array().unwrap();
    assert_eq!(all.len(), 7, "{list:#}");
    let event = all
        .iter()
        .find(|event| event["name"] == "user_signed_up")
        .unwrap()
        .clone();
    assert_eq!(event["handler"], "user_signed_up.handle_event");
    assert_eq!(event["namespace"], "/");
    assert_eq!(event["file"], "user_signed_up.wasm");
    let id = event["event_id"]
        .as_str()
        .expect("an id is text")
        .to_owned();
    let path = format!("/api/events/{id}");
    assert_eq!(server.http().get(&path).expect(200), event);

    // Other files come and go.
    server.remove("chat.wasm");
    server.place_settled(&guest_bytes("counter"), "counter.wasm");
    server.http().reload().expect(200);
    assert_eq!(server.http().get(&path).expect(200), event);
    let list = server.http().get("/api/events").expect(200);
    let ids: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["event_id"])
        .collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
    server.remove("user_signed_up.wasm");
    server.http().reload().expect(200);
    server
        .http()
        .get(&path)
        .expect_problem(404, "unknown_event");
    server
        .http()
        .get("/api/events/nonsense")
        .expect_problem(404, "unknown_event");
}

#[test]
fn payload_may_be_left_out_and_may_be_anything() {
    let server = launch().plugin("echo").start();
    let mut http = server.http();
    let mut send = |body: &str| {
        // The kind of body that `curl -d` claims by itself.
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        http.send("POST", "/api/events", &headers, body.as_bytes())
            .text()
    };
    for (payload, result) in [
        ("", "[]"),
        (r#","payload":null"#, "[null]"),
        (r#","payload":[1,2]"#, "[[1,2]]"),
        (r#","payload": 1.50 "#, "[1.50]"),
        (
            r#","payload":{"b":1,"a":"\u00e9"}"#,
            r#"[{"b":1,"a":"\u00e9"}]"#,
        ),
    ] {
        let answer = send(&format!(r#"{{"name":"echo"{payload}}}"#));
        let expected = format!(r#""result":{result},"#);
        assert!(
            answer.contains(&expected),
            "expected {expected}, found {answer}"
        );
    }
}

#[test]
fn body_that_is_no_event_is_refused_with_what_is_wrong() {
    let server = launch().plugin("echo").start();
    let mut http = server.http();
    let table: [(&[u8], &str); 8] = [
        (b"", "EOF"),
        (b"{", "EOF"),
        (b"[]", "expected {\"name\": …"),
        (br#"{"payload":1}"#, "missing field `name`"),
        (br#"{"name":5}"#, "expected a string"),
        (
            br#"{"name":"echo","pay_load":1}"#,
            "unknown field `pay_load`",
        ),
        (br#"{"name":"echo","payload":}"#, "expected value"),
        (b"{\"name\":\"\xff\"}", "invalid unicode"),
    ];
    for (body, words) in table {
        let answer = http.send("POST", "/api/events", &[], body);
        let problem = answer.expect_problem(422, "invalid_payload");
        let message = problem["message"].as_str().unwrap();
        assert!(
            message.contains(words),
            "expected `{words}`, found `{message}`"
        );
    }
}

#[test]
fn event_that_cannot_be_is_refused_by_its_code() {
    let server = launch().plugin("echo").guest("hooks").start();
    let mut http = server.http();
    for name in ["nobody_answers", "", "who", "x/../y"] {
        http.trigger(name, &json!(1))
            .expect_problem(404, "unknown_event");
    }
    for name in [
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
    ] {
        http.trigger(name, &json!(1))
            .expect_problem(400, "reserved_event");
    }
    let hook = json!({"name": "connect", "namespace": "/hooks"});
    http.post("/api/events", &hook)
        .expect_problem(400, "reserved_event");
    let body = json!({"name": "who", "namespace": "/hooks"});
    assert_eq!(
        http.post("/api/events", &body).expect(200)["result"],
        json!([null])
    );
}

#[test]
fn trace_and_origin_of_a_caller_stand_in_the_closing_fact() {
    let server = launch().plugin("echo").start();
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [("traceparent", trace), ("x-fs7-origin", "cli")];
    let answer = server
        .http()
        .send("POST", "/api/events", &headers, br#"{"name":"echo"}"#);
    assert_eq!(answer.status, 200);
    let ended = server
        .facts()
        .wait("event_ended", |fact| fact["event"] == "echo");
    assert_eq!(
        (&ended["traceparent"], &ended["origin"]),
        (&json!(trace), &json!("cli"))
    );
}
