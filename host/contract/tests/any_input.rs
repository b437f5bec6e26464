//! No text and no tree, however wrong, brings the reader down, and every finding about it has a
//! place in it.
#![allow(clippy::unwrap_used, reason = "a test fails where it must")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fs7_contract::{Reading, read};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

/// Documents of every version and form, to be damaged.
fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = vec![root.join("asyncapi.yaml")];
    for folder in [
        "tests/contract/official/2.6.0",
        "tests/contract/official/3.0.0",
    ] {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "yml"));
        paths.sort();
        found.extend(paths.into_iter().take(6));
    }
    found
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn read_text(name: &str, text: &str) -> Reading {
    let files = BTreeMap::from([(PathBuf::from(name), text.to_owned())]);
    read(Path::new(name), &files)
}

/// Reads a text, and asks of each finding what a command would.
fn check(name: &str, text: &str) {
    let reading = read_text(name, text);
    for found in &reading.diagnostics {
        let location = reading.bundle.locate(found);
        assert!(
            reading
                .bundle
                .text(found.place.file)
                .get(location.span.clone())
                .is_some(),
            "{found:?} lies at {:?}, between two letters or outside",
            location.span
        );
        assert!(
            !found.message.is_empty() && !found.message.ends_with('.'),
            "{found:?}"
        );
    }
    assert!(
        reading.contract.is_some() || reading.errors() > 0,
        "no contract, and no reason why"
    );
}

/// The pointers of all values of a tree.
fn pointers(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    walk(value, &format!("{at}/{key}"), found);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    walk(value, &format!("{at}/{index}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

fn odd_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("#/"),
        json!("\u{0}~1{}[]"),
        json!([]),
        json!([null, [], {}]),
        json!({}),
        json!({"$ref": "#"}),
        json!({"$ref": "#/channels"}),
        json!({"$ref": ""}),
        json!({"$ref": 1}),
        json!({"type": "object", "properties": {"$ref": {"type": "string"}}}),
        json!({"not": {"pattern": "("}, "minLength": -1, "multipleOf": 0}),
        json!({"allOf": [], "items": [], "required": "a", "enum": 1}),
    ]
}

#[test]
fn any_value_may_stand_anywhere() {
    let text = include_str!("../../../asyncapi.yaml");
    let parsed = fs7_contract::source::parse(Path::new("a.yaml"), text);
    let whole = parsed.root.unwrap().to_value();
    let odd = odd_values();
    for (index, pointer) in pointers(&whole).iter().enumerate() {
        // All values at all places would be half a minute; each place sees three.
        for step in 0..3 {
            let mut damaged = whole.clone();
            let value = &odd[(index + step * 5) % odd.len()];
            *damaged.pointer_mut(pointer).unwrap() = value.clone();
            check("a.json", &damaged.to_string());
        }
    }
}

proptest! {
    // One seed, so that a run can be repeated; `fuzz/` looks for what no run has seen.
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(7),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        check("a.yaml", &text);
        check("a.json", &text);
    }

    #[test]
    fn any_yaml_like_text_is_answered(text in "(asyncapi: (2.6.0|3.0.0)\n)?([ ]{0,4}(- |\\? |a|'|\"|\\{|\\[|\\]|\\}|: |&a |\\*a|!!str |\\||>|#|<<: |\\$ref: |\n|\t|é|\u{feff}|%|---|,)){0,40}") {
        check("a.yaml", &text);
    }

    #[test]
    fn a_damaged_document_is_answered(pick in any::<prop::sample::Index>(), from in any::<prop::sample::Index>(), length in 0_usize..200, put in "(|a|\n|  |: |\\{|\"|\\$ref: '#/components'\n|é)") {
        let documents = documents();
        let (name, text) = &documents[pick.index(documents.len())];
        let mut from = from.index(text.len());
        while !text.is_char_boundary(from) { from -= 1; }
        let mut to = (from + length).min(text.len());
        while !text.is_char_boundary(to) { to -= 1; }
        let damaged = format!("{}{put}{}", &text[..from], &text[to.max(from)..]);
        check(name, &damaged);
    }
}
