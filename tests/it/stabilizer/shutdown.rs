//! Its `TestGracefulShutdown`, and the shutdown of `TestConcurrencyLimits`.

use fs7_tests::raw::Packet;
use rustix::process::Signal;
use serde_json::json;

use super::Stage;

#[test]
fn stop_closes_all_connections_and_reports() {
    let mut stage = Stage::with("");
    let mut clients: Vec<_> = (0..50)
        .map(|number| stage.connect(&format!("client_{number}")))
        .collect();
    stage.server.signal(Signal::TERM);
    for client in &mut clients {
        let last = client.until_closed();
        let is_told = |packet: &Packet| match packet {
            Packet::Text(text) => text.starts_with(r#"42["fs7:closing""#) || text == "41",
            Packet::Binary(_) | Packet::Closed(_) => false,
        };
        assert!(last.iter().any(is_told), "{last:?}");
    }
    assert_eq!(stage.server.wait_for_exit().code(), Some(0));
    let report = stage.server.facts().wait("server_stopped", |_| true);
    assert_eq!(
        (&report["closed"], &report["failed"]),
        (&json!(50), &json!(0)),
        "{report}"
    );
    assert!(report["duration_ms"].as_f64().unwrap() > 0.0, "{report}");
    let said = stage.server.said();
    assert!(said.contains("50 connection(s) closed"), "{said}");
}

#[test]
fn stopped_server_has_no_connection_left() {
    let mut stage = Stage::with("");
    let client = stage.connect("client_1");
    stage.server.signal(Signal::TERM);
    stage.server.wait_for_exit();
    // The session is kept for its client, and is without a connection.
    stage.server = stage.server.restart();
    stage.http = stage.server.http();
    assert_eq!(stage.count(), 0);
    let back = client.resume(stage.server.address());
    assert_eq!(back.opening()["recovered"], true);
    assert_eq!(stage.count(), 1);
}
