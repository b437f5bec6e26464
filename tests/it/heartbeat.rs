//! The heartbeat: how often a client is asked whether it is there, and what becomes of one that
//! does not answer.

use fs7_tests::http::Http;
use fs7_tests::raw::RawSocket;
use fs7_tests::stock::{Connect, Stock};
use fs7_tests::wait;
use serde_json::{Value, json};

use crate::launch;

#[track_caller]
fn check_handshake(sockets: &str, interval_ms: u64, timeout_ms: u64) {
    let server = launch().settings(&format!("[sockets]\n{sockets}")).start();
    let answer = Http::new(server.address(), None).get("/socket.io/?EIO=4&transport=polling");
    let text = answer.text();
    let open: Value = serde_json::from_str(text.strip_prefix('0').unwrap()).unwrap();
    assert_eq!(open["pingInterval"], interval_ms, "{sockets}: {text}");
    assert_eq!(open["pingTimeout"], timeout_ms, "{sockets}: {text}");
}

#[test]
fn clients_are_told_the_heartbeat_of_the_settings() {
    check_handshake("", 25_000, 20_000);
    check_handshake("heartbeat = \"standard\"", 25_000, 20_000);
    check_handshake("heartbeat = \"conservative\"", 30_000, 60_000);
    check_handshake("heartbeat = \"aggressive\"", 5_000, 10_000);
    check_handshake("heartbeat = \"relaxed\"", 60_000, 120_000);
    // What is named by itself wins over the preset.
    check_handshake(
        "heartbeat = \"aggressive\"\nping_timeout_ms = 7000",
        5_000,
        7_000,
    );
}

#[test]
fn client_that_answers_no_ping_is_closed_and_others_stay() {
    let server = launch()
        .plugin("echo")
        .settings("[sockets]\nping_interval_ms = 300\nping_timeout_ms = 1500")
        .start();
    let mut stock = Stock::start(&server.url());
    let id = stock.connect("there", &Connect::default());
    // It reads nothing, and so answers nothing.
    let silent = RawSocket::join(server.address());
    let closed = server.facts().wait("connection_closed", |_| true);
    assert_eq!(closed["reason"], "ping timeout", "{closed}");
    wait::until("the count of it", || {
        let text = server.http().get("/metrics").text();
        let line = r#"fs7_connections_closed_total{reason="ping timeout"} 1"#;
        if text.contains(line) {
            Ok(())
        } else {
            Err(text)
        }
    });
    assert_eq!(stock.call("there", "echo", &[json!(1)]), json!([1]));
    assert_eq!(stock.state("there")["id"], json!(id), "the same connection");
    drop(silent);
}
