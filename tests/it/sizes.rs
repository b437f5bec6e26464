//! The size of a message: one limit on every transport, at the byte.

use fs7_tests::polling::RawPolling;
use fs7_tests::raw::{Packet, RawSocket};
use fs7_tests::server::Server;
use serde_json::json;

use crate::launch;

/// The default of `limits.message_bytes`.
const MESSAGE_BYTES: usize = 1 << 20;
/// The default of `limits.attachments`.
const ATTACHMENTS: usize = 64;

fn start() -> Server {
    launch().plugin("echo").start()
}

/// A packet that sends text to `echo`, of so many bytes.
fn packet(bytes: usize) -> String {
    let (head, tail) = (r#"421["echo",""#, r#""]"#);
    format!(
        "{head}{}{tail}",
        "x".repeat(bytes - head.len() - tail.len())
    )
}

#[track_caller]
fn expect_echo(socket: &mut RawSocket, packet: &str) {
    let args = &packet[r#"421["echo","#.len()..];
    assert_eq!(socket.text(), format!(r#"42["echo_ack",{args}"#));
    assert_eq!(socket.text(), format!("431[{args}"));
}

#[test]
fn message_beyond_the_limit_ends_a_websocket() {
    let server = start();
    let mut socket = RawSocket::join(server.address());
    let largest = packet(MESSAGE_BYTES);
    socket.send(&largest);
    expect_echo(&mut socket, &largest);
    // The server may close before it has read all of it.
    let _ = socket.try_send(&packet(MESSAGE_BYTES + 1));
    let said = socket.until_closed();
    assert!(
        said.iter()
            .all(|packet| *packet == Packet::Text("1".to_owned())),
        "{said:?}"
    );
    let ended = server.facts().wait_for_count("event_ended", 1);
    assert_eq!(ended.len(), 1, "the larger one never became an event");
    let _another = RawSocket::join(server.address());
}

#[test]
fn message_beyond_the_limit_is_refused_on_polling() {
    let server = start();
    let mut session = RawPolling::join(server.address());
    let largest = packet(MESSAGE_BYTES);
    assert_eq!(session.post(&largest).status, 200);
    let answer = session.receive().concat();
    assert!(answer.contains("echo_ack"), "{} bytes", answer.len());
    let refused = session.post(&packet(MESSAGE_BYTES + 1));
    assert_eq!(refused.status, 413, "{}", refused.text());
    let ended = server.facts().wait_for_count("event_ended", 1);
    assert_eq!(ended.len(), 1, "the larger one never became an event");
}

#[test]
fn body_beyond_the_limit_is_refused_over_http() {
    let server = start();
    let body = |bytes: usize| {
        let (head, tail) = (r#"{"name":"echo","payload":""#, r#""}"#);
        format!(
            "{head}{}{tail}",
            "x".repeat(bytes - head.len() - tail.len())
        )
    };
    let mut http = server.http();
    let largest = http.send("POST", "/api/events", &[], body(MESSAGE_BYTES).as_bytes());
    assert_eq!(largest.status, 200);
    let refused = http.send(
        "POST",
        "/api/events",
        &[],
        body(MESSAGE_BYTES + 1).as_bytes(),
    );
    let problem = refused.expect_problem(413, "too_large");
    assert_eq!(
        problem["message"],
        "the body is larger than 1048576 bytes (limit `message_bytes`)"
    );
}

/// One message is its text and its attachments together.
#[test]
fn attachments_count_towards_the_limit() {
    let server = start();
    let placeholders = |count: usize| {
        let all: Vec<_> = (0..count)
            .map(|num| format!(r#"{{"_placeholder":true,"num":{num}}}"#))
            .collect();
        all.join(",")
    };
    let mut socket = RawSocket::join(server.address());
    socket.send(&format!(r#"452-1["echo",{}]"#, placeholders(2)));
    for _ in 0..2 {
        socket
            .try_send_binary(&vec![7; MESSAGE_BYTES / 2 - 1_000])
            .unwrap();
    }
    for _ in 0..2 {
        assert!(socket.text().contains("_placeholder"));
        for _ in 0..2 {
            let Packet::Binary(bytes) = socket.receive() else {
                panic!("an attachment")
            };
            assert_eq!(bytes.len(), MESSAGE_BYTES / 2 - 1_000);
        }
    }
    socket.send(&format!(r#"453-2["echo",{}]"#, placeholders(3)));
    for _ in 0..3 {
        let _ = socket.try_send_binary(&vec![7; MESSAGE_BYTES / 2 - 1_000]);
    }
    socket.until_closed();
    assert_eq!(server.facts().wait_for_count("event_ended", 1).len(), 1);
}

#[test]
fn more_attachments_than_the_limit_end_the_connection() {
    let server = start();
    let send = |count: usize| {
        let mut socket = RawSocket::join(server.address());
        let all: Vec<_> = (0..count)
            .map(|num| format!(r#"{{"_placeholder":true,"num":{num}}}"#))
            .collect();
        socket.send(&format!(r#"45{count}-1["echo",{}]"#, all.join(",")));
        for _ in 0..count {
            let _ = socket.try_send_binary(b"x");
        }
        socket
    };
    assert!(send(ATTACHMENTS).text().contains("echo_ack"));
    send(ATTACHMENTS + 1).until_closed();
    let closed = server
        .facts()
        .wait("connection_closed", |fact| fact["reason"] == "parse error");
    assert!(closed["received_bytes"].as_u64().unwrap() > 0, "{closed}");
    assert_eq!(server.facts().wait_for_count("event_ended", 1).len(), 1);
    assert_eq!(crate::limits::reached(&server, "attachments", 1), 1);
    let mut polling = RawPolling::join(server.address());
    let packet = format!(r#"45{}-1["echo"]"#, ATTACHMENTS + 1);
    polling.post(&packet);
    assert_eq!(crate::limits::reached(&server, "attachments", 2), 2);
}

#[test]
fn limit_of_the_settings_holds_on_every_transport() {
    let server = launch()
        .plugin("echo")
        .settings("[limits]\nmessage_bytes = 2000")
        .start();
    let mut socket = RawSocket::join(server.address());
    socket.send(&packet(2_000));
    expect_echo(&mut socket, &packet(2_000));
    let _ = socket.try_send(&packet(2_001));
    socket.until_closed();
    let mut session = RawPolling::join(server.address());
    assert_eq!(session.post(&packet(2_001)).status, 413);
    let body = json!({"name": "echo", "payload": "x".repeat(2_000)});
    server
        .http()
        .post("/api/events", &body)
        .expect_problem(413, "too_large");
}

#[test]
fn handler_that_needs_more_memory_than_a_guest_may_have_names_the_limit() {
    let server = launch()
        .plugin("echo")
        .settings("[limits]\nguest_memory_bytes = 65536")
        .may_warn("handler_load_failed")
        .start();
    let failed = server.facts().wait("handler_load_failed", |_| true);
    let words = failed.to_string();
    assert!(words.contains("limit `guest_memory_bytes`"), "{words}");
    assert!(words.contains("65536 bytes at most"), "{words}");
}
