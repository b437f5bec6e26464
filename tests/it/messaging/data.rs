//! User data: set and read by key, bounded, and as lasting as the session.

use fs7_tests::session::SessionClient;
use serde_json::json;

use super::{cut, delete, plain, put, serving, success};

#[test]
fn user_data_is_set_read_and_taken_away_by_key() {
    let server = serving("");
    let mut http = server.http();
    let (_socket, id) = plain(&server);
    let data = format!("/api/connections/{id}/data");
    assert_eq!(http.get(&data).expect(200), json!({}));
    for (key, value) in [
        ("user_id", "12345"),
        ("name", "\"Zoë\""),
        ("a%2Fb%20c", "{\"theme\": [1.50, null]}"),
        ("nothing", "null"),
    ] {
        let path = format!("{data}/{key}");
        assert_eq!(put(&mut http, &path, value).expect(200), success(), "{key}");
    }
    // Byte for byte as it was set.
    let kept = http.get(&format!("{data}/a%2Fb%20c"));
    assert_eq!(kept.text(), "{\"theme\": [1.50, null]}");
    let all = json!({
        "user_id": 12345,
        "name": "Zoë",
        "a/b c": {"theme": [1.50, null]},
        "nothing": null,
    });
    assert_eq!(http.get(&data).expect(200), all);
    let shown = http.get(&format!("/api/connections/{id}")).expect(200);
    assert_eq!(shown["data"], all);
    put(&mut http, &format!("{data}/user_id"), "2").expect(200);
    assert_eq!(http.get(&format!("{data}/user_id")).expect(200), 2);
    delete(&mut http, &format!("{data}/user_id")).expect(200);
    http.get(&format!("{data}/user_id"))
        .expect_problem(404, "not_found");
    delete(&mut http, &format!("{data}/user_id")).expect_problem(404, "not_found");
}

/// JSON has room for more than its readers: halves of surrogate pairs, numbers beyond all bounds.
#[test]
fn user_data_that_nobody_could_read_is_refused() {
    let server = serving("");
    let mut http = server.http();
    let (_socket, id) = plain(&server);
    for value in ["1e9999", r#""\ud800""#, r#"{"\ud800": 1}"#] {
        let path = format!("/api/connections/{id}/data/key");
        put(&mut http, &path, value).expect_problem(422, "invalid_payload");
    }
    assert_eq!(
        http.get("/api/connections").expect(200)["connections"][0]["data"],
        json!({})
    );
}

#[test]
fn user_data_has_a_limit_and_what_was_there_stays() {
    let server = serving("[limits]\nuser_data_bytes = 100");
    let mut http = server.http();
    let (_socket, id) = plain(&server);
    let data = format!("/api/connections/{id}/data");
    let value = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    put(&mut http, &format!("{data}/key"), &value(97)).expect(200);
    let problem =
        put(&mut http, &format!("{data}/key"), &value(98)).expect_problem(413, "too_large");
    let message = problem["message"].as_str().unwrap();
    assert!(
        message.contains("101 bytes") && message.contains("limit `user_data_bytes`"),
        "{message}"
    );
    put(&mut http, &format!("{data}/k"), "1").expect_problem(413, "too_large");
    assert_eq!(http.get(&format!("{data}/key")).text(), value(97));
    put(&mut http, &format!("{data}/key"), "1").expect(200);
    put(&mut http, &format!("{data}/k"), "1").expect(200);
}

#[test]
fn user_data_and_rooms_outlive_a_cut_and_a_kill() {
    let server = serving("");
    let mut http = server.http();
    let client = SessionClient::begin(server.address());
    let id = client.id().to_owned();
    let data = format!("/api/connections/{id}/data");
    put(&mut http, &format!("{data}/name"), "\"Ann\"").expect(200);
    put(&mut http, &format!("{data}/gone"), "1").expect(200);
    http.post(&format!("/api/connections/{id}/rooms/red"), &json!({}))
        .expect(200);
    cut(&server, &client);
    // Those who are away are reached too.
    put(&mut http, &format!("{data}/level"), "7").expect(200);
    delete(&mut http, &format!("{data}/gone")).expect(200);
    server.signal(rustix::process::Signal::KILL);
    let server = server.restart();
    let mut http = server.http();
    let kept = json!({"name": "Ann", "level": 7});
    assert_eq!(http.get(&data).expect(200), kept);
    let mut back = client.resume(server.address());
    assert_eq!(back.id(), id);
    assert_eq!(http.get(&data).expect(200), kept);
    let said = json!({"event": "said", "data": 1});
    http.post("/api/rooms/red/send", &said).expect(200);
    assert_eq!(back.next("said"), json!([1]), "it is still in the room");
}
