//! The HTTP interface: the seed's endpoints in the seed's words, the key, and refusals that say
//! what is wrong.

use fs7_tests::http::Http;
use fs7_tests::raw::RawSocket;
use fs7_tests::repo::guest_bytes;
use fs7_tests::server::Server;
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

/// Everything that needs the key.
const KEYED: [(&str, &str); 8] = [
    ("GET", "/api/events"),
    ("GET", "/api/events/1"),
    ("POST", "/api/events"),
    ("POST", "/admin/reload-events"),
    ("GET", "/admin/handlers"),
    ("GET", "/admin/status"),
    ("GET", "/metrics"),
    ("GET", "/nothing/here"),
];

#[test]
fn key_is_taken_as_header_and_as_query_and_no_other_is() {
    let server = launch().plugin("echo").start();
    let key = server.key().to_owned();
    assert!(key.len() >= 32, "a key that nobody guesses");
    let mut http = Http::new(server.address(), None);
    for header in ["api_key", "X-API-Key", "Api_Key"] {
        assert_eq!(
            http.send("GET", "/api/events", &[(header, &key)], b"")
                .status,
            200
        );
    }
    assert_eq!(http.get(&format!("/api/events?api_key={key}")).status, 200);

    let wrong = format!("{}0", &key[1..]);
    for (method, path) in KEYED {
        let without = http
            .send(method, path, &[], b"{}")
            .expect_problem(401, "unauthorized");
        assert!(
            without["message"].as_str().unwrap().contains("X-API-Key"),
            "{without}"
        );
        for header in ["api_key", "x-api-key"] {
            let answer = http.send(method, path, &[(header, &wrong)], b"{}");
            answer.expect_problem(401, "unauthorized");
        }
        http.send(method, &format!("{path}?api_key={wrong}"), &[], b"{}")
            .expect_problem(401, "unauthorized");
        http.send(method, path, &[("x-api-key", "")], b"{}")
            .expect_problem(401, "unauthorized");
    }
    for path in ["/health", "/ready"] {
        assert_eq!(http.get(path).status, 200, "{path} needs none");
    }
    let log = format!("{:?}{}", server.facts().lines(), server.said());
    assert!(
        !log.contains(&key) && !log.contains(&wrong),
        "keys are never logged"
    );
}

#[test]
fn paths_and_methods_that_are_not_there_are_problems_too() {
    let server = launch().start();
    let mut http = server.http();
    let problem = http.get("/nothing/here").expect_problem(404, "not_found");
    assert_eq!(problem["message"], "there is nothing at `/nothing/here`");
    for (method, path) in [
        ("DELETE", "/api/events"),
        ("PUT", "/api/events/1"),
        ("GET", "/admin/reload-events"),
        ("POST", "/metrics"),
        ("POST", "/health"),
        ("DELETE", "/ready"),
    ] {
        http.send(method, path, &[], b"")
            .expect_problem(405, "method_not_allowed");
    }
}

#[test]
fn health_readiness_status_and_metrics_are_told() {
    let server = launch().plugin("echo").start();
    let mut http = server.http();
    assert_eq!(http.get("/health").expect(200), json!({"status": "ok"}));
    assert_eq!(http.get("/ready").expect(200), json!({"status": "ready"}));
    for number in 0..3 {
        http.trigger("echo", &json!(number)).expect(200);
    }
    http.trigger("nobody_answers", &json!(1))
        .expect_problem(404, "unknown_event");
    let socket = RawSocket::join(server.address());
    server.facts().wait_for_count("event_ended", 4);
    let status = http.get("/admin/status").expect(200);
    assert_eq!(
        (
            &status["status"],
            &status["pid"],
            &status["events"],
            &status["connections"]
        ),
        (
            &json!("running"),
            &json!(server.pid()),
            &json!(1),
            &json!(1)
        ),
    );
    let metrics = http.get("/metrics");
    assert_eq!(
        metrics.header("content-type"),
        Some("text/plain; version=0.0.4")
    );
    let metrics = metrics.text();
    for line in [
        r#"fs7_events_total{handler="echo",outcome="replied",code="none"} 3"#,
        r#"fs7_events_total{handler="none",outcome="rejected",code="unknown_event"} 1"#,
        "fs7_connections 1",
        "fs7_facts_dropped_total 0",
        r#"fs7_limit{name="message_bytes"} 1000000"#,
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "`{line}` in\n{metrics}"
        );
    }
    drop(socket);
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

/// What a browser is told for a page of this origin: on a plain request, and when it asks before.
#[track_caller]
fn allowed_origin(server: &Server, path: &str, origin: &str) -> Option<String> {
    let mut http = server.http();
    let plain = http.send("GET", path, &[("origin", origin)], b"");
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,x-api-key"),
    ];
    // Without the key, as browsers ask.
    let asked = Http::new(server.address(), None).send("OPTIONS", path, &headers, b"");
    let name = "access-control-allow-origin";
    assert_eq!(
        plain.header(name),
        asked.header(name),
        "{path} for {origin}"
    );
    if plain.header(name).is_some() {
        let headers = asked
            .header("access-control-allow-headers")
            .unwrap_or_default();
        assert!(headers.contains("x-api-key"), "{headers}");
    }
    plain.header(name).map(str::to_owned)
}

/// Pages of these origins may call and connect, pages of those may not.
#[track_caller]
fn check_origins(server: &Server, allowed: &[&'static str], refused: &[&'static str]) {
    let polling = "/socket.io/?EIO=4&transport=polling";
    for origin in allowed {
        for path in ["/api/events", polling] {
            let told = allowed_origin(server, path, origin);
            assert_eq!(told.as_deref(), Some(*origin), "{path}");
        }
        RawSocket::try_open_with(server.address(), &[("origin", origin)]).unwrap();
    }
    for origin in refused {
        for path in ["/api/events", polling] {
            assert_eq!(
                allowed_origin(server, path, origin),
                None,
                "{path} for {origin}"
            );
        }
        let mut http = server.http();
        http.send("GET", polling, &[("origin", origin)], b"")
            .expect_problem(403, "forbidden");
        let error = RawSocket::try_open_with(server.address(), &[("origin", origin)]);
        assert!(error.unwrap_err().contains("403"), "{origin}");
    }
    // Twice by polling, once by WebSocket.
    let facts = server
        .facts()
        .wait_for_count("connection_refused", 3 * refused.len());
    assert!(
        facts.iter().all(|fact| fact["code"] == "origin"),
        "{facts:?}"
    );
}

#[test]
fn pages_of_this_machine_may_call_and_no_others() {
    let server = launch().may_warn("connection_refused").start();
    check_origins(
        &server,
        &[
            "http://localhost:5173",
            "http://127.0.0.1:8080",
            "http://[::1]:3000",
        ],
        &[
            "https://example.com",
            "http://localhost.example.com",
            "null",
        ],
    );
}

#[test]
fn pages_of_the_settings_may_call_and_no_others() {
    let server = launch()
        .settings("[http]\ncors_origins = [\"https://app.example\"]")
        .may_warn("connection_refused")
        .start();
    check_origins(
        &server,
        &["https://app.example"],
        &[
            "http://localhost:5173",
            "https://app.example.evil",
            "http://app.example",
        ],
    );
}
