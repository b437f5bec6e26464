//! How connections end: each with the code and the reason that the interface names.

use std::io::{ErrorKind, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use fs7_tests::server::Server;
use fs7_tests::wait;
use fs7_tests::ws::{Frame, PlainSocket};
use rustix::process::Signal;
use serde_json::json;

use crate::launch;

use super::{check_alive, join, say};

/// Messages to everyone, of 2,000 bytes each: more than the system's buffers hold.
const MESSAGES: usize = 8_000;
/// Events of a client that does not read, of 4,000 bytes each: far more than the system holds.
const EVENTS: u64 = 12_000;
/// What the server may grow by meanwhile.
const GROWTH_BYTES_MAX: u64 = 16 << 20;

#[track_caller]
fn check_end(mut socket: PlainSocket, code: u16, reason: &str) {
    let (texts, found, words) = socket.until_closed();
    assert_eq!((found, words.as_str()), (Some(code), reason), "{texts:?}");
}

#[test]
fn message_beyond_the_limit_is_too_big() {
    let server = launch()
        .guest("text")
        .settings("[limits]\nmessage_bytes = 2000")
        .start();
    let mut socket = PlainSocket::open(server.address(), "");
    let fits = "x".repeat(2_000);
    socket.send(&fits);
    assert_eq!(socket.next("heard")["data"], fits.as_str());
    socket.send(&"x".repeat(2_001));
    check_end(socket, 1009, "message_bytes");
    let told = server.facts().wait("limit_reached", |_| true);
    assert_eq!(told["limit"], "message_bytes", "{told}");
    // The rest of a large one is not read, and the client hears why all the same.
    let mut socket = PlainSocket::open(server.address(), "");
    let _ = socket.try_send_binary(&vec![0; 3 << 20]);
    check_end(socket, 1009, "message_bytes");
    check_alive(&server);
}

#[test]
fn frames_that_break_the_protocol_end_their_connection_only() {
    let server = launch().guest("text").start();
    for (bytes, code) in [
        // Unmasked text; a reserved bit; an unknown kind of frame; half of a UTF-8 character; a
        // message within another; a rest without a beginning; a ping in parts; a long ping.
        (&[0x81, 1, b'a'][..], 1002),
        (&[0xf1, 0x80, 0, 0, 0, 0], 1002),
        (&[0x8b, 0x80, 0, 0, 0, 0], 1002),
        (&[0x81, 0x81, 0, 0, 0, 0, 0xc3], 1007),
        (
            &[0x01, 0x81, 0, 0, 0, 0, b'a', 0x81, 0x81, 0, 0, 0, 0, b'b'],
            1002,
        ),
        (&[0x80, 0x80, 0, 0, 0, 0], 1002),
        (&[0x09, 0x80, 0, 0, 0, 0], 1002),
        (&[&[0x89, 0xfe, 0, 126][..], &[0; 130]].concat(), 1002),
    ] {
        let socket = PlainSocket::open(server.address(), "");
        socket.stream().write_all(bytes).unwrap();
        check_end(socket, code, "parse error");
    }
    check_alive(&server);
}

#[test]
fn too_many_events_are_refused_one_by_one() {
    let server = launch()
        .guest("text")
        .settings("[limits]\nevents_per_second = 3")
        .start();
    let mut socket = PlainSocket::open(server.address(), "");
    for number in 0..4 {
        socket.send(&json!({"event": "message", "data": 1, "id": number}).to_string());
    }
    let mut refused = None;
    while refused.is_none() {
        let frame = socket.json();
        if frame["id"] == 3 {
            refused = Some(frame["error"].clone());
        }
    }
    let error = refused.unwrap();
    assert_eq!(error["code"], "rate_limited", "{error}");
    assert_eq!(error["limit"], "events_per_second", "{error}");
    assert!(error["retry_after_ms"].is_u64(), "{error}");
}

#[test]
fn silence_ends_a_connection_and_pongs_keep_it() {
    let server = launch()
        .guest("rooms")
        .settings("[sockets]\nping_interval_ms = 50\nping_timeout_ms = 300")
        .start();
    // It does nothing, not even read its pings.
    let silent = PlainSocket::open(server.address(), "");
    let mut speaker = PlainSocket::open(server.address(), "");
    let reading = thread::spawn({
        let mut socket = PlainSocket::open(server.address(), "?session=1");
        socket.next("fs7:session");
        join(&mut socket, "lobby");
        move || socket.next("said")
    });
    let closed = server.facts().wait("connection_closed", |_| true);
    assert_eq!(closed["reason"], "ping timeout", "{closed}");
    check_end(silent, 4009, "ping timeout");
    // Who answers pings, is there.
    speaker = replace_if_gone(&server, speaker);
    say(&mut speaker, "lobby", 1);
    assert_eq!(reading.join().unwrap()["data"], 1);
}

/// The speaker did not read either meanwhile.
fn replace_if_gone(server: &Server, socket: PlainSocket) -> PlainSocket {
    drop(socket);
    PlainSocket::open(server.address(), "")
}

/// Somebody talks to everyone; one listens and one never does.
#[track_caller]
fn check_never_reads(limits: &str, reason: &str) {
    let server = launch()
        .guest("rooms")
        .settings(limits)
        .may_warn("slow_client_closed")
        .start();
    let mut silent = PlainSocket::open(server.address(), "");
    let mut reader = PlainSocket::open(server.address(), "");
    join(&mut silent, "lobby");
    join(&mut reader, "lobby");
    let mut speaker = PlainSocket::open(server.address(), "");
    let reading = thread::spawn(move || {
        for number in 0..MESSAGES {
            let frame = reader.next("said");
            assert_eq!(frame["data"][0], number);
        }
    });
    for number in 0..MESSAGES {
        let payload = json!([number, "x".repeat(1_990)]);
        let order = json!({"emit": {"room": "lobby", "name": "said", "payload": payload}});
        let ack = speaker.call("rooms", &order);
        assert!(ack["data"].is_string(), "{ack}");
    }
    reading.join().unwrap();
    let closed = server.facts().wait("slow_client_closed", |_| true);
    assert_eq!(closed["code"], reason, "{closed}");
    let id = &closed["connection"];
    let ended = server
        .facts()
        .wait("connection_closed", |fact| fact["connection"] == *id);
    assert_eq!(ended["reason"], reason, "{ended}");
    assert_eq!(server.facts().named("slow_client_closed").len(), 1);
}

#[test]
fn client_that_never_reads_is_closed_when_too_much_waits_for_it() {
    check_never_reads(
        "[limits]\nwrite_stall_ms = 3600000\noutbound_bytes = 200000",
        "outbound_bytes",
    );
}

#[test]
fn client_that_never_reads_is_closed_when_it_takes_nothing_for_too_long() {
    check_never_reads(
        "[limits]\nwrite_stall_ms = 100\noutbound_bytes = 1000000000",
        "write_stall",
    );
}

/// A handler asked to end it, and it does not even take what comes before.
#[test]
fn client_that_never_reads_cannot_stay_where_it_must_go() {
    let server = launch()
        .guest("rooms")
        .settings("[limits]\nwrite_stall_ms = 200\noutbound_bytes = 1000000000")
        .may_warn("slow_client_closed")
        .start();
    let mut silent = PlainSocket::open(server.address(), "");
    let id = join(&mut silent, "lobby");
    let mut http = server.http();
    let payload = "x".repeat(1 << 19);
    let order = json!({"emit": {"room": "lobby", "name": "said", "payload": payload}});
    for _ in 0..20 {
        http.trigger("rooms", &order).expect(200);
    }
    http.trigger("rooms", &json!({"disconnect_other": id}))
        .expect(200);
    let closed = server.facts().wait("connection_closed", |_| true);
    assert_eq!(closed["reason"], "write_stall", "{closed}");
    let status = server.http().get("/admin/status").expect(200);
    assert_eq!(status["connections"], 0, "{status}");
    drop(silent);
}

/// Bytes of one frame, as clients mask them: with zeroes, to keep it short.
fn masked(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    let mut frame = vec![0x81, 0x80 | 126];
    frame.extend(length.to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

/// Writes until nothing is taken for a second, or to the end; gives how much was taken.
fn write_until_held(mut stream: &TcpStream, bytes: &[u8]) -> usize {
    stream
        .set_write_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let mut taken = 0;
    while taken < bytes.len() {
        match stream.write(&bytes[taken..]) {
            Ok(more) => taken += more,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            error => taken += error.unwrap(),
        }
    }
    taken
}

#[test]
fn client_that_sends_without_reading_is_held_back_and_loses_nothing() {
    let server = launch().guest("text").variable("LOG_LEVEL", "INFO").start();
    let mut socket = PlainSocket::open(server.address(), "");
    assert_eq!(socket.call("message", &json!("warm"))["data"], "warm");
    socket.next("heard");
    let before = server.resources().resident_bytes;
    let padding = "x".repeat(4_000);
    let frames = (0..EVENTS).flat_map(|id| {
        masked(&format!(
            r#"{{"event":"message","data":"{padding}","id":{id}}}"#
        ))
    });
    let bytes: Vec<u8> = frames.collect();
    let stream = socket.stream().try_clone().unwrap();
    let taken = write_until_held(&stream, &bytes);
    assert!(taken < bytes.len() / 2, "{taken} of {} bytes", bytes.len());
    let grown = server.resources().resident_bytes.saturating_sub(before);
    assert!(grown < GROWTH_BYTES_MAX, "{grown}");
    let writing = thread::spawn(move || {
        stream.set_write_timeout(None).unwrap();
        (&stream).write_all(&bytes[taken..]).unwrap();
    });
    for id in 0..EVENTS {
        socket.next("heard");
        assert_eq!(socket.json()["id"], id);
    }
    writing.join().unwrap();
}

/// A client that wakes up in time hears why it must go.
#[test]
fn slow_client_hears_the_code() {
    let server = launch()
        .guest("rooms")
        .settings("[limits]\noutbound_bytes = 1000000")
        .may_warn("slow_client_closed")
        .start();
    let mut client = PlainSocket::open(server.address(), "");
    join(&mut client, "lobby");
    let payload = "x".repeat(500_000);
    let order = json!({"emit": {"room": "lobby", "name": "said", "payload": payload}});
    let mut http = server.http();
    wait::until_true("the end of who does not read", || {
        http.trigger("rooms", &order).expect(200);
        !server.facts().named("slow_client_closed").is_empty()
    });
    check_end(client, 4008, "outbound_bytes");
}

#[test]
fn memory_ends_a_connection_by_its_limit() {
    let server = launch()
        .guest("rooms")
        .settings("[limits]\nconnections_memory_bytes = 65536\n[sockets]\nmemory_check_ms = 20")
        .may_warn("connection_evicted")
        .start();
    let mut oldest = PlainSocket::open(server.address(), "");
    join(&mut oldest, "lobby");
    // Five of 14 KiB are too many, and four are not.
    let _more: Vec<_> = (0..4)
        .map(|_| PlainSocket::open(server.address(), ""))
        .collect();
    let closed = server.facts().wait("connection_evicted", |_| true);
    assert_eq!(closed["code"], "evicted", "{closed}");
    let closing = loop {
        let frame = oldest.json();
        if frame["event"] == "fs7:closing" {
            break frame;
        }
    };
    assert_eq!(closing["data"], json!({"reason": "evicted"}));
    check_end(oldest, 4013, "evicted");
}

#[test]
fn stop_says_when_to_come_back_and_ends_what_is_under_way() {
    let mut server = launch()
        .guest("slow")
        .guest("hooks")
        .settings("[limits]\ndeadline_ms = 60000")
        .start();
    let mut socket = PlainSocket::open(server.address(), "");
    let (mut client, opening) = PlainSocket::begin(server.address());
    let mut hooked = PlainSocket::open(server.address(), "?namespace=/hooks");
    hooked.next("welcome");
    socket.send(r#"{"event":"slow","args":[1000,true],"id":1}"#);
    assert_eq!(socket.next("started")["data"], 1_000);
    server.signal(Signal::TERM);
    server.facts().wait("server_draining", |_| true);
    socket.send(r#"{"event":"slow","data":0,"id":2}"#);
    let refused = socket.json();
    assert_eq!(
        (&refused["id"], &refused["error"]["code"]),
        (&json!(2), &json!("busy"))
    );
    assert!(TcpStream::connect(server.address()).is_err() || server_refuses(&server));
    assert_eq!(socket.json(), json!({"id": 1, "data": 1_000}));
    for socket in [&mut socket, &mut client] {
        let closing = socket.next("fs7:closing");
        assert_eq!(closing["data"]["reason"], "shutdown", "{closing}");
        assert!(closing["data"]["retry_after_ms"].is_u64(), "{closing}");
        assert_eq!(
            socket.receive(),
            Frame::Closed(Some(1001), "server shutting down".into())
        );
    }
    let status = server.wait_for_exit();
    assert_eq!(status.code(), Some(0), "{}", server.said());
    let stopped = server.facts().wait("server_stopped", |_| true);
    assert_eq!(stopped["failed"], 0, "{stopped}");
    let hook = server
        .facts()
        .wait("event_ended", |fact| fact["event"] == "disconnect");
    assert_eq!(hook["outcome"], "replied", "{hook}");
    // The session waits for its client, on the next start.
    let server = server.restart();
    let token = opening["tokens"][0].as_str().unwrap();
    let (_back, event, opening) = PlainSocket::resume(server.address(), token, 0);
    assert_eq!(event, "fs7:session", "{opening}");
    assert_eq!(opening["resumed"], true, "{opening}");
}

fn server_refuses(server: &Server) -> bool {
    PlainSocket::try_open(server.address(), "", &[]).err() == Some(503)
}
