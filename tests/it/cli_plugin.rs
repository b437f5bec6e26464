//! `fs7 new`, `build` and `dev`: from nothing to an answer, and from a change to the next one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use fs7_tests::cli::{self, Desk, Ran};
use fs7_tests::repo;
use fs7_tests::running::Running;
use fs7_tests::wait;
use rustix::process::Signal;
use serde_json::json;

use crate::desk;

/// Where these tests build plugins: their dependencies are compiled once.
fn target_dir() -> PathBuf {
    repo::root().join("target/new-plugins")
}

/// Compiles what every plugin depends on, which may take longer than any wait of a test.
fn warm_up() {
    static WARM: OnceLock<()> = OnceLock::new();
    WARM.get_or_init(|| {
        let desk = desk();
        new_plugin(&desk, "warm-up");
        let mut command = desk.command(&["build", "warm-up", "--no-install"]);
        let built = command.env("CARGO_TARGET_DIR", target_dir()).output();
        Ran::from(built.unwrap()).succeeded();
    });
}

fn plugin_command(desk: &Desk, args: &[&str]) -> Command {
    warm_up();
    let mut command = desk.command(args);
    command.env("CARGO_TARGET_DIR", target_dir());
    command
}

fn run(desk: &Desk, args: &[&str]) -> Ran {
    plugin_command(desk, args).output().unwrap().into()
}

fn new_plugin(desk: &Desk, name: &str) {
    let sdk = repo::root().join("sdk/rust");
    let ran = desk.run(&[
        Path::new("new"),
        Path::new(name),
        Path::new("--sdk-path"),
        &sdk,
    ]);
    ran.said(0, &[&format!("plugin `{name}` answers")]);
    assert_eq!(ran.stdout, format!("{name}\n"));
}

#[test]
fn new_refuses_what_cannot_become_a_plugin() {
    let desk = desk().file("taken/file", "");
    desk.run(&["new", "taken"])
        .said(1, &["error: `taken` exists already", "hint: "]);
    for (name, words) in [
        ("No-Crate", "it is no name for a crate"),
        ("../up", "it is no name for a crate"),
        ("match", "it is a word of the Rust language"),
        ("connect-error", "Socket.IO reserves the event"),
        ("serde", "a crate that plugins use bears it"),
    ] {
        desk.run(&["new", name]).said(1, &[words, "hint: "]);
        assert!(!desk.path(name).exists(), "{name}");
    }
    desk.run(&["new", "fine", "--sdk-path", "taken"])
        .said(1, &["error: no crate fs7-sdk in `taken`"]);
    assert!(!desk.path("fine").exists());
}

#[test]
fn new_plugin_passes_its_test_builds_and_answers() {
    let desk = desk();
    new_plugin(&desk, "fresh-start");
    let tested = Command::new("cargo")
        .args(["test", "--quiet"])
        .current_dir(desk.path("fresh-start"))
        .env("CARGO_TARGET_DIR", target_dir())
        .output()
        .unwrap();
    assert!(tested.status.success(), "{:#?}", Ran::from(tested));
    desk.start();
    let built = run(&desk, &["build", "fresh-start"]);
    built.said(0, &["answers fresh_start"]);
    assert_eq!(
        built.stdout,
        "fresh_start.wasm 0.1.0 serves since generation 1\n"
    );
    let ran = desk.run(&["trigger", "fresh_start", "--payload", r#"{"name":"Ann"}"#]);
    assert_eq!(
        ran.json(),
        json!([{"status": "success", "message": "Hello, Ann!"}])
    );
    desk.run(&["trigger", "fresh_start"]).succeeded();
}

#[test]
fn build_puts_the_component_where_it_is_told() {
    let desk = desk().file("out/keep", "");
    new_plugin(&desk, "placed");
    let built = run(&desk, &["build", "placed", "--no-install"]);
    built.succeeded();
    assert!(built.stdout.trim().ends_with("/placed.wasm"), "{built:#?}");
    for (output, file) in [("out", "out/placed.wasm"), ("named.wasm", "named.wasm")] {
        run(&desk, &["build", "placed", "--output", output]).succeeded();
        assert!(desk.path(file).is_file(), "{file}");
    }
    assert!(!desk.path("events").exists());
    run(&desk, &["build", "placed"]).succeeded();
    assert!(desk.path("events/placed.wasm").is_file());
    run(&desk, &["build", "out"]).said(1, &["error: no Cargo.toml in `out`", "hint: "]);
    desk.write("placed/src/lib.rs", "nonsense");
    run(&desk, &["build", "placed"]).said(1, &["nonsense", "error: the build of `placed` failed"]);
}

/// Waits until the plugin answers with a message.
fn answers(desk: &Desk, event: &str, message: &str) {
    wait::until(&format!("the answer `{message}`"), || {
        let ran = desk.run(&["trigger", event, "--payload", r#"{"name":"Ann"}"#]);
        if ran.stdout.contains(message) {
            Ok(())
        } else {
            Err(format!("{ran:?}"))
        }
    });
}

fn develop(desk: &Desk, dir: &str) -> Running {
    desk.running(plugin_command(desk, &["dev", dir, "--port", "0"]))
}

#[test]
fn dev_swaps_every_change_and_survives_compile_errors() {
    let desk = desk();
    new_plugin(&desk, "lively");
    let mut dev = develop(&desk, "lively");
    dev.hear("server on http://");
    dev.hear("waiting for changes");
    answers(&desk, "lively", "Hello, Ann!");
    let server = desk.pid();
    let source = fs::read_to_string(desk.path("lively/src/lib.rs")).unwrap();
    desk.write("lively/src/lib.rs", source.replace("Hello", "Welcome"));
    answers(&desk, "lively", "Welcome, Ann!");
    desk.write("lively/src/lib.rs", "nonsense");
    dev.hear("nonsense");
    dev.hear("error: the build of");
    answers(&desk, "lively", "Welcome, Ann!");
    desk.write("lively/src/lib.rs", source.replace("Hello", "Goodbye"));
    answers(&desk, "lively", "Goodbye, Ann!");
    assert_eq!(desk.pid(), server);
    dev.signal(Signal::INT);
    assert_eq!(dev.end(), Some(0));
    assert!(!cli::pid_lives(server));
    assert_eq!(desk.run(&["status"]).code, Some(3));
}

#[test]
fn dev_uses_the_server_that_runs_and_leaves_it_running() {
    let desk = desk();
    new_plugin(&desk, "guest-here");
    desk.start();
    let server = desk.pid();
    let mut dev = develop(&desk, "guest-here");
    assert_eq!(
        dev.line(),
        "guest_here.wasm 0.1.0 serves since generation 1"
    );
    dev.signal(Signal::TERM);
    assert_eq!(dev.end(), Some(0));
    assert_eq!(desk.pid(), server);
    assert_eq!(desk.run(&["status"]).code, Some(0));
}
