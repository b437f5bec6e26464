//! What stands on the wire: parts of messages, ids, close codes; and clients that are late with
//! their end.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use fs7_tests::wait;
use fs7_tests::ws::{Frame, PlainSocket};
use rustix::process::Signal;
use serde_json::json;

use crate::launch;

use super::join;

/// A frame as clients mask it: with zeroes, to keep it short. `head` has the code and whether it
/// is the last part.
fn part(head: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    let mut frame = vec![head, 0x80 | length, 0, 0, 0, 0];
    frame.extend(payload);
    frame
}

#[test]
fn message_may_come_in_parts_cut_anywhere_with_pings_between() {
    let server = launch().guest("text").start();
    let mut socket = PlainSocket::open(server.address(), "");
    let text = "Größe 🦀".as_bytes();
    for cut in 1..text.len() {
        let (start, rest) = text.split_at(cut);
        let (middle, end) = rest.split_at(rest.len() / 2);
        let parts = [
            part(0x01, start),
            part(0x89, b"are you there"),
            part(0x00, middle),
            part(0x8a, b""),
            part(0x80, end),
        ];
        socket.stream().write_all(&parts.concat()).unwrap();
        assert_eq!(socket.next("heard")["data"], "Größe 🦀", "cut at {cut}");
    }
}

#[test]
fn id_comes_back_as_it_was_written() {
    let server = launch().guest("text").start();
    let mut socket = PlainSocket::open(server.address(), "");
    for id in [
        "0",
        "-0",
        "1.50",
        "1e3",
        "12345678901234567890123",
        r#""""#,
        r#""\u0041\n""#,
        r#""Größe""#,
    ] {
        socket.send(&format!(r#"{{"event":"message","data":1,"id":{id}}}"#));
        assert_eq!(socket.next("heard")["data"], 1);
        let ack = socket.receive();
        let expected = format!("{{\"id\":{id},");
        assert!(
            matches!(&ack, Frame::Text(text) if text.starts_with(&expected)),
            "{id}: {ack:?}"
        );
    }
}

#[test]
fn close_code_of_a_client_is_echoed() {
    let server = launch().guest("text").start();
    for code in [1000, 1001, 3000, 4321] {
        let mut socket = PlainSocket::open(server.address(), "");
        socket.close(Some(code));
        let (_, echoed, words) = socket.until_closed();
        assert_eq!(echoed, Some(code), "{words}");
    }
}

/// Cut off while it sends, a client might never read why.
#[test]
fn client_that_goes_on_sending_for_a_while_hears_why_it_must_go() {
    let server = launch()
        .guest("text")
        .settings("[limits]\nmessage_bytes = 2000")
        .start();
    let mut socket = PlainSocket::open(server.address(), "");
    // A message of a gigabyte, of which a little comes now and then.
    let mut stream = socket.stream();
    stream.write_all(&[0x82, 0xff]).unwrap();
    stream.write_all(&(1_u64 << 30).to_be_bytes()).unwrap();
    stream.write_all(&[0; 4]).unwrap();
    for number in 0..20 {
        wait::delay(Duration::from_millis(120));
        stream
            .write_all(&[0; 100])
            .unwrap_or_else(|error| panic!("cut off at write {number}: {error}"));
    }
    let (_, code, reason) = socket.until_closed();
    assert_eq!((code, reason.as_str()), (Some(1009), "message_bytes"));
    let closed = server.facts().wait("connection_closed", |_| true);
    assert_eq!(closed["reason"], "message_bytes", "{closed}");
}

#[test]
fn client_that_sends_for_ever_is_cut_off() {
    let server = launch()
        .guest("text")
        .settings("[limits]\nmessage_bytes = 2000")
        .start();
    let socket = PlainSocket::open(server.address(), "");
    let mut stream = socket.stream();
    stream.write_all(&[0x82, 0xff]).unwrap();
    stream.write_all(&(1_u64 << 40).to_be_bytes()).unwrap();
    stream.write_all(&[0; 4]).unwrap();
    wait::until_true("an end of the patience", || {
        wait::delay(Duration::from_millis(20));
        stream.write_all(&[0; 1_000]).is_err()
    });
    server.facts().wait("connection_closed", |_| true);
}

#[test]
fn what_was_sent_before_the_connection_was_lost_is_handled_in_turn() {
    let server = launch()
        .guest("slow")
        .settings("[limits]\ndeadline_ms = 60000")
        .start();
    let mut socket = PlainSocket::open(server.address(), "");
    socket.send(r#"{"event":"slow","args":[2000,true]}"#);
    assert_eq!(socket.next("started")["data"], 2_000);
    for _ in 0..3 {
        socket.send(r#"{"event":"slow","data":0}"#);
    }
    socket.cut();
    let ended = server.facts().wait_for_count("event_ended", 4);
    // The slow one came to its end first, and the others waited for it.
    let waited_us = ended
        .iter()
        .map(|fact| fact["duration_us"].as_f64().unwrap());
    assert!(waited_us.into_iter().all(|us| us > 100_000.0), "{ended:#?}");
}

#[test]
fn connections_that_do_not_close_in_time_are_counted_by_the_stop() {
    let mut server = launch()
        .guest("rooms")
        .settings("[limits]\ndrain_ms = 100\nwrite_stall_ms = 3600000\noutbound_bytes = 1000000000")
        .start();
    let mut silent = PlainSocket::open(server.address(), "");
    let mut reader = PlainSocket::open(server.address(), "");
    let id = join(&mut silent, "lobby");
    let mut http = server.http();
    let order = json!({
        "emit": {"room": "lobby", "name": "said", "payload": "x".repeat(1 << 19)}
    });
    let path = format!("/api/connections/{}", id.as_str().unwrap());
    // More than the buffers of the system hold.
    wait::until_true("a client that cannot take more", || {
        http.trigger("rooms", &order).expect(200);
        let one = http.get(&path).expect(200);
        one["waiting_bytes"].as_u64().unwrap() > 4_000_000
    });
    let reading = thread::spawn(move || reader.until_closed());
    server.signal(Signal::TERM);
    assert_eq!(server.wait_for_exit().code(), Some(1), "{}", server.said());
    let (_, code, reason) = reading.join().unwrap();
    assert_eq!(
        (code, reason.as_str()),
        (Some(1001), "server shutting down")
    );
    let stopped = server.facts().wait("server_stopped", |_| true);
    assert_eq!(
        (&stopped["closed"], &stopped["failed"]),
        (&json!(1), &json!(1)),
        "{stopped}"
    );
    assert!(TcpStream::connect(server.address()).is_err());
    drop(silent);
}
