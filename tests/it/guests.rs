//! What a guest can see, say and keep: the sandbox from inside, and its settings.

use std::collections::BTreeMap;

use fs7_tests::raw::{Packet, RawSocket};
use fs7_tests::server::Server;
use serde_json::{Value, json};

use crate::launch;

/// The result of an event that must succeed.
#[track_caller]
fn result(server: &Server, event: &str, payload: &Value) -> Value {
    server.http().trigger(event, payload).expect(200)["result"].clone()
}

#[test]
fn sandbox_shows_nothing_of_the_machine() {
    let server = launch()
        .guest("env_probe")
        .variable("SECRET", "treasure")
        .start();
    let seen = result(&server, "env_probe", &json!(null))[0].clone();
    assert_eq!(seen["environment"], json!([]), "{seen}");
    assert_eq!(seen["arguments"], json!([]), "{seen}");
    assert_eq!(seen["stdin"], "0", "{seen}");
    assert_eq!(seen["monotonic_clock_advances"], true, "{seen}");
    assert!(
        seen["wall_clock_ms"]
            .as_u64()
            .is_some_and(|ms| ms > 1_600_000_000_000),
        "{seen}"
    );
    for attempt in [
        "read_root",
        "read_passwd",
        "read_here",
        "write_tmp",
        "tcp_connect",
        "tcp_bind",
        "name_lookup",
    ] {
        let told = seen[attempt].as_str().unwrap_or_default();
        assert!(told.starts_with("error: "), "{attempt} in {seen}");
    }
    let again = result(&server, "env_probe", &json!(null))[0].clone();
    assert_ne!(seen["random"], again["random"]);
}

#[test]
fn standard_output_and_error_become_log_lines() {
    let server = launch()
        .guest("stdout_lines")
        .may_warn("guest_logged")
        .start();
    let reply = server.http().trigger("stdout_lines", &json!(2)).expect(200);
    server
        .facts()
        .wait("event_ended", |fact| fact["event"] == "stdout_lines");
    let mut by_stream: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in server.facts().named("guest_logged") {
        assert_eq!(line["occurrence_id"], reply["occurrence_id"], "{line}");
        assert_eq!(line["handler"], "stdout_lines", "{line}");
        let stream = line["context"].as_str().unwrap().to_owned();
        assert_eq!(
            line["level"],
            if stream == "stdout" { "INFO" } else { "WARN" }
        );
        by_stream
            .entry(stream)
            .or_default()
            .push(line["text"].clone());
    }
    let stdout = json!(["stdout line 1", "stdout line 2", "stdout without end"]);
    assert_eq!(json!(by_stream["stdout"]), stdout);
    let stderr = json!([
        "stderr line 1",
        "stderr line 2",
        "stderr without end",
        "no utf-8: \u{fffd}\u{fffd}"
    ]);
    assert_eq!(json!(by_stream["stderr"]), stderr);
}

#[test]
fn sandbox_is_fresh_for_every_event() {
    let server = launch().guest("counter").start();
    for _ in 0..3 {
        assert_eq!(result(&server, "counter", &json!(null)), json!([1]));
    }
}

#[test]
fn operator_sees_which_handlers_run_without_their_component() {
    let server = launch()
        .guest("counter")
        .guest("stdout_lines")
        .may_warn("guest_logged")
        .start();
    for _ in 0..6 {
        result(&server, "counter", &json!(null));
        result(&server, "stdout_lines", &json!(null));
    }
    let listed = server.http().get("/admin/handlers").expect(200);
    let way = |name: &str| {
        let handlers = listed["handlers"].as_array().unwrap();
        let handler = handlers.iter().find(|handler| handler["name"] == name);
        let handler = handler.unwrap_or_else(|| panic!("no {name} in {listed}"));
        (handler["direct"].clone(), handler["escapes"].clone())
    };
    assert_eq!(way("counter"), (json!(true), json!(0)));
    // It prints at every event, which only the component answers: tried four times, then no more.
    assert_eq!(way("stdout_lines"), (json!(false), json!(4)));
}

#[test]
fn reused_instance_is_replaced_when_it_is_spent_or_has_trapped() {
    let server = launch()
        .guest("counter")
        .settings("[handlers.counter]\ninstances = \"reuse\"\nreuse_events = 3")
        .may_warn("event_ended")
        .may_warn("guest_logged")
        .start();
    let count = |expected: u64| {
        assert_eq!(result(&server, "counter", &json!(null)), json!([expected]));
    };
    [1, 2, 3, 1, 2].into_iter().for_each(count);
    server
        .http()
        .trigger("counter", &json!("trap"))
        .expect_problem(500, "handler_failed");
    [1, 2, 3, 1].into_iter().for_each(count);
}

#[test]
fn rejection_reaches_the_sender_and_nothing_else_does() {
    let server = launch().guest("rejects").start();
    let mut socket = RawSocket::join(server.address());
    let violations = json!([
        {"pointer": "/user_id", "rule": "type", "message": "must be text"},
        {"pointer": "/email", "rule": "format", "message": "must be an address"},
    ]);
    let table = [
        (
            "invalid",
            422,
            "invalid_payload",
            "these arguments are invalid",
            violations,
        ),
        ("rejected", 409, "rejected", "the answer is no", json!([])),
        ("forbidden", 403, "forbidden", "not you", json!([])),
        ("busy", 503, "busy", "come back later", json!([])),
        (
            "failed",
            500,
            "handler_failed",
            "it did not work",
            json!([]),
        ),
    ];
    for (number, (code, status, word, message, errors)) in table.into_iter().enumerate() {
        let problem = server
            .http()
            .trigger("rejects", &json!(code))
            .expect_problem(status, word);
        assert_eq!(
            (&problem["message"], &problem["errors"]),
            (&json!(message), &errors)
        );
        socket.send(&format!(r#"42{number}["rejects","{code}"]"#));
        let text = socket.text();
        let ack = text
            .strip_prefix(&format!("43{number}"))
            .unwrap_or_else(|| panic!("{text}"));
        let ack: Value = serde_json::from_str(ack).unwrap();
        let expected = json!([{
            "status": "error",
            "code": word,
            "message": message,
            "errors": errors,
            "occurrence_id": ack[0]["occurrence_id"],
        }]);
        assert_eq!(ack, expected);
        let id = &ack[0]["occurrence_id"];
        let ended = server
            .facts()
            .wait("event_ended", |fact| fact["occurrence_id"] == *id);
        assert_eq!(ended["outcome"], "rejected", "{ended}");
    }
    server
        .http()
        .trigger("rejects", &json!("nonsense"))
        .expect_problem(422, "invalid_payload");
}

#[test]
fn handler_cannot_emit_reserved_names_or_join_nameless_rooms() {
    let server = launch().guest("reserved_emit").start();
    let mut socket = RawSocket::join(server.address());
    let mut ask = |args: Value| {
        let (name, room) = (&args[0], &args[1]);
        match room {
            Value::Null => socket.send(&format!(r#"421["reserved_emit",{name}]"#)),
            room => socket.send(&format!(r#"421["reserved_emit",{name},{room}]"#)),
        }
        let text = socket.text();
        let answer: Value = serde_json::from_str(text.strip_prefix("431").unwrap_or("0")).unwrap();
        answer[0].as_str().map(str::to_owned).unwrap_or(text)
    };
    for name in ["connect", "disconnect", "newListener", ""] {
        assert!(ask(json!([name])).contains("ReservedName"), "{name}");
    }
    assert!(ask(json!(["x".repeat(257)])).contains("ReservedName"));
    assert_eq!(ask(json!(["allowed"])), r#"42["allowed"]"#);
    assert_eq!(socket.text(), "431[null]");
    let mut ask = |room: &str| {
        socket.send(&format!(r#"421["reserved_emit","x","{room}"]"#));
        socket.text()
    };
    assert!(ask("").contains("InvalidRoom"));
    assert!(ask(&"x".repeat(257)).contains("InvalidRoom"));
    assert_eq!(ask("room"), "431[null]");
}

#[test]
fn binary_data_leaves_as_attachments_and_over_http_as_base64() {
    let server = launch().guest("binary_reply").start();
    let mut socket = RawSocket::join(server.address());
    socket.send(r#"451-7["binary_reply",4,{"_placeholder":true,"num":0}]"#);
    socket.try_send_binary(&[9; 3]).unwrap();
    let data = Packet::Binary(vec![0, 1, 2, 3]);
    let args = r#"{"_placeholder":true,"num":0},[[{"_placeholder":true,"num":1}]],3]"#;
    for expected in [format!(r#"452-["binary",{args}"#), format!("462-7[{args}")] {
        assert_eq!(socket.text(), expected);
        assert_eq!(socket.receive(), data);
        assert_eq!(socket.receive(), data);
    }
    let body = server
        .http()
        .post(
            "/api/events?emitted=true",
            &json!({"name": "binary_reply", "payload": 4}),
        )
        .expect(200);
    let placeholder = |num: u64| json!({"_placeholder": true, "num": num});
    assert_eq!(
        body["result"],
        json!([placeholder(0), [[placeholder(1)]], null])
    );
    assert_eq!(body["attachments"], json!(["AAECAw==", "AAECAw=="]));
    assert_eq!(
        body["emitted"][0]["attachments"],
        json!(["AAECAw==", "AAECAw=="]),
        "{body}"
    );
}

#[test]
fn peak_memory_stands_in_the_closing_fact() {
    let server = launch().guest("memory_peak").start();
    for mebibytes in [1_u64, 32] {
        let reply = server
            .http()
            .trigger("memory_peak", &json!(mebibytes))
            .expect(200);
        let id = &reply["occurrence_id"];
        let ended = server
            .facts()
            .wait("event_ended", |fact| fact["occurrence_id"] == *id);
        let peak = ended["peak_memory_bytes"].as_u64().unwrap();
        assert!(
            (mebibytes << 20..(mebibytes + 3) << 20).contains(&peak),
            "{ended}"
        );
    }
}

#[test]
fn flushed_emit_leaves_before_the_event_ends() {
    let server = launch().guest("slow").start();
    let mut socket = RawSocket::join(server.address());
    socket.send(r#"421["slow",100,true]"#);
    assert_eq!(socket.text(), r#"42["started",100]"#);
    assert_eq!(server.facts().named("event_ended"), Vec::<Value>::new());
    assert_eq!(socket.text(), "431[100]");
}
