//! Guests that mean harm: what becomes of their events, and that nothing else does.

use std::thread;
use std::time::Instant;

use fs7_tests::launch::{Launch, make_old};
use fs7_tests::process::Resources;
use fs7_tests::raw::RawSocket;
use fs7_tests::repo::guest_bytes;
use fs7_tests::server::Server;
use fs7_tests::wait;
use serde_json::{Value, json};

use crate::launch;

/// Runs of each guest.
const RUNS: usize = 1_000;
/// Runs of each before memory is looked at for the first time.
const WARM_UP_RUNS: usize = 200;
/// Clients that trigger at a time.
const CLIENTS: usize = 4;

/// A guest, what it is told, and how its event must end.
struct Hostility {
    guest: &'static str,
    payload: Value,
    status: u16,
    code: &'static str,
    kind: &'static str,
}

fn hostilities() -> Vec<Hostility> {
    let failed = |guest, payload, kind| Hostility {
        guest,
        payload,
        status: 500,
        code: "handler_failed",
        kind,
    };
    vec![
        failed("hostile_trap", json!("unreachable"), "trap: "),
        failed("hostile_trap", json!("panic"), "trap: "),
        failed("hostile_trap", json!("index"), "trap: "),
        failed(
            "hostile_exit",
            json!(0),
            "trap: the guest exited with code 0",
        ),
        failed(
            "hostile_exit",
            json!(3),
            "trap: the guest exited with code 1",
        ),
        failed(
            "hostile_memory",
            json!(null),
            "memory: more than 16777216 bytes",
        ),
        failed("hostile_recurse", json!(null), "stack: "),
        failed(
            "hostile_effects",
            json!(null),
            "effects: more than 256 effects",
        ),
        failed(
            "hostile_huge_reply",
            json!(2_000_000),
            "output: the reply takes 2000004 bytes",
        ),
        failed(
            "hostile_huge_reply",
            json!(null),
            "output: far more than 1048576 bytes",
        ),
        failed("hostile_invalid_json", json!(null), "invalid_reply: "),
        Hostility {
            status: 504,
            code: "deadline_exceeded",
            ..failed(
                "hostile_spin",
                json!(null),
                "deadline: no answer within 10 ms",
            )
        },
    ]
}

/// Lines of the flood of log lines; the same number goes to stdout.
const LOG_LINES: u32 = 1_000;

fn start() -> Server {
    let launch = hostilities()
        .iter()
        .fold(launch(), |launch, hostility| launch.guest(hostility.guest));
    launch
        .guest("hostile_logs")
        .plugin("user_signed_up")
        // What they are to end by is not a busy machine's deadline.
        .settings("[limits]\ndeadline_ms = 30000")
        .settings("[handlers.hostile_spin]\ndeadline_ms = 10")
        .settings("[handlers.hostile_memory]\nmemory_bytes = 16777216")
        .settings("[log]\nkeep_bytes = 1000000000")
        .may_warn("event_ended")
        .may_warn("guest_logged")
        .start()
}

#[track_caller]
fn expect_user_signed_up(server: &Server) {
    let user = json!({"user_id": "u-1", "email": "ann@example.com"});
    let body = server.http().trigger("user_signed_up", &user).expect(200);
    assert_eq!(
        body["message"], "user_signed_up handled successfully.",
        "{body}"
    );
}

#[test]
fn hostile_event_ends_as_documented_and_nothing_of_it_leaves() {
    let server = start();
    let mut socket = RawSocket::join(server.address());
    let mut http = server.http();
    for (number, hostility) in hostilities().into_iter().enumerate() {
        let Hostility {
            guest,
            payload,
            status,
            code,
            kind,
        } = hostility;
        let problem = http.trigger(guest, &payload).expect_problem(status, code);
        let id = &problem["occurrence_id"];
        let ended = server
            .facts()
            .wait("event_ended", |fact| fact["occurrence_id"] == *id);
        assert_eq!(
            (&ended["outcome"], &ended["code"]),
            (&json!("failed"), &json!(code))
        );
        let detail = ended["detail"].as_str().unwrap_or_default();
        assert!(
            detail.starts_with(kind),
            "{guest}: expected `{kind}…`, found {ended}"
        );
        assert_eq!(
            (&ended["delivered"], &ended["undelivered"]),
            (&json!(0), &json!(0))
        );
        let words = problem["message"].as_str().unwrap();
        assert!(
            !words.contains("hostile") && !words.contains("16777216"),
            "no internals: {words}"
        );

        socket.send(&format!(r#"42{number}["{guest}",{payload}]"#));
        let text = socket.text();
        let answer = text.strip_prefix(&format!("43{number}"));
        let answer: Value =
            serde_json::from_str(answer.unwrap_or_else(|| panic!("{guest} let {text} out")))
                .unwrap();
        assert_eq!(answer[0]["code"], code, "{answer}");
    }
    expect_user_signed_up(&server);
}

#[test]
fn flood_of_log_lines_is_cut_and_counted() {
    let server = start();
    let reply = server
        .http()
        .trigger("hostile_logs", &json!(LOG_LINES))
        .expect(200);
    let id = &reply["occurrence_id"];
    let ended = server
        .facts()
        .wait("event_ended", |fact| fact["occurrence_id"] == *id);
    assert_eq!(ended["log_lines_dropped"], 2 * LOG_LINES - 100, "{ended}");
    let logged = server.facts().named("guest_logged");
    assert_eq!(
        logged
            .iter()
            .filter(|line| line["occurrence_id"] == *id)
            .count(),
        100
    );
}

/// Lets every guest run so many times, several at a time, and checks each answer's status.
fn rampage(server: &Server, runs: usize) {
    let address = server.address();
    let jobs: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let mut http = fs7_tests::http::Http::new(address, Some(server.key()));
            thread::spawn(move || {
                for Hostility {
                    guest,
                    payload,
                    status,
                    ..
                } in hostilities()
                {
                    for _ in 0..runs / CLIENTS {
                        let answer = http.trigger(guest, &payload);
                        assert_eq!(answer.status, status, "{guest}: {}", answer.text());
                    }
                }
                for _ in 0..runs / CLIENTS {
                    http.trigger("hostile_logs", &json!(LOG_LINES)).expect(200);
                }
            })
        })
        .collect();
    jobs.into_iter().for_each(|job| job.join().unwrap());
}

/// Waits until there are no more files and threads than these. The server closes its side of a
/// connection a little later than its client, and threads for reading files end when they have
/// been idle for a while.
fn settled(server: &Server, files: usize, threads: usize) -> Resources {
    wait::until("no more files and threads than before", || {
        let resources = server.resources();
        if resources.files <= files && resources.threads <= threads {
            Ok(resources)
        } else {
            Err(format!("{resources:?}"))
        }
    })
}

fn check_unchanged(what: &str, started: Instant, before: &Resources, after: &Resources) {
    eprintln!(
        "{what}: {:.1} s, {:.1} MiB before, {:.1} MiB after, {} files, {} threads",
        started.elapsed().as_secs_f64(),
        before.resident_mib(),
        after.resident_mib(),
        after.files,
        after.threads,
    );
    let bound = before.resident_bytes + before.resident_bytes / 10;
    assert!(after.resident_bytes <= bound, "{before:?} {after:?}");
}

#[test]
fn thousand_runs_of_each_hostile_guest_leave_the_process_as_it_was() {
    let server = start();
    expect_user_signed_up(&server);
    let files = server.resources().files;
    rampage(&server, WARM_UP_RUNS);
    let before = settled(&server, files, usize::MAX);
    let started = Instant::now();
    rampage(&server, RUNS);
    let after = settled(&server, files, before.threads);
    check_unchanged(
        &format!("{RUNS} runs of each hostile guest"),
        started,
        &before,
        &after,
    );
    expect_user_signed_up(&server);
}

/// Guests that fail while they are loaded.
const UNLOADABLE: [&str; 5] = [
    "hostile_wrong_world",
    "hostile_wrong_version",
    "hostile_unknown_import",
    "hostile_describe_panic",
    "hostile_describe_slow",
];

#[test]
fn thousand_loads_of_each_hostile_guest_leave_the_process_as_it_was() {
    let server = unwatched()
        .plugin("user_signed_up")
        .settings("[limits]\ndescribe_ms = 10")
        .may_warn("handler_load_failed")
        .may_warn("guest_logged")
        .start();
    for guest in UNLOADABLE {
        server.place_settled(&guest_bytes(guest), &format!("{guest}.wasm"));
    }
    let mut http = server.http();
    let mut load = |times: usize| {
        for _ in 0..times {
            for guest in UNLOADABLE {
                make_old(&server.event_file(&format!("{guest}.wasm")));
            }
            let body = http.reload().expect(207);
            assert_eq!(
                body["failed"].as_array().map(Vec::len),
                Some(UNLOADABLE.len()),
                "{body}"
            );
            assert_eq!(body["generation"], 1);
        }
    };
    load(WARM_UP_RUNS);
    let before = server.resources();
    let started = Instant::now();
    load(RUNS);
    let after = settled(&server, before.files, before.threads);
    check_unchanged(
        &format!("{RUNS} loads of each hostile guest"),
        started,
        &before,
        &after,
    );
    // Each was really asked again: what panics says so in the log every time, unless the deadline
    // passes before on a busy machine.
    let panics = server
        .facts()
        .wait_for_count("guest_logged", (WARM_UP_RUNS + RUNS) / 2);
    eprintln!("{} panics", panics.len());
    expect_user_signed_up(&server);
}

fn unwatched() -> Launch {
    launch().settings("[registry]\nwatch = false")
}
