//! Handler crates of many documents: none stops the generator, and those of two contracts are
//! compared letter by letter. `UPDATE_GOLDEN=1` writes the compared files anew. That all of them
//! build and pass their tests is seen by `cargo xtask generated`.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it cannot go on"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fs7_codegen::handlers::{self, Generated, Options};
use fs7_codegen::{Owner, sample};
use fs7_contract::Disk;
use fs7_contract::model::Contract;

/// Documents for whose payload no example can be made up.
const WITHOUT_EXAMPLE: [&str; 2] = ["foreign_format", "no_example"];

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract")
}

fn generate(contract: &Contract) -> Generated {
    let sdk = "\"0.1.0\"".to_owned();
    handlers::generate(contract, &Options { sdk })
}

#[track_caller]
fn read(path: &Path) -> Contract {
    let reading = fs7_contract::read(path, &Disk);
    let Some(contract) = reading.contract else {
        panic!("{}: {:#?}", path.display(), reading.diagnostics);
    };
    contract
}

/// The one plugin of a document that is written here.
#[track_caller]
fn generated_of(payload: &str) -> String {
    let document = format!(
        "{{\"asyncapi\": \"3.0.0\", \"info\": {{\"title\": \"T\", \"version\": \"1\"}}, \
         \"channels\": {{\"c\": {{\"address\": \"thing\", \"messages\": {{\"m\": {{\"payload\": {payload}}}}}}}}}, \
         \"operations\": {{\"o\": {{\"action\": \"receive\", \"channel\": {{\"$ref\": \"#/channels/c\"}}}}}}}}"
    );
    let path = PathBuf::from("asyncapi.json");
    let files: BTreeMap<_, _> = [(path.clone(), document)].into();
    let reading = fs7_contract::read(&path, &files);
    let Some(contract) = reading.contract else {
        panic!("{payload}: {:#?}", reading.diagnostics);
    };
    let files = generate(&contract).files.into_iter();
    let mut generated = files.filter(|file| file.path.ends_with(handlers::GENERATED_FILE));
    generated.next().unwrap().text
}

/// Documents below a folder of the tests.
fn documents(folder: &str) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![tests().join(folder)], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if fs::read_to_string(&path).is_ok_and(|text| text.contains("asyncapi:")) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[track_caller]
fn check_form(path: &Path, generated: &Generated) {
    let name = path.display();
    let mut paths = BTreeSet::new();
    for file in &generated.files {
        assert!(paths.insert(&file.path), "{name}: {} twice", file.path);
        assert!(
            !file.path.contains("..") && !file.path.starts_with('/'),
            "{name}"
        );
        assert!(file.text.ends_with('\n'), "{name}: {}", file.path);
        let is_generated = file.path.ends_with(handlers::GENERATED_FILE);
        assert_eq!(
            file.owner == Owner::Generated,
            is_generated,
            "{name}: {}",
            file.path
        );
        if is_generated {
            assert!(file.text.starts_with(handlers::GENERATED_MARK), "{name}");
        }
    }
}

#[test]
fn every_document_of_the_corpus_becomes_plugins_with_an_example() {
    let documents = documents("codegen");
    assert!(documents.len() >= 40, "{}", documents.len());
    for path in documents {
        let generated = generate(&read(&path));
        check_form(&path, &generated);
        assert_eq!(generated.plugins.len(), 1, "{}", path.display());
        let stem = path.file_stem().unwrap().to_string_lossy();
        let lacks = generated
            .notes
            .iter()
            .any(|note| note.contains("no example of the payload"));
        assert_eq!(
            lacks,
            WITHOUT_EXAMPLE.contains(&&*stem),
            "{stem}: {:?}",
            generated.notes
        );
    }
}

#[test]
fn official_documents_become_plugins_or_say_why_not() {
    for path in documents("official") {
        let reading = fs7_contract::read(&path, &Disk);
        if let Some(contract) = reading.contract {
            let generated = generate(&contract);
            check_form(&path, &generated);
            assert_eq!(generated, generate(&contract), "{}", path.display());
        }
    }
}

#[test]
fn examples_of_the_corpus_are_valid() {
    for path in documents("codegen") {
        for operation in &read(&path).operations {
            for message in &operation.messages {
                let (Some(payload), Some(example)) = (&message.payload, sample::message(message))
                else {
                    continue;
                };
                assert!(
                    sample::is_valid(&payload.value, &example),
                    "{}: {example}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn plugins_of_the_seeds_contract_and_of_ours_are_as_they_were() {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../asyncapi.yaml");
    for (name, path) in [("seed", tests().join("seed/asyncapi.yaml")), ("fs7", ours)] {
        let folder = tests().join("golden/handlers").join(name);
        for file in generate(&read(&path)).files {
            let golden = folder.join(&file.path);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                fs::create_dir_all(golden.parent().unwrap()).unwrap();
                fs::write(&golden, &file.text).unwrap();
            }
            let expected = fs::read_to_string(&golden)
                .unwrap_or_else(|error| panic!("{}: {error}", golden.display()));
            assert_eq!(file.text, expected, "{}", golden.display());
        }
    }
}

/// Payloads, and what stands in the file that is written for them.
const TYPES: &[(&str, &str)] = &[
    (r#"{"type": "string"}"#, "pub type ThingPayload = String;"),
    (
        r#"{"type": "integer", "minimum": 0}"#,
        "pub type ThingPayload = u64;",
    ),
    (
        r#"{"type": "integer", "maximum": 5}"#,
        "pub type ThingPayload = i64;",
    ),
    (
        r#"{"type": ["number", "null"]}"#,
        "pub type ThingPayload = Option<f64>;",
    ),
    (
        r#"{"type": "array", "items": {"type": "boolean"}}"#,
        "pub type ThingPayload = Vec<bool>;",
    ),
    (
        r#"{"type": "object", "additionalProperties": {"type": "number"}}"#,
        "pub type ThingPayload = BTreeMap<String, f64>;",
    ),
    (
        r#"{"type": "array", "items": [{"type": "string"}, {}], "minItems": 2, "maxItems": 2}"#,
        "pub type ThingPayload = (String, Value,);",
    ),
    (
        r#"{"properties": {"type": {"type": "string"}}, "required": ["type"]}"#,
        "    #[serde(rename = \"type\")]\n    pub type_: String,\n",
    ),
    (
        r#"{"properties": {"a": {"type": ["string", "null"]}}, "required": ["a"]}"#,
        "{\n    pub a: Option<String>,\n",
    ),
    (
        r#"{"properties": {"a": {"type": "string"}}}"#,
        "    #[serde(default, skip_serializing_if = \"Option::is_none\")]\n    pub a: Option<String>,\n",
    ),
    (
        r#"{"properties": {"a": {"type": "integer", "default": 3}}}"#,
        "    #[serde(default = \"defaults::thing_payload_a\")]\n    pub a: i64,\n",
    ),
    (
        r#"{"properties": {"a": {"$ref": "\u0023/channels/c/messages/m/payload"}}}"#,
        "pub a: Option<Box<",
    ),
    (
        r#"{"enum": ["a", ""]}"#,
        "pub enum ThingPayload {\n    #[serde(rename = \"a\")]\n    A,\n    #[serde(rename = \"\")]\n    Empty,\n}",
    ),
    (
        r#"{"oneOf": [{"properties": {"k": {"const": "x"}, "v": {"type": "string"}}, "required": ["k"]}, {"properties": {"k": {"const": "y"}}, "required": ["k"]}]}"#,
        "#[serde(tag = \"k\")]\npub enum ThingPayload {\n    #[serde(rename = \"x\")]\n    X(ThingPayloadX),\n    #[serde(rename = \"y\")]\n    Y,\n}",
    ),
    (
        r#"{"oneOf": [{"type": "string"}, {"type": "integer"}]}"#,
        "#[serde(untagged)]\npub enum ThingPayload {\n    Integer(i64),\n    Text(String),\n}",
    ),
    (
        r#"{"not": {"type": "string"}}"#,
        "pub type ThingPayload = Value;",
    ),
];

#[test]
fn schemas_become_the_types_that_people_would_write() {
    for (payload, expected) in TYPES {
        let text = generated_of(payload);
        assert!(
            text.contains(expected),
            "{payload}\nexpected {expected}\nfound {text}"
        );
    }
}
