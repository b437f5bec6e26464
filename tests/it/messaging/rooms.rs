//! Rooms: who is in which, presence told to stock clients, history where it is switched on, and
//! members moved by the application.

use fs7_tests::session::SessionClient;
use fs7_tests::stock::{Connect, Stock};
use serde_json::{Value, json};

use super::{all, delete, order, plain, put, serving, success};

#[test]
fn rooms_and_their_members_are_listed() {
    let server = serving("");
    let mut http = server.http();
    assert_eq!(http.get("/api/rooms").expect(200), json!([]));
    let (mut a, a_id) = plain(&server);
    let (mut b, _) = plain(&server);
    order(&mut a, &json!({"join": "red"}));
    order(&mut b, &json!({"join": "red"}));
    order(&mut b, &json!({"join": "a/b ü"}));
    put(
        &mut http,
        &format!("/api/connections/{a_id}/data/name"),
        "\"Ann\"",
    )
    .expect(200);
    assert_eq!(
        http.get("/api/rooms").expect(200),
        json!([{"room": "a/b ü", "members": 1}, {"room": "red", "members": 2}])
    );
    let red = http.get("/api/rooms/red").expect(200);
    assert_eq!(
        (&red["room"], &red["namespace"]),
        (&json!("red"), &json!("/"))
    );
    let members = red["members"].as_array().unwrap();
    let ann = json!({
        "id": a_id, "session": false, "connected": true, "data": {"name": "Ann"},
    });
    assert!(members.len() == 2 && members.contains(&ann), "{red}");
    let odd = http.get("/api/rooms/a%2Fb%20%C3%BC").expect(200);
    assert_eq!(odd["members"].as_array().unwrap().len(), 1);
    let nobody = http.get("/api/rooms/nobody").expect(200);
    assert_eq!(nobody["members"], json!([]));
    http.get("/api/rooms?namespace=/nowhere")
        .expect_problem(404, "not_found");
}

#[test]
fn application_puts_members_into_rooms_and_takes_them_out() {
    let server = crate::launch()
        .guest("rooms")
        .settings("[limits]\nrooms = 2")
        .may_warn("warned")
        .may_warn("limit_reached")
        .start();
    let mut http = server.http();
    let (mut socket, id) = plain(&server);
    let room = |name: &str| format!("/api/connections/{id}/rooms/{name}");
    for name in ["red", "blue", "red"] {
        let answer = http.post(&room(name), &json!({}));
        assert_eq!(answer.expect(200), success(), "{name}, again or not");
    }
    let said = json!({"event": "said"});
    assert_eq!(http.post("/api/rooms/red/send", &said).expect(200), all(1));
    assert_eq!(socket.text(), r#"42["said"]"#);
    let problem = http
        .post(&room("green"), &json!({}))
        .expect_problem(409, "rejected");
    assert!(
        problem["message"]
            .as_str()
            .unwrap()
            .contains("limit `rooms`")
    );
    assert_eq!(delete(&mut http, &room("red")).expect(200), success());
    assert_eq!(http.post("/api/rooms/red/send", &said).expect(200), all(0));
    delete(&mut http, &room("red")).expect_problem(404, "not_found");
}

#[test]
fn stock_client_hears_who_comes_and_goes() {
    let server = serving("[rooms]\npresence = [\"team:*\"]");
    let mut stock = Stock::start(&server.url());
    stock.connect("a", &Connect::default());
    let join = json!({"join": "team:1"});
    let reply = stock.call("a", "rooms", std::slice::from_ref(&join));
    let a_id = reply[0].clone();
    let a = json!({"id": a_id, "connected": true, "data": {}});
    assert_eq!(
        stock.next("a", "fs7:presence"),
        json!([{"room": "team:1", "action": "state", "members": [a]}])
    );
    // A session with a name comes, by the hand of the application.
    let mut bob = SessionClient::begin(server.address());
    let mut http = server.http();
    let path = format!("/api/connections/{}", bob.id());
    put(&mut http, &format!("{path}/data/name"), "\"Bob\"").expect(200);
    http.post(&format!("{path}/rooms/team:1"), &json!({}))
        .expect(200);
    let change = |action: &str, count: u64| {
        json!([{
            "room": "team:1", "action": action, "count": count,
            "id": bob.id(), "connected": true, "data": {"name": "Bob"},
        }])
    };
    let (joined, left) = (change("join", 2), change("leave", 1));
    assert_eq!(stock.next("a", "fs7:presence"), joined);
    let state = bob.next("fs7:presence");
    assert_eq!(state[0]["action"], "state", "{state}");
    assert_eq!(state[0]["members"].as_array().unwrap().len(), 2, "{state}");
    assert_eq!(bob.received(), 0, "presence is not counted");
    bob.call("rooms", &json!({"leave": "team:1"}));
    assert_eq!(stock.next("a", "fs7:presence"), left);
    // Who goes for good has left.
    bob.call("rooms", &join);
    assert_eq!(stock.next("a", "fs7:presence")[0]["action"], "join");
    bob.leave();
    let left = stock.next("a", "fs7:presence");
    assert_eq!(
        (&left[0]["action"], &left[0]["id"], &left[0]["count"]),
        (&json!("leave"), &json!(bob.id()), &json!(1))
    );
    // Elsewhere nobody hears anything.
    stock.call("a", "rooms", &[json!({"join": "other"})]);
    assert_eq!(stock.inbox("a"), json!([]));
}

#[test]
fn session_that_is_away_stays_in_its_rooms_and_hears_the_state_when_it_is_back() {
    let server = serving("[rooms]\npresence = [\"team\"]");
    let mut client = SessionClient::begin(server.address());
    client.call("rooms", &json!({"join": "team"}));
    super::cut(&server, &client);
    let team = server.http().get("/api/rooms/team").expect(200);
    assert_eq!(
        team["members"],
        json!([{"id": client.id(), "session": true, "connected": false, "data": {}}])
    );
    let mut back = client.resume(server.address());
    let state = back.next("fs7:presence");
    assert_eq!(state[0]["members"][0]["connected"], true, "{state}");
}

#[test]
fn history_tells_the_last_messages_of_a_room() {
    let server = serving("[rooms]\nhistory = [\"log:*\"]\nhistory_messages = 3");
    let mut http = server.http();
    let path = "/api/rooms/log:1/history";
    assert_eq!(http.get(path).expect(200), json!([]));
    let (mut socket, _) = plain(&server);
    // What handlers emit and what applications send is alike; nobody need be in the room.
    let emit = json!({"emit": {"room": "log:1", "name": "said", "payload": {"n": 1.50}}});
    order(&mut socket, &emit);
    for (message, number) in [("one", 2), ("two", 3)] {
        let said = json!({"event": message, "args": [number, null]});
        http.post("/api/rooms/log:1/send", &said).expect(200);
    }
    let told = http.get(path).expect(200);
    let words: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|told| json!([told["event"], told["args"]]))
        .collect();
    let expected = [
        json!(["said", [{"n": 1.50}]]),
        json!(["one", [2, null]]),
        json!(["two", [3, null]]),
    ];
    assert_eq!(words, expected, "{told}");
    assert!(told[0]["at"].as_str().unwrap().ends_with('Z'), "{told}");
    http.post("/api/rooms/log:1/send", &json!({"text": "last"}))
        .expect(200);
    let told = http.get(path).expect(200);
    assert_eq!(told.as_array().unwrap().len(), 3, "{told}");
    assert_eq!(told[2]["event"], "message", "{told}");
    let last = http.get(&format!("{path}?limit=1")).expect(200);
    assert_eq!(last, json!([told[2]]));
    assert_eq!(http.get("/api/rooms/log:2/history").expect(200), json!([]));
}

#[test]
fn history_that_is_off_is_refused_and_says_how_it_is_switched_on() {
    let server = serving("[rooms]\nhistory = [\"log:*\"]");
    let mut http = server.http();
    let problem = http
        .get("/api/rooms/red/history")
        .expect_problem(409, "rejected");
    let words = problem["message"].as_str().unwrap();
    assert!(words.contains("[rooms] history = [\"red\"]"), "{words}");
    for limit in ["0", "100001"] {
        http.get(&format!("/api/rooms/log:1/history?limit={limit}"))
            .expect_problem(422, "invalid_payload");
    }
    let problem: Value = http
        .get("/api/rooms/log:1/history?namespace=/nowhere")
        .expect_problem(404, "not_found");
    assert!(problem["message"].as_str().unwrap().contains("/nowhere"));
}
