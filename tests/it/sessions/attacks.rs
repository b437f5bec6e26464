//! Tokens in wrong hands, at a wrong time, twice.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::UNIX_EPOCH;

use fs7_tests::session::SessionClient;
use fs7_tests::wait;
use serde_json::json;

use crate::launch;

#[track_caller]
fn refused(result: Result<SessionClient, String>, code: &str) {
    let refusal = result.unwrap_err();
    assert!(refusal.starts_with(&format!("{code}: ")), "{refusal}");
}

#[test]
fn token_is_good_once() {
    let server = launch().guest("rooms").start();
    let client = SessionClient::begin(server.address());
    let token = client.token(0);
    client.try_resume(server.address(), &token).unwrap();
    refused(client.try_resume(server.address(), &token), "token_used");
    // Another one of the same set is.
    client
        .try_resume(server.address(), &client.token(1))
        .unwrap();
    let told = server.facts().wait("token_refused", |_| true);
    assert_eq!(told["code"], "token_used");
}

#[test]
fn of_two_uses_at_once_one_wins() {
    let server = launch().guest("rooms").start();
    for _ in 0..10 {
        let client = SessionClient::begin(server.address());
        let client = Arc::new(client);
        let barrier = Arc::new(Barrier::new(4));
        let runners: Vec<_> = (0..4)
            .map(|_| {
                let (client, barrier) = (client.clone(), barrier.clone());
                let address = server.address();
                thread::spawn(move || {
                    barrier.wait();
                    client.try_resume(address, &client.token(0)).map(|_| ())
                })
            })
            .collect();
        let results: Vec<_> = runners
            .into_iter()
            .map(|runner| runner.join().unwrap())
            .collect();
        let winners = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(winners, 1, "{results:?}");
        for refusal in results.into_iter().filter_map(Result::err) {
            assert!(refusal.starts_with("token_used: "), "{refusal}");
        }
    }
}

#[test]
fn altered_and_foreign_tokens_are_refused() {
    let server = launch().guest("rooms").guest("hooks").start();
    let client = SessionClient::begin(server.address());
    let token = client.token(0);
    // One character at a time: the bit flips of every position are a unit test.
    for position in [0, 5, 20, token.find('.').unwrap(), token.len() - 1] {
        let mut altered = token.clone().into_bytes();
        altered[position] = if altered[position] == b'A' {
            b'B'
        } else {
            b'A'
        };
        let altered = String::from_utf8(altered).unwrap();
        refused(
            client.try_resume(server.address(), &altered),
            "token_invalid",
        );
    }
    for nonsense in ["", ".", "x.y", &"a".repeat(10_000)] {
        refused(
            client.try_resume(server.address(), nonsense),
            "token_invalid",
        );
    }
    let other = launch().guest("rooms").start();
    refused(client.try_resume(other.address(), &token), "token_invalid");
    // For another namespace it is none.
    let wish = json!({"fs7_session": {"token": token, "received": 0}});
    refused(
        SessionClient::join(server.address(), "/hooks", wish),
        "token_invalid",
    );
    // And it was not used up by any of this.
    client.try_resume(server.address(), &token).unwrap();
}

#[test]
fn expired_token_is_refused() {
    let server = launch()
        .guest("rooms")
        .settings("[sessions]\ntoken_ttl_ms = 1")
        .start();
    let client = SessionClient::begin(server.address());
    let expires_at_ms = u128::from(client.opening()["expires_at_ms"].as_u64().unwrap());
    wait::until_true("the end of the token's time", || {
        UNIX_EPOCH.elapsed().unwrap().as_millis() > expires_at_ms
    });
    refused(
        client.try_resume(server.address(), &client.token(0)),
        "token_expired",
    );
}

#[test]
fn previous_secret_is_accepted_after_a_rotation() {
    let secrets = |current: &str, previous: &str| {
        let line = |key: &str, text: &str| format!("{key} = \"{}\"\n", text.repeat(32));
        format!(
            "[sessions]\n{}{}",
            line("secret", current),
            line("previous_secret", previous)
        )
    };
    let old = launch().guest("rooms").settings(&secrets("a", "z")).start();
    let rotated = launch().guest("rooms").settings(&secrets("b", "a")).start();
    let later = launch().guest("rooms").settings(&secrets("c", "b")).start();
    let client = SessionClient::begin(old.address());
    let rotated = client
        .try_resume(rotated.address(), &client.token(0))
        .unwrap();
    refused(
        client.try_resume(later.address(), &client.token(1)),
        "token_invalid",
    );
    rotated
        .try_resume(later.address(), &rotated.token(0))
        .unwrap();
}

#[test]
fn wishes_that_are_none_are_refused_in_words() {
    let server = launch().guest("rooms").start();
    for wish in [
        json!(1),
        json!("yes"),
        json!({"token": 5}),
        json!({"token": "a", "received": -1}),
    ] {
        let refusal =
            SessionClient::join(server.address(), "/", json!({"fs7_session": wish})).unwrap_err();
        assert!(
            refusal.contains("`fs7_session`: expected"),
            "{wish}: {refusal}"
        );
    }
}

#[test]
fn secret_is_made_once_and_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = launch().guest("rooms").start();
    let file = server.dir().join(".fs7/session-secret");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let secret = std::fs::read_to_string(&file).unwrap();
    let server = server.restart();
    assert_eq!(
        std::fs::read_to_string(server.dir().join(".fs7/session-secret")).unwrap(),
        secret
    );
}
