//! The triggers of a swap, and what a reload answers.

use fs7_tests::launch::{Launch, make_old};
use fs7_tests::repo::guest_bytes;
use fs7_tests::server::Server;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::launch;

/// Swaps in the test of memory, after as many to warm up.
const SWAPS: usize = 100;
/// What resident memory may grow by over [`SWAPS`] swaps: less than a twentieth of what compiled
/// code of that many versions would take.
const SWAPS_GROWTH_BYTES_MAX: u64 = 4 << 20;

/// `greet.wasm` in version 1, swapped only when told.
fn unwatched() -> Launch {
    launch()
        .guest_as("greet_v1", "greet.wasm")
        .settings("[registry]\nwatch = false")
}

#[track_caller]
fn expect_version(server: &Server, version: u64) {
    let reply = server.http().trigger("greet", &json!({})).expect(200);
    assert_eq!(reply["result"], json!([{"version": version}]), "{reply}");
}

#[test]
fn all_four_triggers_lead_to_the_swap() {
    let (v1, v2) = (guest_bytes("greet_v1"), guest_bytes("greet_v2"));
    let server = unwatched().start();
    expect_version(&server, 1);

    server.rename_into_place(&v2, "greet.wasm");
    let body = server.http().reload().expect(200);
    assert_eq!(
        body,
        json!({
            "status": "success",
            "message": "Event handlers reloaded successfully.",
            "generation": 2,
            "changed": [{"file": "greet.wasm", "action": "replaced", "version": "0.1.0"}],
            "failed": [],
            "unsettled": 0,
        })
    );
    expect_version(&server, 2);

    server.rename_into_place(&v1, "greet.wasm");
    server.signal(Signal::HUP);
    server
        .facts()
        .wait("handler_published", |fact| fact["generation"] == 3);
    expect_version(&server, 1);

    server.rename_into_place(&v2, "greet.wasm");
    let output = server.run(&["reload", "--json"]);
    assert!(output.status.success(), "{output:?}");
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(body["generation"], 4);
    expect_version(&server, 2);

    let watched = launch().guest_as("greet_v1", "greet.wasm").start();
    watched.rename_into_place(&v2, "greet.wasm");
    watched
        .facts()
        .wait("handler_published", |fact| fact["generation"] == 2);
    expect_version(&watched, 2);
}

#[test]
fn reload_with_a_broken_file_answers_partial_and_names_it() {
    let server = unwatched().may_warn("handler_load_failed").start();
    server.place_settled(b"garbage", "broken.wasm");
    server.place_settled(&guest_bytes("counter"), "counter.wasm");
    let answer = server.http().reload();
    assert_eq!(
        answer.expect(207),
        json!({
            "status": "partial",
            "message": "1 of the files cannot serve; what served still serves.",
            "generation": 2,
            "changed": [{"file": "counter.wasm", "action": "added", "version": "0.1.0"}],
            "failed": [{
                "file": "broken.wasm",
                "expected": "a WebAssembly component",
                "found": "7 bytes that are no WebAssembly",
                "hint": "build it with `fs7 build` or `cargo build --target wasm32-wasip2`",
            }],
            "unsettled": 0,
        })
    );
    let output = server.run(&["reload"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("broken.wasm") && said.contains("hint: "),
        "{said}"
    );
    server.remove("broken.wasm");
    server.http().reload().expect(200);
}

#[test]
fn same_bytes_are_no_new_generation() {
    let server = unwatched().start();
    let v1 = guest_bytes("greet_v1");
    let changes: [&dyn Fn(); 3] = [
        &|| make_old(&server.event_file("greet.wasm")),
        &|| server.place_settled(&v1, "greet.wasm"),
        &|| server.write_over(&v1, "greet.wasm"),
    ];
    for change in changes {
        change();
        let body = server.http().reload().expect(200);
        assert_eq!(
            (&body["generation"], &body["changed"]),
            (&json!(1), &json!([]))
        );
    }
    assert_eq!(
        server.facts().wait_for_count("handler_published", 1).len(),
        1
    );
}

/// What is loaded meanwhile takes longer than a start waits for files that are still being written.
#[test]
fn file_dropped_right_before_the_start_answers_when_the_server_does() {
    let server = launch()
        .guest("hostile_describe_slow")
        .guest_as("greet_v1", "greet.wasm")
        .settings("[limits]\ndescribe_ms = 2500\n[registry]\nquiet_ms = 1000")
        .may_warn("handler_load_failed")
        .just_written("greet.wasm")
        .start();
    expect_version(&server, 1);
}

/// A quiet time of an hour makes every new file one that is still being written.
#[test]
fn file_that_is_still_written_is_not_loaded() {
    let server = unwatched().settings("quiet_ms = 3600000").start();
    let v2 = guest_bytes("greet_v2");
    server.write_over(&v2[..v2.len() / 2], "greet.wasm");
    let body = server.http().reload().expect(207);
    assert_eq!(
        (&body["status"], &body["unsettled"]),
        (&json!("partial"), &json!(1)),
        "{body}"
    );
    assert_eq!(
        body["failed"],
        json!([]),
        "half a file is no broken file yet"
    );
    expect_version(&server, 1);
    server.write_over(&v2, "greet.wasm");
    make_old(&server.event_file("greet.wasm"));
    server.http().reload().expect(200);
    expect_version(&server, 2);
}

#[test]
fn only_components_directly_in_the_directory_count() {
    let server = unwatched().start();
    let v2 = guest_bytes("greet_v2");
    for file in [".hidden.wasm", "greet.wasm.tmp", "README.md"] {
        server.place_settled(&v2, file);
    }
    std::fs::create_dir(server.event_file("folder.wasm")).unwrap();
    std::fs::write(server.event_file("folder.wasm/greet.wasm"), &v2).unwrap();
    let body = server.http().reload().expect(200);
    assert_eq!(body["generation"], 1, "{body}");
}

#[test]
fn handlers_beyond_their_limit_are_refused_until_there_is_room() {
    let server = unwatched()
        .settings("[limits]\nhandlers = 1")
        .may_warn("handler_load_failed")
        .start();
    server.place_settled(&guest_bytes("counter"), "counter.wasm");
    for _ in 0..3 {
        let body = server.http().reload().expect(207);
        assert_eq!(body["failed"][0]["file"], "counter.wasm", "{body}");
        assert_eq!(
            body["failed"][0]["expected"],
            "at most 1 handlers (limit `handlers`)"
        );
        assert_eq!(body["changed"], json!([]));
    }
    expect_version(&server, 1);
    server.remove("greet.wasm");
    let body = server.http().reload().expect(200);
    assert_eq!(body["changed"].as_array().unwrap().len(), 2, "{body}");
    server.http().trigger("counter", &json!(null)).expect(200);
}

#[test]
fn file_beyond_its_size_limit_is_refused() {
    let server = unwatched()
        .settings("[limits]\nhandler_bytes = 1000000")
        .may_warn("handler_load_failed")
        .start();
    server.place_settled(&vec![0; 1_000_001], "large.wasm");
    let body = server.http().reload().expect(207);
    assert_eq!(
        body["failed"][0]["expected"],
        "at most 1000000 bytes (limit `handler_bytes`)"
    );
    expect_version(&server, 1);
}

#[test]
fn events_directory_that_is_gone_takes_nothing_with_it() {
    let server = unwatched().may_warn("events_dir_failed").start();
    let directory = server.dir().join("events");
    std::fs::remove_dir_all(&directory).unwrap();
    let body = server.http().reload().expect(207);
    assert_eq!(
        body["failed"][0]["expected"],
        "an events directory that can be read"
    );
    expect_version(&server, 1);
    std::fs::create_dir(&directory).unwrap();
    server.place_settled(&guest_bytes("greet_v2"), "greet.wasm");
    server.http().reload().expect(200);
    expect_version(&server, 2);
}

#[test]
fn hundred_swaps_leave_memory_flat() {
    let server = unwatched().start();
    let versions = [guest_bytes("greet_v2"), guest_bytes("greet_v1")];
    let mut http = server.http();
    let mut swap = |count: usize| {
        for index in 0..count {
            server.place_settled(&versions[index % 2], "greet.wasm");
            http.reload().expect(200);
            http.trigger("greet", &json!(null)).expect(200);
        }
    };
    swap(SWAPS);
    let before = server.resources();
    swap(SWAPS);
    let after = server.resources();
    assert_eq!(server.generation(), 2 * SWAPS as u64 + 1);
    eprintln!(
        "{SWAPS} swaps: {:.1} MiB before, {:.1} MiB after",
        before.resident_mib(),
        after.resident_mib()
    );
    let growth = after.resident_bytes.saturating_sub(before.resident_bytes);
    assert!(growth < SWAPS_GROWTH_BYTES_MAX, "{before:?} {after:?}");
    assert_eq!(after.files, before.files);
}
