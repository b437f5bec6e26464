//! Sessions: what a cut, a restart and a kill leave whole, and what they say is lost.

mod attacks;
mod cuts;
mod life;
mod partings;

use fs7_tests::server::Server;
use fs7_tests::session::SessionClient;
use serde_json::{Value, json};

use crate::launch;

/// Emits a numbered message to a room.
fn say(speaker: &mut SessionClient, room: &str, number: u64) {
    let order = json!({"emit": {"room": room, "name": "said", "payload": number}});
    let reply = speaker.call("rooms", &order);
    assert!(reply[0].is_string(), "{reply}");
}

fn join(client: &mut SessionClient, room: &str) {
    let reply = client.call("rooms", &json!({"join": room}));
    assert_eq!(reply[0], client.id(), "handlers know the session's id");
}

/// The arguments of the next messages of a room.
#[track_caller]
fn said(client: &mut SessionClient, count: usize) -> Vec<Value> {
    (0..count).map(|_| client.next("said")[0].clone()).collect()
}

/// Waits until the server knows that a client has gone.
fn absent(server: &Server, client: &SessionClient) {
    server
        .facts()
        .wait("session_absent", |fact| fact["session"] == client.id());
}

#[test]
fn what_was_missed_comes_once_and_in_order() {
    let server = launch().guest("rooms").start();
    let mut speaker = SessionClient::begin(server.address());
    let mut client = SessionClient::begin(server.address());
    let opening = client.opening();
    assert_eq!(opening["resumed"], false, "{opening}");
    assert_eq!(opening["recovered"], false, "{opening}");
    assert_eq!(opening["gap"], Value::Null, "{opening}");
    join(&mut client, "lobby");
    say(&mut speaker, "lobby", 1);
    assert_eq!(said(&mut client, 1), [1]);
    client.cut();
    absent(&server, &client);
    for number in 2..=4 {
        say(&mut speaker, "lobby", number);
    }
    let mut back = client.resume(server.address());
    let opening = back.opening();
    assert_eq!(opening["id"], client.id(), "{opening}");
    assert_eq!(opening["resumed"], true, "{opening}");
    assert_eq!(opening["recovered"], true, "{opening}");
    assert_eq!(said(&mut back, 3), [2, 3, 4]);
    say(&mut speaker, "lobby", 5);
    assert_eq!(said(&mut back, 1), [5], "it is still in the room");
    let resumed = server.facts().wait("session_resumed", |_| true);
    assert_eq!(
        (&resumed["recovered"], &resumed["replayed"]),
        (&json!(true), &json!(3))
    );
}

#[test]
fn what_was_on_its_way_when_the_connection_was_cut_comes_again() {
    let server = launch().guest("rooms").start();
    let mut speaker = SessionClient::begin(server.address());
    let mut client = SessionClient::begin(server.address());
    join(&mut client, "lobby");
    // Written by the server, and never read.
    for number in 1..=3 {
        say(&mut speaker, "lobby", number);
    }
    client.cut();
    // The server need not have noticed.
    let mut back = client.resume(server.address());
    assert_eq!(back.opening()["recovered"], true);
    assert_eq!(said(&mut back, 3), [1, 2, 3]);
}

#[test]
fn gap_says_what_is_lost() {
    let server = launch()
        .guest("rooms")
        .settings("[sessions]\nretained_messages = 3")
        .start();
    let mut speaker = SessionClient::begin(server.address());
    let mut client = SessionClient::begin(server.address());
    join(&mut client, "lobby");
    client.cut();
    absent(&server, &client);
    for number in 1..=5 {
        say(&mut speaker, "lobby", number);
    }
    let mut back = client.resume(server.address());
    let opening = back.opening();
    assert_eq!(opening["resumed"], true, "{opening}");
    assert_eq!(opening["recovered"], false, "{opening}");
    assert_eq!(opening["gap"], json!({"from": 1, "to": 2}), "{opening}");
    assert_eq!(said(&mut back, 3), [3, 4, 5], "the rest follows");
    assert_eq!(back.received(), 5);
}

#[test]
fn session_outlives_a_kill_and_a_restart() {
    let server = launch().guest("rooms").start();
    let mut speaker = SessionClient::begin(server.address());
    let mut client = SessionClient::begin(server.address());
    join(&mut client, "lobby");
    say(&mut speaker, "lobby", 1);
    assert_eq!(said(&mut client, 1), [1]);
    client.cut();
    absent(&server, &client);
    say(&mut speaker, "lobby", 2);
    let used = client.token(0);
    let waiting = client.resume(server.address());
    waiting.cut();
    // Killed, not stopped: what was said is in the journal.
    server.signal(rustix::process::Signal::KILL);
    let server = server.restart();
    let refusal = client.try_resume(server.address(), &used).unwrap_err();
    assert!(refusal.starts_with("token_used: "), "{refusal}");
    let mut back = client
        .try_resume(server.address(), &waiting.token(0))
        .unwrap();
    let opening = back.opening();
    assert_eq!(opening["id"], client.id(), "{opening}");
    assert_eq!(opening["recovered"], true, "{opening}");
    assert_eq!(said(&mut back, 1), [2]);
    let mut speaker = speaker.resume(server.address());
    say(&mut speaker, "lobby", 3);
    assert_eq!(said(&mut back, 1), [3], "it is still in the room");
}

#[test]
fn another_node_with_the_same_secret_knows_who_comes() {
    let secret = "[sessions]\nsecret = \"0123456789abcdef0123456789abcdef\"";
    let one = launch().guest("rooms").settings(secret).start();
    let other = launch().guest("rooms").settings(secret).start();
    let client = SessionClient::begin(one.address());
    let there = client.resume(other.address());
    let opening = there.opening();
    assert_eq!(opening["id"], client.id(), "{opening}");
    assert_eq!(opening["resumed"], false, "{opening}");
    assert_eq!(opening["recovered"], false, "{opening}");
    assert_eq!(opening["gap"], json!({"from": 1, "to": null}), "{opening}");
}

#[test]
fn failures_without_acknowledgement_are_counted_too() {
    let server = launch().guest("rooms").start();
    let mut client = SessionClient::begin(server.address());
    client.emit("nobody_answers", &json!(1));
    client.next("error_event");
    client.cut();
    absent(&server, &client);
    let back = client.resume(server.address());
    assert_eq!(back.opening()["recovered"], true);
    assert_eq!(back.opening()["sent"], 1);
}

#[test]
fn names_of_the_host_are_refused() {
    let server = launch().guest("rooms").may_warn("guest_logged").start();
    let mut client = SessionClient::begin(server.address());
    let reply = client.call("fs7:session", &json!({"id": "mine"}));
    assert_eq!(reply[0]["code"], "reserved_event", "{reply}");
    let reply = client.call("rooms", &json!({"emit": {"name": "fs7:session"}}));
    assert_ne!(reply[0]["status"], "success", "{reply}");
}

#[test]
fn without_sessions_all_is_as_it_was() {
    let server = launch()
        .guest("rooms")
        .settings("[sessions]\nenabled = false")
        .start();
    let mut socket = fs7_tests::raw::RawSocket::open(server.address());
    socket.send(r#"40{"fs7_session":true}"#);
    assert!(socket.text().starts_with("40{"));
    socket.send(r#"421["rooms",{"join":"a"}]"#);
    assert!(socket.text().starts_with("431["), "no word of a session");
}
