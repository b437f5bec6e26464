//! What the messaging interface refuses, endpoint by endpoint: strangers, ids that nobody has,
//! bodies that are wrong, names that are kept.

use fs7_tests::http::Http;
use fs7_tests::raw::RawSocket;
use serde_json::{Value, json};

use super::{plain, serving};
use crate::launch;

/// Method and path of every endpoint, for an id.
fn endpoints(id: &str) -> Vec<(&'static str, String)> {
    let one = |rest: &str| format!("/api/connections/{id}{rest}");
    vec![
        ("GET", "/api/connections".to_owned()),
        ("GET", "/api/connections/count".to_owned()),
        ("GET", "/api/connections/memory".to_owned()),
        ("GET", one("")),
        ("DELETE", one("")),
        ("POST", one("/send")),
        ("GET", one("/data")),
        ("GET", one("/data/key")),
        ("PUT", one("/data/key")),
        ("DELETE", one("/data/key")),
        ("POST", one("/rooms/red")),
        ("DELETE", one("/rooms/red")),
        ("GET", "/api/rooms".to_owned()),
        ("GET", "/api/rooms/red".to_owned()),
        ("GET", "/api/rooms/red/history".to_owned()),
        ("POST", "/api/rooms/red/send".to_owned()),
        ("POST", "/api/broadcast".to_owned()),
        ("POST", "/api/tokens".to_owned()),
        ("POST", "/api/tokens/validate".to_owned()),
    ]
}

#[test]
fn strangers_learn_and_change_nothing() {
    let server = serving("");
    let (mut socket, id) = plain(&server);
    for key in [None, Some("wrong")] {
        let mut http = Http::new(server.address(), key);
        for (method, path) in endpoints(&id) {
            let body = br#"{"event":"said"}"#;
            let answer = http.send(method, &path, &[], body);
            assert_eq!(answer.status, 401, "{method} {path}");
            answer.expect_problem(401, "unauthorized");
        }
    }
    let mut http = server.http();
    let said = json!({"event": "said"});
    http.post("/api/broadcast", &said).expect(200);
    assert_eq!(socket.text(), r#"42["said"]"#, "the first that it gets");
}

#[test]
fn ids_that_nobody_has_are_not_found() {
    let server = serving("");
    let mut http = server.http();
    for (method, path) in endpoints("nobody") {
        if !path.contains("nobody") {
            continue;
        }
        let body = br#"{"event":"said"}"#;
        let answer = http.send(method, &path, &[], body);
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
        let problem = answer.expect_problem(404, "not_found");
        assert!(problem["message"].as_str().unwrap().contains("`nobody`"));
    }
    // Neither paths nor methods that the interface lacks.
    http.get("/api/connections/a/b/c")
        .expect_problem(404, "not_found");
    http.get("/api/broadcast")
        .expect_problem(405, "method_not_allowed");
    http.get("/api/connections/%FF")
        .expect_problem(404, "not_found");
}

#[test]
fn wrong_messages_are_refused_with_what_was_expected() {
    let server = serving("[limits]\noutput_bytes = 1000\nmessage_bytes = 5000");
    let mut http = server.http();
    let (mut socket, id) = plain(&server);
    let long = "n".repeat(257);
    let deep = format!(
        r#"{{"event":"e","data":{}{}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    let table = [
        ("", 422, "invalid_payload"),
        ("[]", 422, "invalid_payload"),
        ("{}", 422, "invalid_payload"),
        ("{\"event\":", 422, "invalid_payload"),
        (
            r#"{"event":"e","data":1,"args":[1]}"#,
            422,
            "invalid_payload",
        ),
        (r#"{"event":"e","text":"t"}"#, 422, "invalid_payload"),
        (r#"{"text":"t","data":1}"#, 422, "invalid_payload"),
        (r#"{"event":"e","args":1}"#, 422, "invalid_payload"),
        (r#"{"event":"e","args":{"a":1}}"#, 422, "invalid_payload"),
        (r#"{"event":1}"#, 422, "invalid_payload"),
        (r#"{"event":""}"#, 422, "invalid_payload"),
        (r#"{"event":"e","evnet":1}"#, 422, "invalid_payload"),
        (r#"{"event":"e","volatile":1}"#, 422, "invalid_payload"),
        (r#"{"event":"connect"}"#, 400, "reserved_event"),
        (r#"{"event":"disconnect"}"#, 400, "reserved_event"),
        (
            r#"{"event":"fs7:session","data":{}}"#,
            400,
            "reserved_event",
        ),
        (&*format!(r#"{{"event":"{long}"}}"#), 422, "invalid_payload"),
        (&*deep, 422, "invalid_payload"),
        (
            &*format!(r#"{{"text":"{}"}}"#, "x".repeat(1_000)),
            413,
            "too_large",
        ),
        (
            &*format!(r#"{{"text":"{}"}}"#, "x".repeat(5_000)),
            413,
            "too_large",
        ),
    ];
    let one = format!("/api/connections/{id}/send");
    for path in [&*one, "/api/rooms/red/send", "/api/broadcast"] {
        for (body, status, code) in table {
            let mut http = server.http();
            let answer = http.send("POST", path, &[], body.as_bytes());
            assert_eq!(answer.status, status, "{body}: {}", answer.text());
            answer.expect_problem(status, code);
        }
    }
    let except = json!({"event": "e", "except": ["a"]});
    http.post(&one, &except)
        .expect_problem(422, "invalid_payload");
    let room = format!("/api/rooms/{}/send", "r".repeat(257));
    http.post(&room, &json!({"event": "e"}))
        .expect_problem(422, "invalid_payload");
    http.post("/api/broadcast", &json!({"event": "last"}))
        .expect(200);
    assert_eq!(socket.text(), r#"42["last"]"#, "the first that it gets");
}

#[test]
fn wrong_values_and_tokens_are_refused_with_what_was_expected() {
    let server = serving("");
    let mut http = server.http();
    let (_socket, id) = plain(&server);
    let path = format!("/api/connections/{id}/data/key");
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for body in ["", "{", "nope", "1 2", &*deep] {
        super::put(&mut http, &path, body).expect_problem(422, "invalid_payload");
    }
    http.get(&path).expect_problem(404, "not_found");
    let long = "i".repeat(129);
    let table: [(&str, Value, &str); 9] = [
        ("/api/tokens", json!({}), "expected {\"session\""),
        ("/api/tokens", json!({"session": ""}), "`session`"),
        ("/api/tokens", json!({"session": "a\nb"}), "`session`"),
        ("/api/tokens", json!({"session": long}), "1 to 128 bytes"),
        (
            "/api/tokens",
            json!({"session": "a", "count": 0}),
            "1 to 100",
        ),
        (
            "/api/tokens",
            json!({"session": "a", "count": 101}),
            "1 to 100",
        ),
        ("/api/tokens", json!({"session": "a", "ttl": 1}), "ttl"),
        ("/api/tokens/validate", json!({}), "expected {\"token\""),
        (
            "/api/tokens/validate",
            json!({"token": 1}),
            "expected {\"token\"",
        ),
    ];
    for (path, body, words) in table {
        let problem = http
            .post(path, &body)
            .expect_problem(422, "invalid_payload");
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains(words), "{body}: {message}");
    }
    for path in ["/api/tokens", "/api/tokens/validate"] {
        let body = json!({"session": "a", "namespace": "/nowhere"});
        let validate = json!({"token": "a", "namespace": "/nowhere"});
        let body = if path.ends_with("validate") {
            validate
        } else {
            body
        };
        http.post(path, &body).expect_problem(404, "not_found");
    }
}

#[test]
fn stopping_server_sends_nothing_more() {
    let server = launch()
        .guest("slow")
        .settings("[limits]\ndeadline_ms = 60000")
        .start();
    let mut http = server.http();
    http.get("/ready").expect(200);
    let mut socket = RawSocket::join(server.address());
    socket.send(r#"421["slow",1500,true]"#);
    assert_eq!(socket.text(), r#"42["started",1500]"#);
    server.signal(rustix::process::Signal::TERM);
    server.facts().wait("server_draining", |_| true);
    let said = json!({"event": "said"});
    for path in ["/api/broadcast", "/api/rooms/red/send", "/api/tokens"] {
        http.post(path, &said).expect_problem(503, "busy");
    }
    http.get("/api/connections").expect(200);
    assert_eq!(socket.text(), "431[1500]", "what was under way ends well");
}
