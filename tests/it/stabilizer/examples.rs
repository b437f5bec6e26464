//! Its two examples, `basic_app.py` and `reconnect_example.py`, with handlers that are there.

use fs7_tests::session::SessionClient;
use fs7_tests::stock::{Connect, Stock};
use serde_json::{Value, json};

use crate::launch;

/// A chat: who comes is welcomed, the others are told; what one says the others hear; who leaves
/// is missed; and an application asks who is there.
#[test]
fn chat_with_statistics() {
    let server = launch().plugin("chat").start();
    let mut stock = Stock::start(&server.url());
    let chat = |name: &str| Connect::to("/chat").with_auth(json!({"name": name}));
    stock.connect("ann", &chat("Ann"));
    let welcome = stock.next("ann", "welcome");
    let ann = welcome[0]["id"].clone();
    assert_eq!(welcome[0]["name"], "Ann");

    stock.connect("bob", &chat("Bob"));
    let bob = stock.next("bob", "welcome")[0]["id"].clone();
    let joined = stock.next("ann", "joined");
    assert_eq!(joined, json!([{"id": bob, "name": "Bob"}]));

    stock.call("bob", "message", &[json!({"text": "hello"})]);
    let message = stock.next("ann", "message");
    assert_eq!(
        message,
        json!([{"from": bob, "room": null, "text": "hello"}])
    );

    let mut http = server.http();
    let count = http
        .get("/api/connections/count?namespace=/chat")
        .expect(200);
    assert_eq!(count["connected"], 2);
    let list = http.get("/api/connections?namespace=/chat").expect(200);
    let listed = list["connections"].as_array().unwrap();
    let ids: Vec<&Value> = listed.iter().map(|one| &one["id"]).collect();
    assert!(ids.contains(&&ann) && ids.contains(&&bob), "{list}");

    stock.disconnect("bob");
    assert_eq!(stock.next("ann", "left")[0]["id"], bob);
    let count = http
        .get("/api/connections/count?namespace=/chat")
        .expect(200);
    assert_eq!(count["connected"], 1);
}

/// A client asks for a token before it goes, comes back with it, and is the one that it was; a
/// token that is wrong brings it nowhere.
#[test]
fn echo_that_is_resumed_with_a_token() {
    let server = launch().plugin("echo").start();
    let mut http = server.http();
    let mut client = SessionClient::begin(server.address());
    assert_eq!(client.call("echo", &json!("hello")), json!(["hello"]));
    let id = client.id().to_owned();

    let made = http
        .post("/api/tokens", &json!({"session": id}))
        .expect(200);
    let token = made["tokens"][0].as_str().unwrap();
    client.cut();
    let mut back = client.try_resume(server.address(), token).unwrap();
    let opening = back.opening();
    assert_eq!(opening["id"], id, "{opening}");
    assert_eq!(opening["resumed"], true, "restored from the token");
    assert_eq!(opening["recovered"], true, "{opening}");
    assert_eq!(back.call("echo", &json!("again")), json!(["again"]));
    assert!(!back.token(0).is_empty(), "with tokens for the next time");

    for (token, code) in [(token, "token_used"), ("wrong", "token_invalid")] {
        let refusal = back.try_resume(server.address(), token).unwrap_err();
        assert!(refusal.starts_with(&format!("{code}: ")), "{refusal}");
    }
    assert_eq!(
        back.call("echo", &json!(1)),
        json!([1]),
        "it is still there"
    );
}
