//! Tokens over HTTP: made for a session that is there or will be, checked, used up once, and of no
//! use when they are forged or too old.

use fs7_tests::session::SessionClient;
use fs7_tests::wait;
use serde_json::json;

use super::{plain, serving};
use crate::launch;

#[test]
fn token_is_made_checked_and_used_up() {
    let server = serving("");
    let mut http = server.http();
    let made = http
        .post("/api/tokens", &json!({"session": "user 1", "count": 2}))
        .expect(200);
    assert_eq!(
        (&made["session"], &made["namespace"]),
        (&json!("user 1"), &json!("/"))
    );
    assert!(
        made["expires_at"].as_str().unwrap().ends_with('Z'),
        "{made}"
    );
    let tokens = made["tokens"].as_array().unwrap();
    assert!(tokens.len() == 2 && tokens[0] != tokens[1], "{made}");
    let look = json!({"token": tokens[0], "consume": false});
    let valid = json!({"valid": true, "session": "user 1", "expires_at": made["expires_at"]});
    for _ in 0..2 {
        assert_eq!(http.post("/api/tokens/validate", &look).expect(200), valid);
    }
    let spend = json!({"token": tokens[0]});
    assert_eq!(http.post("/api/tokens/validate", &spend).expect(200), valid);
    for again in [&spend, &look] {
        http.post("/api/tokens/validate", again)
            .expect_problem(410, "token_used");
    }
    // The other one is as good as before, and brings a client to the session of that name.
    let wish = json!({"fs7_session": {"token": tokens[1], "received": 0}});
    let client = SessionClient::join(server.address(), "/", wish.clone()).unwrap();
    assert_eq!(client.id(), "user 1");
    http.get("/api/connections/user%201").expect(200);
    let refusal = SessionClient::join(server.address(), "/", wish).unwrap_err();
    assert!(refusal.starts_with("token_used: "), "{refusal}");
}

#[test]
fn application_and_client_use_the_same_tokens() {
    let server = serving("");
    let mut http = server.http();
    let mut client = SessionClient::begin(server.address());
    let path = format!("/api/connections/{}/send", client.id());
    http.post(&path, &json!({"event": "said"})).expect(200);
    client.next("said");
    super::cut(&server, &client);
    // The application looks at a token that the server gave the client, and uses it up.
    let spend = json!({"token": client.token(0)});
    let valid = http.post("/api/tokens/validate", &spend).expect(200);
    assert_eq!(valid["session"], client.id());
    let refusal = client
        .try_resume(server.address(), &client.token(0))
        .unwrap_err();
    assert!(refusal.starts_with("token_used: "), "{refusal}");
    // The client comes back with one that the application had made for it.
    let made = http
        .post("/api/tokens", &json!({"session": client.id()}))
        .expect(200);
    let back = client
        .try_resume(server.address(), made["tokens"][0].as_str().unwrap())
        .unwrap();
    assert_eq!(back.id(), client.id());
    assert_eq!(back.opening()["recovered"], true);
    assert_eq!(back.opening()["sent"], 1);
}

#[test]
fn forged_and_misplaced_tokens_are_refused() {
    let server = launch().guest("rooms").guest("hooks").start();
    let mut http = server.http();
    let made = http
        .post("/api/tokens", &json!({"session": "s"}))
        .expect(200);
    let token = made["tokens"][0].as_str().unwrap();
    let last = token.chars().last().unwrap();
    let other = if last == 'A' { 'B' } else { 'A' };
    let mut forged = token.to_owned();
    forged.replace_range(5..6, if &token[5..6] == "A" { "B" } else { "A" });
    let cut = &token[..token.len() - 1];
    let long = format!("{token}{other}");
    for bad in [
        "",
        "invalid.token",
        "abc.def.ghi.jkl",
        &*forged,
        cut,
        &*long,
    ] {
        http.post("/api/tokens/validate", &json!({"token": bad}))
            .expect_problem(401, "token_invalid");
    }
    let elsewhere = json!({"token": token, "namespace": "/hooks"});
    http.post("/api/tokens/validate", &elsewhere)
        .expect_problem(401, "token_invalid");
    http.post("/api/tokens/validate", &json!({"token": token}))
        .expect(200);
}

#[test]
fn token_is_good_for_its_time_only() {
    let server = serving("[sessions]\ntoken_ttl_ms = 1");
    let mut http = server.http();
    let made = http
        .post("/api/tokens", &json!({"session": "s"}))
        .expect(200);
    let token = json!({"token": made["tokens"][0], "consume": false});
    wait::until_true("the end of the token's time", || {
        server.http().post("/api/tokens/validate", &token).status != 200
    });
    http.post("/api/tokens/validate", &token)
        .expect_problem(410, "token_expired");
}

#[test]
fn tokens_are_for_sessions() {
    let server = serving("");
    let mut http = server.http();
    let (_socket, id) = plain(&server);
    let problem = http
        .post("/api/tokens", &json!({"session": id}))
        .expect_problem(409, "rejected");
    assert!(problem["message"].as_str().unwrap().contains(&id));
    let off = serving("[sessions]\nenabled = false");
    for (path, body) in [
        ("/api/tokens", json!({"session": "s"})),
        ("/api/tokens/validate", json!({"token": "t"})),
    ] {
        let problem = off.http().post(path, &body).expect_problem(409, "rejected");
        let words = problem["message"].as_str().unwrap();
        assert!(words.contains("[sessions] enabled"), "{words}");
    }
}

#[test]
fn session_of_one_namespace_is_none_of_another() {
    let server = launch().guest("rooms").guest("hooks").start();
    let mut http = server.http();
    let mut token = |namespace: &str| {
        let order = json!({"session": "user", "namespace": namespace, "count": 1});
        let made = http.post("/api/tokens", &order).expect(200);
        json!({"fs7_session": {"token": made["tokens"][0], "received": 0}, "name": "Ann"})
    };
    let [first, second] = ["/", "/hooks"].map(&mut token);
    let mut here = SessionClient::join(server.address(), "/", first).unwrap();
    let refusal = SessionClient::join(server.address(), "/hooks", second).unwrap_err();
    assert!(refusal.starts_with("token_invalid: "), "{refusal}");
    // Nothing has become of the one that is there.
    http.post("/api/connections/user/send", &json!({"event": "said"}))
        .expect(200);
    here.next("said");
    assert_eq!(
        http.send("DELETE", "/api/connections/user", &[], b"")
            .status,
        200
    );
    server
        .facts()
        .wait("session_ended", |fact| fact["session"] == "user");
}
