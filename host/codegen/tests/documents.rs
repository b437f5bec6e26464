//! Pages and Markdown of contracts, against golden files, and against authors who mean harm.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fs7_codegen::documents::{Registered, html, markdown, with_handlers};
use fs7_contract::model::Contract;
use fs7_contract::{Disk, emit, read};
use serde_json::{Value, json};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

#[track_caller]
fn open(path: &str) -> (Contract, Value) {
    let reading = read(&repository(path), &Disk);
    let document = emit::bundled(&reading.bundle).unwrap();
    let Some(contract) = reading.contract else {
        panic!("{path}: {:?}", reading.diagnostics)
    };
    (contract, document)
}

fn contract(text: &str) -> Contract {
    let files: BTreeMap<_, _> = [(PathBuf::from("a.yaml"), text.to_owned())].into();
    let reading = read(Path::new("a.yaml"), &files);
    match reading.contract {
        Some(contract) => contract,
        None => panic!("{:?}\n{text}", reading.diagnostics),
    }
}

/// Compares with a golden file; `UPDATE_GOLDEN=1` writes it.
#[track_caller]
fn golden(name: &str, text: &str) {
    let path = repository("tests/contract/golden/documents").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text, expected,
        "{name} differs; UPDATE_GOLDEN=1 rewrites it"
    );
}

fn registered(event: &str) -> Registered {
    Registered {
        namespace: "/".to_owned(),
        event: event.to_owned(),
        handler: format!("{event}.wasm"),
        version: "0.1.0".to_owned(),
        generation: 3,
    }
}

#[test]
fn documents_are_as_they_were() {
    let all = [
        ("example", "asyncapi.yaml"),
        ("seed", "tests/contract/import/seed.yaml"),
        (
            "everything",
            "tests/contract/golden/documents/everything.yaml",
        ),
    ];
    for (name, path) in all {
        let (contract, document) = open(path);
        golden(&format!("{name}.html"), &html(&contract, None).unwrap());
        golden(&format!("{name}.md"), &markdown(&contract, None).unwrap());
        golden(&format!("{name}.out.yaml"), &emit::yaml(&document));
    }
}

#[test]
fn running_server_says_who_serves_what() {
    let (contract, document) = open("asyncapi.yaml");
    let registered = [registered("user_signed_up"), registered("unheard_of")];
    let page = html(&contract, Some(&registered)).unwrap();
    golden("running.html", &page);
    golden(
        "running.md",
        &markdown(&contract, Some(&registered)).unwrap(),
    );
    let document = with_handlers(document, Some(&contract), &registered);
    golden("running.out.json", &emit::json(&document));
    let operations = document.get("operations").unwrap();
    let found = operations.as_object().unwrap().values();
    let served = found.filter(|it| it.get("x-fs7-handler").is_some()).count();
    assert_eq!(served, 2);
    let unlisted = operations.get("unheard_of").unwrap();
    assert_eq!(unlisted.get("x-fs7-unlisted"), Some(&json!(true)));
}

#[test]
fn what_is_published_is_a_contract_again() {
    let (contract, document) = open("asyncapi.yaml");
    let mut odd = registered("odd /~ name\u{e9}");
    odd.namespace = "/shop".to_owned();
    let document = with_handlers(
        document,
        Some(&contract),
        &[registered("user_updated"), odd],
    );
    let again = self::contract(&emit::json(&document));
    assert_eq!(again.operations.len(), contract.operations.len() + 1);
    let last = again.operations.last().unwrap();
    assert_eq!(
        (last.namespace.as_str(), last.event.as_str()),
        ("/shop", "odd /~ name\u{e9}")
    );
}

/// Every text of a contract that a page shows.
fn hostile(attack: &str) -> Contract {
    let text = json!(attack).to_string();
    contract(&format!(
        "asyncapi: 3.0.0
info:
  title: {text}
  version: {text}
  description: {text}
  contact: {{name: {text}, url: 'https://example.com/'}}
  license: {{name: {text}}}
  tags: [{{name: {text}}}]
servers:
  a: {{host: example.com, protocol: ws, title: {text}, description: {text}}}
channels:
  a:
    address: {text}
    description: {text}
    messages:
      a:
        name: {text}
        title: {text}
        summary: {text}
        description: {text}
        payload:
          title: {text}
          description: {text}
          type: object
          required: [{text}]
          properties:
            {text}: {{type: string, title: {text}, description: {text}, enum: [{text}], default: {text}, examples: [{text}]}}
        examples: [{{name: {text}, summary: {text}, payload: {{{text}: {text}}}}}]
operations:
  {text}:
    action: receive
    title: {text}
    summary: {text}
    description: {text}
    tags: [{{name: {text}}}]
    channel: {{$ref: '#/channels/a'}}
"
    ))
}

const ATTACKS: [&str; 14] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "</code></pre><script>alert(1)</script>",
    "</title></style><script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click]( data:text/html,<script>alert(1)</script>)",
    "<javascript:alert(1)>",
    "![picture](https://example.com/track.png)",
    "[a]: javascript:alert(1)\n\n[a]",
    "<div onclick=alert(1)>\n\nx\n\n</div>",
    "<!-- --><base href=//example.com>",
    "{{ 7 * 7 }}{% raw %}",
];

#[test]
fn nothing_in_a_contract_becomes_part_of_the_page() {
    for attack in ATTACKS {
        let contract = hostile(attack);
        let served = Registered {
            handler: attack.to_owned(),
            ..registered(attack)
        };
        let unlisted = Registered {
            event: format!("{attack}2"),
            ..served.clone()
        };
        let page = html(&contract, Some(&[served, unlisted])).unwrap();
        let tags: Vec<String> = page
            .split('<')
            .skip(1)
            .map(|rest| {
                rest.split('>')
                    .next()
                    .unwrap_or_default()
                    .to_ascii_lowercase()
            })
            .collect();
        for tag in &tags {
            let name = tag.split_whitespace().next().unwrap_or_default();
            let is_foreign = [
                "script",
                "img",
                "svg",
                "base",
                "div onclick",
                "iframe",
                "object",
            ]
            .iter()
            .any(|foreign| name.starts_with(foreign));
            assert!(!is_foreign, "{attack}: <{tag}>");
            let has_handler = tag.split('"').step_by(2).any(|outside| {
                outside
                    .split_whitespace()
                    .any(|word| word.starts_with("on") && word.contains('='))
            });
            assert!(!has_handler, "{attack}: <{tag}>");
            let is_link = tag.contains("href=\"javascript") || tag.contains("href=\"data");
            assert!(!is_link && !tag.contains(" src="), "{attack}: <{tag}>");
        }
        assert!(
            !page.contains("49") || !attack.contains("7 * 7"),
            "{attack} was run"
        );
        assert_eq!(
            tags.iter()
                .filter(|tag| *tag == "/style" || *tag == "/title")
                .count(),
            2
        );
    }
}

#[test]
fn pages_need_nothing_from_elsewhere() {
    for path in [
        "asyncapi.yaml",
        "tests/contract/golden/documents/everything.yaml",
    ] {
        let page = html(&open(path).0, None).unwrap();
        for elsewhere in ["<script", "<link", "src=", "@import", "url("] {
            assert!(!page.contains(elsewhere), "{path}: {elsewhere}");
        }
        // Every link inside of the page leads somewhere, and no anchor stands twice.
        let ids: Vec<&str> = page
            .split(" id=\"")
            .skip(1)
            .filter_map(|it| it.split('"').next())
            .collect();
        let mut once = ids.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "{path}: an id stands twice");
        let targets = page
            .split("href=\"#")
            .skip(1)
            .filter_map(|it| it.split('"').next());
        for target in targets {
            assert!(ids.contains(&target), "{path}: #{target} leads nowhere");
        }
    }
}
