//! Namespaces: those in which a handler answers, no others, and what a swap makes of them.

use fs7_tests::raw::RawSocket;
use fs7_tests::repo::guest_bytes;
use fs7_tests::server::Server;
use fs7_tests::stock::{Connect, Stock};
use serde_json::{Value, json};

use crate::launch;

fn unwatched() -> Server {
    launch()
        .settings("[registry]\nwatch = false")
        // A connection that was let into no namespace keeps its place for so long.
        .settings("[sockets]\nconnect_timeout_ms = 2000")
        .start()
}

fn refusal() -> Value {
    json!({"error": "Invalid namespace"})
}

#[test]
fn namespace_in_which_nobody_answers_is_refused() {
    let server = launch().guest("hooks").start();
    let mut stock = Stock::start(&server.url());
    for how in [
        Connect::to("/nowhere"),
        Connect::to("/nowhere").over_polling(),
    ] {
        assert_eq!(stock.try_connect("a", &how), refusal());
    }
    stock.connect("a", &Connect::to("/hooks"));
    // The main namespace is always there.
    stock.connect("b", &Connect::default());
    let reply = stock.call("b", "who", &[]);
    assert_eq!(
        reply[0]["code"], "unknown_event",
        "an event belongs to one namespace"
    );
    let reply = stock.call("a", "nobody", &[]);
    assert_eq!(
        reply[0]["message"],
        "no handler answers `nobody` in `/hooks`"
    );
}

#[test]
fn namespace_comes_and_goes_with_its_handler() {
    let server = unwatched();
    let mut stock = Stock::start(&server.url());
    assert_eq!(
        stock.try_connect("early", &Connect::to("/hooks")),
        refusal()
    );

    server.place_settled(&guest_bytes("hooks"), "hooks.wasm");
    server.http().reload().expect(200);
    let id = stock.connect("member", &Connect::to("/hooks"));
    assert_eq!(stock.next("member", "welcome"), json!([null]));

    // Its members stay when the file goes, but nobody new gets in.
    server.remove("hooks.wasm");
    server.http().reload().expect(200);
    assert_eq!(stock.call("member", "who", &[])[0]["code"], "unknown_event");
    assert_eq!(stock.try_connect("late", &Connect::to("/hooks")), refusal());

    // The file comes back: nobody was disconnected, and others get in again.
    server.place_settled(&guest_bytes("hooks"), "hooks.wasm");
    server.http().reload().expect(200);
    assert!(stock.call("member", "who", &[])[0].is_string());
    stock.connect("other", &Connect::to("/hooks"));
    assert_eq!(stock.state("member")["id"], id.as_str());
    assert_eq!(stock.inbox("member"), json!([]));

    // Gone for good: it ends with its last member, and can begin anew.
    server.remove("hooks.wasm");
    server.http().reload().expect(200);
    stock.disconnect("member");
    stock.disconnect("other");
    server.facts().wait_for_count("connection_closed", 4);
    assert_eq!(stock.try_connect("late", &Connect::to("/hooks")), refusal());
    server.place_settled(&guest_bytes("hooks"), "hooks.wasm");
    server.http().reload().expect(200);
    stock.connect("late", &Connect::to("/hooks"));
    assert_eq!(stock.next("late", "welcome"), json!([null]));
}

#[test]
fn one_connection_is_in_several_namespaces_and_leaves_one() {
    let server = launch().guest("hooks").plugin("echo").start();
    let mut socket = RawSocket::join(server.address());
    socket.send("40/hooks,");
    assert!(socket.text().starts_with("40/hooks,"));
    assert_eq!(socket.text(), r#"42/hooks,["welcome",null]"#);
    socket.send("41/hooks,");
    socket.send(r#"422["echo",1]"#);
    assert_eq!(socket.text(), r#"42["echo_ack",1]"#);
    assert_eq!(socket.text(), "432[1]");
    let ended = server
        .facts()
        .wait("event_ended", |fact| fact["event"] == "disconnect");
    assert_eq!(ended["namespace"], "/hooks");
    assert_eq!(server.facts().named("connection_closed").len(), 0);
}

#[test]
fn chat_greets_talks_counts_and_parts() {
    let server = launch().plugin("chat").start();
    let mut stock = Stock::start(&server.url());
    let chat = |name: &str| Connect::to("/chat").with_auth(json!({"name": name}));
    let nameless = stock.try_connect("nobody", &Connect::to("/chat"));
    assert_eq!(
        nameless,
        json!({"error": "connect with auth `{\"name\": …}`, 1 to 40 characters"})
    );

    stock.connect("ann", &chat("Ann"));
    let ann = stock.next("ann", "welcome")[0]["id"].clone();
    stock.connect("bob", &chat("Bob"));
    let bob = stock.next("bob", "welcome")[0]["id"].clone();
    assert_eq!(
        stock.next("ann", "joined"),
        json!([{"id": bob, "name": "Bob"}])
    );

    stock.call("ann", "enter", &[json!("tea")]);
    stock.call("bob", "enter", &[json!("tea")]);
    assert_eq!(
        stock.next("ann", "entered"),
        json!([{"id": bob, "room": "tea"}])
    );
    stock.call("bob", "message", &[json!({"room": "tea", "text": "hello"})]);
    let said = json!([{"from": bob, "room": "tea", "text": "hello"}]);
    assert_eq!(stock.next("ann", "message"), said);

    stock.call("ann", "statistics", &[]);
    for name in ["ann", "bob"] {
        assert_eq!(stock.next(name, "roll_call"), json!([{"to": ann}]));
        stock.call(
            name,
            "here",
            &[json!({"to": ann, "name": name, "messages_sent": 1})],
        );
        let here = stock.next("ann", "here");
        assert_eq!(
            (&here[0]["name"], &here[0]["messages_sent"]),
            (&json!(name), &json!(1))
        );
    }
    stock.disconnect("bob");
    let left = json!([{"id": bob, "reason": "client namespace disconnect"}]);
    assert_eq!(stock.next("ann", "left"), left);
    assert_eq!(stock.inbox("ann"), json!([]));
}
