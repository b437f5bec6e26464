//! Who may connect: so many from one address, so many with the same credentials, and whom a
//! proxy speaks for.

use fs7_tests::http::Http;
use fs7_tests::raw::RawSocket;
use fs7_tests::server::Server;
use fs7_tests::stock::{Connect, Stock};
use fs7_tests::wait;
use serde_json::json;

use super::{expect_limit, reached};
use crate::launch;

const HANDSHAKE: &str = "/socket.io/?EIO=4&transport=polling";

/// A handshake that a proxy passes on.
fn handshake(server: &Server, forwarded_for: &str) -> fs7_tests::http::Answer {
    let headers = [("x-forwarded-for", forwarded_for)];
    Http::new(server.address(), None).send("GET", HANDSHAKE, &headers, b"")
}

#[test]
fn connections_of_one_address_are_limited_on_every_transport() {
    let server = launch()
        .plugin("echo")
        .settings("[limits]\nconnections_per_address = 2")
        .may_warn("connection_refused")
        .start();
    let first = RawSocket::join(server.address());
    let mut second = RawSocket::join(server.address());
    let refused = RawSocket::try_open(server.address()).unwrap_err();
    assert!(refused.contains("503"), "{refused}");
    // Nobody is told to be believed: what the header says is nothing.
    let problem = handshake(&server, "203.0.113.9").expect_problem(503, "busy");
    expect_limit(&problem, "connections_per_address");
    let facts = server.facts().wait_for_count("connection_refused", 2);
    for fact in facts {
        assert_eq!(fact["code"], "connections_per_address", "{fact}");
    }
    assert_eq!(reached(&server, "connections_per_address", 2), 2);
    second.send(r#"421["echo"]"#);
    assert_eq!(second.text(), r#"42["echo_ack"]"#);

    drop(first);
    wait::until("a place that became free", || {
        RawSocket::try_open(server.address()).map(drop)
    });
}

#[test]
fn proxies_that_are_trusted_say_where_clients_are() {
    let server = launch()
        .settings("[limits]\nconnections_per_address = 1")
        .settings("[http]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.7\"]")
        .may_warn("connection_refused")
        .start();
    assert_eq!(handshake(&server, "203.0.113.1").status, 200);
    assert_eq!(handshake(&server, "203.0.113.2").status, 200);
    for (header, is_let_in) in [
        ("203.0.113.1", false),
        // What a client writes before its proxy does is not believed.
        ("198.51.100.7, 203.0.113.1", false),
        ("203.0.113.1, 10.0.0.7", false),
        ("203.0.113.1:40000", false),
        ("203.0.113.3, 10.0.0.7", true),
        // A household has a network of its own.
        ("2001:db8:0:1::1", true),
        ("2001:db8:0:1:ffff::2", false),
        ("2001:db8:0:2::1", true),
    ] {
        let answer = handshake(&server, header);
        if is_let_in {
            assert_eq!(answer.status, 200, "{header}: {}", answer.text());
        } else {
            let problem = answer.expect_problem(503, "busy");
            expect_limit(&problem, "connections_per_address");
        }
    }
    let refused = RawSocket::try_open_with(
        server.address(),
        &[("x-forwarded-for", "198.51.100.1, 203.0.113.2")],
    );
    assert!(refused.unwrap_err().contains("503"));
    let own = RawSocket::try_open_with(
        server.address(),
        &[("x-forwarded-for", "203.0.113.2, 203.0.113.77")],
    );
    own.unwrap();
}

#[test]
fn connections_of_one_principal_are_limited_and_strangers_are_nobody() {
    const WORDS: &str = "connections_per_principal: too many connections with these credentials \
                         (limit `connections_per_principal`); try again later";
    let server = launch()
        .plugin("echo")
        .guest("hooks")
        .settings("[limits]\nconnections_per_principal = 1")
        .may_warn("connection_refused")
        .start();
    let mut stock = Stock::start(&server.url());
    let with_key = || Connect::default().with_auth(json!({"api_key": server.key()}));
    stock.connect("first", &with_key());
    for how in [with_key(), with_key().over_polling()] {
        let refused = stock.try_connect("second", &how);
        assert_eq!(refused, json!({"error": WORDS}));
    }
    assert_eq!(reached(&server, "connections_per_principal", 2), 2);
    let fact = server.facts().wait("connection_refused", |_| true);
    assert_eq!(fact["code"], "connections_per_principal", "{fact}");
    for name in ["stranger", "another"] {
        stock.connect(name, &Connect::default());
        assert_eq!(stock.call(name, "echo", &[json!(1)]), json!([1]));
    }

    stock.disconnect("first");
    server.facts().wait("connection_closed", |_| true);
    // One connection counts once, in however many namespaces it is.
    let mut raw = RawSocket::open(server.address());
    let auth = json!({"api_key": server.key()});
    for packet in [format!("40{auth}"), format!("40/hooks,{auth}")] {
        raw.send(&packet);
        let answer = raw.text();
        assert!(answer.starts_with("40"), "{packet}: {answer}");
    }
}
