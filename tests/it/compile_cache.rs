//! Compiled code on disk: used when it is ours and whole, made anew when it is not.

use std::fs;
use std::path::{Path, PathBuf};

use fs7_tests::server::Server;
use serde_json::{Value, json};

use crate::launch;

fn entries(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir.join(".fs7/compile-cache")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[track_caller]
fn expect_served(server: &Server) {
    let reply = server.http().trigger("counter", &json!(null)).expect(200);
    assert_eq!(reply["result"], json!([1]));
}

/// Refusals of so many starts: the log goes on from one to the next.
fn refusals(server: &Server, starts: usize) -> Vec<Value> {
    server.facts().wait_for_count("server_started", starts);
    server.facts().named("compile_cache_refused")
}

#[test]
fn damaged_entry_is_made_anew_and_never_run() {
    let mut server = launch()
        .guest("counter")
        .may_warn("compile_cache_refused")
        .start();
    expect_served(&server);
    let [entry] = entries(server.dir()).try_into().unwrap();
    let whole = fs::read(&entry).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let damages: [&[u8]; 4] = [&flipped, &whole[..whole.len() / 2], b"", b"garbage"];
    for (count, damage) in damages.into_iter().enumerate() {
        fs::write(&entry, damage).unwrap();
        server = server.restart();
        expect_served(&server);
        assert_eq!(refusals(&server, count + 2).len(), count + 1);
        assert_eq!(fs::read(&entry).unwrap(), whole, "the entry is whole again");
    }
    server = server.restart();
    expect_served(&server);
    assert_eq!(
        refusals(&server, damages.len() + 2).len(),
        damages.len(),
        "a whole one is used"
    );
}

#[test]
fn entries_of_another_host_are_foreign() {
    let server = launch()
        .guest("counter")
        .may_warn("compile_cache_refused")
        .start();
    let other = launch().guest("counter").start();
    let [entry] = entries(server.dir()).try_into().unwrap();
    let [foreign] = entries(other.dir()).try_into().unwrap();
    assert_eq!(entry.file_name(), foreign.file_name());
    fs::copy(&foreign, &entry).unwrap();
    let server = server.restart();
    expect_served(&server);
    let refused = refusals(&server, 2);
    assert!(
        refused[0]["detail"]
            .as_str()
            .unwrap()
            .contains("another host"),
        "{refused:?}"
    );
}
