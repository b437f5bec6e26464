//! Who is there: the list with its pages, the count, the memory, one alone, and the end of a stay.

use fs7_tests::polling::RawPolling;
use fs7_tests::raw::RawSocket;
use fs7_tests::session::SessionClient;
use fs7_tests::wait;
use fs7_tests::ws::PlainSocket;
use serde_json::{Value, json};

use super::{cut, delete, order, plain, put, serving, success};
use crate::launch;

fn ids(list: &Value) -> Vec<String> {
    let listed = list["connections"].as_array().unwrap();
    let ids = listed.iter().map(|one| one["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

#[test]
fn list_says_what_is_known_of_a_connection() {
    let server = serving("");
    let mut http = server.http();
    let (mut socket, id) = plain(&server);
    for room in ["red", "blue"] {
        order(&mut socket, &json!({"join": room}));
    }
    // The client may have its answer before the server has put away what it was about.
    let list = wait::until("a connection for which nothing waits", || {
        let list = http.get("/api/connections").expect(200);
        let is_idle = list["connections"][0]["waiting_bytes"] == 0;
        if is_idle { Ok(list) } else { Err(list) }
    });
    let one = &list["connections"][0];
    let expected = json!({
        "id": id,
        "session": false,
        "connected": true,
        "connection": id,
        "namespace": "/",
        "rooms": ["blue", "red"],
        "data": {},
        "principal": "anonymous",
        "transport": "websocket",
        "address": "127.0.0.1",
        "connected_at": one["connected_at"],
        "active_at": one["active_at"],
        "waiting_bytes": 0,
        "retained_bytes": 0,
    });
    assert_eq!(list, json!({"connections": [expected], "next": null}));
    for time in ["connected_at", "active_at"] {
        let time = one[time].as_str().unwrap();
        assert!(time.starts_with("20") && time.ends_with('Z'), "{time}");
    }
    let path = format!("/api/connections/{id}");
    assert_eq!(http.get(&path).expect(200), *one, "alone as in the list");
}

/// On both edges; the list's times are in milliseconds, so it may take a second event or two.
#[test]
fn client_was_active_when_it_last_sent_an_event() {
    let server = serving("");
    let mut http = server.http();
    let mut active = |transport: &str| {
        wait::until("the client in the list", || {
            let list = http.get("/api/connections").expect(200);
            let listed = list["connections"].as_array().unwrap();
            let one = listed.iter().find(|one| one["transport"] == transport);
            one.and_then(|one| Some(one["active_at"].as_str()?.to_owned()))
                .ok_or(list)
        })
    };
    let mut socket = RawSocket::join(server.address());
    let before = active("websocket");
    wait::until_true("activity over Socket.IO", || {
        socket.send(r#"421["unknown"]"#);
        assert!(socket.text().starts_with("431"));
        active("websocket") > before
    });
    let mut device = PlainSocket::open(server.address(), "");
    let before = active("ws");
    wait::until_true("activity on /ws", || {
        device.send(r#"{"event":"unknown","id":1}"#);
        assert_eq!(device.json()["id"], 1);
        active("ws") > before
    });
}

#[test]
fn list_says_what_is_known_of_a_session() {
    let server = serving("");
    let mut http = server.http();
    let auth = json!({"fs7_session": true, "api_key": server.key()});
    let client = SessionClient::join(server.address(), "/", auth).unwrap();
    let path = format!("/api/connections/{}", client.id());
    put(&mut http, &format!("{path}/data/name"), "\"Ann\"").expect(200);
    let one = http.get(&path).expect(200);
    assert_eq!(
        (&one["session"], &one["connected"], &one["principal"]),
        (&json!(true), &json!(true), &json!("api_key")),
        "{one}"
    );
    let (id, connection) = (&one["id"], &one["connection"]);
    assert_ne!(connection, id, "a session outlives its connection");
    assert_eq!(one["data"], json!({"name": "Ann"}));

    cut(&server, &client);
    let said = json!({"event": "said", "data": "x".repeat(100)});
    http.post(&format!("{path}/send"), &said).expect(200);
    let one = http.get(&path).expect(200);
    assert_eq!(
        (&one["session"], &one["connected"]),
        (&json!(true), &json!(false))
    );
    for of_a_connection in [
        "connection",
        "transport",
        "address",
        "connected_at",
        "active_at",
    ] {
        assert_eq!(one[of_a_connection], Value::Null, "{one}");
    }
    assert_eq!(one["data"], json!({"name": "Ann"}));
    assert!(one["retained_bytes"].as_u64().unwrap() > 100, "{one}");
}

#[test]
fn long_list_comes_in_pages_and_nobody_is_missed() {
    let server = serving("");
    let mut http = server.http();
    let sockets: Vec<_> = (0..5).map(|_| plain(&server)).collect();
    let mut expected: Vec<_> = sockets.iter().map(|(_, id)| id.clone()).collect();
    expected.sort();
    let (mut found, mut pages, mut after) = (Vec::new(), 0, String::new());
    loop {
        let path = format!("/api/connections?limit=2{after}");
        let page = http.get(&path).expect(200);
        found.extend(ids(&page));
        pages += 1;
        let Some(next) = page["next"].as_str() else {
            break;
        };
        after = format!("&after={next}");
    }
    assert_eq!((found, pages), (expected, 3));
    for (limit, words) in [("0", "1 to 1000"), ("1001", "1 to 1000"), ("many", "query")] {
        let problem = http
            .get(&format!("/api/connections?limit={limit}"))
            .expect_problem(422, "invalid_payload");
        assert!(problem["message"].as_str().unwrap().contains(words));
    }
}

#[test]
fn list_and_count_look_at_one_namespace_or_room() {
    let server = launch().guest("rooms").guest("hooks").start();
    let mut http = server.http();
    let (mut socket, id) = plain(&server);
    let (_other, other) = plain(&server);
    order(&mut socket, &json!({"join": "red room"}));
    let mut side = RawSocket::open(server.address());
    side.send("40/hooks,");
    assert!(side.text().starts_with("40/hooks,"));
    side.text();
    let away = SessionClient::begin(server.address());
    cut(&server, &away);
    let mut get = |query: &str| http.get(&format!("/api/connections{query}")).expect(200);
    assert_eq!(ids(&get("?room=red%20room")), [id]);
    assert_eq!(ids(&get("?room=hooked")).len(), 1, "in any namespace");
    assert_eq!(ids(&get("?room=hooked&namespace=/")).len(), 0);
    let listed = ids(&get("?namespace=/"));
    assert!(listed.contains(&other) && listed.len() == 3, "{listed:?}");
    assert_eq!(
        get("/count"),
        json!({"count": 4, "connected": 3, "sessions": 1, "absent": 1})
    );
    assert_eq!(
        get("/count?namespace=%2Fhooks"),
        json!({"count": 1, "connected": 1, "sessions": 0, "absent": 0})
    );
    let status = http.get("/admin/status").expect(200);
    assert_eq!(
        (&status["sessions"], &status["absent"]),
        (&json!(1), &json!(1))
    );
    http.get("/api/connections?namespace=/nowhere")
        .expect_problem(404, "not_found");
    http.get("/api/connections/count?namespace=/nowhere")
        .expect_problem(404, "not_found");
}

#[test]
fn transports_are_told_apart() {
    let server = serving("");
    let _polling = RawPolling::join(server.address());
    let (_socket, id) = plain(&server);
    let list = server.http().get("/api/connections").expect(200);
    for one in list["connections"].as_array().unwrap() {
        let expected = if one["id"] == *id {
            "websocket"
        } else {
            "polling"
        };
        assert_eq!(one["transport"], expected, "{one}");
    }
}

#[test]
fn end_of_a_stay_is_the_end_of_its_session() {
    let server = launch().guest("rooms").guest("hooks").start();
    let mut http = server.http();
    let (mut socket, id) = plain(&server);
    let path = format!("/api/connections/{id}");
    assert_eq!(delete(&mut http, &path).expect(200), success());
    assert_eq!(socket.text(), "41");
    wait::until_true("the end of the stay", || {
        server.http().get(&path).status == 404
    });
    delete(&mut http, &path).expect_problem(404, "not_found");

    // A session's hook runs, and its tokens lead nowhere.
    let mut witness =
        SessionClient::join(server.address(), "/hooks", json!({"fs7_session": true})).unwrap();
    witness.next("welcome");
    for is_away in [false, true] {
        let mut client =
            SessionClient::join(server.address(), "/hooks", json!({"fs7_session": true})).unwrap();
        client.next("welcome");
        if is_away {
            cut(&server, &client);
        }
        let path = format!("/api/connections/{}", client.id());
        delete(&mut http, &path).expect(200);
        assert_eq!(witness.next("left")[0], client.id(), "away: {is_away}");
        http.get(&path).expect_problem(404, "not_found");
        let back = client.resume(server.address());
        assert_eq!(back.opening()["resumed"], false, "away: {is_away}");
        drop(back);
    }
}
