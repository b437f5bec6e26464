//! `fs7 start`: it returns when the server answers, and there is only one.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use fs7_tests::cli;
use fs7_tests::http::Http;
use fs7_tests::wait;
use rustix::process::Signal;
use serde_json::json;

use crate::desk;

#[test]
fn start_returns_when_the_server_answers() {
    let desk = desk();
    let ran = desk.run(&["start", "--port", "0"]);
    ran.said(
        0,
        &[
            "serves 0 event(s) with 0 handler(s)",
            "no handlers in",
            "hint: ",
        ],
    );
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:#?}");
    let answer = Http::new(ran.address(), None).get("/ready");
    assert_eq!(answer.status, 200);
    let unknown = desk.run(&["trigger", "anything"]);
    unknown.said(
        1,
        &[
            "error: unknown_event: no handler answers `anything`",
            "\nhint: ",
        ],
    );
}

#[test]
fn background_server_keeps_nothing_of_its_terminal() {
    let desk = desk();
    desk.start();
    let pid = desk.pid();
    for number in 0..3 {
        let target = fs::read_link(format!("/proc/{pid}/fd/{number}")).unwrap();
        assert_eq!(target, Path::new("/dev/null"), "{number}");
    }
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let session = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .nth(3)
        .unwrap();
    assert_eq!(session, pid.to_string());
}

#[test]
fn state_of_a_server_is_its_owners_alone() {
    let desk = desk();
    desk.start();
    let mode = |name: &str| fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(".fs7"), 0o700);
    assert_eq!(mode(".fs7/api-key"), 0o600);
    assert_eq!(desk.read(".fs7/api-key").trim().len(), 64);
}

#[test]
fn second_start_is_refused_and_says_so() {
    let desk = desk();
    let address = desk.start();
    let pid = desk.pid();
    let words =
        format!("error: a server runs in this directory already: http://{address} (pid {pid})");
    for args in [
        &["start", "--port", "0"][..],
        &["start", "--port", "0", "--foreground"],
    ] {
        let ran = desk.run(args);
        ran.said(1, &[&words, "hint: stop it with `fs7 stop`"]);
        assert_eq!(ran.stdout, "");
    }
    assert_eq!(desk.pid(), pid);
    assert_eq!(Http::new(address, None).get("/health").status, 200);
}

#[test]
fn of_several_starts_at_once_one_succeeds() {
    let desk = desk();
    let mut starts: Vec<_> = (0..4)
        .map(|_| desk.spawn(&["start", "--port", "0"]))
        .collect();
    let mut codes: Vec<_> = starts.iter_mut().map(|start| start.end()).collect();
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(1), Some(1), Some(1)]);
    assert_eq!(desk.run(&["status"]).code, Some(0));
}

#[test]
fn taken_port_is_told_and_nothing_stays_behind() {
    let desk = desk();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let port = address.port().to_string();
    for args in [
        &["start", "--port", &port][..],
        &["start", "--foreground", "--port", &port],
    ] {
        let ran = desk.run(args);
        let words = format!("error: listen on `{address}`: Address already in use");
        ran.said(1, &[&words, "hint: another program listens there"]);
        assert_eq!(ran.stderr.matches("error:").count(), 1, "{ran:#?}");
        assert!(!desk.path("fastsocket.pid").exists());
        assert_eq!(desk.run(&["status"]).code, Some(3));
    }
}

#[test]
fn log_directory_that_cannot_be_made_is_told() {
    let desk = desk();
    // Nobody can make anything there, not even root.
    let ran = desk.run(&["start", "--port", "0", "--log-dir", "/proc/fs7"]);
    ran.said(
        1,
        &[
            "error: open log file `/proc/fs7/debug.log`: ",
            "hint: name a directory",
        ],
    );
}

#[test]
fn directory_without_permission_is_told() {
    use std::os::unix::process::CommandExt as _;

    let desk = desk();
    fs::set_permissions(desk.path("."), fs::Permissions::from_mode(0o555)).unwrap();
    let mut command = desk.command(&["start", "--port", "0"]);
    if rustix::process::geteuid().is_root() {
        // Permissions do not hold root back: the program is tried as nobody, from a place that
        // nobody can read.
        let program = desk.path("fs7");
        fs::copy(env!("CARGO_BIN_EXE_fs7"), &program).unwrap();
        command = std::process::Command::new(program);
        command
            .args(["start", "--port", "0"])
            .current_dir(desk.path("."))
            .env_clear();
        command.uid(65_534).gid(65_534);
    }
    let ran: cli::Ran = command.output().unwrap().into();
    fs::set_permissions(desk.path("."), fs::Permissions::from_mode(0o755)).unwrap();
    ran.said(
        1,
        &[
            "error: make `",
            ".fs7`: Permission denied",
            "hint: fs7 writes",
        ],
    );
}

#[test]
fn start_beyond_loopback_needs_a_key() {
    let desk = desk();
    let args = ["start", "--port", "0", "--host", "0.0.0.0"];
    desk.run(&args).said(
        1,
        &[
            "error: no API key is set, and others can reach",
            "hint: set `API_KEY`",
        ],
    );
    let desk = desk.file(".env", "API_KEY=from-dotenv\n");
    let ran = desk.run(&args);
    ran.said(0, &["are open to whoever reaches it"]);
    assert_eq!(desk.run(&["list-events"]).code, Some(0));
    // Without the key that the server was started with.
    let desk = desk.file(".env", "API_KEY=another\n");
    desk.run(&["list-events"]).said(
        1,
        &["error: unauthorized", "hint: the server was started with"],
    );
}

#[test]
fn unsound_handler_does_not_keep_the_server_from_starting() {
    let desk = desk().file("events/broken.wasm", "no component");
    let ran = desk.run(&["start", "--port", "0"]);
    ran.said(
        0,
        &[
            "warning: `broken.wasm` is not loaded: expected",
            ", found ",
            "hint: ",
        ],
    );
    assert_eq!(Http::new(ran.address(), None).get("/ready").status, 200);
}

#[test]
fn foreground_server_obeys_signals_and_clears_up() {
    let desk = desk();
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = desk.spawn(&["start", "--foreground", "--port", "0"]);
        let address = cli::address(&server.line());
        server.hear("server started");
        assert_eq!(desk.run(&["status"]).code, Some(0));
        assert_eq!(Http::new(address, None).get("/ready").status, 200);
        server.signal(signal);
        assert_eq!(server.end(), Some(0));
        assert!(!desk.path("fastsocket.pid").exists());
        assert_eq!(desk.run(&["status"]).code, Some(3));
    }
}

#[test]
fn console_that_nobody_reads_holds_nothing_up() {
    let desk = desk().guest("stdout_lines");
    // A pipe holds 64 KiB; nobody takes anything out of it.
    let mut command = desk.command(&["start", "--foreground", "--port", "0"]);
    let mut server = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let mut http = desk.http(cli::address(&line));
    for _ in 0..40 {
        let answer = http.trigger("stdout_lines", &json!(40));
        assert_eq!(answer.status, 200);
    }
    desk.run(&["stop"]).succeeded();
    assert_eq!(server.wait().unwrap().code(), Some(0));
    let log = desk.run(&["log", "view", "--json", "--lines", "100000"]);
    assert_eq!(log.stdout.matches("event_ended").count(), 40);
    assert_eq!(log.stdout.matches("\"stdout line 40\"").count(), 40);
}

#[test]
fn hangup_reloads() {
    let desk = desk().file("fs7.toml", "[registry]\nwatch = false\n");
    let server_events = |desk: &fs7_tests::cli::Desk| {
        desk.run(&["list-events", "--json"]).json()["events"]
            .as_array()
            .unwrap()
            .len()
    };
    let mut server = desk.spawn(&["start", "--foreground", "--port", "0"]);
    server.line();
    assert_eq!(server_events(&desk), 0);
    let desk = desk.guest("greet_v1");
    server.signal(Signal::HUP);
    wait::until_true("the reload after SIGHUP", || server_events(&desk) == 1);
}
