//! A network that cuts connections in the middle, a server that is stopped and killed: every
//! client's log is whole.

use std::time::Duration;

use fs7_tests::proxy::{Proxy, Weather};
use fs7_tests::script::Script;
use fs7_tests::server::Server;
use fs7_tests::session::SessionClient;
use rustix::process::Signal;
use serde_json::json;

use super::join;
use crate::launch;

/// Emits on their way at a time.
const AHEAD: u64 = 20;
/// How long all clients may take to hear the last word.
const LIMIT: Duration = Duration::from_secs(180);

/// Whoever numbers the messages: a member of the room, so that it hears what became of them.
struct Speaker {
    client: SessionClient,
    /// The last number that it has heard itself.
    heard: u64,
}

impl Speaker {
    fn join(server: &Server) -> Self {
        let mut client = SessionClient::begin(server.address());
        join(&mut client, "lobby");
        Self { client, heard: 0 }
    }

    /// Emits, and does not wait for what becomes of it.
    fn say(&mut self, number: u64) {
        let order = json!({"emit": {"room": "lobby", "name": "said", "payload": number}});
        self.client.emit("rooms", &order);
    }

    fn hear(&mut self) {
        let number = self.client.next("said")[0].as_u64().unwrap();
        assert_eq!(number, self.heard + 1, "the speaker's own log is whole too");
        self.heard = number;
    }

    /// Numbers up to `last`, a few ahead of what it hears.
    fn speak_to(&mut self, last: u64) {
        let mut next = self.heard + 1;
        while self.heard < last {
            while next <= last && next <= self.heard + AHEAD {
                self.say(next);
                next += 1;
            }
            self.hear();
        }
    }

    /// Comes back to a server that was away, and hears what went out before.
    fn come_back(&mut self, server: &Server) {
        self.client = self.client.resume(server.address());
        assert_eq!(
            self.client.opening()["recovered"],
            true,
            "{}",
            self.client.opening()
        );
        self.client
            .emit("rooms", &json!({"emit": {"name": "asked"}}));
        loop {
            let (name, args) = self.client.packet();
            match name.as_str() {
                "asked" => return,
                "said" => {
                    assert_eq!(args[0], self.heard + 1, "{args}");
                    self.heard += 1;
                }
                // It came while the server stopped: it is said again.
                "error_event" => assert_eq!(args[0]["code"], "busy", "{args}"),
                other => assert_eq!(other, "asked", "{args}"),
            }
        }
    }
}

fn weather(seed: u64) -> Weather {
    Weather {
        cut_after_min: 600,
        cut_after_max: 10_000,
        delay_max: Duration::from_millis(20),
        seed,
    }
}

/// As fast as the speaker goes, a client that is away for a second misses thousands: all that may
/// be missed is retained.
fn start(last: u64) -> Server {
    // What was on its way when a server died is said again, and counts again.
    let retained = last * 2;
    // A server that lives for a tenth of a second gives answers that many clients never hear, and
    // each costs them a token: with five, somebody runs out of them once in some 30 runs.
    let settings = format!(
        "[sessions]\ntokens = 20\nreturn_ms = 100\nretained_messages = {retained}\n[limits]\nsession_bytes = 4000000"
    );
    // Who comes while the server stops is sent away.
    launch()
        .guest("rooms")
        .settings(&settings)
        .may_warn("connection_refused")
        .start()
}

fn gather(proxy: &Proxy, clients: u64, last: u64) -> Script {
    let [clients, last] = [clients, last].map(|number| number.to_string());
    let mut script =
        Script::node("resumers.mjs", &[&proxy.url(), &clients, &last]).with_limit(LIMIT);
    let joined = script.line("all clients to join");
    assert!(joined["joined"].is_u64(), "{joined}");
    script
}

/// All logs are `1..=last`, and there was something to survive.
fn expect_whole(script: Script, last: u64, proxy: &Proxy) {
    let end = script.end("the last word to reach all clients");
    eprintln!("{end}; {} connections cut", proxy.cuts());
    assert_eq!(end["problems"], json!([]), "{end}");
    assert_eq!(end["lengths"], json!([last]), "{end}");
    assert!(end["resumes"].as_u64().unwrap() > 0, "{end}");
    assert_eq!(end["tokens_refused"], 0, "{end}");
    assert!(proxy.cuts() > 0);
}

fn survive_cuts(clients: u64, last: u64) {
    let server = start(last);
    let proxy = Proxy::start(server.address(), weather(last));
    let script = gather(&proxy, clients, last);
    Speaker::join(&server).speak_to(last);
    expect_whole(script, last, &proxy);
    let resumed = server.facts().named("session_resumed");
    assert!(resumed.iter().all(|fact| fact["recovered"] == true));
}

#[test]
fn every_log_is_whole_over_a_network_that_cuts() {
    survive_cuts(50, 1_000);
}

#[test]
#[ignore = "minutes long; run by hand"]
fn every_log_of_200_clients_is_whole_after_10_000_messages() {
    survive_cuts(200, 10_000);
}

/// The server ends `times` times, each time while emits are on their way.
fn survive_ends(clients: u64, last: u64, times: u64, signal: Signal) {
    let mut server = start(last);
    let proxy = Proxy::start(server.address(), weather(times));
    let script = gather(&proxy, clients, last);
    let mut speaker = Speaker::join(&server);
    for end in 1..=times {
        // Somewhere else each time, with some emits on their way that nobody has heard of.
        speaker.speak_to(last * end / (times + 1));
        let ahead = end * 7 % AHEAD;
        for number in 1..=ahead {
            let number = speaker.heard + number;
            speaker.say(number);
        }
        server.signal(signal);
        if signal != Signal::KILL {
            assert!(server.wait_for_exit().success());
        }
        server = server.restart();
        proxy.set_server(server.address());
        speaker.come_back(&server);
    }
    speaker.speak_to(last);
    expect_whole(script, last, &proxy);
}

#[test]
fn every_log_is_whole_across_restarts() {
    survive_ends(30, 400, 3, Signal::TERM);
}

#[test]
fn every_log_is_whole_across_20_kills() {
    survive_ends(20, 1_000, 20, Signal::KILL);
}
