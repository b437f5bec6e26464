//! How a contract comes into force at a start.

use serde_json::{Value, json};

use super::{CONTRACT, obeying};
use crate::desk;

const BROKEN: &str = "asyncapi: 3.0.0\ninfo: {title: Orders}\nchannels: {a: {adress: a}}\n";

#[test]
fn contract_that_serves_is_told_of() {
    let server = obeying("").start();
    let status = server.http().get("/admin/status").expect(200);
    let contract = &status["contract"];
    assert_eq!(
        (
            &contract["file"],
            &contract["title"],
            &contract["version"],
            &contract["asyncapi"]
        ),
        (
            &json!("asyncapi.yaml"),
            &json!("Orders"),
            &json!("1.0.0"),
            &json!("3.0.0")
        )
    );
    let modes = json!({"inbound": "strict", "outbound": "warn", "ack": "warn", "unknown": "serve"});
    assert_eq!(contract["modes"], modes);
    let loaded = server.facts().wait("contract_loaded", |_| true);
    assert_eq!(
        (&loaded["title"], &loaded["generation"]),
        (&json!("Orders"), &json!(1))
    );
    assert_eq!(loaded["sha256"], contract["sha256"]);
    assert_eq!(contract["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn without_a_file_everything_is_served() {
    let server = crate::launch().guest("obeys").start();
    server
        .http()
        .trigger("say", &json!([1]))
        .expect_problem(422, "invalid_payload");
    server.http().trigger("say", &json!({})).expect(200);
    let status = server.http().get("/admin/status").expect(200);
    assert_eq!(status["contract"], Value::Null);
}

#[test]
fn start_with_a_broken_contract_is_refused_with_all_that_is_wrong() {
    for arguments in [
        &["start", "--port", "0"][..],
        &["start", "--foreground", "--port", "0"],
    ] {
        let desk = desk().file("asyncapi.yaml", BROKEN);
        let ran = desk.run(arguments);
        ran.said(
            1,
            &[
                "the contract `asyncapi.yaml` cannot serve",
                "asyncapi.yaml:2:",
                "hint: ",
            ],
        );
        assert!(!ran.stdout.contains("http://"), "{ran:?}");
        assert!(!desk.path("fastsocket.pid").exists());
    }
}

#[test]
fn contract_that_was_named_must_exist() {
    let desk = desk().file("asyncapi.yaml", CONTRACT);
    let ran = desk.run(&["start", "--port", "0", "--contract", "other.yaml"]);
    ran.said(1, &["the contract `other.yaml` cannot serve"]);
    let desk = desk.file("fs7.toml", "[contract]\nfile = \"third.yaml\"");
    desk.run(&["start", "--port", "0"]).said(1, &["third.yaml"]);
    desk.run(&["start", "--port", "0", "--contract", "asyncapi.yaml"])
        .succeeded();
}

#[test]
fn settings_of_the_contract_are_checked() {
    let check = |text: &str, words: &[&str]| {
        desk()
            .file("fs7.toml", text)
            .run(&["status"])
            .said(1, words);
    };
    check(
        "[contract]\ninbound = \"loose\"",
        &["`contract.inbound`: expected `strict`, `warn` or `off`, found the text `loose`"],
    );
    check(
        "[contract]\nbreaking = true",
        &["`contract.breaking`: expected `refuse` or `allow`, found `true`"],
    );
    check(
        "[contract]\nunknwon = \"serve\"",
        &[
            "unknown key `unknwon` in [contract]; known keys: file, inbound, outbound, ack, unknown, breaking, watch",
            "did you mean `unknown`?",
        ],
    );
    check(
        "contract = 3",
        &["`contract`: expected a path, or a table, found `3`"],
    );
}
