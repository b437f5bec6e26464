//! Swapping under load: nothing lost, nothing doubled, nothing out of order.

use fs7_tests::repo::guest_bytes;
use fs7_tests::script::Script;
use serde_json::json;

use crate::launch;

/// Stock clients at a time.
const CLIENTS: u64 = 50;
/// Numbered events of each.
const EVENTS: u64 = 2_000;
/// Events of each that wait for their acknowledgement at a time.
const DEPTH: u64 = 8;
/// Swaps while they come.
const SWAPS: u64 = 20;

#[test]
fn swaps_under_load_lose_double_and_reorder_nothing() {
    let total = CLIENTS * EVENTS;
    let step = total / (SWAPS + 2);
    let server = launch()
        .guest_as("sequence_a", "sequence.wasm")
        .settings("[registry]\nquiet_ms = 20")
        .variable("LOG_LEVEL", "INFO")
        .start();
    let versions = [guest_bytes("sequence_b"), guest_bytes("sequence_a")];
    let args = [CLIENTS, EVENTS, DEPTH, step].map(|number| number.to_string());
    let url = server.url();
    let args: Vec<_> = std::iter::once(url.as_str())
        .chain(args.iter().map(String::as_str))
        .collect();
    let mut story = Script::node("load.mjs", &args);
    for swap in 0..SWAPS {
        let progress = story.line("the load's progress");
        assert!(
            progress["seconds"].is_null(),
            "over after {swap} swaps: {progress}"
        );
        let version = &versions[usize::try_from(swap % 2).unwrap()];
        server.rename_into_place(version, "sequence.wasm");
        let generation = swap + 2;
        server
            .facts()
            .wait("handler_published", |fact| fact["generation"] == generation);
    }
    let seen = story.end("the load's end");
    eprintln!("{total} events and {SWAPS} swaps: {seen}");
    for (count, expected) in [
        ("acked", total),
        ("packets", total),
        ("wrong", 0),
        ("disordered", 0),
        ("disconnects", 0),
    ] {
        assert_eq!(seen[count], expected, "{count} in {seen}");
    }
    let by_version = |name: &str| seen["versions"][name].as_u64().unwrap_or_default();
    assert_eq!(by_version("a") + by_version("b"), total, "{seen}");
    assert!(by_version("a") > 0 && by_version("b") > 0, "{seen}");
    // A client may sleep through a swap there and back, but hardly all of them through all.
    assert!(seen["changes"].as_u64().unwrap() >= CLIENTS, "{seen}");
    assert_eq!(server.generation(), SWAPS + 1);
    assert_eq!(
        server.facts().named("handler_load_failed"),
        Vec::<serde_json::Value>::new()
    );
    let reply = server.http().trigger("sequence", &json!(7)).expect(200);
    assert_eq!(reply["result"], json!([7, "a"]));
}
