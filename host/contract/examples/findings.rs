//! Prints what is found in documents, one line of JSON for each: what `cargo xtask oracle`
//! compares with the official tool, and a way to look at findings without building the host.
//!
//!     cargo run -p fs7-contract --example findings -- asyncapi.yaml …

#![allow(clippy::print_stdout, reason = "a program whose output is its purpose")]

use std::path::Path;

use fs7_contract::diagnostic::Diagnostic;
use fs7_contract::{Bundle, Disk, read};
use serde_json::{Value, json};

fn main() {
    for path in std::env::args().skip(1) {
        let reading = read(Path::new(&path), &Disk);
        let found = reading.diagnostics.iter();
        let found: Vec<Value> = found.map(|found| finding(&reading.bundle, found)).collect();
        println!("{}", json!({ "document": path, "findings": found }));
    }
}

fn finding(bundle: &Bundle, found: &Diagnostic) -> Value {
    let location = bundle.locate(found);
    json!({
        "rule": found.rule,
        "severity": found.severity.as_str(),
        "pointer": found.place.pointer,
        "file": location.path,
        "line": location.line,
        "column": location.column,
        "message": found.message,
        "help": found.help,
    })
}
