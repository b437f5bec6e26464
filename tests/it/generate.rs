//! `fs7 handlers` and `fs7 pages`: from a contract to code that answers, and what a second run
//! leaves alone.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use fs7_tests::cli::{Desk, Ran};
use fs7_tests::raw::RawSocket;
use fs7_tests::repo;
use serde_json::json;

use crate::desk;

/// The seed's own contract.
const SEED: &str = include_str!("../contract/seed/asyncapi.yaml");
const HANDLERS: [&str; 5] = [
    "handlers",
    "--asyncapi-file",
    "asyncapi.yaml",
    "--output-dir",
    "plugins",
];

fn with_seed() -> Desk {
    desk().file("asyncapi.yaml", SEED)
}

fn handlers(desk: &Desk) -> Ran {
    let ran = desk.run(&HANDLERS);
    ran.succeeded();
    ran
}

/// Where these tests build plugins: shared with those of `fs7 new`, so that what they stand on is
/// compiled once.
fn target_dir() -> PathBuf {
    repo::root().join("target/new-plugins")
}

fn git(desk: &Desk, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com"])
        .args(args)
        .current_dir(desk.path("."))
        .output()
        .unwrap();
    let ran = Ran::from(output);
    ran.succeeded();
    ran.stdout
}

#[test]
fn seeds_contract_becomes_a_handler_that_answers() {
    let desk = with_seed();
    handlers(&desk).said(0, &["2 plugins in `plugins`"]);
    let tested = Command::new("cargo")
        .args(["test", "--quiet", "--workspace"])
        .current_dir(desk.path("plugins"))
        .env("CARGO_TARGET_DIR", target_dir())
        .output()
        .unwrap();
    Ran::from(tested).succeeded();
    let mut command = desk.command(&["build", "plugins/user_signed_up"]);
    let built = command.env("CARGO_TARGET_DIR", target_dir()).output();
    Ran::from(built.unwrap()).said(0, &["answers user_signed_up"]);

    let address = desk.start();
    let mut socket = RawSocket::join(address);
    socket.send(r#"421["user_signed_up",{"user_id":"u-1","email":"ann@example.com"}]"#);
    // The handler writes the members of `json!` in the order of their names.
    let status = r#"{"message":"user_signed_up handled successfully.","status":"success"}"#;
    let mut seen = [socket.text(), socket.text()];
    seen.sort();
    assert_eq!(
        seen,
        [
            format!(r#"42["user_signed_up_ack",{status}]"#),
            format!("431[{status}]"),
        ]
    );
    socket.send(r#"422["user_signed_up",{"user_id":7}]"#);
    let refused = socket.text();
    assert!(refused.starts_with("432"), "{refused}");
    assert!(refused.contains(r#""pointer":"/user_id""#), "{refused}");
}

#[test]
fn second_run_after_an_edit_leaves_the_working_tree_clean() {
    let desk = with_seed();
    handlers(&desk);
    git(&desk, &["init", "--quiet"]);
    let commit = || {
        git(&desk, &["add", "--all"]);
        git(&desk, &["commit", "--quiet", "--message", "A step"]);
    };
    commit();
    for file in [
        "user_deleted/src/lib.rs",
        "user_deleted/Cargo.toml",
        "Cargo.toml",
    ] {
        let path = format!("plugins/{file}");
        let text = desk.read(&path);
        desk.write(&path, format!("{text}\n"));
    }
    commit();
    let ran = handlers(&desk);
    assert!(
        ran.stdout.contains("kept       user_deleted/src/lib.rs\n"),
        "{ran:#?}"
    );
    assert!(
        ran.stdout
            .contains("unchanged  user_deleted/src/generated.rs\n"),
        "{ran:#?}"
    );
    assert!(!ran.stdout.contains("written"), "{ran:#?}");
    assert_eq!(git(&desk, &["status", "--porcelain"]), "");
}

#[test]
fn changed_contract_changes_what_follows_it_and_nothing_else() {
    let desk = with_seed();
    handlers(&desk);
    let library = desk.read("plugins/user_deleted/src/lib.rs");
    let renamed = SEED.replace("user_signed_up:", "user_came:");
    desk.write("asyncapi.yaml", renamed.replace("user_id:", "account:"));
    let ran = handlers(&desk);
    ran.said(
        0,
        &["warning: `user_signed_up`: the contract no longer names its event"],
    );
    assert!(
        ran.stdout.contains("left       user_signed_up\n"),
        "{ran:#?}"
    );
    assert!(
        ran.stdout.contains("written    user_came/src/lib.rs\n"),
        "{ran:#?}"
    );
    let generated = desk.read("plugins/user_deleted/src/generated.rs");
    assert!(generated.contains("pub account: "), "{generated}");
    assert_eq!(desk.read("plugins/user_deleted/src/lib.rs"), library);
    assert!(desk.path("plugins/user_signed_up/src/lib.rs").is_file());
}

#[test]
fn events_directory_is_no_place_for_sources() {
    let desk = with_seed().file("built/echo.wasm", "");
    for directory in ["events", "./events/", "events/sources", "built"] {
        for verb in ["handlers", "pages"] {
            let ran = desk.run(&[
                verb,
                "--asyncapi-file",
                "asyncapi.yaml",
                "--output-dir",
                directory,
            ]);
            ran.said(
                1,
                &["is no place for sources", "hint: the events directory"],
            );
        }
    }
    assert!(!desk.path("events").exists());
    assert_eq!(fs::read_dir(desk.path("built")).unwrap().count(), 1);
}

#[test]
fn file_of_somebody_else_is_not_overwritten() {
    let desk = with_seed().file("plugins/user_deleted/src/generated.rs", "//! Mine.\n");
    desk.run(&HANDLERS)
        .said(1, &["was not written by `fs7 handlers`", "hint: rename it"]);
    assert!(!desk.path("plugins/user_signed_up").exists());
    assert_eq!(
        desk.read("plugins/user_deleted/src/generated.rs"),
        "//! Mine.\n"
    );
}

#[test]
fn dry_run_says_in_json_what_it_would_do() {
    let desk = with_seed();
    let run = |more: &[&str]| desk.run(&[&HANDLERS, more].concat()).json();
    let told = run(&["--dry-run", "--json"]);
    assert!(!desk.path("plugins").exists());
    assert_eq!(told["dry_run"], json!(true));
    assert_eq!(
        told["plugins"][1],
        json!({"name": "user_deleted", "event": "user_deleted", "namespace": "/"})
    );
    assert_eq!(told["files"], run(&["--json"])["files"]);
    let again = run(&["--json"]);
    let states = again["files"].as_array().unwrap().iter();
    assert!(
        states.clone().all(|file| file["state"] != "written"),
        "{again:#}"
    );
    assert_eq!(
        states.filter(|file| file["state"] == "unchanged").count(),
        2
    );
}

#[test]
fn document_that_is_no_contract_makes_no_code() {
    let desk = desk()
        .file("asyncapi.yaml", SEED.replace("type: string", "type: text"))
        .file(
            "silent.yaml",
            "asyncapi: 3.0.0\ninfo: {title: Silent, version: 1.0.0}\n",
        );
    for verb in ["handlers", "pages"] {
        let ran = desk.run(&[
            verb,
            "--asyncapi-file",
            "asyncapi.yaml",
            "--output-dir",
            "out",
        ]);
        ran.said(1, &["asyncapi.yaml:", "is no contract"]);
    }
    desk.run(&[
        "handlers",
        "--asyncapi-file",
        "silent.yaml",
        "--output-dir",
        "out",
    ])
    .said(1, &["names no event that a plugin could answer", "hint: "]);
    desk.run(&[
        "handlers",
        "--asyncapi-file",
        "gone.yaml",
        "--output-dir",
        "out",
    ])
    .said(1, &["error: read `gone.yaml`"]);
    assert!(!desk.path("out").exists());
}

#[test]
fn contract_of_the_settings_is_taken_where_none_is_named() {
    let desk = with_seed();
    let ran = desk.run(&["handlers", "--output-dir", "plugins"]);
    ran.said(0, &["2 plugins"]);
    let ran = desk.run(&["pages", "--output-dir", "pages"]);
    ran.said(0, &["pages of 2 operations in `pages`"]);
    let ran = desk.run(&["pages", "--output-dir", "pages"]);
    assert!(!ran.stdout.contains("written"), "{ran:#?}");
}
