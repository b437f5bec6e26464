//! The end in good order: what is under way ends well, nothing new begins, nothing is swapped.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fs7_tests::http::Http;
use fs7_tests::polling::RawPolling;
use fs7_tests::raw::{Packet, RawSocket};
use fs7_tests::repo::guest_bytes;
use fs7_tests::server::Server;
use fs7_tests::stock::{Connect, Stock};
use fs7_tests::wait;
use rustix::process::Signal;
use serde_json::json;

use crate::launch;

/// How long the event under way takes when the stop comes, in milliseconds.
const SLOW_MS: u64 = 1_500;

fn start() -> Server {
    launch()
        .guest("slow")
        .plugin("echo")
        .settings("[limits]\ndeadline_ms = 60000")
        .start()
}

/// A connection to the server that is open and has answered.
fn kept_alive(server: &Server) -> Http {
    let mut http = server.http();
    http.get("/ready").expect(200);
    http
}

#[test]
fn event_under_way_ends_well_and_nothing_new_begins() {
    let mut server = start();
    let mut socket = RawSocket::join(server.address());
    let mut polling = RawPolling::join(server.address());
    let [mut ready, mut reload, mut trigger, mut handshake, mut idle] =
        [0; 5].map(|_| kept_alive(&server));
    idle.connect();

    // One event over HTTP, one over a socket; the second says that both have begun.
    let mut http = kept_alive(&server);
    let over_http = thread::spawn(move || http.trigger("slow", &json!(SLOW_MS)));
    wait::until_true("the event over HTTP to begin", || {
        server.http().get("/admin/status").expect(200)["calls_in_flight"] == 1
    });
    socket.send(&format!(r#"421["slow",{SLOW_MS},true]"#));
    assert_eq!(socket.text(), format!(r#"42["started",{SLOW_MS}]"#));

    server.signal(Signal::TERM);
    server.facts().wait("server_draining", |_| true);
    ready.get("/ready").expect_problem(503, "busy");
    reload.reload().expect_problem(503, "busy");
    trigger
        .trigger("echo", &json!(1))
        .expect_problem(503, "busy");
    // Who comes late is kept out, which is nothing to warn of.
    let late = handshake.get("/socket.io/?EIO=4&transport=polling");
    assert_eq!(late.status, 503, "{late:?}");
    wait::until_true("a closed door", || {
        TcpStream::connect(server.address()).is_err()
    });
    socket.send(r#"422["echo"]"#);
    let refused = socket.text();
    assert!(
        refused.starts_with("432") && refused.contains(r#""code":"busy""#),
        "{refused}"
    );
    assert_eq!(polling.post(r#"421["echo"]"#).status, 200);
    let refused = polling.receive().concat();
    assert!(
        refused.starts_with("431") && refused.contains(r#""code":"busy""#),
        "{refused}"
    );
    // A file that is dropped now is not looked at.
    server.rename_into_place(&guest_bytes("counter"), "counter.wasm");

    assert_eq!(socket.text(), format!("431[{SLOW_MS}]"));
    let answer = over_http.join().unwrap();
    assert_eq!(answer.expect(200)["result"], json!([SLOW_MS]));
    let last = socket.until_closed();
    assert!(
        last.iter()
            .all(|packet| matches!(packet, Packet::Text(text) if text == "41" || text == "1")),
        "{last:?}"
    );
    let status = server.wait_for_exit();
    assert_eq!(status.code(), Some(0), "{}", server.said());
    let stopped = server.facts().wait("server_stopped", |_| true);
    assert_eq!(stopped["failed"], 0, "{stopped}");
    assert_eq!(server.facts().named("handler_published").len(), 2);
    assert!(!server.dir().join("fastsocket.pid").exists());
}

/// Those who knock at the very moment of the stop find a closed door: nothing to warn of, which
/// the end of the test looks for.
#[test]
fn crowd_that_knocks_while_the_server_stops_is_kept_out() {
    let mut server = launch().start();
    let address = server.address();
    let knocks = Arc::new(AtomicUsize::new(0));
    let crowd: Vec<_> = (0..4)
        .map(|_| {
            let knocks = knocks.clone();
            thread::spawn(move || {
                while TcpStream::connect(address).is_ok() {
                    knocks.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    wait::until_true("a hundred clients that were let in", || {
        knocks.load(Ordering::Relaxed) >= 100
    });
    server.signal(Signal::TERM);
    let status = server.wait_for_exit();
    assert_eq!(status.code(), Some(0), "{}", server.said());
    crowd
        .into_iter()
        .for_each(|client| client.join().expect("a client that found a closed door"));
}

#[test]
fn stock_client_is_told_that_the_server_stops() {
    let mut server = start();
    let mut stock = Stock::start(&server.url());
    stock.connect("a", &Connect::default());
    stock.connect("b", &Connect::default().over_polling());
    server.signal(Signal::INT);
    // A polling client that is between two polls finds nobody any more.
    for (name, reasons) in [
        ("a", &["io server disconnect", "transport close"][..]),
        (
            "b",
            &["io server disconnect", "transport close", "transport error"][..],
        ),
    ] {
        let reason = stock.next(name, "disconnect");
        assert!(
            reasons.iter().any(|it| reason[0] == *it),
            "{name}: {reason}"
        );
    }
    assert_eq!(server.wait_for_exit().code(), Some(0), "{}", server.said());
    let stopped = server.facts().wait("server_stopped", |_| true);
    assert_eq!(
        (&stopped["closed"], &stopped["failed"]),
        (&json!(2), &json!(0))
    );
}

#[test]
fn poll_under_way_is_answered_and_not_cut_off() {
    let mut server = start();
    let mut session = RawPolling::join(server.address());
    // The first ping comes at once; after it a poll has nothing to take.
    while session.pings() == 0 {
        session.begin_poll();
        session.end_poll();
    }
    session.begin_poll();
    let mut http = server.http();
    for _ in 0..10 {
        http.get("/ready").expect(200);
    }
    server.signal(Signal::TERM);
    let answer = session.finish_poll();
    // Nobody can know whether the server saw the poll before the signal.
    match answer.status {
        200 => assert!(["1", "41"].contains(&&*answer.text()), "{}", answer.text()),
        400 => assert_eq!(answer.json()["message"], "Session ID unknown"),
        status => panic!("{status}: {}", answer.text()),
    }
    assert_eq!(server.wait_for_exit().code(), Some(0), "{}", server.said());
}

#[test]
fn answer_that_is_being_read_leaves_whole() {
    let mut server = launch()
        .plugin("echo")
        .settings("[limits]\nmessage_bytes = 8000000\noutput_bytes = 8000000")
        .settings("effects_bytes = 8000000")
        .start();
    let payload = "x".repeat(6_000_000);
    let body = json!({"name": "echo", "payload": payload}).to_string();
    let mut http = server.http();
    http.start("POST", "/api/events", &[], body.as_bytes());
    // Nobody reads yet, and the system's buffers do not hold all of it.
    server.facts().wait("event_ended", |_| true);
    server.signal(Signal::TERM);
    server.facts().wait("server_draining", |_| true);
    let answer = http.finish();
    assert_eq!(answer.expect(200)["result"], json!([payload]));
    assert_eq!(server.wait_for_exit().code(), Some(0), "{}", server.said());
}

#[test]
fn what_does_not_end_in_time_is_counted_and_told_by_the_exit_code() {
    let mut server = launch()
        .guest("slow")
        .settings("[limits]\ndeadline_ms = 60000\ndrain_ms = 100")
        .start();
    let mut socket = RawSocket::join(server.address());
    socket.send(r#"421["slow",50000,true]"#);
    assert_eq!(socket.text(), r#"42["started",50000]"#);
    server.signal(Signal::TERM);
    assert_eq!(server.wait_for_exit().code(), Some(1), "{}", server.said());
    let stopped = server.facts().wait("server_stopped", |_| true);
    assert!(stopped["failed"].as_u64().unwrap() >= 1, "{stopped}");
}
