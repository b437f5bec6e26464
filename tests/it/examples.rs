//! The examples in `examples/`, against the server that they are written for.

use std::process::Output;

use fs7_tests::example;

use crate::launch;

#[track_caller]
fn expect_success(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains(words),
        "expected `{words}`: {}\n{said}\n{complaints}",
        output.status
    );
}

#[test]
fn lost_connection_loses_nothing() {
    let server = launch().plugin("chat").start();
    let output = example::node("reconnect/reconnect.mjs", &[&server.url()]);
    expect_success(&output, "all 12 sentences came, in order and once");
    let resumed = server.facts().named("session_resumed");
    assert_eq!(resumed.len(), 1, "{resumed:?}");
}

#[test]
fn happy_clients_are_answered() {
    let server = [
        "user_signed_up",
        "user_updated",
        "user_deleted",
        "send_notification",
        "on_light_measured",
        "example_event",
    ]
    .into_iter()
    .fold(launch(), fs7_tests::launch::Launch::plugin)
    .start();
    let words = "all events were answered";
    let url = server.url();
    expect_success(
        &example::node("happy_client/happy_client.mjs", &[&url]),
        words,
    );
    expect_success(
        &example::python("happy_client/happy_client.py", &[&url]),
        words,
    );
}
