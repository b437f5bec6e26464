//! Sessions over plain WebSockets: what was missed comes once, with its numbers.

use std::time::UNIX_EPOCH;

use fs7_tests::server::Server;
use fs7_tests::session::SessionClient;
use fs7_tests::wait;
use fs7_tests::ws::PlainSocket;
use serde_json::{Value, json};

use crate::launch;

use super::{join, say};

fn token(opening: &Value, index: usize) -> &str {
    opening["tokens"][index].as_str().unwrap()
}

/// Waits until the server knows that a client has gone.
fn absent(server: &Server, opening: &Value) {
    server
        .facts()
        .wait("session_absent", |fact| fact["session"] == opening["id"]);
}

#[track_caller]
fn check_said(socket: &mut PlainSocket, number: u64, seq: u64) {
    let frame = socket.next("said");
    assert_eq!(frame, json!({"event": "said", "data": number, "seq": seq}));
}

/// Comes back, and must be let in.
#[track_caller]
fn resume(server: &Server, opening: &Value, received: u64) -> (PlainSocket, Value) {
    let (socket, event, data) = PlainSocket::resume(server.address(), token(opening, 0), received);
    assert_eq!(event, "fs7:session", "{data}");
    (socket, data)
}

#[track_caller]
fn check_refused(server: &Server, token: &str, code: &str) {
    let (mut socket, event, data) = PlainSocket::resume(server.address(), token, 0);
    assert_eq!(
        (event.as_str(), &data["code"]),
        ("fs7:refused", &json!(code))
    );
    assert!(data["message"].is_string(), "{data}");
    let (texts, close_code, reason) = socket.until_closed();
    assert_eq!(
        (close_code, reason.as_str()),
        (Some(4401), code),
        "{texts:?}"
    );
    assert!(texts.is_empty(), "{texts:?}");
}

#[test]
fn what_was_missed_comes_once_and_in_order_with_its_numbers() {
    let server = launch().guest("rooms").start();
    let mut speaker = PlainSocket::open(server.address(), "");
    let (mut client, opening) = PlainSocket::begin(server.address());
    assert_eq!(
        (&opening["resumed"], &opening["sent"], &opening["gap"]),
        (&json!(false), &json!(0), &Value::Null),
        "{opening}"
    );
    assert_eq!(join(&mut client, "lobby"), opening["id"]);
    say(&mut speaker, "lobby", 1);
    check_said(&mut client, 1, 1);
    client.cut();
    absent(&server, &opening);
    for number in 2..=4 {
        say(&mut speaker, "lobby", number);
    }
    let (mut back, opening) = resume(&server, &opening, 1);
    assert_eq!(
        (&opening["resumed"], &opening["recovered"], &opening["sent"]),
        (&json!(true), &json!(true), &json!(1)),
        "{opening}"
    );
    for number in 2..=4 {
        check_said(&mut back, number, number);
    }
    say(&mut speaker, "lobby", 5);
    check_said(&mut back, 5, 5);
    // A failure without an id is an event like any other, and has a number.
    back.send(r#"{"event":"nobody_answers"}"#);
    assert_eq!(back.next("error_event")["seq"], 6);
}

#[test]
fn what_is_lost_is_told() {
    let server = launch()
        .guest("rooms")
        .settings("[sessions]\nretained_messages = 3")
        .start();
    let mut speaker = PlainSocket::open(server.address(), "");
    let (mut client, opening) = PlainSocket::begin(server.address());
    join(&mut client, "lobby");
    client.cut();
    absent(&server, &opening);
    for number in 1..=5 {
        say(&mut speaker, "lobby", number);
    }
    let (mut back, opening) = resume(&server, &opening, 0);
    assert_eq!(
        (&opening["recovered"], &opening["sent"], &opening["gap"]),
        (&json!(false), &json!(2), &json!({"from": 1, "to": 2})),
        "{opening}"
    );
    for number in 3..=5 {
        check_said(&mut back, number, number);
    }
}

#[test]
fn tokens_are_good_once_and_only_as_they_were_made() {
    let server = launch().guest("rooms").guest("hooks").start();
    let (client, opening) = PlainSocket::begin(server.address());
    let tampered = token(&opening, 0).replacen(|_| true, "-", 1);
    for nonsense in [tampered.as_str(), "", "x.y", &"a".repeat(4_000)] {
        check_refused(&server, nonsense, "token_invalid");
    }
    client.cut();
    absent(&server, &opening);
    let (_back, _) = resume(&server, &opening, 0);
    check_refused(&server, token(&opening, 0), "token_used");
    // Of another namespace it is none.
    let query = format!("?namespace=/hooks&token={}", token(&opening, 1));
    let mut stranger = PlainSocket::open(server.address(), &query);
    assert_eq!(
        stranger.next("fs7:refused")["data"]["code"],
        "token_invalid"
    );
    let told = server.facts().wait("token_refused", |_| true);
    assert_eq!(told["code"], "token_invalid");
    let closed = server
        .facts()
        .wait("connection_closed", |fact| fact["reason"] == "token_used");
    assert!(closed["connection"].is_string(), "{closed}");
}

#[test]
fn expired_token_is_refused() {
    let server = launch()
        .guest("rooms")
        .settings("[sessions]\ntoken_ttl_ms = 1")
        .start();
    let (_client, opening) = PlainSocket::begin(server.address());
    let expires_at_ms = u128::from(opening["expires_at_ms"].as_u64().unwrap());
    wait::until_true("the end of the token's time", || {
        UNIX_EPOCH.elapsed().unwrap().as_millis() > expires_at_ms
    });
    check_refused(&server, token(&opening, 0), "token_expired");
}

#[test]
fn who_comes_back_replaces_who_was_there() {
    let server = launch().guest("rooms").start();
    let mut speaker = PlainSocket::open(server.address(), "");
    let (mut client, opening) = PlainSocket::begin(server.address());
    join(&mut client, "lobby");
    let (mut back, _) = resume(&server, &opening, 0);
    let closing = client.next("fs7:closing");
    assert_eq!(closing["data"], json!({"reason": "replaced"}));
    let (_, code, reason) = client.until_closed();
    assert_eq!((code, reason.as_str()), (Some(4001), "replaced"));
    say(&mut speaker, "lobby", 1);
    check_said(&mut back, 1, 1);
}

#[test]
fn session_does_not_ask_what_its_client_speaks() {
    let server = launch().guest("rooms").start();
    let mut speaker = PlainSocket::open(server.address(), "");
    let mut client = SessionClient::begin(server.address());
    client.call("rooms", &json!({"join": "lobby"}));
    client.cut();
    absent(&server, client.opening());
    say(&mut speaker, "lobby", 1);
    let (mut back, opening) = resume(&server, client.opening(), client.received());
    assert_eq!(opening["recovered"], true, "{opening}");
    check_said(&mut back, 1, 1);
    back.cut();
    server.facts().wait_for_count("session_absent", 2);
    say(&mut speaker, "lobby", 2);
    let mut again = client
        .try_resume(server.address(), token(&opening, 0))
        .unwrap();
    assert_eq!(again.opening()["recovered"], true);
    // This client has never counted the first one.
    assert_eq!(again.next("said")[0], 1);
    assert_eq!(again.next("said")[0], 2);
}

#[test]
fn session_ends_where_its_client_wants_it_to_and_waits_otherwise() {
    let server = launch().guest("rooms").start();
    for code in [None, Some(1000)] {
        let (mut client, opening) = PlainSocket::begin(server.address());
        client.close(code);
        let ended = server
            .facts()
            .wait("session_ended", |fact| fact["session"] == opening["id"]);
        assert_eq!(ended["reason"], "ended", "{ended}");
        let (_back, opening) = resume(&server, &opening, 0);
        assert_eq!(opening["resumed"], false, "{opening}");
    }
    let (mut client, opening) = PlainSocket::begin(server.address());
    client.close(Some(1001));
    absent(&server, &opening);
    let (_back, opening) = resume(&server, &opening, 0);
    assert_eq!(opening["resumed"], true, "{opening}");
}
