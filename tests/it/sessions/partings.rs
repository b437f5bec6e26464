//! The hooks of sessions that end without their client: when they run, what they hold up, and what
//! waits for them.

use std::thread;

use fs7_tests::launch::Launch;
use fs7_tests::raw::RawSocket;
use fs7_tests::server::Server;
use fs7_tests::session::SessionClient;
use rustix::process::Signal;
use serde_json::{Value, json};

use super::absent;
use super::life::hooks;
use crate::launch;

/// A server with one place for a call, where sessions end soon after their clients have gone.
fn one_place(limits: &str) -> Launch {
    launch()
        .guest("hooks")
        .guest("slow")
        .settings("[sessions]\nretention_ms = 400\n[limits]\ncalls = 1\ndeadline_ms = 60000")
        .settings(limits)
}

/// So many sessions in `/hooks`, whose clients have gone one after the other; all have ended, and
/// their hooks wait.
fn ended(server: &Server, clients: &[SessionClient]) {
    for client in clients {
        client.cut();
        server
            .facts()
            .wait("session_ended", |fact| fact["session"] == client.id());
    }
}

/// The sessions whose disconnect hooks have come to an end, in that order.
fn parted(server: &Server) -> Vec<Value> {
    let ended = server.facts().named("event_ended");
    let parted = ended.iter().filter(|fact| fact["event"] == "disconnect");
    parted.map(|fact| fact["connection"].clone()).collect()
}

/// Takes the one place for so many milliseconds, and is there when it is taken.
fn take_place(server: &Server, ms: u64) -> RawSocket {
    let mut socket = RawSocket::join(server.address());
    socket.send(&format!(r#"421["slow",{ms},true]"#));
    assert_eq!(socket.text(), format!(r#"42["started",{ms}]"#));
    socket
}

#[test]
fn hook_that_takes_long_does_not_keep_others_from_ending() {
    let server = one_place("call_wait_ms = 60000").start();
    let with_hook = hooks(&server);
    let without = SessionClient::begin(server.address());
    let mut taken = take_place(&server, 4_000);
    with_hook.cut();
    server
        .facts()
        .wait("session_ended", |fact| fact["session"] == with_hook.id());
    // Its hook waits for the place now; the next one goes only then.
    without.cut();
    absent(&server, &without);
    server
        .facts()
        .wait("session_ended", |fact| fact["session"] == without.id());
    let has_ended = |hook: &str| {
        let ended = server.facts().named("event_ended");
        ended.iter().any(|fact| fact["event"] == hook)
    };
    assert!(
        !has_ended("disconnect") && !has_ended("slow"),
        "a session waited for the hook of another one"
    );
    assert_eq!(taken.text(), "431[4000]");
    server.facts().wait("event_ended", |fact| {
        fact["event"] == "disconnect" && fact["connection"] == with_hook.id()
    });
}

#[test]
fn client_that_leaves_during_its_connect_hook_has_a_disconnect_hook_after_it() {
    for auth in [json!({}), json!({"fs7_session": true})] {
        let server = one_place("call_wait_ms = 60000").start();
        let mut taken = take_place(&server, 1_500);
        let mut socket = RawSocket::open(server.address());
        socket.send(&format!("40/hooks,{auth}"));
        // The engine takes its packets in turn: when this one is taken, so was the CONNECT.
        socket.send("41/hooks,");
        drop(socket);
        let closed = server.facts().wait("connection_closed", |_| true);
        assert_eq!(taken.text(), "431[1500]");
        let connected = server
            .facts()
            .wait("event_ended", |fact| fact["event"] == "connect");
        let parted = server
            .facts()
            .wait("event_ended", |fact| fact["event"] == "disconnect");
        assert_eq!(connected["outcome"], "replied", "{connected} {closed}");
        assert_eq!(parted["connection"], connected["connection"]);
        assert_eq!(parted["outcome"], "replied");
    }
}

#[test]
fn hooks_of_sessions_that_expired_wait_for_a_place_and_run_in_their_order() {
    let server = one_place("call_wait_ms = 1").start();
    let clients: Vec<_> = (0..4).map(|_| hooks(&server)).collect();
    let ids: Vec<_> = clients.iter().map(|client| json!(client.id())).collect();
    let mut taken = take_place(&server, 4_000);
    ended(&server, &clients);
    let waiting = |server: &Server| {
        let metrics = server.http().get("/metrics").text();
        let count = metrics
            .lines()
            .find_map(|line| line.strip_prefix("fs7_waiting_hooks "));
        count.unwrap().to_owned()
    };
    assert_eq!(waiting(&server), "4");
    assert_eq!(taken.text(), "431[4000]");
    server.facts().wait("event_ended", |fact| {
        fact["event"] == "disconnect" && fact["connection"] == ids[3]
    });
    assert_eq!(parted(&server), ids);
    let all = server.facts().named("event_ended");
    let refused = all.iter().find(|fact| fact["outcome"] != "replied");
    assert_eq!(refused, None);
    assert_eq!(waiting(&server), "0");
}

#[test]
fn hooks_beyond_the_limit_are_dropped_and_told() {
    let server = one_place("waiting_hooks = 1")
        .may_warn("hook_dropped")
        .start();
    let clients: Vec<_> = (0..2).map(|_| hooks(&server)).collect();
    let mut taken = take_place(&server, 2_500);
    ended(&server, &clients);
    let dropped = server.facts().wait("hook_dropped", |_| true);
    assert_eq!(
        (&dropped["session"], &dropped["code"]),
        (&json!(clients[1].id()), &json!("waiting_hooks"))
    );
    assert_eq!(crate::limits::reached(&server, "waiting_hooks", 1), 1);
    assert_eq!(taken.text(), "431[2500]");
    server
        .facts()
        .wait("event_ended", |fact| fact["event"] == "disconnect");
    assert_eq!(parted(&server), [clients[0].id()]);
}

#[test]
fn hooks_that_a_stop_leaves_behind_are_told() {
    let mut server = one_place("drain_ms = 100").may_warn("hook_dropped").start();
    let clients: Vec<_> = (0..3).map(|_| hooks(&server)).collect();
    let _taken = take_place(&server, 50_000);
    ended(&server, &clients);
    server.signal(Signal::TERM);
    assert_eq!(server.wait_for_exit().code(), Some(1), "{}", server.said());
    let dropped = server.facts().named("hook_dropped");
    let told: Vec<_> = dropped
        .iter()
        .map(|fact| (fact["session"].as_str().unwrap(), &fact["code"]))
        .collect();
    let shutdown = json!("shutdown");
    let expected: Vec<_> = clients
        .iter()
        .map(|client| (client.id(), &shutdown))
        .collect();
    assert_eq!(told, expected);
    // Three hooks, and the event that holds the place.
    let stopped = server.facts().wait("server_stopped", |_| true);
    assert_eq!(stopped["failed"], 4, "{stopped}");
}

#[test]
fn session_that_begins_anew_sees_its_connect_hook_after_the_disconnect_hook_of_the_old_one() {
    let server = one_place("call_wait_ms = 60000").start();
    let clients: Vec<_> = (0..4).map(|_| hooks(&server)).collect();
    let mut taken = take_place(&server, 4_000);
    ended(&server, &clients);
    // Its hook is the last of those that wait, and it would be the second to have the place.
    let last = &clients[3];
    let back = thread::scope(|scope| {
        let back = scope.spawn(|| last.resume(server.address()));
        assert_eq!(taken.text(), "431[4000]");
        back.join().unwrap()
    });
    assert_eq!(back.opening()["id"], last.id());
    assert_eq!(back.opening()["resumed"], false);
    assert_eq!(
        hooks_of(&server, last.id(), 3),
        ["connect", "disconnect", "connect"]
    );
}

/// The hooks that ran for one id, in their order; waits for so many.
#[track_caller]
fn hooks_of(server: &Server, id: &str, count: usize) -> Vec<String> {
    fs7_tests::wait::until(&format!("{count} hooks of {id}"), || {
        let ended = server.facts().named("event_ended");
        let its = ended.iter().filter(|fact| fact["connection"] == id);
        let names: Vec<_> = its
            .map(|fact| fact["event"].as_str().unwrap().to_owned())
            .collect();
        if names.len() >= count {
            Ok(names)
        } else {
            Err(format!("{names:?}"))
        }
    })
}

#[test]
fn client_that_takes_leave_and_is_back_at_once_sees_its_hooks_in_turn() {
    let server = launch().guest("hooks").start();
    let mut client = hooks(&server);
    let id = client.id().to_owned();
    for round in 0..20 {
        client.leave();
        // Taken before the other connection comes: otherwise that one takes the session over.
        server.facts().wait_for_count("session_ended", round + 1);
        client = client.resume(server.address());
        assert_eq!(client.opening()["id"], id.as_str());
    }
    let hooks = hooks_of(&server, &id, 41);
    let turns = hooks.chunks(2).map(|turn| turn.join(" "));
    let wrong: Vec<_> = turns
        .filter(|turn| turn != "connect disconnect" && turn != "connect")
        .collect();
    assert_eq!(wrong, [""; 0]);
}
