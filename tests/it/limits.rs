//! Limits under load: connections, calls, deadlines, and that nobody waits for another's guest.

mod admittance;
mod memory;
mod rates;
mod sessions;
mod waiting;

use fs7_tests::http::Http;
use fs7_tests::polling::RawPolling;
use fs7_tests::raw::{Packet, RawSocket};
use fs7_tests::server::Server;
use fs7_tests::wait;
use serde_json::{Value, json};

use crate::launch;

/// The refusal names its limit, for programs and for people.
#[track_caller]
fn expect_limit(body: &Value, name: &str) {
    assert_eq!(body["limit"], name, "{body}");
    let words = body["message"].as_str().unwrap();
    assert!(words.contains(&format!("limit `{name}`")), "{body}");
}

/// How often a limit was reached, as the metrics have it: at least so often.
#[track_caller]
pub(crate) fn reached(server: &Server, name: &str, at_least: u64) -> u64 {
    let start = format!("fs7_limit_reached_total{{name=\"{name}\"}} ");
    wait::until(&format!("{at_least} in `{start}`"), || {
        let text = server.http().get("/metrics").text();
        let limit = format!("fs7_limit{{name=\"{name}\"}} ");
        assert!(text.contains(&limit), "`{limit}` in {text}");
        let line = text.lines().find_map(|line| line.strip_prefix(&start));
        let count = line.and_then(|count| count.parse().ok()).unwrap_or(0);
        if count >= at_least {
            Ok(count)
        } else {
            Err(count)
        }
    })
}

#[test]
fn rooms_beyond_the_limit_are_not_joined_and_the_member_hears_of_it() {
    let server = launch()
        .guest("rooms")
        .settings("[limits]\nrooms = 2")
        .start();
    let mut socket = RawSocket::join(server.address());
    let mut order = |number: usize, order: Value| {
        socket.send(&format!("42{number}{}", json!(["rooms", order])));
        let mut before = Vec::new();
        loop {
            let packet = socket.text();
            if packet.starts_with(&format!("43{number}[\"c")) {
                return before;
            }
            before.push(packet);
        }
    };
    for (number, room) in ["red", "blue", "red"].iter().enumerate() {
        assert!(order(number, json!({"join": room})).is_empty(), "{room}");
    }
    let told = order(3, json!({"join": "green"}));
    let [told] = told.as_slice() else {
        panic!("one refusal: {told:?}")
    };
    let told: Value = serde_json::from_str(told.strip_prefix("42").unwrap()).unwrap();
    assert_eq!(told[0], "error_event");
    assert_eq!(told[1]["code"], "busy");
    expect_limit(&told[1], "rooms");
    let fact = server.facts().wait("limit_reached", |_| true);
    assert_eq!(fact["limit"], "rooms", "{fact}");
    assert_eq!(reached(&server, "rooms", 1), 1);

    let emit = |room: &str| json!({"emit": {"name": "said", "room": room}});
    assert!(order(4, emit("green")).is_empty(), "it is not in the room");
    assert_eq!(order(5, emit("red")), [r#"42["said"]"#]);
    // A room that is left makes room for another.
    order(6, json!({"leave": "red"}));
    assert!(order(7, json!({"join": "green"})).is_empty());
    assert_eq!(order(8, emit("green")), [r#"42["said"]"#]);
}

#[test]
fn connections_beyond_the_limit_are_refused_until_one_ends() {
    let server = launch()
        .plugin("echo")
        .settings("[limits]\nconnections = 2")
        .may_warn("connection_refused")
        .start();
    let first = RawSocket::join(server.address());
    let _second = RawPolling::join(server.address());
    let refused = RawSocket::try_open(server.address()).unwrap_err();
    assert!(refused.contains("503"), "{refused}");
    let mut anonymous = Http::new(server.address(), None);
    let problem = anonymous
        .get("/socket.io/?EIO=4&transport=polling")
        .expect_problem(503, "busy");
    expect_limit(&problem, "connections");
    let fact = server
        .facts()
        .wait_for_count("connection_refused", 2)
        .remove(0);
    assert_eq!(fact["code"], "connections", "{fact}");
    // Operators get in all the same.
    let status = server.http().get("/admin/status").expect(200);
    assert_eq!(status["connections"], 2, "{status}");

    drop(first);
    wait::until("a place that became free", || {
        RawSocket::try_open(server.address()).map(drop)
    });
}

#[test]
fn calls_beyond_the_limit_are_busy() {
    let server = launch()
        .guest("slow")
        .plugin("echo")
        .settings("[limits]\ncalls = 1\ncall_wait_ms = 10\ndeadline_ms = 60000")
        .start();
    let mut socket = RawSocket::join(server.address());
    socket.send(r#"421["slow",1000,true]"#);
    assert_eq!(socket.text(), r#"42["started",1000]"#);
    let problem = server
        .http()
        .trigger("echo", &json!(1))
        .expect_problem(503, "busy");
    expect_limit(&problem, "calls");
    assert_eq!(socket.text(), "431[1000]");
    server.http().trigger("echo", &json!(1)).expect(200);
}

#[test]
fn handler_has_a_deadline_of_its_own() {
    let server = launch()
        .guest("slow")
        .guest_as("hostile_spin", "hostile_spin.wasm")
        .settings("[limits]\ndeadline_ms = 50\n[handlers.slow]\ndeadline_ms = 60000")
        .may_warn("event_ended")
        .start();
    server.http().trigger("slow", &json!(100)).expect(200);
    server
        .http()
        .trigger("hostile_spin", &json!(null))
        .expect_problem(504, "deadline_exceeded");
    let ended = server
        .facts()
        .wait("event_ended", |fact| fact["handler"] == "hostile_spin");
    assert_eq!(
        ended["detail"],
        "deadline: no answer within 50 ms (limit `deadline_ms`)"
    );
}

#[test]
fn busy_guests_keep_nobody_waiting() {
    let server = launch()
        .guest("hostile_spin")
        .plugin("echo")
        .settings("[handlers.hostile_spin]\ndeadline_ms = 3000")
        .may_warn("event_ended")
        .start();
    // More of them than there are threads to run guests.
    let mut busy: Vec<_> = (0..8).map(|_| RawSocket::join(server.address())).collect();
    for socket in &mut busy {
        socket.send(r#"421["hostile_spin"]"#);
    }
    let mut other = RawSocket::join(server.address());
    for number in 0..20 {
        other.send(&format!(r#"42{number}["echo"]"#));
        assert_eq!(other.text(), r#"42["echo_ack"]"#);
        assert_eq!(other.text(), format!("43{number}[]"));
    }
    let ended = server.facts().named("event_ended");
    assert!(
        ended.iter().all(|fact| fact["event"] == "echo"),
        "{ended:?}"
    );
    for socket in &mut busy {
        assert!(socket.text().contains("deadline_exceeded"));
    }
}

#[test]
fn events_of_one_connection_are_answered_in_order() {
    let server = launch().guest("slow").guest("sequence_a").start();
    let mut socket = RawSocket::join(server.address());
    for round in 0..20 {
        socket.send(&format!(r#"42{}["slow",{}]"#, round * 2, 20 - round));
        socket.send(&format!(r#"42{}["sequence",{round}]"#, round * 2 + 1));
    }
    for round in 0..20 {
        assert_eq!(socket.text(), format!("43{}[{}]", round * 2, 20 - round));
        assert_eq!(
            socket.text(),
            format!(r#"43{}[{round},"a"]"#, round * 2 + 1)
        );
    }
}

/// More events than a connection's queue holds, on the transport that cannot be held back while
/// its requests come in.
#[test]
fn events_of_one_polling_request_are_answered_in_order() {
    const EVENTS: usize = 5_000;
    let server = launch()
        .guest("sequence_a")
        .variable("LOG_LEVEL", "INFO")
        .start();
    let mut session = RawPolling::join(server.address());
    let packets: Vec<_> = (0..EVENTS)
        .map(|number| format!(r#"42{number}["sequence",{number}]"#))
        .collect();
    let mut posting = session.split(server.address());
    let post = std::thread::spawn(move || posting.post(&packets.join("\u{1e}")).status);
    let mut answers = Vec::new();
    while answers.len() < EVENTS {
        answers.extend(session.receive());
    }
    let expected: Vec<_> = (0..EVENTS)
        .map(|number| format!(r#"43{number}[{number},"a"]"#))
        .collect();
    assert!(answers == expected, "{:?} …", &answers[..5]);
    assert_eq!(post.join().unwrap(), 200);
}

#[test]
fn packets_that_are_no_events_end_their_connection_alone() {
    let server = launch().plugin("echo").start();
    let mut bystander = RawSocket::join(server.address());
    for packet in [
        "garbage",
        "4",
        "42",
        "42{}",
        r#"42[1]"#,
        r#"42["echo""#,
        "47",
        "45-[]",
        r#"421["echo",{"a":}]"#,
    ] {
        let mut socket = RawSocket::join(server.address());
        socket.send(packet);
        // Refused in words or closed: whatever it is, it never hangs.
        let said = match socket.receive() {
            Packet::Closed(words) => words,
            other => format!("{other:?}"),
        };
        assert!(!said.contains("echo_ack"), "{packet}: {said}");
    }
    bystander.send(r#"421["echo"]"#);
    assert_eq!(bystander.text(), r#"42["echo_ack"]"#);
}

#[test]
fn message_that_is_too_large_is_told_by_its_code_on_every_transport() {
    let server = launch()
        .plugin("echo")
        .settings("[limits]\nmessage_bytes = 2000")
        .start();
    let mut bystander = RawSocket::join(server.address());
    let packet = format!(r#"421["echo","{}"]"#, "x".repeat(2_000));

    let mut polling = RawPolling::join(server.address());
    let problem = polling.post(&packet).expect_problem(413, "too_large");
    expect_limit(&problem, "message_bytes");
    assert_eq!(reached(&server, "message_bytes", 1), 1);

    let mut socket = RawSocket::join(server.address());
    socket.send(&packet);
    let closed = loop {
        if let Packet::Closed(words) = socket.receive() {
            break words;
        }
    };
    assert!(closed.contains("1009"), "{closed}");
    let fact = server.facts().wait("connection_closed", |fact| {
        fact["reason"] == "message_bytes"
    });
    let told = server.facts().wait("limit_reached", |told| {
        told["connection"] == fact["connection"]
    });
    assert_eq!(told["limit"], "message_bytes", "{told}");
    assert_eq!(reached(&server, "message_bytes", 2), 2);
    bystander.send(r#"421["echo"]"#);
    assert_eq!(bystander.text(), r#"42["echo_ack"]"#);
}
