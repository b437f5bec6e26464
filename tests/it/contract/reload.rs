//! The contract is reloaded like a handler: proven first, swapped whole, the old one kept on
//! failure, and no client broken unless somebody says so.

use fs7_tests::launch::Launch;
use fs7_tests::server::Server;
use fs7_tests::stock::{Connect, Stock};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::{CONTRACT, obeying};

/// A server that looks at its files only when told.
fn unwatched() -> Launch {
    obeying("watch = false").settings("[registry]\nwatch = false")
}

/// The contract in another version, which asks for less.
fn looser(version: &str) -> String {
    CONTRACT
        .replace("version: 1.0.0", &format!("version: {version}"))
        .replace("required: [to]", "required: []")
}

/// The contract with one more thing that clients must send.
fn stricter() -> String {
    CONTRACT.replace("required: [to]", "required: [to, count]")
}

#[track_caller]
fn expect_version(server: &Server, version: &str) {
    let status = server.http().get("/admin/status").expect(200);
    assert_eq!(status["contract"]["version"], version, "{status}");
}

#[test]
fn every_trigger_leads_to_the_swap() {
    let server = unwatched().start();
    expect_version(&server, "1.0.0");
    server.place_file("asyncapi.yaml", &looser("1.1.0"));
    let body = server.http().reload().expect(200);
    assert_eq!(body["generation"], 2);
    assert_eq!(
        body["changed"],
        json!([{"file": "asyncapi.yaml", "action": "replaced", "version": "1.1.0"}])
    );
    expect_version(&server, "1.1.0");

    server.place_file("asyncapi.yaml", &looser("1.2.0"));
    let output = server.run(&["reload"]);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.trim(), "generation 3: replaced asyncapi.yaml 1.2.0");

    server.place_file("asyncapi.yaml", &looser("1.3.0"));
    server.signal(Signal::HUP);
    server
        .facts()
        .wait("contract_loaded", |fact| fact["version"] == "1.3.0");

    let watched = obeying("").start();
    watched.place_file("asyncapi.yaml", &looser("1.4.0"));
    watched
        .facts()
        .wait("contract_loaded", |fact| fact["version"] == "1.4.0");
    let body = json!({"reply": {"done": true}});
    watched.http().trigger("say", &body).expect(200);
}

#[test]
fn same_bytes_do_nothing() {
    let server = unwatched().start();
    server.place_file("asyncapi.yaml", CONTRACT);
    let body = server.http().reload().expect(200);
    assert_eq!(
        (&body["generation"], &body["changed"]),
        (&json!(1), &json!([]))
    );
    server.facts().wait_for_count("contract_loaded", 1);
}

#[test]
fn broken_contract_keeps_the_old_one_and_a_repaired_one_serves() {
    let server = unwatched().may_warn("contract_failed").start();
    for broken in [
        "asyncapi: 3.0.0\ninfo: {title: x}",
        "{",
        "",
        "asyncapi: 9.9.9",
    ] {
        server.place_file("asyncapi.yaml", broken);
        let body = server.http().reload().expect(207);
        assert_eq!(body["status"], "partial");
        assert_eq!(body["failed"][0]["file"], "asyncapi.yaml", "{body}");
        assert_eq!(
            body["failed"][0]["expected"],
            "an AsyncAPI document without errors"
        );
        let found = body["failed"][0]["found"].as_str().unwrap();
        assert!(found.contains("asyncapi.yaml:"), "{found}");
        expect_version(&server, "1.0.0");
        let body = server.http().trigger("say", &json!({}));
        body.expect_problem(422, "invalid_payload");
    }
    std::fs::remove_file(server.dir().join("asyncapi.yaml")).unwrap();
    server.http().reload().expect(207);
    expect_version(&server, "1.0.0");
    let output = server.run(&["reload"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    server.place_file("asyncapi.yaml", &looser("2.0.0"));
    server.http().reload().expect(200);
    expect_version(&server, "2.0.0");
    let handlers = server.http().get("/admin/handlers").expect(200);
    assert_eq!(handlers["failed"], json!([]));
}

#[test]
fn breaking_contract_is_refused_and_says_which_change_it_was() {
    let server = unwatched().may_warn("contract_failed").start();
    server.place_file("asyncapi.yaml", &stricter());
    let body = server.http().reload().expect(207);
    let failed = &body["failed"][0];
    assert_eq!(
        failed["expected"],
        "a contract that breaks no client of the one that serves"
    );
    let found = failed["found"].as_str().unwrap();
    assert!(
        found.contains("breaking for senders") && found.contains("count"),
        "{found}"
    );
    assert!(
        failed["hint"]
            .as_str()
            .unwrap()
            .contains("--allow-breaking"),
        "{failed}"
    );
    let order = json!({"to": "ann@example.com", "reply": {"done": true}});
    server.http().trigger("say", &order).expect(200);
    let output = server.run(&["reload"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let output = server.run(&["reload", "--allow-breaking"]);
    assert!(output.status.success(), "{output:?}");
    server
        .http()
        .trigger("say", &order)
        .expect_problem(422, "invalid_payload");

    // Over HTTP, and by the settings.
    server.place_file(
        "asyncapi.yaml",
        &CONTRACT.replace("required: [to]", "required: [to, count, more]"),
    );
    server.http().reload().expect(207);
    let options = json!({"allow_breaking": true});
    server
        .http()
        .post("/admin/reload-events", &options)
        .expect(200);
    let wrong = json!({"allow_braking": true});
    let body = server.http().post("/admin/reload-events", &wrong);
    let body = body.expect_problem(422, "invalid_payload");
    assert!(
        body["message"].as_str().unwrap().contains("allow_breaking"),
        "{body}"
    );
    let allowing = obeying("breaking = \"allow\"").start();
    allowing.place_file("asyncapi.yaml", &stricter());
    allowing
        .facts()
        .wait("contract_loaded", |fact| fact["generation"] == 2);
}

#[test]
fn watcher_refuses_a_breaking_contract_once_and_goes_on() {
    let server = obeying("").may_warn("contract_failed").start();
    server.place_file("asyncapi.yaml", &stricter());
    let failed = server.facts().wait("contract_failed", |_| true);
    assert!(
        failed["found"].as_str().unwrap().contains("count"),
        "{failed}"
    );
    server.place_file("asyncapi.yaml", &looser("3.0.0"));
    server
        .facts()
        .wait("contract_loaded", |fact| fact["version"] == "3.0.0");
    assert_eq!(server.facts().named("contract_failed").len(), 1);
}

#[test]
fn referenced_file_is_part_of_the_contract() {
    let order = "type: object\nproperties: {to: {type: string}}\nrequired: [to]\n";
    let contract = CONTRACT.replace("\"#/components/schemas/Order\"", "./schemas/order.yaml");
    let server = obeying("")
        .file("asyncapi.yaml", &contract)
        .file("schemas/order.yaml", order)
        .may_warn("contract_failed")
        .start();
    let body = json!({"reply": {"done": true}});
    server
        .http()
        .trigger("say", &body)
        .expect_problem(422, "invalid_payload");
    server.place_file("schemas/order.yaml", &order.replace("required: [to]", ""));
    server
        .facts()
        .wait("contract_loaded", |fact| fact["generation"] == 2);
    server.http().trigger("say", &body).expect(200);
    std::fs::remove_file(server.dir().join("schemas/order.yaml")).unwrap();
    server.facts().wait("contract_failed", |_| true);
    server.http().trigger("say", &body).expect(200);
    server.place_file("schemas/order.yaml", "type: object\n");
    server
        .facts()
        .wait("contract_loaded", |fact| fact["generation"] == 3);
}

#[test]
fn contract_that_appears_later_comes_into_force() {
    let server = crate::launch().guest("obeys").start();
    server.http().trigger("say", &json!({})).expect(200);
    server.place_file("asyncapi.yaml", CONTRACT);
    server.facts().wait("contract_loaded", |_| true);
    server
        .http()
        .trigger("say", &json!({}))
        .expect_problem(422, "invalid_payload");
}

/// Two contracts that each refuse what the other takes: every answer is of exactly one of them,
/// whatever is swapped meanwhile, and in the order in which they came into force.
#[test]
fn swaps_under_load_lose_nothing_and_each_event_sees_one_contract() {
    const SWAPS: u64 = 20;
    const EVENTS_A_TURN: usize = 50;
    let even = CONTRACT.replace("required: [to]", "required: [even]");
    let odd = CONTRACT.replace("required: [to]", "required: [odd]");
    let server = unwatched()
        .file("asyncapi.yaml", &even)
        .settings("quiet_ms = 1")
        .start();
    let mut stock = Stock::start(&server.url());
    for client in ["a", "b", "c"] {
        stock.connect(client, &Connect::default());
    }
    for swap in 0..SWAPS {
        let next = if swap % 2 == 0 { &odd } else { &even };
        server.place_file("asyncapi.yaml", next);
        let mut http = server.http();
        let options = json!({"allow_breaking": true}).to_string();
        http.start("POST", "/admin/reload-events", &[], options.as_bytes());
        for index in 0..EVENTS_A_TURN {
            let client = ["a", "b", "c"][index % 3];
            let answer = stock.call(client, "say", &[json!({"reply": {"done": true}})]);
            let errors = answer[0]["errors"].as_array().unwrap();
            assert_eq!(errors.len(), 1, "one contract's violation: {answer}");
            let pointer = errors[0]["pointer"].as_str().unwrap();
            assert!(["/even", "/odd"].contains(&pointer), "{answer}");
        }
        assert_eq!(http.finish().expect(200)["generation"], swap + 2);
        let expected = if swap % 2 == 0 { "/odd" } else { "/even" };
        let answer = stock.call("a", "say", &[json!({})]);
        assert_eq!(answer[0]["errors"][0]["pointer"], expected, "{answer}");
    }
    assert_eq!(server.facts().named("contract_failed"), [Value::Null; 0]);
}
