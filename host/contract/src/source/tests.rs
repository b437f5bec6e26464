//! Texts and what they parse to.

#![allow(clippy::unwrap_used, reason = "a test fails where it must")]

use std::path::Path;

use super::{Parsed, parse};
use serde_json::{Value, json};

fn yaml(text: &str) -> Parsed {
    parse(Path::new("a.yaml"), text)
}

fn value(text: &str) -> Value {
    let parsed = yaml(text);
    assert_eq!(parsed.errors, [], "{text}");
    parsed.root.unwrap().to_value()
}

#[test]
fn plain_scalars_follow_the_core_schema() {
    let table = [
        ("a: 1", json!(1)),
        ("a: -1", json!(-1)),
        ("a: +1", json!(1)),
        ("a: 007", json!(7)),
        ("a: 0x1F", json!(31)),
        ("a: 0o17", json!(15)),
        ("a: 1.5", json!(1.5)),
        ("a: .5", json!(0.5)),
        ("a: 1e3", json!(1000.0)),
        (
            "a: 18446744073709551615",
            json!(18_446_744_073_709_551_615_u64),
        ),
        ("a: 1.0.0", json!("1.0.0")),
        ("a: 3.0.0", json!("3.0.0")),
        ("a: on", json!("on")),
        ("a: yes", json!("yes")),
        ("a: True", json!(true)),
        ("a: ~", json!(null)),
        ("a:", json!(null)),
        ("a: '1'", json!("1")),
        ("a: !!str 1", json!("1")),
        ("a: 2026-01-01", json!("2026-01-01")),
        ("a: 0x", json!("0x")),
        ("a: e5", json!("e5")),
        ("a: .", json!(".")),
    ];
    for (text, expected) in table {
        assert_eq!(value(text), json!({ "a": expected }), "{text}");
    }
}

#[test]
fn places_count_bytes_beyond_other_letters() {
    let text = "ä: ö\nb: [1, 'zwölf']\n";
    let root = yaml(text).root.unwrap();
    let item = root.get("b").unwrap().step("1").unwrap();
    assert_eq!(text.get(item.span.clone()), Some("'zwölf'"));
    let key = root.member("b").unwrap().key_span.clone();
    assert_eq!(text.get(key), Some("b"));
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    let text = "base: &b {x: 1, y: 2}\nuse: *b\nmore:\n  <<: *b\n  y: 3\n";
    let expected =
        json!({"base": {"x": 1, "y": 2}, "use": {"x": 1, "y": 2}, "more": {"y": 3, "x": 1}});
    assert_eq!(value(text), expected);
    assert_eq!(value("'<<': {a: 1}"), json!({"<<": {"a": 1}}));
}

#[test]
fn what_is_no_tree_has_a_rule_and_a_place() {
    let bomb = {
        let mut text = String::from("a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n");
        for level in 1..12 {
            let below = format!("*a{}", level - 1);
            let items = vec![below; 10].join(",");
            text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        text
    };
    let deep = "[".repeat(5_000);
    let deeper_than_allowed = format!("{}{}", "[".repeat(120), "]".repeat(120));
    let table = [
        ("a.yaml", "a: 1\na: 2\n", "duplicate-key"),
        ("a.yaml", "", "empty-document"),
        ("a.yaml", "# nothing\n", "empty-document"),
        ("a.yaml", "a: [1\n", "invalid-yaml"),
        ("a.yaml", "a: *b\n", "invalid-yaml"),
        ("a.yaml", "a: &a [*a]\n", "invalid-yaml"),
        ("a.yaml", "a: .nan\n", "invalid-yaml"),
        ("a.yaml", "a: 1\n---\nb: 2\n", "invalid-yaml"),
        ("a.yaml", "? [1]\n: 2\n", "invalid-yaml"),
        ("a.yaml", &bomb, "too-large"),
        ("a.yaml", &deep, "invalid-yaml"),
        ("a.yaml", &deeper_than_allowed, "too-large"),
        ("a.json", "{\"a\": 1,}", "invalid-json"),
        ("a.json", "{'a': 1}", "invalid-json"),
        ("a.json", "{\"a\": 1, \"a\": 2}", "duplicate-key"),
        ("a.json", "", "empty-document"),
        ("a.json", "{} {}", "invalid-json"),
        ("a.json", "{\"a\": 1e999}", "invalid-json"),
        ("a.json", &deep, "invalid-json"),
    ];
    for (name, text, rule) in table {
        let shown: String = text.chars().take(40).collect();
        let parsed = parse(Path::new(name), text);
        let rules: Vec<&str> = parsed.errors.iter().map(|error| error.rule).collect();
        assert_eq!(rules, [rule], "{name}: {shown}");
        for error in &parsed.errors {
            assert!(
                text.get(error.span.clone()).is_some(),
                "{shown}: {:?}",
                error.span
            );
        }
    }
}

#[test]
fn json_is_read_as_json() {
    let text = r#"{"a": [1, -0.5, true, null, "\u00e4\n"], "b": {}}"#;
    let parsed = parse(Path::new("a.json"), text);
    let expected: Value = serde_json::from_str(text).unwrap();
    assert_eq!(parsed.root.unwrap().to_value(), expected);
}
