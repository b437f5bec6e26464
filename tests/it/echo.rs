//! Events and their answers on the wire: what stock clients see, and what they hide.

use std::io::Write as _;
use std::net::Shutdown;

use fs7_tests::polling::RawPolling;
use fs7_tests::raw::{Packet, RawSocket};
use fs7_tests::script::Script;
use serde_json::{Value, json};

use crate::launch;

/// Connections that emit in the tick in which they are connected.
const SAME_TICK: usize = 300;

fn check_echo(story: impl Fn(&[&str]) -> Script, transport: &str) {
    let server = launch().plugin("echo").start();
    let seen = story(&[&server.url(), transport]).end("the story's end");
    let expected = json!({
        "transport": transport,
        "acked": 5,
        "refused": "unknown_event",
        "message": "no handler answers `nobody_answers`",
        "told": "unknown_event",
    });
    assert_eq!(seen, expected);
}

fn check_same_tick(story: impl Fn(&[&str]) -> Script, transport: &str) {
    let server = launch().plugin("echo").start();
    let number = SAME_TICK.to_string();
    let seen = story(&[&server.url(), transport, &number]).end("the story's end");
    assert_eq!(seen, json!({"acked": SAME_TICK}));
}

#[test]
fn five_arguments_come_back_to_javascript_over_polling() {
    check_echo(|args| Script::node("echo.mjs", args), "polling");
}

#[test]
fn five_arguments_come_back_to_javascript_over_websocket() {
    check_echo(|args| Script::node("echo.mjs", args), "websocket");
}

#[test]
fn five_arguments_come_back_to_python_over_polling() {
    check_echo(|args| Script::python("echo.py", args), "polling");
}

#[test]
fn five_arguments_come_back_to_python_over_websocket() {
    check_echo(|args| Script::python("echo.py", args), "websocket");
}

#[test]
fn events_in_the_tick_of_the_connect_are_answered_to_javascript_over_polling() {
    check_same_tick(|args| Script::node("same_tick.mjs", args), "polling");
}

#[test]
fn events_in_the_tick_of_the_connect_are_answered_to_javascript_over_websocket() {
    check_same_tick(|args| Script::node("same_tick.mjs", args), "websocket");
}

#[test]
fn events_in_the_tick_of_the_connect_are_answered_to_python_over_polling() {
    check_same_tick(|args| Script::python("same_tick.py", args), "polling");
}

#[test]
fn events_in_the_tick_of_the_connect_are_answered_to_python_over_websocket() {
    check_same_tick(|args| Script::python("same_tick.py", args), "websocket");
}

/// Events that are sent while a client changes over from polling.
const UPGRADE_EVENTS: usize = 2_000;

#[test]
fn change_from_polling_to_websocket_loses_doubles_and_reorders_nothing() {
    let server = launch().plugin("echo").start();
    let number = UPGRADE_EVENTS.to_string();
    let seen = Script::node("upgrade.mjs", &[&server.url(), &number]).end("the story's end");
    let expected = json!({
        "acked": UPGRADE_EVENTS,
        "disordered": 0,
        "emitted": UPGRADE_EVENTS,
        "transport": "websocket",
        "same": true,
    });
    assert_eq!(seen, expected);
    server.facts().wait("connection_closed", |_| true);
    assert_eq!(server.facts().named("connection_opened").len(), 1);
}

/// The wire's text is kept: no number is rounded, no escape resolved, no space taken.
#[test]
fn text_of_arguments_stays_byte_for_byte() {
    let server = launch().plugin("echo").start();
    let mut socket = RawSocket::join(server.address());
    let args = r#"1.50, 12345678901234567890,-0.0 ,1e400,"\u00e9é",{"b":1,"a":[ ]}"#;
    socket.send(&format!(r#"4217["echo",{args}]"#));
    assert_eq!(socket.text(), format!(r#"42["echo_ack",{args}]"#));
    assert_eq!(socket.text(), format!("4317[{args}]"));
}

/// Events that arrive together with the end of their connection.
const LAST_EVENTS: usize = 20;

/// A masked frame of the client; the mask is none.
fn frame(head: u8, payload: &str) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    let mut frame = vec![head, 0x80 | length, 0, 0, 0, 0];
    frame.extend(payload.bytes());
    frame
}

#[test]
fn events_that_are_read_together_with_the_end_are_handled() {
    let server = launch().plugin("echo").start();
    // Nothing but the end; a close frame; a close packet; a packet and a frame that none may send.
    let ends = [
        vec![],
        frame(0x88, ""),
        frame(0x81, "1"),
        frame(0x81, "9"),
        vec![0x81, 1, b'x'],
    ];
    for (before, end) in ends.into_iter().enumerate() {
        let socket = RawSocket::join(server.address());
        let events = (0..LAST_EVENTS).map(|number| format!(r#"42{number}["echo",{number}]"#));
        let mut bytes: Vec<u8> = events.flat_map(|event| frame(0x81, &event)).collect();
        bytes.extend(end);
        socket.stream().write_all(&bytes).unwrap();
        socket.stream().shutdown(Shutdown::Write).unwrap();
        let ended = server
            .facts()
            .wait_for_count("event_ended", (before + 1) * LAST_EVENTS);
        assert!(ended.iter().all(|it| it["outcome"] == "replied"));
    }
    server.facts().wait_for_count("connection_closed", 5);
}

/// What a client may send in one go: plain events, which pass the engine by, among everything that
/// does not.
fn mixture() -> Vec<(Vec<u8>, Vec<Packet>)> {
    let text = |text: &str| Packet::Text(text.to_owned());
    let echoed = |number: u32| {
        vec![
            text(&format!(r#"42["echo_ack",{number}]"#)),
            text(&format!("43{number}[{number}]")),
        ]
    };
    let plain = |number: u32| {
        let event = format!(r#"42{number}["echo",{number}]"#);
        (frame(0x81, &event), echoed(number))
    };
    let in_parts = [frame(0x01, r#"424["ec"#), frame(0x80, r#"ho",4]"#)].concat();
    let placeholder = r#"{"_placeholder":true,"num":0}"#;
    let binary = [
        frame(0x81, &format!(r#"451-3["echo",{placeholder}]"#)),
        frame(0x82, "abc"),
    ];
    let echoed_binary = vec![
        text(&format!(r#"451-["echo_ack",{placeholder}]"#)),
        Packet::Binary(b"abc".to_vec()),
        text(&format!("461-3[{placeholder}]")),
        Packet::Binary(b"abc".to_vec()),
    ];
    vec![
        plain(1),
        plain(2),
        (binary.concat(), echoed_binary),
        (in_parts, echoed(4)),
        plain(5),
        (frame(0x81, "3"), vec![]),
        plain(6),
        // A ping of the WebSocket's, which the client's library does not show.
        (frame(0x89, "42[1]"), vec![]),
        plain(8),
        // A namespace that the client is not in.
        (frame(0x81, r#"42/nowhere,9["echo",9]"#), vec![]),
        plain(10),
    ]
}

#[test]
fn events_of_all_kinds_are_answered_in_their_order_however_they_arrive() {
    let server = launch().plugin("echo").start();
    let (sent, expected): (Vec<_>, Vec<_>) = mixture().into_iter().unzip();
    let (sent, expected) = (sent.concat(), expected.concat());
    let mut socket = RawSocket::join(server.address());
    for cut in 0..sent.len() {
        let mut stream = socket.stream();
        stream.write_all(&sent[..cut]).unwrap();
        stream.write_all(&sent[cut..]).unwrap();
        let seen: Vec<_> = expected.iter().map(|_| socket.receive()).collect();
        assert_eq!(seen, expected, "cut at {cut}");
    }
}

/// A packet that begins as an event and is none is the engine's to judge: no guest sees it.
#[test]
fn events_that_are_no_json_end_their_connection() {
    let server = launch().plugin("echo").start();
    let packets = [
        "421[\"ec\nho\",1]",
        r#"421["echo" 1]"#,
        r#"421["echo",]"#,
        r#"421["echo",1"#,
        r#"421["echo",01]"#,
        r#"421["echo",{bad}]"#,
    ];
    for packet in packets {
        let mut socket = RawSocket::join(server.address());
        socket.send(r#"420["echo",0]"#);
        socket.send(packet);
        let seen = socket.until_closed();
        let expected = [r#"42["echo_ack",0]"#, "430[0]", "1"];
        // The end may overtake the answers to what was sent before.
        let is_expected =
            |seen: &Packet| matches!(seen, Packet::Text(text) if expected.contains(&text.as_str()));
        assert!(seen.iter().all(is_expected), "{packet}: {seen:?}");
        assert!(
            seen.contains(&Packet::Text("1".to_owned())),
            "{packet}: {seen:?}"
        );
    }
    server
        .facts()
        .wait_for_count("connection_closed", packets.len());
    let ended = server.facts().named("event_ended");
    assert!(ended.len() <= packets.len(), "{ended:?}");
}

#[test]
fn reserved_names_are_refused_on_a_websocket() {
    let server = launch().plugin("echo").start();
    let mut socket = RawSocket::join(server.address());
    for (ack, name) in RESERVED.into_iter().enumerate() {
        socket.send(&format!(r#"42{ack}["{name}",1]"#));
        let text = socket.text();
        let answer = text
            .strip_prefix(&format!("43{ack}"))
            .unwrap_or_else(|| panic!("{text}"));
        check_reserved(answer, name);
        socket.send(&format!(r#"42["{name}",1]"#));
        let text = socket.text();
        let emitted: Value = serde_json::from_str(text.strip_prefix("42").unwrap()).unwrap();
        assert_eq!(emitted[0], "error_event");
        assert_eq!(emitted[1]["code"], "reserved_event", "{text}");
    }
    socket.send(r#"42100["echo","still here"]"#);
    assert_eq!(socket.text(), r#"42["echo_ack","still here"]"#);
}

#[test]
fn reserved_names_are_refused_on_polling() {
    let server = launch().plugin("echo").start();
    let mut session = RawPolling::join(server.address());
    for (ack, name) in RESERVED.into_iter().enumerate() {
        assert_eq!(session.post(&format!(r#"42{ack}["{name}",1]"#)).status, 200);
        let text = session.receive().concat();
        let answer = text
            .strip_prefix(&format!("43{ack}"))
            .unwrap_or_else(|| panic!("{text}"));
        check_reserved(answer, name);
    }
}

const RESERVED: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

fn check_reserved(answer: &str, name: &str) {
    let answer: Value = serde_json::from_str(answer).unwrap();
    assert_eq!(answer[0]["status"], "error", "{answer}");
    assert_eq!(answer[0]["code"], "reserved_event", "{answer}");
    assert!(
        answer[0]["message"].as_str().unwrap().contains(name),
        "{answer}"
    );
}
