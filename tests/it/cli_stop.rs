//! `fs7 stop` and `fs7 status`: the end is waited for, and exit codes tell who runs.

use std::thread;

use fs7_tests::cli::{Desk, pid_lives};
use fs7_tests::running::Running;
use fs7_tests::wait;
use serde_json::json;

use crate::desk;

/// How long an event takes whose end a stop waits for: long enough to be seen under way on a busy
/// machine.
const EVENT_MS: u64 = 3_000;

/// A directory whose server has an event under way that takes so many milliseconds.
fn busy(ms: u64) -> (Desk, Running) {
    let desk = desk()
        .guest("slow")
        .file("fs7.toml", "[limits]\ndeadline_ms = 600000\n");
    desk.start();
    let start = || desk.spawn(&["trigger", "slow", "--payload", &ms.to_string()]);
    let mut trigger = start();
    wait::until_true("an event under way", || {
        if trigger.has_ended() {
            trigger = start();
        }
        desk.run(&["status", "--json"]).json()["calls_in_flight"] == 1
    });
    (desk, trigger)
}

#[test]
fn stop_waits_for_the_event_under_way_and_clears_up() {
    let (desk, mut trigger) = busy(EVENT_MS);
    let pid = desk.pid();
    desk.run(&["stop"])
        .said(0, &[&format!("fs7 has stopped (pid {pid}")]);
    assert!(!pid_lives(pid));
    assert!(!desk.path("fastsocket.pid").exists());
    assert_eq!(trigger.end(), Some(0));
    trigger.hear("slow handled successfully.");
    assert_eq!(desk.run(&["status"]).code, Some(3));
}

#[test]
fn stop_now_does_not_wait() {
    let (desk, mut trigger) = busy(300_000);
    let pid = desk.pid();
    let late = desk.run(&["stop", "--timeout", "1"]);
    late.said(1, &["has not ended after 1 s", "hint: `fs7 stop --now`"]);
    let status = desk.run(&["status", "--json"]);
    assert_eq!(
        (status.code, &status.json()["state"]),
        (Some(0), &"stopping".into())
    );
    desk.run(&["start"])
        .said(1, &["a server runs in this directory already"]);
    desk.run(&["stop", "--now"]).said(0, &["fs7 has stopped"]);
    assert!(!pid_lives(pid));
    assert!(!desk.path("fastsocket.pid").exists());
    assert_eq!(trigger.end(), Some(1));
}

#[test]
fn stop_reports_how_it_ended() {
    let desk = desk().guest("slow");
    desk.start();
    let stopped = desk.run(&["stop", "--json"]);
    stopped.said(0, &["fs7 has stopped", "0 connection(s) closed"]);
    let end = stopped.json();
    assert_eq!(
        (&end["closed_count"], &end["failed_count"]),
        (&json!(0), &json!(0)),
        "{end}"
    );
    assert!(end["duration_seconds"].as_f64().unwrap() >= 0.0, "{end}");
}

#[test]
fn what_did_not_end_in_time_is_counted_once_and_told_by_stop() {
    let desk = desk().guest("slow").file(
        "fs7.toml",
        "[limits]\ndeadline_ms = 600000\ndrain_ms = 100\n",
    );
    desk.start();
    let _trigger = desk.spawn(&["trigger", "slow", "--payload", "300000"]);
    wait::until_true("an event under way", || {
        desk.run(&["status", "--json"]).json()["calls_in_flight"] == 1
    });
    let stopped = desk.run(&["stop", "--json"]);
    stopped.said(1, &["1 connection(s) or event(s) not ended in time"]);
    assert_eq!(stopped.json()["failed_count"], 1);
}

#[test]
fn stop_now_is_enough_at_first() {
    let (desk, _trigger) = busy(300_000);
    desk.run(&["stop", "--now"]).said(0, &["fs7 has stopped"]);
    assert_eq!(desk.run(&["status"]).code, Some(3));
}

#[test]
fn two_stops_at_once_both_wait_for_the_end() {
    let (desk, mut trigger) = busy(EVENT_MS);
    let stops = thread::scope(|scope| {
        let first = scope.spawn(|| desk.run(&["stop"]));
        wait::until_true("the first stop", || {
            desk.run(&["status", "--json"]).json()["state"] == "stopping"
        });
        let second = desk.run(&["stop"]);
        [first.join().unwrap(), second]
    });
    assert_eq!(trigger.end(), Some(0));
    for stop in stops {
        stop.succeeded();
    }
}

#[test]
fn status_tells_by_its_exit_code_and_in_json() {
    let desk = desk();
    let stopped = desk.run(&["status"]);
    assert_eq!(
        (stopped.code, stopped.stdout.as_str()),
        (Some(3), "fs7 is not running\n")
    );
    let stopped = desk.run(&["status", "--json"]);
    assert_eq!(stopped.code, Some(3));
    assert_eq!(stopped.json()["running"], false);
    let address = desk.start();
    let running = desk.run(&["status"]);
    running.succeeded();
    assert!(
        running
            .stdout
            .contains(&format!("is running on http://{address}")),
        "{running:#?}"
    );
    assert!(running.stdout.contains("\nno contract: "), "{running:#?}");
    let running = desk.run(&["status", "--json"]);
    running.succeeded();
    let status = running.json();
    assert_eq!(status["running"], true);
    assert_eq!(status["address"], address.to_string());
    assert_eq!(status["pid"], desk.pid());
    assert_eq!(status["connections"], 0);
}

#[test]
fn status_names_the_contract_and_its_modes() {
    let contract = include_bytes!("../../asyncapi.yaml");
    let desk = desk().file("asyncapi.yaml", contract);
    desk.start();
    let running = desk.run(&["status"]);
    running.succeeded();
    let expected = "contract asyncapi.yaml (fs7 example handlers 0.1.0): \
                    inbound strict, outbound warn, ack warn, unknown serve";
    assert!(running.stdout.contains(expected), "{running:#?}");
}

#[test]
fn commands_that_need_a_server_say_that_there_is_none() {
    let desk = desk();
    for args in [
        &["stop"][..],
        &["reload"],
        &["list-events", "--json"],
        &["trigger", "a"],
    ] {
        desk.run(args).said(
            3,
            &[
                "error: no server runs in",
                "\nhint: start one with `fs7 start`",
            ],
        );
    }
}
