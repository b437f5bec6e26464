//! Its `TestReconnectionTokens`.

use fs7_tests::wait;

use super::Stage;

#[test]
fn tokens_name_their_client_once() {
    let mut stage = Stage::with("");
    makes_a_token_in_one_piece(&mut stage);
    says_whose_a_good_token_is(&mut stage);
    refuses_what_is_no_token(&mut stage);
    refuses_a_token_that_it_never_made(&mut stage);
    refuses_a_token_that_was_changed(&mut stage);
    takes_a_token_once(&mut stage);
}

fn makes_a_token_in_one_piece(stage: &mut Stage) {
    let token = stage.token("test_client_1");
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    assert!(!token.is_empty() && token.chars().all(is_plain), "{token}");
    assert_ne!(token, stage.token("test_client_1"), "each is another");
}

fn says_whose_a_good_token_is(stage: &mut Stage) {
    let token = stage.token("test_client_1");
    let valid = stage.validate(&token).expect(200);
    assert_eq!(valid["session"], "test_client_1");
}

fn refuses_what_is_no_token(stage: &mut Stage) {
    stage
        .validate("invalid.token")
        .expect_problem(401, "token_invalid");
}

fn refuses_a_token_that_it_never_made(stage: &mut Stage) {
    stage
        .validate("abc.def.ghi.jkl")
        .expect_problem(401, "token_invalid");
}

fn refuses_a_token_that_was_changed(stage: &mut Stage) {
    let token = stage.token("test_client_1");
    // Each part of it, a little.
    for at in [0, token.len() / 2, token.len() - 2] {
        let mut changed = token.clone();
        let other = if &token[at..=at] == "A" { "B" } else { "A" };
        changed.replace_range(at..=at, other);
        stage
            .validate(&changed)
            .expect_problem(401, "token_invalid");
        let refusal = stage.connect_with(&changed).unwrap_err();
        assert!(refusal.starts_with("token_invalid: "), "{refusal}");
    }
}

fn takes_a_token_once(stage: &mut Stage) {
    let token = stage.token("test_client_1");
    stage.validate(&token).expect(200);
    stage.validate(&token).expect_problem(410, "token_used");
    let refusal = stage.connect_with(&token).unwrap_err();
    assert!(refusal.starts_with("token_used: "), "{refusal}");
}

#[test]
fn token_expires() {
    let mut stage = Stage::with("[sessions]\ntoken_ttl_ms = 1");
    let token = stage.token("test_client_1");
    wait::until_true("the end of the token's time", || {
        let body = serde_json::json!({"token": token, "consume": false});
        let answer = stage.http.post("/api/tokens/validate", &body);
        answer.status == 410 && answer.json()["code"] == "token_expired"
    });
    let refusal = stage.connect_with(&token).unwrap_err();
    assert!(refusal.starts_with("token_expired: "), "{refusal}");
}
