//! Swapping a handler while its clients stay connected: what a new file does, and what a file
//! that cannot serve does not do.

use fs7_tests::repo::{guest_bytes, sha256};
use fs7_tests::server::Server;
use fs7_tests::stock::{Connect, Stock};
use serde_json::{Value, json};

use crate::launch;

/// A server with `greet.wasm` in version 1, and one stock client that stays.
struct Story {
    server: Server,
    client: Stock,
    id: String,
}

impl Story {
    fn begin() -> Self {
        let server = launch()
            .guest_as("greet_v1", "greet.wasm")
            .may_warn("handler_load_failed")
            // What a guest says that panics while it is described.
            .may_warn("guest_logged")
            .start();
        let mut client = Stock::start(&server.url());
        let id = client.connect("a", &Connect::default());
        Self { server, client, id }
    }

    #[track_caller]
    fn expect_version(&mut self, version: u64) {
        let reply = self.client.call("a", "greet", &[]);
        assert_eq!(reply, json!([{"version": version}]));
    }

    #[track_caller]
    fn expect_unknown(&mut self) {
        let reply = self.client.call("a", "greet", &[]);
        assert_eq!(reply[0]["code"], "unknown_event", "{reply}");
    }

    /// Waits until these bytes serve.
    #[track_caller]
    fn wait_for_published(&self, bytes: &[u8]) {
        let sha256 = sha256(bytes);
        self.server.facts().wait("handler_published", |fact| {
            fact["file"] == "greet.wasm" && fact["sha256"] == sha256.as_str()
        });
    }

    /// Waits until `greet.wasm` is refused, and looks at all three places that say why.
    #[track_caller]
    fn expect_refused(&self, expected: &str, found: &str) {
        let says = |failed: &Value| {
            let text = |name: &str| failed[name].as_str().unwrap_or_default().to_owned();
            failed["file"] == "greet.wasm"
                && text("expected").contains(expected)
                && text("found").contains(found)
        };
        self.server.facts().wait("handler_load_failed", says);
        let handlers = self.server.http().get("/admin/handlers").expect(200);
        let listed = self.server.list_events();
        for body in [handlers, listed] {
            let failed = body["failed"].as_array().unwrap();
            assert!(failed.len() == 1 && says(&failed[0]), "{body:#}");
            assert!(
                failed[0]["hint"]
                    .as_str()
                    .is_some_and(|hint| !hint.is_empty()),
                "{body:#}"
            );
        }
    }

    fn end(mut self) {
        let state = self.client.state("a");
        assert_eq!(
            state["id"],
            self.id.as_str(),
            "the client is the same throughout"
        );
        assert_eq!(
            self.client.inbox("a"),
            json!([]),
            "and was never disconnected"
        );
    }
}

/// The issue's own story, in its order.
#[test]
fn client_stays_connected_through_good_and_bad_files() {
    let mut story = Story::begin();
    let (v1, v2) = (guest_bytes("greet_v1"), guest_bytes("greet_v2"));
    story.expect_version(1);

    story.server.write_over(&v2, "greet.wasm");
    story.wait_for_published(&v2);
    story.expect_version(2);

    story
        .server
        .write_over(b"this is no component at all", "greet.wasm");
    story.expect_refused(
        "a WebAssembly component",
        "27 bytes that are no WebAssembly",
    );
    story.expect_version(2);

    story.server.write_over(&v1[..v1.len() / 2], "greet.wasm");
    story.expect_refused(
        "a complete and valid WebAssembly component",
        "bytes with an error",
    );
    story.expect_version(2);

    story.server.write_over(b"\0asm\x01\0\0\0", "greet.wasm");
    story.expect_refused(
        "a WebAssembly component",
        "a core module (version 1, layer 0)",
    );
    story.expect_version(2);

    story.server.remove("greet.wasm");
    story
        .server
        .facts()
        .wait("handler_removed", |fact| fact["file"] == "greet.wasm");
    story.expect_unknown();
    assert_eq!(story.server.list_events()["failed"], json!([]));

    story.server.rename_into_place(&v1, "greet.wasm");
    story
        .server
        .facts()
        .wait("handler_published", |fact| fact["generation"] == 4);
    story.expect_version(1);
    story.end();
}

#[test]
fn component_that_is_no_handler_of_this_host_changes_nothing() {
    let mut story = Story::begin();
    let table = [
        (
            "hostile_wrong_world",
            "a component that exports `fs7:plugin/handler@0.1.0`",
            "a component of another world, which exports `example:almanac/moon@1.0.0`",
        ),
        (
            "hostile_wrong_version",
            "a component that exports `fs7:plugin/handler@0.1.0`",
            "one that exports `fs7:plugin/handler@9.9.9`",
        ),
        (
            "hostile_unknown_import",
            "a component that imports only `fs7:plugin/sockets`",
            "one that imports `example:treasure/vault@1.0.0`",
        ),
        (
            "hostile_describe_panic",
            "an answer to `describe` within 200 ms",
            "unreachable",
        ),
        (
            "hostile_describe_slow",
            "an answer to `describe` within 200 ms",
            "none",
        ),
    ];
    for (guest, expected, found) in table {
        story
            .server
            .rename_into_place(&guest_bytes(guest), "greet.wasm");
        story.expect_refused(expected, found);
        story.expect_version(1);
    }
    let repaired = guest_bytes("greet_v2");
    story.server.rename_into_place(&repaired, "greet.wasm");
    story.wait_for_published(&repaired);
    story.expect_version(2);
    assert_eq!(story.server.list_events()["failed"], json!([]));
    story.end();
}

#[test]
fn event_that_is_answered_already_stays_with_who_answers_it() {
    let mut story = Story::begin();
    let claims = guest_bytes("claims_greet");
    story.server.rename_into_place(&claims, "claims_greet.wasm");
    let refused = story.server.facts().wait("handler_load_failed", |fact| {
        fact["file"] == "claims_greet.wasm"
    });
    assert_eq!(refused["expected"], "events that no other handler answers");
    assert_eq!(
        refused["found"],
        "`greet` in `/`, which `greet.wasm` answers"
    );
    story.expect_version(1);
    let reply = story.client.call("a", "claims_greet", &[]);
    assert_eq!(
        reply[0]["code"], "unknown_event",
        "a file serves whole or not at all"
    );

    // An update of who answers it is no chance for the other.
    let v2 = guest_bytes("greet_v2");
    story.server.rename_into_place(&v2, "greet.wasm");
    story.wait_for_published(&v2);
    story.expect_version(2);

    story.server.remove("greet.wasm");
    story.server.facts().wait("handler_published", |fact| {
        fact["file"] == "claims_greet.wasm"
    });
    assert_eq!(
        story.client.call("a", "greet", &[]),
        json!([{"version": "claimed"}])
    );

    story.server.rename_into_place(&v2, "greet.wasm");
    story.expect_refused(
        "events that no other handler answers",
        "which `claims_greet.wasm` answers",
    );
    assert_eq!(
        story.client.call("a", "greet", &[]),
        json!([{"version": "claimed"}])
    );
    story.end();
}
