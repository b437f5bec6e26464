//! What sessions may take: what goes for it is counted.

use fs7_tests::server::Server;
use fs7_tests::session::SessionClient;
use serde_json::json;

use super::reached;
use crate::launch;

fn start(limits: &str) -> Server {
    launch()
        .guest("rooms")
        .settings("[sessions]\nretention_ms = 2000\n[limits]")
        .settings(limits)
        .start()
}

/// Tells everyone something of so many bytes.
#[track_caller]
fn say(server: &Server, bytes: usize) {
    let order = json!({"emit": {"name": "said", "payload": "x".repeat(bytes)}});
    server.http().trigger("rooms", &order).expect(200);
}

/// A session whose client has gone.
fn away(server: &Server) -> SessionClient {
    let client = SessionClient::begin(server.address());
    client.cut();
    server
        .facts()
        .wait("session_absent", |fact| fact["session"] == client.id());
    client
}

#[test]
fn client_that_misses_more_than_its_session_keeps_is_counted_once() {
    let server = start("session_bytes = 10000");
    let client = away(&server);
    for _ in 0..5 {
        say(&server, 4_000);
    }
    let told = server.facts().wait("limit_reached", |_| true);
    assert_eq!(
        (&told["limit"], &told["connection"]),
        (&json!("session_bytes"), &json!(client.id()))
    );
    assert_eq!(reached(&server, "session_bytes", 1), 1);
    let back = client.resume(server.address());
    assert_eq!(back.opening()["gap"], json!({"from": 1, "to": 3}));
    // Who is there misses nothing, however much was sent.
    for _ in 0..5 {
        say(&server, 4_000);
    }
    assert_eq!(reached(&server, "session_bytes", 1), 1);
}

#[test]
fn sessions_that_keep_too_much_together_are_counted() {
    let server = start("sessions_bytes = 10000");
    let client = away(&server);
    for _ in 0..4 {
        say(&server, 4_000);
    }
    let told = server.facts().wait("emits_forgotten", |_| true);
    assert!(told["bytes"].as_u64().unwrap() > 10_000, "{told}");
    assert!(reached(&server, "sessions_bytes", 1) >= 1);
    let back = client.resume(server.address());
    assert_eq!(back.opening()["recovered"], false, "{}", back.opening());
}

#[test]
fn tokens_that_cannot_be_remembered_are_counted() {
    let server = start("used_tokens = 1");
    let client = SessionClient::begin(server.address());
    let back = client.resume(server.address());
    let refusal = client
        .try_resume(server.address(), &client.token(1))
        .unwrap_err();
    assert!(refusal.starts_with("busy: "), "{refusal}");
    assert!(refusal.contains("limit `used_tokens`"), "{refusal}");
    assert_eq!(reached(&server, "used_tokens", 1), 1);
    drop(back);
}
