//! `fs7 asyncapi` at the command line, and the documents of a running server.

use fs7_tests::cli::{Desk, Ran};
use serde_json::{Value, json};

use crate::desk;

const GREETING: &str = "asyncapi: 3.0.0
info: {title: Greetings, version: 1.0.0}
channels:
  greet:
    address: greet
    messages:
      greeting: {payload: {type: object, required: [name], properties: {name: {type: string}}}}
operations:
  greet:
    action: receive
    channel: {$ref: '#/channels/greet'}
";

/// Two mistakes, the later one first in the alphabet.
const WRONG: &str = "asyncapi: 3.0.0
info: {title: Greetings, version: 1.0.0}
channels:
  greet:
    adress: greet
    messages:
      greeting: {payload: {type: strin}}
operations:
  greet:
    action: receive
    channel: {$ref: '#/channels/great'}
";

fn said(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!(ran.code, Some(code), "{ran:#?}");
    for words in words {
        assert!(
            ran.stdout.contains(words),
            "expected `{words}`, found {ran:#?}"
        );
    }
}

#[test]
fn findings_show_place_rule_excerpt_and_help() {
    let desk = desk().file("asyncapi.yaml", WRONG);
    let ran = desk.run(&["asyncapi", "validate"]);
    said(
        &ran,
        1,
        &[
            "error[unresolved-reference]: ",
            "--> asyncapi.yaml:11:",
            "11 |     channel: {$ref: '#/channels/great'}",
            "did you mean `greet`?",
            "`asyncapi.yaml` is no contract: ",
        ],
    );
    assert!(
        !ran.stdout.contains('\u{1b}'),
        "colours without a terminal: {ran:#?}"
    );
    let listed = desk.run(&["asyncapi", "validate", "--json", "--file", "asyncapi.yaml"]);
    assert_eq!(listed.code, Some(1));
    let listed = listed.json();
    let findings = listed.as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|it| it["rule"] == "unresolved-reference" && it["line"] == 11)
    );
    let lines: Vec<_> = findings
        .iter()
        .map(|it| it["line"].as_u64().unwrap())
        .collect();
    assert!(lines.is_sorted(), "{listed:#}");
    let keys: Vec<_> = findings[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys,
        [
            "rule",
            "severity",
            "message",
            "help",
            "file",
            "line",
            "column",
            "end_line",
            "end_column",
            "pointer"
        ]
    );
}

#[test]
fn valid_document_ends_with_0_and_a_summary() {
    let desk = desk().file("my.yaml", GREETING);
    let ran = desk.run(&["asyncapi", "validate", "my.yaml"]);
    said(
        &ran,
        0,
        &["`my.yaml` is valid: AsyncAPI 3.0.0, 1 operation"],
    );
    said(
        &desk.run(&["asyncapi", "validate", "--asyncapi-file", "my.yaml"]),
        0,
        &["is valid"],
    );
    let listed = desk.run(&["asyncapi", "validate", "my.yaml", "--json"]);
    assert_eq!((listed.code, listed.json()), (Some(0), json!([])));
}

#[test]
fn missing_file_folder_and_wrong_usage_are_told_apart() {
    let desk = desk().file("folder/a.yaml", GREETING);
    desk.run(&["asyncapi", "validate"])
        .said(1, &["error: there is no contract", "\nhint: name a file"]);
    desk.run(&["asyncapi", "validate", "gone.yaml"])
        .said(1, &["error: read `gone.yaml`: "]);
    desk.run(&["asyncapi", "validate", "folder"])
        .said(1, &["error: `folder` is a folder"]);
    desk.run(&["asyncapi", "validate", "a.yaml", "--file", "b.yaml"])
        .said(2, &["cannot be used with"]);
    desk.run(&["asyncapi", "export", "folder/a.yaml"])
        .said(2, &["--format"]);
}

/// The official example of several applications keeps what they share beside them.
#[test]
fn files_beside_the_folder_are_read_where_a_root_is_named() {
    let desk = desk();
    let official = fs7_tests::repo::root().join("tests/contract/official/3.0.0/social-media");
    let document = official.join("backend/asyncapi.yaml");
    let (document, root) = (document.to_string_lossy(), official.to_string_lossy());
    let outside = desk.run(&["asyncapi", "validate", &document]);
    said(&outside, 1, &["reference-outside-folder", "--root DIR"]);
    let inside = desk.run(&["asyncapi", "validate", &document, "--root", &root]);
    said(&inside, 0, &["is valid: AsyncAPI 3.0.0"]);
    let absent = desk.run(&["asyncapi", "validate", &document, "--root", "nowhere"]);
    absent.said(1, &["error: `nowhere` is no folder", "hint: "]);
}

#[test]
fn long_line_is_shown_around_what_is_meant() {
    let padding = "x".repeat(300_000);
    let text = format!(
        "{{\"asyncapi\":\"3.0.0\",\"info\":{{\"title\":\"a\",\"version\":\"1\",\"description\":\"{padding}\"}},\"channels\":{{\"a\":{{\"address\":7}}}},\"x-pad\":\"{padding}\"}}"
    );
    let desk = desk().file("long.json", text);
    let ran = desk.run(&["asyncapi", "validate", "long.json"]);
    said(&ran, 1, &["--> long.json:1:300", "\"address\":7"]);
    let longest = ran.stdout.lines().map(|line| line.chars().count()).max();
    assert!(longest < Some(300), "{longest:?}");
}

#[test]
fn escapes_in_a_document_do_not_steer_the_terminal() {
    let desk = desk().file("a.yaml", "asyncapi: \"3.0.0\u{1b}[31m\"\n\u{1b}[2J: 1\n");
    let ran = desk.run(&["asyncapi", "validate", "a.yaml"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        !ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'),
        "{ran:#?}"
    );
}

#[test]
fn handlers_are_held_against_the_contract() {
    let other = GREETING.replace("address: greet", "address: greeting");
    let desk = desk().file("asyncapi.yaml", &other).guest("greet_v1");
    let ran = desk.run(&["asyncapi", "validate", "--events-dir", "events"]);
    said(
        &ran,
        0,
        &[
            "warning[operation-without-handler]",
            "warning[handler-without-operation]",
            "2 warnings",
        ],
    );
    desk.run(&["asyncapi", "validate", "--running"])
        .said(3, &["error: "]);
    desk.write("asyncapi.yaml", GREETING);
    said(
        &desk.run(&["asyncapi", "validate", "--events-dir", "events"]),
        0,
        &["1 operation\n"],
    );
    desk.start();
    said(
        &desk.run(&["asyncapi", "validate", "--running"]),
        0,
        &["1 operation\n"],
    );
}

#[test]
fn diff_says_whom_a_change_breaks() {
    let stricter = GREETING.replace("required: [name]", "required: [name, age]");
    let desk = desk().file("old.yaml", GREETING).file("new.yaml", stricter);
    let ran = desk.run(&["asyncapi", "diff", "old.yaml", "new.yaml"]);
    said(
        &ran,
        1,
        &[
            "breaking for senders (1)\n  receive greet, payload at /age: is required now\n",
            "new new.yaml:7:",
            "1 change, 1 of them breaking",
        ],
    );
    let back = desk.run(&["asyncapi", "diff", "new.yaml", "old.yaml"]);
    said(&back, 0, &["safe (1)", "nobody breaks"]);
    said(
        &desk.run(&["asyncapi", "diff", "old.yaml", "old.yaml"]),
        0,
        &["nothing changed"],
    );
    let listed = desk.run(&["asyncapi", "diff", "--json", "old.yaml", "new.yaml"]);
    assert_eq!(listed.code, Some(1));
    let change = &listed.json()[0];
    assert_eq!(change["kind"], "breaking-for-senders");
    assert_eq!(
        (&change["part"], &change["pointer"]),
        (&json!("payload"), &json!("/age"))
    );
    assert_eq!(change["subject"]["event"], "greet");
    desk.write("new.yaml", WRONG);
    desk.run(&["asyncapi", "diff", "old.yaml", "new.yaml"])
        .said(1, &["error: `new.yaml` is no contract"]);
}

fn exported(desk: &Desk, args: &[&str]) -> String {
    let ran = desk.run(&[&["asyncapi", "export"], args].concat());
    ran.succeeded();
    ran.stdout
}

#[test]
fn export_writes_every_format() {
    let desk = desk().file(
        "asyncapi.yaml",
        GREETING.replace(
            "{type: object, required: [name], properties: {name: {type: string}}}",
            "{$ref: 'schemas/greeting.yaml'}",
        ),
    );
    desk.write(
        "schemas/greeting.yaml",
        "type: object\nproperties: {on: {const: 'on'}}\n",
    );
    let html = exported(&desk, &["--format", "html"]);
    assert!(html.starts_with("<!doctype html>") && html.contains("Greetings"));
    assert!(exported(&desk, &["--format", "markdown"]).starts_with("# Greetings\n"));
    let document: Value = serde_json::from_str(&exported(&desk, &["--format", "json"])).unwrap();
    assert_eq!(
        document["components"]["schemas"]["greeting"]["properties"]["on"]["const"],
        "on"
    );
    desk.run(&[
        "asyncapi",
        "export",
        "--format",
        "yaml",
        "--output",
        "out/all.yaml",
    ])
    .succeeded();
    said(
        &desk.run(&["asyncapi", "validate", "out/all.yaml"]),
        0,
        &["is valid"],
    );
    said(
        &desk.run(&["asyncapi", "diff", "asyncapi.yaml", "out/all.yaml"]),
        0,
        &["nothing changed"],
    );
    desk.write("asyncapi.yaml", WRONG);
    desk.run(&["asyncapi", "export", "--format", "html"])
        .said(1, &["is no contract"]);
}

#[test]
fn import_brings_2_to_3_and_overwrites_nothing() {
    let old = "asyncapi: '2.6.0'
info: {title: a, version: '1'}
channels:
  greet:
    publish:
      message: {payload: {type: object, properties: {name: {type: string}}}}
";
    let desk = desk().file("old.yaml", old).file("taken.yaml", "mine");
    desk.run(&["asyncapi", "import", "old.yaml", "--output", "new.yaml"])
        .succeeded();
    said(
        &desk.run(&["asyncapi", "diff", "old.yaml", "new.yaml"]),
        0,
        &["nothing changed"],
    );
    assert!(desk.read("new.yaml").contains("action: receive"));
    let taken = ["asyncapi", "import", "old.yaml", "--output", "taken.yaml"];
    desk.run(&taken)
        .said(1, &["error: `taken.yaml` exists", "--force"]);
    assert_eq!(desk.read("taken.yaml"), "mine");
    desk.run(&[&taken[..], &["--force"]].concat()).succeeded();
    desk.run(&["asyncapi", "import", "new.yaml"])
        .said(1, &["is AsyncAPI 3.0.0 already"]);
    desk.write(
        "schemas/greet.json",
        r#"{"title": "A greeting", "type": "string"}"#,
    );
    desk.run(&["asyncapi", "import", "schemas", "-o", "made.json"])
        .succeeded();
    said(
        &desk.run(&["asyncapi", "validate", "made.json"]),
        0,
        &["1 operation"],
    );
    desk.write("schemas/broken.json", "{");
    desk.run(&["asyncapi", "import", "schemas", "-o", "none.json"])
        .said(1, &["error: schemas/broken.json:1: "]);
    assert!(!desk.path("none.json").exists());
}

#[test]
fn running_server_publishes_contract_and_handlers() {
    let desk = desk()
        .file("asyncapi.yaml", GREETING)
        .guest("greet_v1")
        .guest("counter");
    let address = desk.start();
    let mut http = desk.http(address);
    let page = http.get("/asyncapi");
    assert_eq!(page.status, 200);
    let header = |name: &str| {
        page.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(
        header("content-type").as_deref(),
        Some("text/html; charset=utf-8")
    );
    assert!(
        header("content-security-policy")
            .unwrap()
            .starts_with("default-src 'none'")
    );
    let text = String::from_utf8(page.body.clone()).unwrap();
    assert!(
        text.contains("Greetings")
            && text.contains("greet_v1.wasm")
            && text.contains("counter.wasm")
    );
    let document = http.get("/asyncapi.json").json();
    assert_eq!(
        document["operations"]["greet"]["x-fs7-handler"]["name"],
        "greet_v1.wasm"
    );
    let unlisted = document["operations"].as_object().unwrap().values();
    assert!(unlisted.filter(|it| it["x-fs7-unlisted"] == true).count() > 0);
    desk.write("out.json", serde_json::to_vec(&document).unwrap());
    said(
        &desk.run(&["asyncapi", "validate", "out.json"]),
        0,
        &["is valid"],
    );
    let same: Value =
        serde_json::from_str(&exported(&desk, &["--running", "--format", "json"])).unwrap();
    assert_eq!(same, document);
    assert!(exported(&desk, &["--running", "--format", "html"]).contains("Not in the contract"));
    let mut stranger = fs7_tests::http::Http::new(address, None);
    assert_eq!(stranger.get("/asyncapi").status, 401);
    assert_eq!(stranger.get("/asyncapi.json").status, 401);
}

#[test]
fn export_reaches_a_server_by_its_address() {
    let desk = desk().file("asyncapi.yaml", GREETING).guest("greet_v1");
    let address = desk.start();
    let key = desk.read(".fs7/api-key");
    let elsewhere = crate::desk();
    let export = |server: &str, key: Option<&str>| {
        let args = ["asyncapi", "export", "--format", "json", "--server", server];
        let mut command = elsewhere.command(&args);
        if let Some(key) = key {
            command.env("API_KEY", key);
        }
        Ran::from(command.output().unwrap())
    };
    let url = format!("http://{address}/");
    let ran = export(&url, Some(key.trim()));
    let document = ran.json();
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let same = exported(&desk, &["--running", "--format", "json"]);
    assert_eq!(document, serde_json::from_str::<Value>(&same).unwrap());
    export(&url, None).said(1, &["error: unauthorized", "hint: ", "`API_KEY`"]);
    // The key that a start has made is for its own directory: it is not sent to whoever is named.
    let url = format!("http://{address}");
    let args = ["asyncapi", "export", "--format", "json", "--server", &url];
    desk.run(&args).said(1, &["error: unauthorized"]);
    let beside = format!("http://{address}/elsewhere");
    export(&beside, Some(key.trim())).said(1, &["not_found", "`/elsewhere/asyncapi.json`"]);
}

#[test]
fn server_that_is_none_is_told() {
    let desk = desk();
    let export =
        |server: &str| desk.run(&["asyncapi", "export", "--format", "json", "--server", server]);
    export("localhost:3000").said(2, &["no `http://`", "http://HOST:PORT"]);
    export("https://localhost").said(2, &["no TLS"]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answers = [
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n",
    ];
    let words = [
        "200 OK",
        "200 OK",
        "401 Unauthorized",
        "ended the connection",
    ];
    let stranger = std::thread::spawn(move || {
        for answer in answers {
            use std::io::{Read as _, Write as _};
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let url = format!("http://{address}");
    for words in words {
        export(&url).said(1, &["error: ", words, "hint: name the address"]);
    }
    stranger.join().unwrap();
    export(&url).said(
        1,
        &[
            "error: reach the server at http://",
            "hint: name the address",
        ],
    );
    desk.run(&[
        "asyncapi",
        "export",
        "--format",
        "json",
        "--server",
        &url,
        "--running",
    ])
    .said(2, &["cannot be used with"]);
}

#[test]
fn server_without_a_contract_publishes_its_handlers() {
    let desk = desk().guest("greet_v1");
    let mut http = desk.http(desk.start());
    let page = http.get("/asyncapi");
    let text = String::from_utf8(page.body).unwrap();
    assert!(
        text.contains("runs without a contract") && text.contains("greet_v1.wasm"),
        "{text}"
    );
    let document = http.get("/asyncapi.json").json();
    assert_eq!(document["operations"]["greet"]["x-fs7-unlisted"], true);
    desk.write("out.json", serde_json::to_vec(&document).unwrap());
    said(
        &desk.run(&["asyncapi", "validate", "out.json"]),
        0,
        &["is valid"],
    );
}
