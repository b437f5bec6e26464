//! Bytes that wait, in and out, whatever a client speaks.

use fs7_tests::raw::RawSocket;
use fs7_tests::server::Server;
use fs7_tests::ws::PlainSocket;
use serde_json::json;

use super::reached;
use crate::launch;

fn held_back(limits: &str) -> Server {
    launch()
        .guest("slow")
        .settings("[limits]\ndeadline_ms = 60000")
        .settings(limits)
        .start()
}

#[test]
fn client_that_is_held_back_for_bytes_is_counted_once_on_every_transport() {
    let server = held_back("inbound_bytes = 1000");
    let padding = "x".repeat(600);
    let mut socket = RawSocket::join(server.address());
    socket.send(r#"420["slow",300]"#);
    for number in 1..=6 {
        socket.send(&format!(r#"42{number}["slow",0,null,"{padding}"]"#));
    }
    for number in 0..=6 {
        assert!(socket.text().starts_with(&format!("43{number}[")));
    }
    assert_eq!(reached(&server, "inbound_bytes", 1), 1);
    let mut plain = PlainSocket::open(server.address(), "");
    plain.send(r#"{"event":"slow","data":300,"id":0}"#);
    for id in 1..=6 {
        let frame = json!({"event": "slow", "args": [0, null, padding], "id": id});
        plain.send(&frame.to_string());
    }
    for id in 0..=6 {
        assert_eq!(plain.json()["id"], id);
    }
    assert_eq!(reached(&server, "inbound_bytes", 2), 2);
    let told = server.facts().named("limit_reached");
    let limits: Vec<_> = told.iter().map(|fact| &fact["limit"]).collect();
    assert_eq!(limits, ["inbound_bytes", "inbound_bytes"]);
}

#[test]
fn lone_event_larger_than_what_may_wait_reaches_who_reads_on_every_transport() {
    let server = launch()
        .guest("rooms")
        .plugin("echo")
        .settings("[limits]\noutbound_bytes = 1000")
        .start();
    let mut socket = RawSocket::join(server.address());
    let mut plain = PlainSocket::open(server.address(), "");
    let payload = "x".repeat(500_000);
    let order = json!({"emit": {"name": "said", "payload": payload}});
    for _ in 0..3 {
        server.http().trigger("rooms", &order).expect(200);
        assert_eq!(socket.text(), format!(r#"42["said","{payload}"]"#));
        assert_eq!(plain.next("said")["data"], payload.as_str());
    }
    // An emit and an acknowledgement at once: the engine has the one, and the other waits alone.
    socket.send(&format!(r#"421["echo","{payload}"]"#));
    assert_eq!(socket.text(), format!(r#"42["echo_ack","{payload}"]"#));
    assert_eq!(socket.text(), format!(r#"431["{payload}"]"#));
    assert!(server.facts().named("slow_client_closed").is_empty());
}
