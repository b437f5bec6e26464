//! Events at the command line: reload, list, register, trigger.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use fs7_tests::cli::{Desk, Ran};
use fs7_tests::repo;
use serde_json::{Value, json};

use crate::desk;

/// A server that loads handlers only when it is told to.
fn unwatched() -> Desk {
    desk().file("fs7.toml", "[registry]\nwatch = false\n")
}

fn guest(name: &str) -> Vec<u8> {
    fs::read(repo::guest(name)).unwrap()
}

fn events(desk: &Desk) -> Vec<String> {
    let listed = desk.run(&["list-events", "--json"]);
    listed.succeeded();
    let listed = listed.json();
    let events = listed["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn reload_tells_what_changed_and_what_failed() {
    let desk = unwatched().guest("greet_v1");
    desk.start();
    desk.run(&["list-events"]).succeeded();
    let idle = desk.run(&["reload"]);
    idle.succeeded();
    assert!(idle.stdout.ends_with(": nothing changed\n"), "{idle:#?}");
    desk.write("events/greet_v1.wasm", guest("greet_v2"));
    let swapped = desk.run(&["reload"]);
    swapped.succeeded();
    assert!(
        swapped.stdout.contains(": replaced greet_v1.wasm"),
        "{swapped:#?}"
    );
    desk.write("events/greet_v1.wasm", "garbage");
    let failed = desk.run(&["reload"]);
    failed.said(
        1,
        &[
            "error: `greet_v1.wasm` is not loaded: expected",
            ", found ",
            "hint: ",
        ],
    );
    let failed = desk.run(&["reload", "--json"]);
    assert_eq!(
        (failed.code, &failed.json()["status"]),
        (Some(1), &"partial".into())
    );
    // What served still serves, and the list says what is wrong.
    let ran = desk.run(&["trigger", "greet"]);
    assert_eq!(ran.json(), json!([{"version": 2}]));
    let listed = desk.run(&["list-events", "--json"]).json();
    assert_eq!(listed["failed"][0]["file"], "greet_v1.wasm");
    for field in ["expected", "found", "hint"] {
        assert!(
            listed["failed"][0][field].is_string(),
            "{field} in {listed}"
        );
    }
    desk.run(&["list-events"])
        .said(0, &["warning: `greet_v1.wasm` is not loaded"]);
}

#[test]
fn events_are_listed_for_people_and_machines() {
    let desk = desk().guest("greet_v1").guest("slow");
    desk.start();
    let table = desk.run(&["list-events"]);
    table.succeeded();
    let lines: Vec<_> = table.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{table:#?}");
    assert!(lines[0].starts_with("ID  NAMESPACE  EVENT"), "{table:#?}");
    assert!(
        lines[1].contains("greet") && lines[1].contains("greet_v1.handle_event"),
        "{table:#?}"
    );
    let listed = desk.run(&["list-events", "--json"]).json();
    assert!(listed["generation"].is_u64(), "{listed}");
    assert_eq!(listed["events"][0]["handler"], "greet_v1.handle_event");
    assert_eq!(listed["failed"], json!([]));
}

#[test]
fn register_checks_copies_and_loads() {
    let desk = unwatched()
        .file("new/greet_v1.wasm", guest("greet_v1"))
        .file("new/.hidden.wasm", "ignored")
        .file("new/notes.txt", "ignored");
    desk.start();
    let dry = desk.run(&["register-events-command", "--directory", "new", "--dry-run"]);
    dry.succeeded();
    assert!(dry.stdout.contains("greet_v1.wasm: ") && dry.stdout.contains("answers greet"));
    assert!(events(&desk).is_empty());
    let ran = desk.run(&["register", "--directory", "new"]);
    ran.succeeded();
    assert!(ran.stdout.contains("serves since generation 1"), "{ran:#?}");
    assert_eq!(events(&desk), ["greet"]);
    let files: Vec<_> = fs::read_dir(desk.path("events"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files, ["greet_v1.wasm"], "nothing else stays behind");
    assert_eq!(
        fs::read(desk.path("events/greet_v1.wasm")).unwrap(),
        guest("greet_v1")
    );
}

#[test]
fn register_installs_all_or_none() {
    let desk = desk()
        .file("new/broken.wasm", "garbage")
        .file("new/greet_v1.wasm", guest("greet_v1"))
        .file("twice/greet_v1.wasm", guest("greet_v1"))
        .file("twice/greet_v2.wasm", guest("greet_v2"))
        .file("empty/readme", "");
    let ran = desk.run(&["register", "--directory", "new"]);
    ran.said(
        1,
        &[
            "error: `broken.wasm`: expected",
            "hint: ",
            "nothing is installed",
        ],
    );
    let ran = desk.run(&["register", "--directory", "new", "--json"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.json()["installed"], false);
    assert_eq!(ran.json()["failed"][0]["file"], "broken.wasm");
    assert_eq!(
        ran.json()["checked"][0]["events"],
        json!([{"namespace": "/", "event": "greet"}])
    );
    desk.run(&["register", "--directory", "twice"])
        .said(1, &["expected one handler for `greet`"]);
    desk.run(&["register", "--directory", "empty"])
        .said(1, &["error: no handlers (*.wasm) in"]);
    desk.run(&["register", "--directory", "missing"])
        .said(1, &["error: read directory `missing`"]);
    let left = fs::read_dir(desk.path("events")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
    // Without a server, the next start loads them.
    fs::remove_file(desk.path("new/broken.wasm")).unwrap();
    desk.run(&["register", "--directory", "new"])
        .said(0, &["the next `fs7 start` loads them"]);
    desk.start();
    assert_eq!(events(&desk), ["greet"]);
}

fn with_input(desk: &Desk, args: &[&str], input: &str) -> Ran {
    let mut child = desk.command(args).stdin(Stdio::piped()).spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap().into()
}

#[test]
fn trigger_takes_its_payload_from_anywhere() {
    let desk = desk()
        .guest("rejects")
        .guest("slow")
        .file("payload.json", "2");
    desk.start();
    for (payload, result) in [("1", 1), ("@payload.json", 2)] {
        let ran = desk.run(&["trigger", "slow", "--payload", payload]);
        ran.said(0, &["slow handled successfully."]);
        assert_eq!(ran.json(), json!([result]));
    }
    let ran = with_input(
        &desk,
        &["trigger", "slow", "--payload", "-", "--json"],
        "3\n",
    );
    ran.succeeded();
    assert_eq!(ran.json()["status"], "success");
    assert_eq!(ran.json()["result"], json!([3]));
    for (payload, code, words) in [
        ("{", 2, "error: `--payload` is not JSON"),
        (
            "@missing.json",
            1,
            "error: read payload from `missing.json`",
        ),
    ] {
        desk.run(&["trigger", "slow", "--payload", payload])
            .said(code, &[words]);
    }
    with_input(&desk, &["trigger", "slow", "--payload", "-"], "")
        .said(1, &["error: standard input is not JSON"]);
    desk.run(&["trigger", "slow", "--namespace", "/else"])
        .said(1, &["error: unknown_event"]);
}

#[test]
fn refused_event_is_told_with_code_and_reasons() {
    let desk = desk().guest("rejects");
    desk.start();
    let payload = json!("invalid").to_string();
    let ran = desk.run(&["trigger", "rejects", "--payload", &payload]);
    ran.said(
        1,
        &[
            "error: invalid_payload: these arguments are invalid; /user_id: must be text (type)",
            "hint: the log has more",
        ],
    );
    assert_eq!(ran.stdout, "");
    let ran = desk.run(&["trigger", "rejects", "--payload", &payload, "--json"]);
    let problem: Value = ran.json();
    assert_eq!(
        (ran.code, &problem["code"]),
        (Some(1), &"invalid_payload".into())
    );
    let ran = desk.run(&["trigger", "connect"]);
    ran.said(1, &["error: reserved_event"]);
}
