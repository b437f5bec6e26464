//! Who is not let in, and by which HTTP status; what the key opens.

use fs7_tests::http::Http;
use fs7_tests::ws::PlainSocket;
use serde_json::json;

use crate::launch;

#[test]
fn refusals_have_http_statuses() {
    let server = launch()
        .guest("rooms")
        .may_warn("connection_refused")
        .start();
    let address = server.address();
    let status = |query: &str, headers: &[(&'static str, &str)]| {
        PlainSocket::try_open(address, query, headers).err()
    };
    assert_eq!(status("", &[("origin", "https://example.com")]), Some(403));
    assert_eq!(status("", &[("origin", "http://localhost:5173")]), None);
    assert_eq!(status("?namespace=/nowhere", &[]), Some(404));
    assert_eq!(status("?api_key=wrong", &[]), Some(401));
    assert_eq!(status("?api_key=", &[]), Some(401));
    assert_eq!(status("", &[("x-api-key", "wrong")]), Some(401));
    assert_eq!(status("", &[("x-api-key", server.key())]), None);
    assert_eq!(status(&format!("?api_key={}", server.key()), &[]), None);
    assert_eq!(status("?session=perhaps", &[]), Some(422));
    assert_eq!(status("?token=a&received=-1", &[]), Some(422));
    let told = server.facts().wait("connection_refused", |_| true);
    assert_eq!(told["code"], "origin", "{told}");
}

#[test]
fn words_come_with_the_refusal() {
    let server = launch().guest("rooms").start();
    let mut http = Http::new(server.address(), None);
    let handshake = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let answer = http.send("GET", "/ws?namespace=/nowhere", &handshake, b"");
    let problem = answer.expect_problem(404, "not_found");
    let words = problem["message"].as_str().unwrap();
    assert!(words.contains("`/nowhere`"), "{words}");
    // A request that wants no WebSocket, or one of another version.
    for headers in [&handshake[..0], &handshake[..2], &handshake[1..2]] {
        let answer = http.send("GET", "/ws", headers, b"");
        assert_eq!(answer.status, 426, "{headers:?}");
        assert_eq!(answer.header("sec-websocket-version"), Some("13"));
    }
}

#[test]
fn key_is_asked_for_where_it_is_needed() {
    let server = launch()
        .guest("rooms")
        .settings("[sockets]\nrequire_key = true")
        .start();
    let address = server.address();
    assert_eq!(PlainSocket::try_open(address, "", &[]).err(), Some(401));
    let mut socket = PlainSocket::try_open(address, "", &[("x-api-key", server.key())]).unwrap();
    let ack = socket.call("rooms", &json!({"join": "lobby"}));
    assert!(ack["data"].is_string(), "{ack}");
}

#[test]
fn connections_count_whatever_they_speak() {
    let server = launch()
        .guest("rooms")
        .settings("[limits]\nconnections = 2")
        .may_warn("connection_refused")
        .start();
    let address = server.address();
    let _one = fs7_tests::raw::RawSocket::join(address);
    let two = PlainSocket::open(address, "");
    assert_eq!(PlainSocket::try_open(address, "", &[]).err(), Some(503));
    let refused = fs7_tests::raw::RawSocket::try_open(address).unwrap_err();
    assert!(refused.contains("503"), "{refused}");
    let status = server.http().get("/admin/status").expect(200);
    assert_eq!(status["connections"], 2, "{status}");
    two.cut();
    server.facts().wait_for_count("connection_closed", 1);
    PlainSocket::try_open(address, "", &[]).unwrap();
}

#[test]
fn addresses_and_principals_have_limits_of_their_own() {
    let server = launch()
        .guest("rooms")
        .settings("[limits]\nconnections_per_address = 2\nconnections_per_principal = 1")
        .may_warn("connection_refused")
        .start();
    let address = server.address();
    let key = format!("?api_key={}", server.key());
    let _one = PlainSocket::open(address, &key);
    assert_eq!(PlainSocket::try_open(address, &key, &[]).err(), Some(503));
    let _two = PlainSocket::open(address, "");
    assert_eq!(PlainSocket::try_open(address, "", &[]).err(), Some(503));
    let told = server.facts().wait_for_count("connection_refused", 2);
    let codes: Vec<_> = told.iter().map(|fact| fact["code"].clone()).collect();
    assert_eq!(
        codes,
        ["connections_per_principal", "connections_per_address"]
    );
}
