//! Clients that do not read: held back, and closed where that is not enough, without harm to
//! memory or to others.

use std::thread;

use fs7_tests::polling::RawPolling;
use fs7_tests::raw::RawSocket;
use fs7_tests::script::Script;
use fs7_tests::server::Server;
use fs7_tests::stock::{Connect, Stock};
use fs7_tests::wait;
use serde_json::{Value, json};

use crate::launch;

/// Events that the silent client sends.
const EVENTS: u64 = 50_000;
/// How long it does not read, in milliseconds.
const SILENT_MS: u64 = 10_000;
/// What the server may grow by meanwhile.
const GROWTH_BYTES_MAX: u64 = 16 << 20;
/// Calls of another client in that time.
const OTHER_CALLS: u64 = 500;
/// Messages to everyone, of 2,000 bytes each: more than the system's buffers hold.
const MESSAGES: usize = 8_000;

#[test]
fn client_that_stops_reading_loses_no_acknowledgement() {
    let server = launch()
        .plugin("echo")
        .variable("LOG_LEVEL", "INFO")
        .start();
    let url = server.url();
    let mut other = Stock::start(&url);
    other.connect("other", &Connect::default());
    other.call("other", "echo", &[json!(0)]);
    let before = server.resources();

    let mut story = Script::node(
        "slow_client.mjs",
        &[&url, &EVENTS.to_string(), &SILENT_MS.to_string()],
    );
    assert_eq!(story.line("the silence"), json!({"silent": true}));
    let mut peak_bytes = 0;
    for number in 0..OTHER_CALLS {
        assert_eq!(
            other.call("other", "echo", &[json!(number)]),
            json!([number])
        );
        peak_bytes = peak_bytes.max(server.resources().resident_bytes);
    }
    let asleep = story.line("the end of the silence");
    assert_eq!(asleep["acked"], 0, "it did not read");
    let unsent = asleep["unsent"].as_u64().unwrap();
    assert!(
        unsent > EVENTS * 400 / 2,
        "the server must not take what it cannot answer: {asleep}"
    );
    peak_bytes = peak_bytes.max(server.resources().resident_bytes);

    let seen = story.end("the rest of the acknowledgements");
    peak_bytes = peak_bytes.max(server.resources().resident_bytes);
    let grown = peak_bytes.saturating_sub(before.resident_bytes);
    eprintln!(
        "silent client: {seen}; {} bytes held back, the server grew by {:.1} MiB",
        unsent,
        grown as f64 / f64::from(1 << 20)
    );
    assert_eq!(
        seen,
        json!({"acked": EVENTS, "disordered": 0, "emitted": EVENTS, "reason": null})
    );
    assert!(grown < GROWTH_BYTES_MAX, "{before:?}, at most {peak_bytes}");
}

/// A member of the chat by hand.
fn chatter(server: &Server, name: &str) -> RawSocket {
    let mut socket = RawSocket::open(server.address());
    socket.send(&format!(r#"40/chat,{{"name":"{name}"}}"#));
    socket
}

/// Somebody talks to everyone; one listens and one never does.
#[track_caller]
fn check_never_reads(limits: &str, code: &str) {
    let server = launch()
        .plugin("chat")
        .settings(limits)
        .may_warn("slow_client_closed")
        .start();
    let silent = chatter(&server, "silent");
    server.facts().wait_for_count("namespace_joined", 1);
    let mut reader = chatter(&server, "reader");
    server.facts().wait_for_count("namespace_joined", 2);
    let mut sender = chatter(&server, "sender");
    server.facts().wait_for_count("namespace_joined", 3);

    let reading = thread::spawn(move || {
        let mut texts = Vec::new();
        while texts.len() < MESSAGES {
            let packet = reader.text();
            if packet.starts_with(r#"42/chat,["message""#) {
                texts.push(number_of(&packet));
            }
        }
        texts
    });
    for number in 0..MESSAGES {
        let text = format!("{number} {}", "x".repeat(1_990));
        sender.send(&format!(r#"42/chat,1["message",{{"text":"{text}"}}]"#));
        while !sender.text().starts_with("43/chat,1") {}
    }
    let received = reading.join().unwrap();
    assert!(
        received.into_iter().eq(0..MESSAGES),
        "the other hears everything, in order"
    );

    let closed = server.facts().wait("slow_client_closed", |_| true);
    assert_eq!(closed["code"], code, "{closed}");
    let id = &closed["connection"];
    let ended = server
        .facts()
        .wait("connection_closed", |fact| fact["connection"] == *id);
    assert_eq!(ended["reason"], code, "{ended}");
    assert_eq!(server.facts().named("slow_client_closed").len(), 1);
    let status = server.http().get("/admin/status").expect(200);
    assert_eq!(
        status["connections"], 1,
        "the sender is left, and the reader has gone: {status}"
    );
    drop(silent);
}

/// The number at the start of a message's text.
fn number_of(packet: &str) -> usize {
    let (_, json) = packet.split_once(',').unwrap();
    let message: Value = serde_json::from_str(json).unwrap();
    let text = message[1]["text"].as_str().unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
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

/// On polling there is no stream that could be held back or cut.
#[test]
fn client_that_never_polls_is_closed_when_too_much_waits_for_it() {
    let server = launch()
        .guest("rooms")
        .settings("[limits]\noutbound_bytes = 50000")
        .may_warn("slow_client_closed")
        .start();
    let mut silent = RawPolling::join(server.address());
    let mut reader = RawSocket::join(server.address());
    let mut http = server.http();
    for _ in 0..MESSAGES / 4 {
        http.trigger("rooms", &json!({"emit": {"name": "said"}}))
            .expect(200);
        assert_eq!(reader.text(), r#"42["said"]"#);
    }
    let closed = server.facts().wait("slow_client_closed", |_| true);
    assert_eq!(closed["code"], "outbound_bytes", "{closed}");
    let id = &closed["connection"];
    let ended = server
        .facts()
        .wait("connection_closed", |fact| fact["connection"] == *id);
    assert_eq!(ended["reason"], "outbound_bytes", "{ended}");
    assert_eq!(silent.poll().status, 400, "its session is no more");
}

/// `tick` may be missed, `said` may not.
const CONTRACT: &str = r##"
asyncapi: 3.0.0
info: {title: Quotes, version: 1.0.0}
channels:
  tick:
    address: tick
    messages: {tick: {payload: {type: string}}}
  said:
    address: said
    messages: {said: {payload: {type: string}}}
operations:
  tick:
    action: send
    channel: {$ref: "#/channels/tick"}
    x-fs7: {volatile: true}
  said:
    action: send
    channel: {$ref: "#/channels/said"}
"##;

/// Bytes of one emit: so many of them are more than the system's buffers hold.
const EMIT_BYTES: usize = 100_000;
/// Volatile emits, together 40 MB.
const TICKS: usize = 400;

#[test]
fn client_that_never_reads_goes_without_volatile_emits_before_it_is_closed() {
    let server = launch()
        .guest("rooms")
        .file("asyncapi.yaml", CONTRACT)
        .settings("[limits]\nwrite_stall_ms = 3600000\noutbound_bytes = 1000000")
        .may_warn("slow_client_closed")
        .may_warn("contract_unknown_event")
        .start();
    let silent = RawSocket::join(server.address());
    let mut reader = RawSocket::join(server.address());
    let mut http = server.http();
    let mut say = |name: &str| {
        let payload = "x".repeat(EMIT_BYTES);
        http.trigger(
            "rooms",
            &json!({"emit": {"name": name, "payload": payload}}),
        )
        .expect(200);
        let packet = reader.text();
        assert!(packet.starts_with(&format!("42[\"{name}\"")), "{name}");
        assert!(packet.len() > EMIT_BYTES, "{name}");
    };
    for _ in 0..TICKS {
        say("tick");
    }
    assert!(server.facts().named("slow_client_closed").is_empty());
    let metrics = server.http().get("/metrics").text();
    let dropped = metrics
        .lines()
        .find_map(|line| line.strip_prefix("fs7_emits_dropped_total "));
    let dropped: usize = dropped.unwrap().parse().unwrap();
    assert!(dropped > TICKS / 2, "{dropped} of {TICKS}");

    wait::until_true("the end of who never reads", || {
        say("said");
        !server.facts().named("slow_client_closed").is_empty()
    });
    let closed = server.facts().named("slow_client_closed").remove(0);
    assert_eq!(closed["code"], "outbound_bytes", "{closed}");
    say("tick");
    drop(silent);
}
