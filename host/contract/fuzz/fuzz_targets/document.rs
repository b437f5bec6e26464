//! Any bytes as a contract of one file: read, checked, compiled, compared with itself, and written
//! as everything that fs7 writes.
//!
//! `cargo xtask fuzz SECONDS` builds and runs it, with the tests' documents as the first corpus.

#![no_main]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs7_contract::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let name = if first % 4 == 0 { "a.json" } else { "a.yaml" };
    let files = BTreeMap::from([(PathBuf::from(name), text.to_owned())]);
    let reading = read(Path::new(name), &files);
    for found in &reading.diagnostics {
        let location = reading.bundle.locate(found);
        let text = reading.bundle.text(found.place.file);
        assert!(text.get(location.span).is_some(), "{found:?}");
    }
    let Some(contract) = reading.contract else {
        assert!(reading.diagnostics.iter().any(|found| found.severity.as_str() == "error"));
        return;
    };
    let changes = fs7_contract::diff::diff(&contract, &contract);
    assert!(changes.is_empty(), "a contract differs from itself: {changes:?}");
    let _ = fs7_contract::validator::Checks::compile(&contract);
    let pages = fs7_codegen::pages::generate(&contract);
    assert!(pages.is_ok(), "{pages:?}");
    let options = fs7_codegen::handlers::Options { sdk: "\"0.1\"".to_owned() };
    let _ = fs7_codegen::handlers::generate(&contract, &options);
    let page = fs7_codegen::documents::html(&contract, None);
    assert!(page.is_ok(), "{page:?}");
});
