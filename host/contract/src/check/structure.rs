//! The form of a document, held against the JSON Schemas that the AsyncAPI Initiative publishes
//! (`host/contract/spec`), with findings that a person would have written.

mod branch;
mod explain;
mod nouns;
mod spec;
mod whole;

use std::collections::HashSet;

use serde_json::Value;

use crate::bundle::Bundle;
use crate::diagnostic::Diagnostic;
use crate::model::Version;
use crate::place::{FileId, Place};
pub(super) use explain::{Finding, findings};
pub(super) use spec::Spec;
use whole::Whole;

/// Compiles the form of a version, so that it is there when it is asked for.
pub(crate) fn prepare(version: Version) {
    Spec::of(version);
}

/// Holds the form of a document against the specification of its version.
pub fn structure(bundle: &Bundle, version: Version) -> Vec<Diagnostic> {
    let Some(root) = bundle.root() else {
        return Vec::new();
    };
    let Some(spec) = Spec::of(version) else {
        return Vec::new();
    };
    let value = root.node.to_value();
    let in_root = |pointer: &str| Place {
        file: FileId(0),
        pointer: pointer.to_owned(),
    };
    let mut found = Found::default();
    found.add(spec, &value, in_root);
    if bundle.paths().nth(1).is_some() {
        // What stands in other files is held against the form of the place that references it.
        // The first look is not left out: it is the one that sees references where none may be.
        let whole = Whole::of(bundle, &root);
        found.add(spec, &whole.value, |pointer| whole.place(pointer));
    }
    found.diagnostics
}

#[derive(Default)]
struct Found {
    seen: HashSet<(Place, &'static str)>,
    diagnostics: Vec<Diagnostic>,
}

impl Found {
    fn add(&mut self, spec: &Spec, value: &Value, place: impl Fn(&str) -> Place) {
        for finding in spec.findings(value) {
            let place = place(&finding.pointer);
            if self.seen.insert((place.clone(), finding.rule)) {
                self.diagnostics.push(diagnostic(finding, place));
            }
        }
    }
}

fn diagnostic(finding: Finding, place: Place) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(finding.rule, place, finding.message);
    diagnostic.help = finding.help;
    diagnostic.at_key = finding.at_key;
    diagnostic
}
