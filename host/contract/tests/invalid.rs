//! Every document of `tests/contract/invalid` gives the findings that stand beside it, and every
//! rule is given by one of them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fs7_contract::check::{handlers, rules};
use fs7_contract::diagnostic::{Diagnostic, Severity};
use fs7_contract::{Disk, Reading, read};
use serde::Deserialize;

/// One finding that a document must give. Warnings may be more than those that are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    rule: String,
    pointer: String,
    #[serde(default = "error")]
    severity: String,
    /// The name of the file, where it is not the document itself.
    #[serde(default)]
    file: Option<String>,
}

fn error() -> String {
    "error".to_owned()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract/invalid")
}

fn documents() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut documents: Vec<PathBuf> = paths
        .filter(|path| path.is_file() && !path.to_string_lossy().ends_with(".expect.json"))
        .collect();
    documents.sort();
    documents
}

fn expected(document: &Path) -> BTreeSet<Expected> {
    let path = document.with_extension("expect.json");
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let list: Vec<Expected> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    list.into_iter().collect()
}

fn found(document: &Path, reading: &Reading) -> BTreeSet<Expected> {
    let name = |path: &Path| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    let found = reading.diagnostics.iter().map(|diagnostic| {
        let file = name(reading.bundle.path(diagnostic.place.file));
        Expected {
            rule: diagnostic.rule.to_owned(),
            pointer: diagnostic.place.pointer.clone(),
            severity: diagnostic.severity.as_str().to_owned(),
            file: file.filter(|file| Some(file) != name(document).as_ref()),
        }
    });
    found.collect()
}

#[test]
fn invalid_documents_give_exactly_their_findings() {
    let mut mismatches = Vec::new();
    let documents = documents();
    assert!(documents.len() >= 150, "only {} documents", documents.len());
    for document in &documents {
        let reading = read(document, &Disk);
        let expected = expected(document);
        let found = found(document, &reading);
        let missing = expected.difference(&found);
        let surplus = found
            .difference(&expected)
            .filter(|found| found.severity == "error");
        let lines = missing
            .map(|one| format!("  missing {one:?}"))
            .chain(surplus.map(|one| format!("  surplus {one:?}")));
        let lines: Vec<String> = lines.collect();
        if !lines.is_empty() {
            mismatches.push(format!("{}\n{}", document.display(), lines.join("\n")));
        }
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        let has_errors = reading.diagnostics.iter().any(is_error);
        assert_eq!(
            reading.contract.is_none(),
            has_errors,
            "{}",
            document.display()
        );
    }
    assert!(
        mismatches.is_empty(),
        "{} of {} documents:\n{}",
        mismatches.len(),
        documents.len(),
        mismatches.join("\n")
    );
}

#[test]
fn every_finding_tells_where_and_what() {
    for document in documents() {
        let reading = read(&document, &Disk);
        for diagnostic in &reading.diagnostics {
            let location = reading.bundle.locate(diagnostic);
            let shown = format!("{}: {diagnostic:?}", document.display());
            assert!(location.line >= 1 && location.column >= 1, "{shown}");
            let text = reading.bundle.text(diagnostic.place.file);
            assert!(text.get(location.span.clone()).is_some(), "{shown}");
            assert!(
                !diagnostic.message.is_empty() && !diagnostic.message.ends_with('.'),
                "{shown}"
            );
            let rule =
                rules::find(diagnostic.rule).unwrap_or_else(|| panic!("not in the table: {shown}"));
            assert_eq!(rule.severity, diagnostic.severity, "{shown}");
        }
    }
}

/// Rules that no file of reasonable size, or no file alone, can break.
fn given_otherwise() -> BTreeSet<&'static str> {
    let mut given = BTreeSet::new();
    let contract = read_text(
        "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {a: {}}\noperations: {a: {action: receive, channel: {$ref: '#/channels/a'}}}\n",
    );
    let contract = contract.contract.expect("a contract");
    let served = vec![("/".to_owned(), "b".to_owned())];
    given.extend(handlers(&contract, &served).iter().map(|found| found.rule));
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut schemas = String::new();
    for number in 0..300 {
        schemas.push_str(&format!("    s{number}: {{$ref: s{number}.yaml}}\n"));
        files.insert(
            format!("s{number}.yaml").into(),
            "type: object\n".to_owned(),
        );
    }
    let document = format!(
        "asyncapi: 3.0.0\ninfo: {{title: t, version: '1'}}\ncomponents:\n  schemas:\n{schemas}"
    );
    files.insert("asyncapi.yaml".into(), document);
    let reading = read(Path::new("asyncapi.yaml"), &files);
    given.extend(reading.diagnostics.iter().map(|found| found.rule));
    given
}

fn read_text(text: &str) -> Reading {
    let files: BTreeMap<PathBuf, String> = [("asyncapi.yaml".into(), text.to_owned())].into();
    read(Path::new("asyncapi.yaml"), &files)
}

#[test]
fn every_rule_is_given_by_a_document() {
    let mut given: BTreeSet<String> = documents()
        .iter()
        .flat_map(|document| expected(document))
        .map(|expected| expected.rule)
        .collect();
    given.extend(given_otherwise().into_iter().map(str::to_owned));
    let known: BTreeSet<String> = rules::RULES
        .iter()
        .map(|rule| rule.name.to_owned())
        .collect();
    let never: Vec<&String> = known.difference(&given).collect();
    assert!(never.is_empty(), "no document gives {never:?}");
    let unknown: Vec<&String> = given.difference(&known).collect();
    assert!(unknown.is_empty(), "the table lacks {unknown:?}");
    assert_eq!(
        known.len(),
        rules::RULES.len(),
        "a rule stands in the table twice"
    );
}

#[test]
fn parameters_of_an_address_take_names_of_handlers() {
    let reading = read_text(
        "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {a: {address: 'user/{id}/{kind}'}}\noperations: {a: {action: receive, channel: {$ref: '#/channels/a'}}}\n",
    );
    let contract = reading.contract.expect("a contract");
    let rules = |event: &str| -> Vec<&'static str> {
        let served = [("/".to_owned(), event.to_owned())];
        handlers(&contract, &served)
            .iter()
            .map(|found| found.rule)
            .collect()
    };
    assert!(rules("user/{id}/{kind}").is_empty());
    assert!(rules("user/7/new").is_empty());
    for other in [
        "user/7/",
        "user//new",
        "user/7",
        "users/7/new",
        "user/7/é!/",
    ] {
        let both = vec!["operation-without-handler", "handler-without-operation"];
        let expected = if other == "user/7/é!/" {
            Vec::new()
        } else {
            both
        };
        assert_eq!(rules(other), expected, "{other}");
    }
}
