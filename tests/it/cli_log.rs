//! `fs7 log`: the last lines, every new one, and a fresh start.

use std::fs::{self, File};
use std::io::Write as _;
use std::process::Stdio;

use fs7_tests::cli::Desk;
use fs7_tests::wait;
use rustix::process::Signal;
use serde_json::json;

use crate::desk;

/// A directory with a log of three lines, and one rotated file of two.
fn with_log() -> Desk {
    let line = |level: &str, number: u32| {
        let line = json!({"timestamp": "T", "level": level, "message": "said", "number": number});
        format!("{line}\n")
    };
    let older = line("INFO", 1) + &line("ERROR", 2);
    let newer = line("DEBUG", 3) + &line("WARN", 4) + &line("INFO", 5);
    desk()
        .file("logs/debug.2026-11-21T09-10-59.042.log", older)
        .file("logs/debug.log", newer)
}

fn append(desk: &Desk, text: &str) {
    let mut file = File::options()
        .append(true)
        .open(desk.path("logs/debug.log"))
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn last_lines_are_shown_by_number_and_level() {
    let desk = with_log();
    let check = |args: &[&str], expected: &[u32]| {
        let ran = desk.run(&[&["log"], args, &["--json"]].concat());
        ran.succeeded();
        let numbers: Vec<_> = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["number"].clone())
            .collect();
        assert_eq!(numbers, expected, "{args:?}");
    };
    check(&["view-logs"], &[1, 2, 3, 4, 5]);
    check(&["view", "--lines", "2"], &[4, 5]);
    check(&["view", "--lines", "4"], &[2, 3, 4, 5]);
    check(&["view", "--lines", "0"], &[]);
    check(&["view", "--level", "warning"], &[2, 4]);
    check(&["view", "--level", "CRITICAL"], &[2]);
    check(&["view", "--level", "info", "--lines", "2"], &[4, 5]);
    let ran = desk.run(&["log", "view", "--lines", "1"]);
    assert_eq!(ran.stdout, "T  INFO said number=5\n");
    desk.run(&["log", "view", "--level", "loud"])
        .said(1, &["error: `--level`: expected"]);
}

#[test]
fn missing_log_is_told() {
    let desk = desk();
    desk.run(&["log", "view-logs"])
        .said(1, &["error: no log in", "hint: "]);
    desk.run(&["log", "clear-logs"])
        .said(0, &["nothing to clear"]);
}

#[test]
fn reader_that_leaves_ends_the_view_quietly() {
    let desk = desk().file("logs/debug.log", "a line\n".repeat(200_000));
    let mut command = desk.command(&["log", "view", "--lines", "200000"]);
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn cleared_log_goes_on_from_its_new_start() {
    let desk = desk();
    desk.start();
    desk.run(&["trigger", "before"]);
    let logged = |name: &str| desk.run(&["log", "view", "--json"]).stdout.contains(name);
    wait::until_true("the event in the log", || logged("before"));
    desk.run(&["log", "clear-logs"]).said(0, &["is empty"]);
    assert!(!logged("before"));
    desk.run(&["trigger", "after"]);
    wait::until_true("the next event in the log", || logged("after"));
    let text = fs::read(desk.path("logs/debug.log")).unwrap();
    assert_eq!(text.first(), Some(&b'{'), "no hole at the start");
    desk.write("logs/debug.2026-11-21T09-10-59.042.log", "old\n");
    desk.run(&["log", "clear", "--all"]).succeeded();
    assert!(!desk.path("logs/debug.2026-11-21T09-10-59.042.log").exists());
}

#[test]
fn tail_follows_across_rotation_and_clearing_until_interrupted() {
    let desk = with_log();
    let mut tail = desk.spawn(&["log", "tail-logs", "--lines", "1"]);
    assert_eq!(tail.line(), "T  INFO said number=5");
    append(&desk, "one\n");
    assert_eq!(tail.line(), "one");
    // Rotated twice before the next look, perhaps.
    append(&desk, "two\n");
    let stamped = |ms: u32| desk.path(&format!("logs/debug.2026-11-21T10-10-59.{ms:03}.log"));
    fs::rename(desk.path("logs/debug.log"), stamped(1)).unwrap();
    desk.write("logs/debug.log", "three\n");
    fs::rename(desk.path("logs/debug.log"), stamped(2)).unwrap();
    desk.write("logs/debug.log", "four\n");
    for expected in ["two", "three", "four"] {
        assert_eq!(tail.line(), expected);
    }
    desk.run(&["log", "clear"]).succeeded();
    append(&desk, "5\n");
    assert_eq!(tail.line(), "5");
    tail.signal(Signal::INT);
    assert_eq!(tail.end(), Some(0));
    assert!(tail.heard().is_empty(), "{:?}", tail.heard());
}

#[test]
fn tail_waits_for_a_log_that_is_not_there_yet() {
    let desk = desk();
    let mut tail = desk.spawn(&["log", "tail-logs", "--json"]);
    desk.start();
    assert!(tail.line().contains("server_started"));
}

#[test]
fn tail_ends_quietly_when_its_reader_leaves() {
    let desk = with_log();
    let mut command = desk.command(&["log", "tail-logs"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn log_rotates_at_its_size_and_keeps_every_line() {
    let desk = desk().file("fs7.toml", "[log]\nrotate_bytes = 2000\n");
    let address = desk.start();
    let mut http = desk.http(address);
    for number in 0..40 {
        assert_eq!(
            http.trigger(&format!("event-{number}"), &json!(null))
                .status,
            404
        );
    }
    desk.run(&["stop"]).succeeded();
    let files = fs::read_dir(desk.path("logs")).unwrap().count();
    assert!(files > 3, "{files} files");
    let all = desk
        .run(&["log", "view", "--lines", "1000", "--json"])
        .stdout;
    for number in 0..40 {
        let name = format!("\"event-{number}\"");
        assert_eq!(all.matches(&name).count(), 1, "{name}");
    }
}
