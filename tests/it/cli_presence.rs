//! Which process is the server of a directory: known by more than a number, and told when it is gone.

use std::fs::{self, File};
use std::net::TcpListener;

use fs7_tests::cli::{pid_lives, start_time};
use rustix::process::Signal;
use serde_json::json;

use crate::desk;

#[test]
fn stale_pid_file_is_no_server_whoever_has_the_number() {
    let desk = desk();
    let me = std::process::id();
    for (pid, words) in [
        (
            me.to_string(),
            format!("process {me} is not the server of this directory"),
        ),
        (u32::MAX.to_string(), "has ended".to_owned()),
        (
            "none".to_owned(),
            "there is no process number in it".to_owned(),
        ),
    ] {
        desk.write("fastsocket.pid", &pid);
        let status = desk.run(&["status"]);
        status.said(3, &["warning: fastsocket.pid is stale", &words]);
        assert_eq!(status.stdout, "fs7 is not running\n");
        desk.run(&["stop"])
            .said(3, &[&words, "error: no server runs in"]);
        assert!(!desk.path("fastsocket.pid").exists());
        desk.write("fastsocket.pid", &pid);
        desk.run(&["start", "--port", "0"])
            .said(0, &[&words, "removed"]);
        assert_ne!(desk.pid().to_string(), pid);
        desk.run(&["stop"]).succeeded();
    }
}

#[test]
fn recycled_number_is_neither_trusted_nor_killed() {
    let desk = desk().file(".fs7/lock", "");
    let other = desk.spawn(&["log", "tail-logs"]);
    // A server held the lock under this number; the number is another process's now.
    let lock = File::open(desk.path(".fs7/lock")).unwrap();
    lock.lock().unwrap();
    let record = |start_time: u64| {
        json!({
            "identity": {"pid": other.pid(), "start_time": start_time},
            "address": "127.0.0.1:1", "version": "0", "events_dir": "/e", "log_dir": "/l", "drain_ms": 1,
            "stopping": false,
        })
    };
    let started = start_time(other.pid());
    desk.write(".fs7/server.json", record(started - 1).to_string());
    desk.write("fastsocket.pid", other.pid().to_string());
    assert_eq!(desk.run(&["status"]).code, Some(1));
    desk.run(&["stop"]).said(
        1,
        &["error: a server that cannot be seen from here holds .fs7/lock"],
    );
    desk.run(&["start", "--port", "0"])
        .said(1, &["error: another process holds .fs7/lock"]);
    assert!(pid_lives(other.pid()));
    // The same with the right start time is taken for the server.
    desk.write(".fs7/server.json", record(started).to_string());
    desk.run(&["start"])
        .said(1, &["a server runs in this directory already"]);
    drop(lock);
    desk.run(&["stop"])
        .said(3, &["is not the server of this directory"]);
    assert!(pid_lives(other.pid()));
}

#[test]
fn server_that_was_killed_gives_way_to_the_next() {
    let desk = desk();
    let mut first = desk.spawn(&["start", "--foreground", "--port", "0"]);
    assert!(first.line().starts_with("http://127.0.0.1:"));
    let pid = desk.pid();
    assert_eq!(pid, first.pid());
    first.signal(Signal::KILL);
    first.end();
    desk.run(&["status"])
        .said(3, &[&format!("process {pid} has ended")]);
    desk.run(&["start", "--port", "0"])
        .said(0, &["fastsocket.pid is stale"]);
    assert_ne!(desk.pid(), pid);
}

#[test]
fn server_that_is_gone_when_it_is_asked_is_told() {
    let desk = desk().file(".fs7/lock", "");
    let lock = File::open(desk.path(".fs7/lock")).unwrap();
    lock.lock().unwrap();
    let me = std::process::id();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let record = json!({
        "identity": {"pid": me, "start_time": start_time(me)},
        "address": closed, "version": "0", "events_dir": "/e", "log_dir": "/l", "drain_ms": 1, "stopping": false,
    });
    desk.write(".fs7/server.json", record.to_string());
    let words = format!("error: reach the server at {closed} (pid {me}): Connection refused");
    for args in [
        &["list-events"][..],
        &["reload"],
        &["trigger", "a"],
        &["status"],
    ] {
        desk.run(args)
            .said(1, &[&words, "hint: the server may have ended meanwhile"]);
    }
    let status = desk.run(&["status", "--json"]);
    assert_eq!(status.json()["running"], true);
    assert_eq!(status.json()["answers"], false);
    fs::remove_file(desk.path(".fs7/server.json")).unwrap();
}
