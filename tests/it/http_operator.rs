//! The HTTP interface for operators: the key, health, status and metrics, and what is not there.

use fs7_tests::http::Http;
use fs7_tests::raw::RawSocket;
use serde_json::json;

use crate::launch;

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
        r#"fs7_limit{name="message_bytes"} 1048576"#,
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "`{line}` in\n{metrics}"
        );
    }
    drop(socket);
}
