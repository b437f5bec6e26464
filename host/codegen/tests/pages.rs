//! `fs7 pages`: what is written of a contract, held against the files in
//! `tests/contract/golden/pages`. `UPDATE_GOLDEN=1` writes them anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fs7_codegen::{GeneratedFile, Owner, pages};
use fs7_contract::model::Contract;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn golden(name: &str) -> PathBuf {
    root().join("tests/contract/golden/pages").join(name)
}

fn contract(path: &Path) -> Contract {
    let reading = fs7_contract::read(path, &fs7_contract::Disk);
    let found = reading.diagnostics;
    reading
        .contract
        .unwrap_or_else(|| panic!("{}: {found:#?}", path.display()))
}

fn generate(path: &str) -> Vec<GeneratedFile> {
    pages::generate(&contract(&root().join(path))).unwrap()
}

/// The corpus of schemas, by name.
fn corpus() -> BTreeMap<String, Vec<GeneratedFile>> {
    let folder = root().join("tests/contract/codegen");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let documents = entries.map(|entry| entry.path());
    let documents = documents.filter(|path| path.extension().is_some_and(|it| it == "yaml"));
    documents
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, pages::generate(&contract(&path)).unwrap())
        })
        .collect()
}

/// Text files below a folder by path.
fn read_all(folder: &Path, below: &str, found: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder.join(below)) else {
        return;
    };
    for entry in entries.map(|entry| entry.unwrap()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if entry.path().is_dir() {
            read_all(folder, &path, found);
        } else {
            found.insert(path, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

fn check(name: &str, found: BTreeMap<String, String>) {
    let folder = golden(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = fs::remove_dir_all(&folder);
        for (path, text) in &found {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        return;
    }
    let mut expected = BTreeMap::new();
    read_all(&folder, "", &mut expected);
    let paths = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<BTreeSet<_>>();
    let hint = "if it is meant, run again with `UPDATE_GOLDEN=1`";
    assert_eq!(paths(&found), paths(&expected), "files of {name}; {hint}");
    for (path, text) in &found {
        assert_eq!(Some(text), expected.get(path), "{name}: {path}; {hint}");
    }
}

fn texts(files: Vec<GeneratedFile>) -> BTreeMap<String, String> {
    files
        .into_iter()
        .map(|file| (file.path, file.text))
        .collect()
}

#[test]
fn the_seeds_contract_becomes_its_pages() {
    check("seed", texts(generate("tests/contract/seed/asyncapi.yaml")));
}

/// What is the same for every contract is in the golden files of the seed's.
fn check_own(name: &str, path: &str) {
    let mut found = texts(generate(path));
    let seed = texts(generate("tests/contract/seed/asyncapi.yaml"));
    found.retain(|path, text| seed.get(path) != Some(text));
    check(name, found);
}

#[test]
fn the_example_handlers_contract_becomes_its_pages() {
    check_own("example", "asyncapi.yaml");
}

#[test]
fn every_kind_of_field_becomes_its_page() {
    check_own("forms", "tests/pages/contract/forms.yaml");
}

#[test]
fn schemas_of_the_corpus_become_types() {
    let types = [
        ".generated/types/schemas.ts",
        ".generated/types/operations.ts",
    ];
    let mut found = BTreeMap::new();
    for (name, files) in corpus() {
        let files = files
            .into_iter()
            .filter(|it| types.contains(&it.path.as_str()));
        let text: Vec<String> = files.map(|it| it.text).collect();
        found.insert(format!("{name}.ts"), text.join("\n"));
    }
    assert!(found.len() >= 40, "{} documents", found.len());
    check("types", found);
}

#[test]
fn files_lie_below_the_folder_and_only_pages_are_the_authors() {
    for (name, files) in corpus() {
        let mut seen = BTreeSet::new();
        for file in files {
            let path = &file.path;
            let lower = path.to_lowercase();
            assert!(seen.insert(lower), "{name}: {path} twice");
            assert!(path.is_ascii() && !path.contains(".."), "{name}: {path}");
            let is_ours = path.starts_with(".generated/");
            assert_eq!(file.owner == Owner::Generated, is_ours, "{name}: {path}");
            assert_eq!(path.contains('/'), is_ours, "{name}: {path}");
            let ends = file.text.ends_with('\n') && !file.text.ends_with("\n\n");
            assert!(ends, "{name}: {path} ends oddly");
        }
    }
}

#[test]
fn the_same_contract_gives_the_same_bytes() {
    let path = "tests/pages/contract/forms.yaml";
    assert_eq!(generate(path), generate(path));
}
