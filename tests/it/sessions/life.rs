//! The life of a session: when its hooks run, who ends it, and what a stop does to it.

use fs7_tests::session::SessionClient;
use fs7_tests::stock::{Connect, Stock};
use fs7_tests::wait;
use rustix::process::Signal;
use serde_json::json;

use super::absent;
use crate::launch;

pub(super) fn hooks(server: &fs7_tests::server::Server) -> SessionClient {
    SessionClient::join(
        server.address(),
        "/hooks",
        json!({"fs7_session": true, "name": "Ann"}),
    )
    .unwrap()
}

/// Closing facts of a hook.
fn runs(server: &fs7_tests::server::Server, hook: &str) -> usize {
    let ended = server.facts().named("event_ended");
    ended.iter().filter(|fact| fact["event"] == hook).count()
}

#[test]
fn hooks_see_a_session_and_no_transport() {
    let server = launch().guest("hooks").guest("rooms").start();
    let mut client = hooks(&server);
    client.next("welcome");
    client.cut();
    absent(&server, &client);
    let mut back = client.resume(server.address());
    assert_eq!(back.opening()["recovered"], true);
    assert_eq!(
        (runs(&server, "connect"), runs(&server, "disconnect")),
        (1, 0)
    );
    // Its client ends it.
    back.leave();
    server
        .facts()
        .wait("session_ended", |fact| fact["reason"] == "ended");
    let parted = server
        .facts()
        .wait("event_ended", |fact| fact["event"] == "disconnect");
    assert_eq!(parted["connection"], client.id());
    // What is over is not resumed: its token gives back the id alone, and the hook runs anew.
    let again = back.resume(server.address());
    assert_eq!(again.opening()["id"], client.id());
    assert_eq!(again.opening()["resumed"], false);
    wait::until_true("the connect hook to run anew", || {
        runs(&server, "connect") == 2
    });
}

#[test]
fn session_ends_when_its_client_stays_away() {
    let server = launch()
        .guest("hooks")
        .guest("rooms")
        .settings("[sessions]\nretention_ms = 200")
        .start();
    let client = hooks(&server);
    client.cut();
    server.facts().wait("session_ended", |fact| {
        fact["session"] == client.id() && fact["reason"] == "expired"
    });
    server.facts().wait("event_ended", |fact| {
        fact["event"] == "disconnect" && fact["connection"] == client.id()
    });
    let back = client.resume(server.address());
    assert_eq!(back.opening()["resumed"], false);
    assert_eq!(back.opening()["gap"], json!({"from": 1, "to": null}));
}

#[test]
fn resume_takes_the_session_from_a_connection_that_is_still_there() {
    let server = launch().guest("rooms").start();
    let mut first = SessionClient::begin(server.address());
    let mut second = first.resume(server.address());
    assert_eq!(first.next("fs7:closing"), json!([{"reason": "replaced"}]));
    assert_eq!(first.raw().text(), "41", "and its stay is over");
    let reply = second.call("rooms", &json!({"join": "a"}));
    assert_eq!(reply[0], first.id());
    assert!(server.facts().named("session_ended").is_empty());
}

#[test]
fn handler_ends_a_session_whether_its_client_is_there_or_not() {
    let server = launch()
        .guest("rooms")
        .settings("[sessions]\nretention_ms = 2000")
        .start();
    let mut judge = SessionClient::begin(server.address());
    let mut here = SessionClient::begin(server.address());
    let away = SessionClient::begin(server.address());
    away.cut();
    absent(&server, &away);
    for client in [&here, &away] {
        judge.call("rooms", &json!({"disconnect_other": client.id()}));
        server
            .facts()
            .wait("session_ended", |fact| fact["session"] == client.id());
    }
    assert_eq!(here.raw().text(), "41");
    assert_eq!(away.resume(server.address()).opening()["resumed"], false);
}

#[test]
fn stopping_server_sends_clients_back_and_the_next_one_knows_them() {
    let mut server = launch()
        .guest("rooms")
        .settings("[sessions]\nreturn_ms = 1000")
        .start();
    let mut client = SessionClient::begin(server.address());
    client.call("rooms", &json!({"join": "lobby"}));
    server.signal(Signal::TERM);
    let closing = client.next("fs7:closing");
    assert_eq!(closing[0]["reason"], "shutdown", "{closing}");
    assert!(
        closing[0]["retry_after_ms"].as_u64().unwrap() < 1_000,
        "{closing}"
    );
    client.until_closed();
    assert!(server.wait_for_exit().success());
    let server = server.restart();
    let mut back = client.resume(server.address());
    assert_eq!(back.opening()["recovered"], true);
    let order = json!({"emit": {"room": "lobby", "name": "said"}});
    back.emit("rooms", &order);
    back.next("said");
}

#[test]
fn emits_to_an_absent_session_count_as_delivered_and_plain_clients_hear_of_no_session() {
    let server = launch().guest("rooms").start();
    let client = SessionClient::begin(server.address());
    client.cut();
    absent(&server, &client);
    let mut stock = Stock::start(&server.url());
    stock.connect("plain", &Connect::default());
    stock.call("plain", "rooms", &[json!({"tell": client.id()})]);
    assert_eq!(stock.inbox("plain"), json!([]));
    assert!(server.facts().named("send_failed").is_empty());
    let mut back = client.resume(server.address());
    back.next("told");
}

#[test]
fn who_stays_longer_than_a_token_lives_can_come_back() {
    let server = launch()
        .guest("rooms")
        .settings("[sessions]\ntoken_ttl_ms = 2000")
        .start();
    let mut client = SessionClient::begin(server.address());
    let renewed = client.next("fs7:tokens");
    let again = client.next("fs7:tokens");
    assert_ne!(renewed[0]["tokens"], again[0]["tokens"]);
    client.cut();
    absent(&server, &client);
    let first = client
        .try_resume(server.address(), &client.token(0))
        .unwrap_err();
    assert!(first.starts_with("token_expired: "), "{first}");
    let token = again[0]["tokens"][0].as_str().unwrap();
    let back = client.try_resume(server.address(), token).unwrap();
    assert_eq!(back.opening()["recovered"], true);
}

#[test]
fn ended_session_does_not_come_back_however_its_client_goes() {
    let server = launch().guest("rooms").start();
    let mut judge = SessionClient::begin(server.address());
    let client = SessionClient::begin(server.address());
    judge.call("rooms", &json!({"disconnect_other": client.id()}));
    // It does not take leave: its network goes.
    client.cut();
    server
        .facts()
        .wait("session_ended", |fact| fact["session"] == client.id());
    let back = client.resume(server.address());
    assert_eq!(back.opening()["resumed"], false);
    assert_eq!(
        server.http().get("/api/connections/count").expect(200)["sessions"],
        2
    );
}
