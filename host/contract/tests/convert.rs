//! Documents of AsyncAPI 2 and folders of schemas, brought to 3.0: the same contract comes out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use fs7_contract::convert::{SchemaFile, from_2, from_schemas};
use fs7_contract::diff::{Change, diff};
use fs7_contract::model::Contract;
use fs7_contract::{Disk, Files, Reading, emit, read};

fn shared(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/contract")
        .join(path)
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            documents(&path, found);
        } else if fs::read_to_string(&path).unwrap().contains("asyncapi: ") {
            found.push(path);
        }
    }
}

/// The file system without folders: some of the documents share files that lie beside theirs.
struct Flat;

impl Files for Flat {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(Path::new("all").join(path.file_name().unwrap_or_default()))
    }
}

/// Reads a text; what is wrong with it ends the test.
#[track_caller]
fn contract(what: &str, text: &str) -> Contract {
    let files: BTreeMap<_, _> = [(PathBuf::from("out.yaml"), text.to_owned())].into();
    let reading = read(Path::new("out.yaml"), &files);
    sound(what, reading, text)
}

#[track_caller]
fn sound(what: &str, reading: Reading, text: &str) -> Contract {
    let errors: Vec<_> = reading
        .diagnostics
        .iter()
        .filter(|it| it.severity == fs7_contract::diagnostic::Severity::Error)
        .map(|it| format!("{}: {} ({})", it.place.pointer, it.message, it.rule))
        .collect();
    assert!(errors.is_empty(), "{what}:\n{}\n{text}", errors.join("\n"));
    reading.contract.unwrap()
}

fn sentences(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .map(|it| format!("{}: {}", it.kind.as_str(), it.sentence()))
        .collect()
}

/// Compares with a golden file; `UPDATE_GOLDEN=1` writes it.
#[track_caller]
fn golden(path: &str, text: &str) {
    let path = shared(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text,
        expected,
        "{} differs; UPDATE_GOLDEN=1 rewrites it",
        path.display()
    );
}

#[test]
fn official_documents_of_2_come_out_as_the_same_contract() {
    let mut found = Vec::new();
    documents(&shared("official/2.6.0"), &mut found);
    assert!(found.len() >= 17, "only {} documents", found.len());
    for path in found {
        let what = path.display().to_string();
        let reading = read(&path, &Flat);
        let bundle = reading.bundle;
        let Some(old) = reading.contract else {
            panic!("{what} is no contract: {:?}", reading.diagnostics)
        };
        let converted = from_2(&bundle, &old).unwrap();
        let text = emit::yaml(&converted.document);
        let new = contract(&what, &text);
        let mut changes = [diff(&old, &new), diff(&new, &old)].concat();
        if !converted.warnings.is_empty() {
            // Fields of bindings that 3.0 has no more: what people read is not quite the same.
            changes.retain(|it| !it.words.contains("described differently"));
        }
        assert_eq!(sentences(&changes), [""; 0], "{what}\n{text}");
        let json = emit::json(&converted.document);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&json).unwrap(),
            converted.document
        );
    }
}

#[test]
fn everything_of_2_has_a_place_or_a_warning() {
    let path = shared("import/everything.yaml");
    let old = sound("everything.yaml", read(&path, &Disk), "");
    let bundle = read(&path, &Disk).bundle;
    let converted = from_2(&bundle, &old).unwrap();
    let written = emit::yaml(&converted.document);
    golden("import/everything.3.yaml", &written);
    let warnings: Vec<_> = converted
        .warnings
        .iter()
        .map(|it| format!("{}: {}\n", it.place.pointer, it.message))
        .collect();
    golden("import/everything.warnings.txt", &warnings.concat());
    let new = contract("everything.3.yaml", &written);
    assert_eq!(sentences(&diff(&old, &new)), [""; 0]);
}

#[test]
fn seeds_contract_comes_out_as_the_same_contract() {
    let path = shared("import/seed.yaml");
    let reading = read(&path, &Disk);
    let old = reading.contract.unwrap();
    let converted = from_2(&reading.bundle, &old).unwrap();
    assert_eq!(converted.warnings, []);
    let written = emit::yaml(&converted.document);
    golden("import/seed.3.yaml", &written);
    assert_eq!(
        sentences(&diff(&old, &contract("seed.3.yaml", &written))),
        [""; 0]
    );
}

#[test]
fn folder_of_schemas_becomes_a_contract() {
    let folder = shared("import/schemas");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    names.sort();
    let files: Vec<_> = names
        .iter()
        .map(|name| SchemaFile {
            path: PathBuf::from(name),
            text: fs::read_to_string(folder.join(name)).unwrap(),
        })
        .collect();
    let made = from_schemas("Shop", &files);
    let errors: Vec<_> = made
        .errors
        .iter()
        .map(|it| (it.path.display().to_string(), it.line))
        .collect();
    assert_eq!(errors, [("broken.json".to_owned(), Some(3))]);
    let written = emit::yaml(&made.document);
    golden("import/schemas.3.yaml", &written);
    let warnings: Vec<_> = made
        .warnings
        .iter()
        .map(|it| format!("{}: {}\n", it.path.display(), it.message))
        .collect();
    golden("import/schemas.warnings.txt", &warnings.concat());
    let contract = contract("schemas.3.yaml", &written);
    let events: Vec<_> = contract
        .operations
        .iter()
        .map(|it| it.event.as_str())
        .collect();
    assert_eq!(events, ["node", "order placed", "user"]);
}
