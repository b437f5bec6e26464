//! The connect and disconnect hooks, and who may connect at all.

use fs7_tests::raw::{Packet, RawSocket};
use fs7_tests::stock::{Connect, Stock};
use serde_json::json;

use crate::launch;

fn hooks() -> Connect {
    Connect::to("/hooks")
}

#[test]
fn connect_hook_refuses_in_its_own_words() {
    let server = launch().guest("hooks").start();
    let mut stock = Stock::start(&server.url());
    for how in [hooks(), hooks().over_polling()] {
        let how = how.with_auth(json!({"deny": "you are not on the list, Zoë"}));
        let answer = stock.try_connect("a", &how);
        assert_eq!(answer, json!({"error": "you are not on the list, Zoë"}));
    }
    let ended = server
        .facts()
        .wait("event_ended", |fact| fact["event"] == "connect");
    assert_eq!(
        (&ended["outcome"], &ended["code"]),
        (&json!("rejected"), &json!("forbidden"))
    );
}

#[test]
fn what_the_connect_hook_asked_for_comes_after_the_reply_and_before_any_other_event() {
    let server = launch().guest("hooks").start();
    let mut socket = RawSocket::open(server.address());
    socket.send(r#"40/hooks,{"name":"Ann"}"#);
    assert!(socket.text().starts_with(r#"40/hooks,{"sid":""#));
    // Sent in the moment of the reply.
    socket.send(r#"42/hooks,1["room"]"#);
    let texts: Vec<_> = (0..3).map(|_| socket.text()).collect();
    let expected = [
        r#"42/hooks,["welcome",{"name":"Ann"}]"#,
        r#"42/hooks,["in_room"]"#,
        "43/hooks,1[]",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn hooks_greet_and_part_for_stock_clients() {
    let server = launch().guest("hooks").start();
    let mut stock = Stock::start(&server.url());
    stock.connect("stays", &hooks().with_auth(json!({"name": "Bob"})));
    assert_eq!(stock.next("stays", "welcome"), json!([{"name": "Bob"}]));
    for how in [hooks(), hooks().over_polling()] {
        stock.connect("leaves", &how);
        assert_eq!(
            stock.next("leaves", "welcome"),
            json!([null]),
            "without auth"
        );
        let id = stock.call("leaves", "who", &[])[0].clone();
        assert!(
            id.as_str().is_some_and(|id| id.starts_with('c')),
            "fs7's own id: {id}"
        );
        assert_ne!(id, stock.state("leaves")["id"], "and not the engine's");
        stock.disconnect("leaves");
        let left = stock.next("stays", "left");
        assert_eq!(left, json!([id, "client namespace disconnect"]));
    }
}

#[test]
fn disconnect_hook_says_why_when_a_client_goes_without_a_word() {
    let server = launch().guest("hooks").start();
    let mut stock = Stock::start(&server.url());
    stock.connect("stays", &hooks());
    let mut socket = RawSocket::open(server.address());
    socket.send("40/hooks,");
    assert!(socket.text().starts_with("40/hooks,"));
    assert!(socket.text().contains("welcome"));
    drop(socket);
    assert_eq!(stock.next("stays", "left")[1], "transport close");
    server.facts().wait("connection_closed", |fact| {
        fact["reason"] == "transport close"
    });
}

#[test]
fn client_that_does_not_answer_pings_is_closed() {
    let server = launch()
        .guest("hooks")
        .settings("[sockets]\nping_interval_ms = 100\nping_timeout_ms = 100")
        .start();
    let mut socket = RawSocket::open(server.address());
    socket.send("40/hooks,");
    // It never reads, so it never answers.
    let closed = server.facts().wait("connection_closed", |_| true);
    assert_eq!(closed["reason"], "ping timeout", "{closed}");
    let ended = server
        .facts()
        .wait("event_ended", |fact| fact["event"] == "disconnect");
    assert_eq!(ended["outcome"], "replied", "{ended}");
}

#[test]
fn client_that_joins_no_namespace_is_closed() {
    let server = launch()
        .settings("[sockets]\nconnect_timeout_ms = 100")
        .start();
    let mut socket = RawSocket::open(server.address());
    assert_eq!(socket.until_closed(), [Packet::Text("1".to_owned())]);
    server.facts().wait("connection_closed", |_| true);
}

#[test]
fn websocket_that_is_lost_before_it_joins_frees_its_place_soon() {
    let server = launch()
        .settings("[limits]\nconnections = 1\n[sockets]\nconnect_timeout_ms = 45000")
        .start();
    drop(RawSocket::open(server.address()));
    let closed = server.facts().wait("connection_closed", |_| true);
    let taken_ms = closed["duration_ms"].as_f64().unwrap();
    assert!(
        taken_ms < 20_000.0,
        "the engine would wait for a CONNECT: {closed}"
    );
    drop(RawSocket::join(server.address()));
}

#[test]
fn sockets_that_require_the_key_take_no_other() {
    let server = launch()
        .plugin("echo")
        .settings("[sockets]\nrequire_key = true")
        .start();
    let mut stock = Stock::start(&server.url());
    for how in [Connect::default(), Connect::default().over_polling()] {
        let without = stock.try_connect("a", &how);
        assert_eq!(
            without,
            json!({"error": "unauthorized: connect with auth: {api_key}"})
        );
        let wrong = how.clone().with_auth(json!({"api_key": "wrong"}));
        let wrong = stock.try_connect("a", &wrong);
        assert_eq!(wrong, json!({"error": "unauthorized: wrong api_key"}));
        stock.connect("a", &how.with_auth(json!({"api_key": server.key()})));
        assert_eq!(stock.call("a", "echo", &[json!(1)]), json!([1]));
    }
    let log = format!("{:?}", server.facts().lines());
    assert!(!log.contains(server.key()), "the key is never logged");
}

#[test]
fn wrong_key_is_refused_even_where_none_is_needed() {
    let server = launch().plugin("echo").start();
    let mut stock = Stock::start(&server.url());
    let wrong = Connect::default().with_auth(json!({"api_key": "wrong"}));
    let answer = stock.try_connect("a", &wrong);
    assert_eq!(answer, json!({"error": "unauthorized: wrong api_key"}));
}
