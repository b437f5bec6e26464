//! Events in a second: of one connection, from one address, of one name.

use std::time::Instant;

use fs7_tests::raw::RawSocket;
use fs7_tests::server::Server;
use fs7_tests::wait;
use serde_json::{Value, json};

use super::{expect_limit, reached};
use crate::launch;

/// Events that are sent at once: far more than fit into a second while they are answered.
const EVENTS: usize = 400;
/// Events that may come in a second.
const PER_SECOND: usize = 20;

fn start(key: &str) -> Server {
    launch()
        .guest("sequence_a")
        .plugin("echo")
        .settings(&format!("[limits]\n{key} = {PER_SECOND}"))
        .settings("[http]\ntrusted_proxies = [\"127.0.0.1\"]")
        .start()
}

/// Sends events at once; gives the refusals, of which each comes in its acknowledgement.
#[track_caller]
fn flood(socket: &mut RawSocket) -> Vec<Value> {
    for number in 0..EVENTS {
        socket.send(&format!(r#"42{number}["sequence",{number}]"#));
    }
    let mut refused = Vec::new();
    for number in 0..EVENTS {
        let answer = socket.text();
        let prefix = format!("43{number}");
        let json = answer.strip_prefix(&prefix).unwrap();
        let mut args: Vec<Value> = serde_json::from_str(json).unwrap();
        if args[0]["status"] == "error" {
            refused.push(args.remove(0));
        } else {
            assert_eq!(args, [json!(number), json!("a")]);
        }
    }
    refused
}

#[track_caller]
fn expect_refusal(body: &Value, limit: &str) {
    assert_eq!(body["status"], "error", "{body}");
    assert_eq!(body["code"], "rate_limited", "{body}");
    let wait_ms = body["retry_after_ms"].as_u64().unwrap();
    assert!((1..=1_000).contains(&wait_ms), "{body}");
    assert!(body["occurrence_id"].is_string(), "{body}");
    expect_limit(body, limit);
}

/// Something was refused, and no more was answered than may be since a moment.
#[track_caller]
fn expect_flooded(refused: &[Value], floods: usize, since: Instant, limit: &str) {
    assert!(!refused.is_empty(), "nothing was refused");
    for body in refused {
        expect_refusal(body, limit);
    }
    let answered = floods * EVENTS - refused.len();
    let at_most = PER_SECOND as f64 * (1.0 + since.elapsed().as_secs_f64()) + 1.0;
    assert!(
        answered >= PER_SECOND && answered as f64 <= at_most,
        "{answered} were answered, at most {at_most}"
    );
}

#[test]
fn events_of_one_connection_are_limited_in_a_second() {
    let server = start("events_per_second");
    let mut socket = RawSocket::join(server.address());
    let mut other = RawSocket::join(server.address());
    let since = Instant::now();
    let refused = flood(&mut socket);
    expect_flooded(&refused, 1, since, "events_per_second");
    let count = refused.len() as u64;
    assert_eq!(reached(&server, "events_per_second", count), count);
    let ended = server
        .facts()
        .wait("event_ended", |fact| fact["code"] == "rate_limited");
    assert_eq!(ended["limit"], "events_per_second", "{ended}");

    // Who wants no acknowledgement hears of it all the same.
    let mut told = None;
    for number in 0..EVENTS {
        socket.send(&format!(r#"42["sequence",{number}]"#));
    }
    socket.send(r#"421["echo"]"#);
    loop {
        let packet = socket.text();
        if let Some(json) = packet.strip_prefix(r#"42["error_event","#) {
            told = serde_json::from_str(&json[..json.len() - 1]).ok();
        }
        if packet.starts_with("431") {
            break;
        }
    }
    expect_refusal(&told.expect("an error_event"), "events_per_second");

    // Each connection counts for itself.
    other.send(r#"421["sequence",7]"#);
    assert_eq!(other.text(), r#"431[7,"a"]"#);
    // Events come in again as time goes by.
    wait::until("an answer after the flood", || {
        socket.send(r#"421["sequence",7]"#);
        let answer = socket.text();
        if answer == r#"431[7,"a"]"# {
            Ok(())
        } else {
            Err(answer)
        }
    });
}

#[test]
fn events_from_one_address_are_limited_in_a_second() {
    let server = start("events_per_second_per_address");
    let from = |address: &'static str| {
        let headers = [("x-forwarded-for", address)];
        let mut socket = RawSocket::try_open_with(server.address(), &headers).unwrap();
        socket.send("40");
        assert!(socket.text().starts_with("40{"));
        socket
    };
    let mut elsewhere = from("203.0.113.2");
    let mut first = from("203.0.113.1");
    let since = Instant::now();
    let mut refused = flood(&mut first);
    drop(first);
    // Who connects anew does not begin anew.
    refused.append(&mut flood(&mut from("203.0.113.1")));
    expect_flooded(&refused, 2, since, "events_per_second_per_address");
    let count = refused.len() as u64;
    assert_eq!(
        reached(&server, "events_per_second_per_address", count),
        count
    );
    elsewhere.send(r#"421["sequence",7]"#);
    assert_eq!(elsewhere.text(), r#"431[7,"a"]"#);
    // HTTP has the API key and is no client's address.
    server.http().trigger("echo", &json!(1)).expect(200);
}

#[test]
fn events_of_one_name_are_limited_in_a_second_whoever_sends_them() {
    let server = start("events_per_second_per_event");
    let mut socket = RawSocket::join(server.address());
    let mut http = server.http();
    let since = Instant::now();
    let refused = flood(&mut socket);
    expect_flooded(&refused, 1, since, "events_per_second_per_event");
    let refused = wait::until("a refusal over HTTP", || {
        flood(&mut socket);
        let answer = http.trigger("sequence", &json!(1));
        if answer.status == 429 {
            Ok(answer)
        } else {
            Err(answer.status)
        }
    });
    assert_eq!(refused.header("retry-after"), Some("1"));
    let problem = refused.expect_problem(429, "rate_limited");
    expect_refusal(&problem, "events_per_second_per_event");
    assert!(reached(&server, "events_per_second_per_event", 2) >= 2);
    // Another name is another bucket.
    socket.send(r#"421["echo"]"#);
    assert_eq!(socket.text(), r#"42["echo_ack"]"#);
    http.trigger("echo", &json!(1)).expect(200);
}
