//! Plain WebSockets: the same handlers, sessions and limits for clients that speak no Socket.IO.

mod ends;
mod frames;
mod life;
mod refusals;

use fs7_tests::raw::RawSocket;
use fs7_tests::script::Script;
use fs7_tests::server::Server;
use fs7_tests::stock::{Connect, Stock};
use fs7_tests::ws::{Frame, PlainSocket};
use serde_json::{Value, json};

use crate::launch;

/// Emits a numbered message to a room.
#[track_caller]
fn say(speaker: &mut PlainSocket, room: &str, number: u64) {
    let order = json!({"emit": {"room": room, "name": "said", "payload": number}});
    let ack = speaker.call("rooms", &order);
    assert!(ack["data"].is_string(), "{ack}");
}

/// Joins a room; gives the id that handlers know.
#[track_caller]
fn join(client: &mut PlainSocket, room: &str) -> Value {
    client.call("rooms", &json!({"join": room}))["data"].clone()
}

/// Everything still works: nothing before has hurt the server.
#[track_caller]
fn check_alive(server: &Server) {
    let mut socket = PlainSocket::open(server.address(), "");
    let ack = socket.call("nobody_answers", &json!(1));
    assert_eq!(ack["error"]["code"], "unknown_event", "{ack}");
}

#[test]
fn events_are_answered_as_everybodys_are() {
    let server = launch().plugin("echo").start();
    let mut socket = PlainSocket::open(server.address(), "");
    socket.send(r#"{"event":"echo","data":{"a": 1.50},"id":"x-1"}"#);
    assert_eq!(
        socket.receive(),
        Frame::Text(r#"{"event":"echo_ack","data":{"a": 1.50}}"#.into()),
        "as it was sent"
    );
    assert_eq!(
        socket.receive(),
        Frame::Text(r#"{"id":"x-1","data":{"a": 1.50}}"#.into())
    );
    socket.send(r#"{"event":"echo","args":[1,"two"],"id":7}"#);
    assert_eq!(
        socket.json(),
        json!({"event": "echo_ack", "args": [1, "two"]})
    );
    assert_eq!(socket.json(), json!({"id": 7, "args": [1, "two"]}));
    // Without an id there is no acknowledgement.
    socket.send(r#"{"event":"echo"}"#);
    assert_eq!(socket.json(), json!({"event": "echo_ack", "args": []}));
    socket.send(r#"{"event":"echo","data":null,"id":8}"#);
    assert_eq!(socket.json(), json!({"event": "echo_ack", "data": null}));
    assert_eq!(socket.json(), json!({"id": 8, "data": null}));
    let ended = server.facts().wait("event_ended", |_| true);
    assert_eq!(ended["outcome"], "replied", "{ended}");
    let opened = server.facts().wait("connection_opened", |_| true);
    assert_eq!(opened["transport"], "ws", "{opened}");
}

#[test]
fn failures_carry_the_object_that_socket_io_clients_get() {
    let server = launch().guest("rejects").start();
    let mut plain = PlainSocket::open(server.address(), "");
    let mut socket = RawSocket::join(server.address());
    let mut theirs = Vec::new();
    let mut ours = Vec::new();
    for event in ["rejects", "nobody_answers", "fs7:mine", "connect"] {
        socket.send(&format!(r#"421["{event}","rejected"]"#));
        let ack = socket.text();
        let args: Value = serde_json::from_str(ack.strip_prefix("431").unwrap()).unwrap();
        theirs.push(args[0].clone());
        ours.push(plain.call(event, &json!("rejected"))["error"].clone());
    }
    for error in theirs.iter_mut().chain(&mut ours) {
        let id = error["occurrence_id"].take();
        assert_eq!(id.as_str().map(str::len), Some(28), "{error}");
        assert_eq!(error["status"], "error", "{error}");
    }
    assert_eq!(ours, theirs);
    // Without an id, failures come as an event.
    plain.send(r#"{"event":"nobody_answers","data":1}"#);
    let told = plain.next("error_event");
    assert_eq!(told["data"]["code"], "unknown_event", "{told}");
    assert_eq!(
        told["data"]["message"],
        "no handler answers `nobody_answers`"
    );
}

#[test]
fn text_and_binary_frames_are_the_event_message() {
    let server = launch().guest("text").start();
    let mut socket = PlainSocket::open(server.address(), "");
    for text in [
        "hello",
        "",
        "Größe 🦀 \"quoted\" \\ \u{0}",
        "[1,2]",
        "{\"temperature\":21}",
        "{\"event\":",
        "\u{feff}{\"event\":\"message\"}",
    ] {
        socket.send(text);
        assert_eq!(socket.next("heard")["data"], text);
    }
    socket.send_binary(&[0, 255, 7]);
    let placeholder = json!({"_placeholder": true, "num": 0});
    assert_eq!(
        socket.json(),
        json!({"event": "heard", "data": placeholder, "attachments": 1})
    );
    assert_eq!(socket.receive(), Frame::Binary(vec![0, 255, 7]));
    socket.send_binary(&[]);
    assert_eq!(socket.next("heard")["attachments"], 1);
    assert_eq!(socket.receive(), Frame::Binary(Vec::new()));
}

#[test]
fn frames_that_nobody_should_send_are_answered_and_hurt_nobody() {
    let server = launch().guest("text").start();
    let mut socket = PlainSocket::open(server.address(), "");
    let deep = format!(r#"{{"event":"message","data":{}"#, "[".repeat(100_000));
    let deep_and_whole = format!("{deep}{}}}", "]".repeat(100_000));
    for (frame, code) in [
        (r#"{"event":5}"#, "invalid_payload"),
        (
            r#"{"event":"message","data":1,"args":[1]}"#,
            "invalid_payload",
        ),
        (r#"{"event":"message","id":{}}"#, "invalid_payload"),
        (r#"{"event":""}"#, "unknown_event"),
        (r#"{"event":"fs7:session","data":{}}"#, "reserved_event"),
        (r#"{"event":"disconnect"}"#, "reserved_event"),
        (r#"{"event":"\ud800"}"#, "invalid_payload"),
    ] {
        socket.send(frame);
        let told = socket.next("error_event");
        assert_eq!(told["data"]["code"], code, "{frame}: {told}");
    }
    // An attachment that is not there is data like any other.
    let missing = json!({"_placeholder": true, "num": 3});
    let ack = socket.call("message", &missing);
    assert_eq!(ack["data"], missing, "{ack}");
    assert_eq!(
        socket.next("heard"),
        json!({"event": "heard", "data": missing})
    );
    for frame in [&deep, &deep_and_whole] {
        socket.send(frame);
        assert!(matches!(socket.receive(), Frame::Text(_)), "an answer");
    }
    check_alive(&server);
}

#[test]
fn rooms_do_not_ask_what_their_members_speak() {
    let server = launch().guest("rooms").start();
    let mut stock = Stock::start(&server.url());
    stock.connect("js", &Connect::default());
    stock.call("js", "rooms", &[json!({"join": "lobby"})]);
    let mut plain = PlainSocket::open(server.address(), "");
    let id = join(&mut plain, "lobby");
    say(&mut plain, "lobby", 1);
    assert_eq!(stock.next("js", "said"), json!([1]));
    let order = json!({"emit": {"room": "lobby", "name": "said", "payload": 2}});
    stock.call("js", "rooms", &[order]);
    assert_eq!(plain.next("said"), json!({"event": "said", "data": 1}));
    assert_eq!(plain.next("said"), json!({"event": "said", "data": 2}));
    // One is told, one goes.
    stock.call("js", "rooms", &[json!({"tell": id})]);
    assert_eq!(plain.next("told"), json!({"event": "told", "args": []}));
    stock.call("js", "rooms", &[json!({"disconnect_other": id})]);
    let (texts, code, reason) = plain.until_closed();
    assert_eq!((texts.len(), code), (0, Some(4403)), "{texts:?} {reason}");
    assert_eq!(reason, "server namespace disconnect");
}

#[test]
fn events_of_one_connection_keep_their_order() {
    let server = launch()
        .guest("slow")
        .settings("[limits]\ninbound_events = 2")
        .start();
    let mut socket = PlainSocket::open(server.address(), "");
    // The slow one first, and more than may wait.
    for (number, ms) in [80, 0, 40, 0, 0, 20, 0, 0, 0, 0].into_iter().enumerate() {
        socket.send(&json!({"event": "slow", "data": ms, "id": number}).to_string());
    }
    for number in 0..10 {
        assert_eq!(socket.json()["id"], number);
    }
}

#[test]
fn hooks_read_the_query_and_say_their_words() {
    let server = launch().guest("hooks").start();
    let mut stays = PlainSocket::open(server.address(), "?namespace=/hooks&name=Ann");
    let welcome = stays.next("welcome");
    assert_eq!(welcome["data"], json!({"name": "Ann"}), "{welcome}");
    // Sent in the moment of the reply: what the hook asked for comes before.
    let mut leaves = PlainSocket::open(server.address(), "?namespace=hooks");
    leaves.send(r#"{"event":"who","id":1}"#);
    leaves.next("welcome");
    let id = leaves.json()["data"].clone();
    for (code, reason) in [
        (None, "client namespace disconnect"),
        (Some(1001), "transport close"),
    ] {
        let mut other = PlainSocket::open(server.address(), "?namespace=/hooks");
        other.next("welcome");
        other.close(code);
        let left = stays.next("left");
        assert_eq!(left["args"][1], reason, "{left}");
        other.until_closed();
    }
    leaves.cut();
    let left = stays.next("left");
    assert_eq!(left["args"], json!([id, "transport close"]), "{left}");
    let words = "?namespace=/hooks&deny=you%20are%20not%20on%20the%20list";
    let mut denied = PlainSocket::open(server.address(), words);
    let refused = denied.next("fs7:refused");
    assert_eq!(
        refused["data"],
        json!({"code": "forbidden", "message": "you are not on the list"})
    );
    let (_, code, reason) = denied.until_closed();
    assert_eq!((code, reason.as_str()), (Some(4403), "forbidden"));
}

#[test]
fn client_in_another_language_needs_no_library_but_a_websocket() {
    let server = launch().plugin("echo").guest("text").guest("rooms").start();
    let url = format!("ws://{}/ws", server.address());
    let seen = Script::python("ws.py", &[&url]).end("the story's end");
    let expected = json!({
        "acked": {"text": "Größe 🦀"},
        "refused": "unknown_event",
        "heard": "hello",
        "attachment": [0, 1, 254, 255],
        "missed": [[1, 1], [2, 2]],
        "recovered": true,
        "used": [4401, "token_used"],
    });
    assert_eq!(seen, expected);
}
