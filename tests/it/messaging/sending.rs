//! Messages to one, to a room, to everyone: whom they reach, what arrives, what the answer says,
//! and that they are held against the contract as handlers' emits are.

use fs7_tests::http::Http;
use fs7_tests::raw::RawSocket;
use fs7_tests::session::SessionClient;
use fs7_tests::wait;
use serde_json::{Value, json};

use super::{all, counted, cut, order, plain, serving};
use crate::launch;

#[test]
fn message_reaches_one_a_room_or_everyone() {
    let server = serving("");
    let mut http = server.http();
    let (mut a, a_id) = plain(&server);
    let (mut b, b_id) = plain(&server);
    let mut session = SessionClient::begin(server.address());
    order(&mut b, &json!({"join": "red"}));
    session.call("rooms", &json!({"join": "red"}));

    let said = json!({"event": "said", "data": {"n": 1}});
    let path = format!("/api/connections/{a_id}/send");
    assert_eq!(http.post(&path, &said).expect(200), all(1));
    assert_eq!(a.text(), r#"42["said",{"n":1}]"#);

    let said = json!({"event": "said", "data": 2});
    assert_eq!(
        http.post("/api/rooms/red/send", &said).expect(200),
        all(2),
        "a session and a plain connection"
    );
    let said = json!({"event": "said", "data": 3, "except": [b_id, "nobody"]});
    assert_eq!(http.post("/api/rooms/red/send", &said).expect(200), all(1));
    let said = json!({"event": "said", "data": 4});
    assert_eq!(http.post("/api/broadcast", &said).expect(200), all(3));
    let said = json!({"event": "said", "data": 5, "except": [a_id]});
    assert_eq!(http.post("/api/broadcast", &said).expect(200), all(2));
    let said = json!({"event": "said"});
    assert_eq!(
        http.post("/api/rooms/nobody%20here/send", &said)
            .expect(200),
        all(0),
        "nobody is there, and that is no failure"
    );

    assert_eq!(a.text(), r#"42["said",4]"#, "not what went to the room");
    let received: Vec<_> = (0..3).map(|_| b.text()).collect();
    assert_eq!(
        received,
        [2, 4, 5].map(|n| format!(r#"42["said",{n}]"#)),
        "not where it is left out"
    );
    let received: Vec<_> = (0..4).map(|_| session.next("said")[0].clone()).collect();
    assert_eq!(received, [2, 3, 4, 5]);
    assert_eq!(session.received(), 4, "they count as any event does");
    counted(&server, r#"fs7_messages_total{to="one"} 1"#);
    counted(&server, r#"fs7_messages_total{to="room"} 3"#);
    counted(&server, r#"fs7_messages_total{to="everyone"} 2"#);
    counted(
        &server,
        r#"fs7_message_receivers_total{result="reached"} 9"#,
    );
}

#[test]
fn text_and_json_arrive_as_they_were_given() {
    let server = serving("");
    let mut http = server.http();
    let (mut socket, id) = plain(&server);
    let path = format!("/api/connections/{id}/send");
    let table = [
        (
            json!({"text": "hé \"there\"\n"}),
            r#"42["message","hé \"there\"\n"]"#,
        ),
        (json!({"text": ""}), r#"42["message",""]"#),
        (json!({"event": "e"}), r#"42["e"]"#),
        (json!({"event": "e", "data": null}), r#"42["e",null]"#),
        (json!({"event": "e", "data": [1, 2]}), r#"42["e",[1,2]]"#),
        (
            json!({"event": "e", "args": [1, {"a": 2}]}),
            r#"42["e",1,{"a":2}]"#,
        ),
        (json!({"event": "e", "args": []}), r#"42["e"]"#),
        (json!({"event": "ü,\"", "data": 1}), r#"42["ü,\"",1]"#),
    ];
    for (message, wire) in table {
        assert_eq!(http.post(&path, &message).expect(200), all(1), "{message}");
        assert_eq!(socket.text(), wire, "{message}");
    }
    // Numbers and the order of members stay as they were written.
    let exact = br#"{"event":"e","data":{"z":1.50,"a":12345678901234567890123}}"#;
    http.send("POST", &path, &[], exact).expect(200);
    assert_eq!(
        socket.text(),
        r#"42["e",{"z":1.50,"a":12345678901234567890123}]"#
    );
}

#[test]
fn session_that_is_away_gets_its_messages_when_it_comes_back() {
    let server = serving("");
    let mut http = server.http();
    let mut client = SessionClient::begin(server.address());
    client.call("rooms", &json!({"join": "red"}));
    cut(&server, &client);
    let id = client.id();
    let one = format!("/api/connections/{id}/send");
    for (number, path) in [&*one, "/api/rooms/red/send", "/api/broadcast"]
        .iter()
        .enumerate()
    {
        let said = json!({"event": "said", "data": number});
        assert_eq!(http.post(path, &said).expect(200), all(1), "{path}");
    }
    assert_eq!(
        http.post(&one, &json!({"text": "text too"})).expect(200),
        all(1)
    );
    let mut back = client.resume(server.address());
    assert_eq!(back.opening()["recovered"], true);
    for number in 0..3 {
        assert_eq!(back.next("said"), json!([number]));
    }
    assert_eq!(back.next("message"), json!(["text too"]));
}

#[test]
fn those_whom_a_message_did_not_reach_are_named() {
    let server = serving("");
    let mut http = server.http();
    let (mut here, _) = plain(&server);
    let away = SessionClient::begin(server.address());
    cut(&server, &away);
    // What is volatile is kept for nobody.
    let said = json!({"event": "said", "volatile": true});
    let why = "it cannot take it now, and the message is volatile";
    assert_eq!(
        http.post("/api/broadcast", &said).expect(200),
        json!({
            "total": 2,
            "succeeded": 1,
            "failed": 1,
            "errors": [{"id": away.id(), "message": why}],
        })
    );
    assert_eq!(here.text(), r#"42["said"]"#);
    let path = format!("/api/connections/{}/send", away.id());
    let report = http.post(&path, &said).expect(200);
    assert_eq!(
        (&report["total"], &report["failed"]),
        (&json!(1), &json!(1)),
        "{report}"
    );
    let back = away.resume(server.address());
    assert_eq!(back.opening()["recovered"], true);
    assert_eq!(back.opening()["sent"], 0, "it was never sent");
    counted(&server, r#"fs7_message_receivers_total{result="missed"} 2"#);
}

#[test]
fn client_that_does_not_read_is_passed_over_by_what_is_volatile() {
    let settings = "[limits]\nwrite_stall_ms = 3600000\noutbound_bytes = 1000000000";
    let server = serving(settings);
    let mut http = server.http();
    let (_socket, id) = plain(&server);
    let path = format!("/api/connections/{id}");
    let waiting = |http: &mut Http| {
        let one = http.get(&path).expect(200);
        one["waiting_bytes"].as_u64().unwrap()
    };
    let send = format!("{path}/send");
    // More than the buffers of the system hold.
    let mut long = json!({"event": "said", "data": "x".repeat(500_000)});
    wait::until_true("a client that cannot take more", || {
        assert_eq!(http.post(&send, &long).expect(200), all(1));
        waiting(&mut http) > 5_000_000
    });
    long["volatile"] = json!(true);
    let why = "it cannot take it now, and the message is volatile";
    assert_eq!(
        http.post(&send, &long).expect(200),
        json!({
            "total": 1, "succeeded": 0, "failed": 1, "errors": [{"id": id, "message": why}],
        })
    );
    let memory = http.get("/api/connections/memory").expect(200);
    let total = memory["total_memory"].as_u64().unwrap();
    assert!(total > 5_000_000, "{memory}");
}

#[test]
fn messages_stay_in_their_namespace() {
    let server = launch().guest("rooms").guest("hooks").start();
    let mut http = server.http();
    let (mut main, id) = plain(&server);
    let mut side = RawSocket::open(server.address());
    side.send("40/hooks,");
    assert!(side.text().starts_with("40/hooks,"));
    assert_eq!(side.text(), r#"42/hooks,["welcome",null]"#);
    let said = json!({"event": "said", "namespace": "/hooks"});
    assert_eq!(http.post("/api/broadcast", &said).expect(200), all(1));
    assert_eq!(side.text(), r#"42/hooks,["said"]"#);
    assert_eq!(
        http.post("/api/rooms/hooked/send", &said).expect(200),
        all(1)
    );
    // Without a namespace an id is looked for in all, and a room in the main one.
    let path = format!("/api/connections/{id}/send");
    http.post(&path, &said).expect_problem(404, "not_found");
    let said = json!({"event": "said", "data": 1});
    assert_eq!(
        http.post("/api/rooms/hooked/send", &said).expect(200),
        all(0)
    );
    assert_eq!(http.post(&path, &said).expect(200), all(1));
    assert_eq!(main.text(), r#"42["said",1]"#, "the first that it gets");
    let said = json!({"event": "said", "namespace": "/nowhere"});
    http.post("/api/broadcast", &said)
        .expect_problem(404, "not_found");
}

#[test]
fn messages_are_held_against_the_contract_as_emits_are() {
    let bad = json!({"event": "said", "data": {"text": 1, "more": 2}});
    let good = json!({"event": "said", "data": {"text": "hello"}});
    let strict = crate::contract::obeying("outbound = \"strict\"").start();
    let mut socket = RawSocket::join(strict.address());
    let mut http = strict.http();
    let problem = http
        .post("/api/broadcast", &bad)
        .expect_problem(422, "invalid_payload");
    let rules: Vec<&Value> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["pointer"])
        .collect();
    assert!(rules.contains(&&json!("/text")), "{problem}");
    assert_eq!(http.post("/api/broadcast", &good).expect(200), all(1));
    assert_eq!(
        socket.text(),
        r#"42["said",{"text":"hello"}]"#,
        "and not the one before"
    );

    let lenient = crate::contract::obeying("outbound = \"warn\"")
        .may_warn("contract_violation")
        .start();
    let mut socket = RawSocket::join(lenient.address());
    assert_eq!(
        lenient.http().post("/api/broadcast", &bad).expect(200),
        all(1)
    );
    assert_eq!(socket.text(), r#"42["said",{"text":1,"more":2}]"#);
    let told = lenient.facts().wait("contract_violation", |_| true);
    assert_eq!(
        (&told["direction"], &told["handler"], &told["event"]),
        (&json!("outbound"), &json!("api"), &json!("said"))
    );
}
