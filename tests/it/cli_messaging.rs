//! Connections, rooms, messages and tokens at the command line: tables for people, JSON for
//! machines, exit codes for scripts.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;

use fs7_tests::cli::{Desk, Ran};
use fs7_tests::raw::RawSocket;
use fs7_tests::session::SessionClient;
use fs7_tests::wait;
use serde_json::{Value, json};

use crate::desk;

/// A directory with a server, and where that listens.
fn serving() -> (Desk, SocketAddr) {
    let settings = "[rooms]\nhistory = [\"log\"]\n[limits]\nuser_data_bytes = 100\n";
    let desk = desk().guest("rooms").file("fs7.toml", settings);
    let address = desk.start();
    (desk, address)
}

/// The cells of a table, row by row; two spaces or more part them.
fn table(ran: &Ran) -> Vec<Vec<String>> {
    ran.succeeded();
    let cells = |line: &str| {
        let cells = line.split("  ").map(str::trim);
        let cells = cells.filter(|cell| !cell.is_empty()).map(str::to_owned);
        cells.collect()
    };
    ran.stdout.lines().map(cells).collect()
}

fn row<'a>(rows: &'a [Vec<String>], id: &str) -> &'a [String] {
    let row = rows.iter().find(|row| row[0] == id);
    assert!(row.is_some(), "`{id}` is not in {rows:#?}");
    row.unwrap()
}

#[test]
fn connections_are_listed_for_people_and_machines() {
    let (desk, address) = serving();
    let nobody = desk.run(&["connections"]);
    nobody.said(0, &["nobody is connected, and no session waits"]);
    assert_eq!(nobody.stdout, "");
    let mut client = SessionClient::begin(address);
    client.call("rooms", &json!({"join": "red"}));
    client.call("rooms", &json!({"join": "blue\u{1b}[31m"}));
    let _socket = RawSocket::join(address);
    let ran = desk.run(&["connections"]);
    let rows = table(&ran);
    let headings = [
        "ID",
        "NAMESPACE",
        "STATE",
        "TRANSPORT",
        "ADDRESS",
        "SINCE",
        "ROOMS",
    ];
    assert_eq!(rows[0], headings);
    assert_eq!(rows.len(), 3, "{ran:#?}");
    let session = row(&rows, client.id());
    assert_eq!(session[1..5], ["/", "session", "websocket", "127.0.0.1"]);
    assert_eq!(
        session[6], r"blue\u{1b}[31m, red",
        "nothing steers a terminal"
    );
    let other = rows[1..].iter().find(|row| row[0] != client.id()).unwrap();
    assert_eq!((&*other[2], &*other[6]), ("connected", "-"));
    assert_eq!(desk.run(&["connections", "list"]).stdout, ran.stdout);

    let listed = desk.run(&["connections", "--json"]).json();
    assert_eq!(listed["connections"].as_array().unwrap().len(), 2);
    assert_eq!(listed["next"], Value::Null);
    let first = desk.run(&["connections", "--limit", "1"]);
    assert_eq!(table(&first).len(), 2);
    let id = table(&first)[1][0].clone();
    first.said(0, &[&format!("hint: more follow: add `--after {id}`")]);
    let rest = desk.run(&["connections", "list", "--limit", "1", "--after", &id]);
    assert_ne!(table(&rest)[1][0], id);
    let red = desk.run(&["connections", "--room", "red"]);
    assert_eq!(table(&red)[1][0], client.id());
    desk.run(&["connections", "--limit", "0"])
        .said(1, &["error: ", "expected 1 to 1000"]);
    desk.run(&["connections", "--namespace", "/nowhere"])
        .said(1, &["error: ", "`/nowhere`"]);

    let count = desk.run(&["connections", "count"]);
    count.succeeded();
    let words = "connections and sessions: 2; connected: 2, absent: 0; sessions: 1\n";
    assert!(count.stdout.starts_with(words), "{count:#?}");
    let count = desk.run(&["connections", "count", "--json"]).json();
    assert_eq!((&count["count"], &count["absent"]), (&json!(2), &json!(0)));
    assert_eq!(count["memory"]["connection_count"], 2, "{count}");
}

#[test]
fn one_connection_is_shown_moved_and_ended() {
    let (desk, address) = serving();
    let mut client = SessionClient::begin(address);
    let id = client.id().to_owned();
    desk.run(&["connections", "join", &id, "a room"])
        .said(0, &["is in `a room`"]);
    desk.run(&["connections", "data", &id, "name", "--set", "\"Ann\""])
        .said(0, &["`name` is set"]);
    let shown = table(&desk.run(&["connections", "show", &id]));
    for (name, value) in [
        ("id", &*id),
        ("namespace", "/"),
        ("state", "session"),
        ("principal", "anonymous"),
        ("transport", "websocket"),
        ("room", "a room"),
        ("data name", "\"Ann\""),
    ] {
        assert_eq!(row(&shown, name)[1], value, "{name}");
    }
    let shown = desk.run(&["connections", "show", &id, "--json"]).json();
    assert_eq!(shown["data"], json!({"name": "Ann"}));
    desk.run(&["connections", "leave", &id, "a room"])
        .said(0, &["has left `a room`"]);
    desk.run(&["connections", "leave", &id, "a room"])
        .said(1, &["error: ", "is not in the room"]);
    let ended = desk.run(&["connections", "disconnect", &id]);
    ended.said(0, &["is disconnected"]);
    assert_eq!(client.raw().text(), "41", "the client is told");
    for command in ["show", "disconnect"] {
        desk.run(&["connections", command, &id]).said(
            1,
            &[
                &format!("no connection or session has the id `{id}`"),
                "hint: `fs7 connections`, `fs7 rooms` and `fs7 list-events`",
            ],
        );
    }
}

#[test]
fn user_data_is_printed_and_set() {
    let (desk, address) = serving();
    let client = SessionClient::begin(address);
    let data = |args: &[&str]| desk.run(&[&["connections", "data", client.id()], args].concat());
    assert_eq!(data(&[]).json(), json!({}));
    desk.write("value.json", "{\"a\": 1}");
    data(&["k", "--set", "@value.json"]).succeeded();
    assert_eq!(data(&["k"]).json(), json!({"a": 1}));
    assert_eq!(data(&[]).json(), json!({"k": {"a": 1}}));
    let args = ["connections", "data", client.id(), "k", "--set", "-"];
    let mut command = desk.command(&args);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"-7").unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(data(&["k"]).json(), -7);
    data(&["k", "--set", "-8"]).succeeded();
    data(&["k", "--unset"]).said(0, &["`k` is taken away"]);
    data(&["k"]).said(1, &["error: ", "has no user data `k`"]);
    data(&["k", "--set", "Ann"]).said(
        2,
        &["error: `--set` is not JSON", "hint: quote it for the shell"],
    );
    let long = format!("\"{}\"", "x".repeat(100));
    data(&["k", "--set", &long]).said(
        1,
        &[
            "limit `user_data_bytes`",
            "hint: the limit is a key of `[limits]`",
        ],
    );
    data(&["--set", "1"]).said(2, &["KEY"]);
    data(&["k", "--set", "1", "--unset"]).said(2, &["--unset"]);
}

#[test]
fn messages_are_sent_and_their_reach_is_told() {
    let (desk, address) = serving();
    let mut client = SessionClient::begin(address);
    client.call("rooms", &json!({"join": "log"}));
    let id = client.id().to_owned();
    let one = desk.run(&[
        "connections",
        "send",
        &id,
        "--event",
        "said",
        "--payload",
        "1",
    ]);
    one.succeeded();
    assert_eq!(one.stdout, "sent to 1\n");
    let text = desk.run(&["connections", "send", &id, "--text", "-hello"]);
    text.succeeded();
    let room = desk.run(&["rooms", "send", "log", "--event", "said", "--json"]);
    let reach = |total: u64| json!({"total": total, "succeeded": total, "failed": 0, "errors": []});
    assert_eq!(room.json(), reach(1));
    let _socket = RawSocket::join(address);
    let all = desk.run(&["broadcast", "--event", "said", "--payload", "[2]"]);
    assert_eq!(all.stdout, "sent to all 2\n");
    let but = desk.run(&["broadcast", "--text", "t", "--except", &id, "--json"]);
    assert_eq!(but.json(), reach(1));
    let none = desk.run(&["rooms", "send", "empty", "--text", "t"]);
    none.succeeded();
    assert_eq!(none.stdout, "nobody is there to receive it\n");
    assert_eq!(client.next("said"), json!([1]));
    assert_eq!(client.next("message"), json!(["-hello"]));
    assert_eq!(client.next("said"), json!([]));
    assert_eq!(client.next("said"), json!([[2]]));

    // Who is away takes nothing that is volatile.
    client.cut();
    wait::until_true("a session that waits for its client", || {
        let count = desk.run(&["connections", "count", "--json"]);
        count.json()["absent"] == 1
    });
    let args = ["broadcast", "--event", "said", "--volatile"];
    let missed = desk.run(&args);
    missed.said(
        1,
        &[&format!("warning: not sent to {id}: it cannot take it now")],
    );
    assert_eq!(missed.stdout, "sent to 1 of 2\n");
    let missed = desk.run(&[&args[..], &["--json"]].concat());
    assert_eq!(
        (missed.code, &missed.json()["failed"]),
        (Some(1), &json!(1))
    );

    desk.run(&["broadcast", "--event", "fs7:mine"])
        .said(1, &["error: ", "`fs7:mine` is reserved"]);
    desk.run(&["broadcast", "--event", "said", "--payload", "{"])
        .said(2, &["error: `--payload` is not JSON"]);
    desk.run(&["broadcast"])
        .said(2, &["<--event <NAME>|--text <TEXT>>"]);
    desk.run(&["broadcast", "--event", "a", "--text", "b"])
        .said(2, &["--text"]);
    let refused = desk.run(&["broadcast", "--event", "connect", "--json"]);
    assert_eq!(refused.json()["code"], "reserved_event");
    assert_eq!(refused.code, Some(1));
}

#[test]
fn rooms_members_and_histories_are_listed() {
    let (desk, address) = serving();
    desk.run(&["rooms"]).said(0, &["nobody is in a room"]);
    let mut client = SessionClient::begin(address);
    client.call("rooms", &json!({"join": "log"}));
    client.call("rooms", &json!({"join": "a/b"}));
    assert_eq!(
        table(&desk.run(&["rooms"])),
        [["ROOM", "MEMBERS"], ["a/b", "1"], ["log", "1"]]
    );
    let listed = desk.run(&["rooms", "list", "--json"]).json();
    assert_eq!(listed[0], json!({"room": "a/b", "members": 1}));
    desk.run(&["connections", "data", client.id(), "n", "--set", "1"])
        .succeeded();
    assert_eq!(
        table(&desk.run(&["rooms", "show", "a/b"])),
        [
            ["ID", "STATE", "DATA"],
            [client.id(), "session", "{\"n\":1}"]
        ]
    );
    desk.run(&["rooms", "show", "none"])
        .said(0, &["nobody is in `none`"]);
    desk.run(&["rooms", "history", "log"])
        .said(0, &["nothing went to `log` yet"]);
    for number in ["1", "2"] {
        desk.run(&[
            "rooms",
            "send",
            "log",
            "--event",
            "said",
            "--payload",
            number,
        ])
        .succeeded();
    }
    let told = table(&desk.run(&["rooms", "history", "log"]));
    assert_eq!(told[0], ["AT", "EVENT", "ARGUMENTS"]);
    assert_eq!(told[1][1..], ["said", "[1]"]);
    let last = desk.run(&["rooms", "history", "log", "--limit", "1", "--json"]);
    assert_eq!(last.json()[0]["args"], json!([2]));
    desk.run(&["rooms", "history", "red"])
        .said(1, &["error: ", "[rooms] history = [\"red\"]"]);
}

#[test]
fn tokens_are_made_and_checked() {
    let (desk, address) = serving();
    let made = desk.run(&["tokens", "make", "user-1", "--count", "2"]);
    made.said(0, &["each is good once, until 20"]);
    let tokens: Vec<_> = made.stdout.lines().collect();
    assert_eq!(tokens.len(), 2, "{made:#?}");
    for _ in 0..2 {
        let checked = desk.run(&["tokens", "check", tokens[0]]);
        checked.said(0, &["the token is good once, until 20"]);
        assert_eq!(checked.stdout, "user-1\n");
    }
    desk.run(&["tokens", "check", tokens[0], "--consume"])
        .said(0, &["is used up"]);
    let again = ["tokens", "check", tokens[0]];
    desk.run(&again).said(
        1,
        &["error: ", "hint: `fs7 tokens make ID` makes a new one"],
    );
    let again = desk.run(&[&again[..], &["--json"]].concat());
    assert_eq!(again.json()["code"], "token_used");
    assert_eq!(again.code, Some(1));
    let wish = json!({"fs7_session": {"token": tokens[1], "received": 0}});
    let client = SessionClient::join(address, "/", wish).unwrap();
    assert_eq!(client.id(), "user-1");
    let made = desk.run(&["tokens", "make", "a", "--json"]).json();
    assert_eq!(made["session"], "a");
    desk.run(&["tokens", "make", "a", "--count", "101"])
        .said(1, &["1 to 100"]);
}

#[test]
fn without_a_server_every_command_says_so() {
    let desk = desk();
    for args in [
        &["connections"][..],
        &["connections", "count"],
        &["connections", "show", "a"],
        &["connections", "send", "a", "--text", "t"],
        &["connections", "disconnect", "a"],
        &["connections", "join", "a", "r"],
        &["connections", "leave", "a", "r"],
        &["connections", "data", "a"],
        &["rooms"],
        &["rooms", "show", "r"],
        &["rooms", "history", "r"],
        &["rooms", "send", "r", "--text", "t"],
        &["broadcast", "--text", "t"],
        &["tokens", "make", "a"],
        &["tokens", "check", "t"],
    ] {
        desk.run(args).said(3, &["error: no server runs in"]);
    }
}
