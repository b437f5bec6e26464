//! Memory of connections: who takes too much is closed, and who goes when all together do.

use fs7_tests::raw::{Packet, RawSocket};
use fs7_tests::server::Server;
use fs7_tests::session::SessionClient;
use fs7_tests::wait;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

use super::{expect_limit, reached};
use crate::launch;

/// Room for two idle connections of 26 KiB, and not for three.
const ROOM_FOR_TWO: &str = "[limits]\nconnections_memory_bytes = 65536";

fn start(limits: &str, sockets: &str) -> Server {
    launch()
        .guest("rooms")
        .guest("sequence_a")
        .settings(limits)
        .settings("write_stall_ms = 3600000\noutbound_bytes = 1000000000")
        .settings(&format!("[sockets]\nmemory_check_ms = 10\n{sockets}"))
        .may_warn("connection_evicted")
        .may_warn("connection_refused")
        .start()
}

/// Tells everyone something of so many bytes.
#[track_caller]
fn say(server: &Server, bytes: usize) {
    let order = json!({"emit": {"name": "said", "payload": "x".repeat(bytes)}});
    server.http().trigger("rooms", &order).expect(200);
}

#[track_caller]
fn call(socket: &mut RawSocket) {
    socket.send(r#"421["sequence",7]"#);
    assert_eq!(socket.text(), r#"431[7,"a"]"#);
}

/// A little later on the server's clock, which counts milliseconds.
fn let_the_clock_move() {
    let started = Instant::now();
    wait::until_true("a later millisecond", || {
        started.elapsed() > Duration::from_millis(5)
    });
}

#[test]
fn connection_that_takes_too_much_memory_is_closed_alone() {
    const BYTES: usize = 100_000;
    let server = start("[limits]\nconnection_memory_bytes = 1000000", "");
    let silent = RawSocket::join(server.address());
    let mut reader = RawSocket::join(server.address());
    let mut said = 0;
    wait::until_true("the end of who does not read", || {
        say(&server, BYTES);
        said += 1;
        assert!(reader.text().len() > BYTES, "number {said}");
        !server.facts().named("connection_evicted").is_empty()
    });
    let evicted = server.facts().named("connection_evicted").remove(0);
    assert_eq!(evicted["code"], "connection_memory", "{evicted}");
    assert!(evicted["bytes"].as_u64().unwrap() > 1_000_000, "{evicted}");
    let closed = server.facts().wait("connection_closed", |fact| {
        fact["connection"] == evicted["connection"]
    });
    assert_eq!(closed["reason"], "connection_memory", "{closed}");
    assert_eq!(reached(&server, "connection_memory_bytes", 1), 1);
    call(&mut reader);
    drop(silent);
}

#[test]
fn client_that_reads_is_told_why_it_must_go() {
    let server = start("[limits]\nconnection_memory_bytes = 100000", "");
    // What a session keeps for its client is accounted to its connection.
    let mut kept = SessionClient::begin(server.address());
    let mut plain = RawSocket::join(server.address());
    for _ in 0..10 {
        say(&server, 20_000);
        assert!(plain.text().starts_with(r#"42["said""#));
    }
    let (reason, args) = wait::until("the last words", || {
        let (name, args) = kept.packet();
        if name == "said" {
            Err(name)
        } else {
            Ok((name, args))
        }
    });
    assert_eq!(reason, "fs7:closing");
    assert_eq!(args, json!([{"reason": "connection_memory"}]));
    call(&mut plain);
}

/// Of two idle connections the one that the policy names goes when a third comes.
#[track_caller]
fn check_policy(policy: &str, is_first_to_go: bool) {
    let server = start(ROOM_FOR_TWO, policy);
    let mut first = RawSocket::join(server.address());
    let_the_clock_move();
    let second = RawSocket::join(server.address());
    let_the_clock_move();
    // The first came first, and the second is silent for longest.
    call(&mut first);
    let_the_clock_move();
    let mut third = RawSocket::join(server.address());
    let (mut goes, mut stays) = if is_first_to_go {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!(
        goes.text(),
        r#"42["fs7:closing",{"reason":"evicted"}]"#,
        "{policy}"
    );
    assert_eq!(goes.text(), "41");
    assert!(matches!(
        goes.until_closed().as_slice(),
        [] | [Packet::Text(_)]
    ));
    call(&mut stays);
    call(&mut third);
    let evicted = server.facts().named("connection_evicted");
    assert_eq!(evicted.len(), 1, "{evicted:?}");
    assert_eq!(evicted[0]["code"], "evicted", "{evicted:?}");
    let closed = server.facts().wait("connection_closed", |_| true);
    assert_eq!(closed["reason"], "evicted", "{closed}");
    assert_eq!(closed["connection"], evicted[0]["connection"]);
    assert_eq!(reached(&server, "connections_memory_bytes", 1), 1);
}

#[test]
fn of_too_many_the_one_goes_that_is_silent_for_longest() {
    check_policy("", false);
    check_policy("eviction = \"lru\"", false);
}

#[test]
fn of_too_many_the_one_goes_that_came_first() {
    check_policy("eviction = \"fifo\"", true);
    check_policy("eviction = \"oldest\"", true);
}

#[test]
fn nobody_goes_and_newcomers_are_refused_where_it_is_said_so() {
    let server = start(ROOM_FOR_TWO, "eviction = \"none\"");
    let mut all: Vec<_> = (0..3).map(|_| RawSocket::join(server.address())).collect();
    let handshake = || {
        fs7_tests::http::Http::new(server.address(), None)
            .get("/socket.io/?EIO=4&transport=polling")
    };
    let refused = wait::until("a refusal", || {
        let answer = handshake();
        if answer.status == 503 {
            Ok(answer)
        } else {
            Err(answer.status)
        }
    });
    let problem = refused.expect_problem(503, "busy");
    expect_limit(&problem, "connections_memory_bytes");
    assert!(reached(&server, "connections_memory_bytes", 1) >= 1);
    for socket in &mut all {
        call(socket);
    }
    all.truncate(1);
    wait::until("a place", || {
        RawSocket::try_open(server.address()).map(drop)
    });
    assert!(server.facts().named("connection_evicted").is_empty());
}

/// Its client cannot be told while it does not read; what is kept for it is freed all the same.
#[test]
fn evicted_session_ends_though_its_client_does_not_read() {
    const BYTES: usize = 100_000;
    let server = start("[limits]\nconnection_memory_bytes = 6000000", "");
    let silent = SessionClient::begin(server.address());
    wait::until_true("the end of who does not read", || {
        say(&server, BYTES);
        !server.facts().named("connection_evicted").is_empty()
    });
    let session = json!(silent.id());
    let closed = server.facts().wait("session_ended", |_| true);
    assert_eq!(closed["session"], session, "{closed}");
    let again = silent.resume(server.address());
    assert_eq!(again.opening()["resumed"], false, "{}", again.opening());
}

#[test]
fn sessions_without_a_client_go_before_anybody_who_is_there() {
    let server = start(ROOM_FOR_TWO, "");
    let away = SessionClient::begin(server.address());
    let id = away.id().to_owned();
    away.cut();
    server.facts().wait("session_absent", |_| true);
    let mut here = RawSocket::join(server.address());
    // What the session keeps for its client is more than there is room for.
    for _ in 0..3 {
        say(&server, 20_000);
        assert!(here.text().starts_with(r#"42["said""#));
    }
    let evicted = server.facts().wait("connection_evicted", |_| true);
    assert_eq!(evicted["connection"], json!(id), "{evicted}");
    assert_eq!(evicted["code"], "evicted", "{evicted}");
    server
        .facts()
        .wait("session_ended", |fact: &Value| fact["session"] == json!(id));
    call(&mut here);
    let again = away.resume(server.address());
    assert_eq!(again.opening()["resumed"], false, "{}", again.opening());
    assert_eq!(again.opening()["recovered"], false);
}
