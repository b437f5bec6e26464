//! The example documents of the AsyncAPI Initiative come out without an error.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use fs7_contract::diagnostic::Severity;
use fs7_contract::{Disk, Files, read};

const ADEO: &str = "adeo-kafka-request-reply-asyncapi.yml";
const SECURITY: &str = "operation-security-asyncapi.yml";
const KRAKEN_FILTER: &str = "kraken-websocket-request-reply-message-filter-in-reply-asyncapi.yml";
const KRAKEN_CHANNELS: &str = "kraken-websocket-request-reply-multiple-channels-asyncapi.yml";

/// Reads below a folder that is wider than the document's own: one of the examples is made of
/// documents that share a folder beside theirs.
struct Below {
    root: PathBuf,
    document: PathBuf,
}

impl Files for Below {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Disk.read(path)
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        if path == self.document {
            return Ok(self.root.canonicalize()?.join("asyncapi.yaml"));
        }
        Disk.real_path(path)
    }
}

fn collect(folder: &Path, documents: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            // What the documents of an example share is none itself.
            if !path.ends_with("common") {
                collect(&path, documents);
            }
        } else if path
            .extension()
            .is_some_and(|ending| ending == "yml" || ending == "yaml")
        {
            documents.push(path);
        }
    }
}

/// What is found in the examples of a version, by document: rules of errors, and of warnings.
fn findings(version: &str) -> BTreeMap<String, (Vec<String>, Vec<&'static str>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/contract/official")
        .join(version);
    let mut documents = Vec::new();
    collect(&root, &mut documents);
    documents.sort();
    let mut all = BTreeMap::new();
    for document in documents {
        let files = Below {
            root: root.clone(),
            document: document.clone(),
        };
        let reading = read(&document, &files);
        let of = |severity: Severity| {
            let found = reading.diagnostics.iter();
            found.filter(move |found| found.severity == severity)
        };
        let errors = of(Severity::Error)
            .map(|found| format!("{found:?}"))
            .collect();
        let mut warnings: Vec<&'static str> =
            of(Severity::Warning).map(|found| found.rule).collect();
        warnings.sort_unstable();
        warnings.dedup();
        let name = document
            .strip_prefix(&root)
            .expect("it lies below")
            .display()
            .to_string();
        all.insert(name, (errors, warnings));
    }
    all
}

/// `warned` lists the documents that have a warning beside `recommended-field`, which the
/// official tool gives too.
fn come_out_clean(version: &str, documents: usize, warned: &[(&str, &[&str])]) {
    let found = findings(version);
    assert_eq!(found.len(), documents);
    let mut surprises = Vec::new();
    for (name, (errors, warnings)) in &found {
        assert!(errors.is_empty(), "{version}/{name}: {errors:#?}");
        let expected = warned.iter().find(|(warned, _)| warned == name);
        let expected = expected.map_or(&[] as &[&str], |(_, rules)| rules);
        let warnings: Vec<&str> = warnings
            .iter()
            .copied()
            .filter(|rule| *rule != "recommended-field")
            .collect();
        if warnings != expected {
            surprises.push(format!("{name}: expected {expected:?}, found {warnings:?}"));
        }
    }
    assert!(surprises.is_empty(), "{version}:\n{}", surprises.join("\n"));
}

#[test]
fn examples_of_2_6_0_come_out_clean() {
    // Its default is the text 'false' where a boolean is asked for.
    let warned: &[(&str, &[&str])] = &[("operation-security.yml", &["doubtful-default"])];
    come_out_clean("2.6.0", 21, warned);
}

#[test]
fn examples_of_3_0_0_come_out_clean() {
    // Avro schemas on the network, which nobody here reads; two
    // channels of one address, which is one event here; a list that was meant as text.
    let warned: &[(&str, &[&str])] = &[
        (ADEO, &["remote-reference-unread"]),
        (KRAKEN_FILTER, &["doubtful-example", "duplicate-event"]),
        (KRAKEN_CHANNELS, &["doubtful-example", "duplicate-event"]),
        (SECURITY, &["doubtful-default"]),
    ];
    come_out_clean("3.0.0", 24, warned);
}

#[test]
fn examples_of_3_1_0_come_out_clean() {
    // The same, and numbers as examples of text.
    let warned: &[(&str, &[&str])] = &[
        (ADEO, &["doubtful-example", "remote-reference-unread"]),
        (KRAKEN_FILTER, &["doubtful-example", "duplicate-event"]),
        (KRAKEN_CHANNELS, &["doubtful-example", "duplicate-event"]),
        (SECURITY, &["doubtful-default"]),
    ];
    come_out_clean("3.1.0", 24, warned);
}
