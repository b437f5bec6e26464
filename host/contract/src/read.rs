//! From a document to a [`Contract`].

mod ahead;
mod common;
mod layers;
mod message;
pub(crate) mod schema;
mod v2;
mod v3;

use std::path::Path;

use crate::bundle::{Bundle, Files};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Contract, Version};
use crate::place::Place;
use crate::source::Data;
use crate::{check, words};
use ahead::Ahead;

/// A document that was read: its files, the contract where it is one, and everything found.
#[derive(Debug)]
pub struct Reading {
    /// Its files, to show findings in.
    pub bundle: Bundle,
    /// The contract; none where an error stands in the way.
    pub contract: Option<Contract>,
    /// Everything found, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
}

impl Reading {
    /// Number of errors.
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// Number of warnings.
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        let is_it = |diagnostic: &&Diagnostic| diagnostic.severity == severity;
        self.diagnostics.iter().filter(is_it).count()
    }
}

/// Reads a document and everything that it references, and holds it against every rule.
pub fn read(path: &Path, files: &dyn Files) -> Reading {
    let bundle = Bundle::open(path, &Ahead::new(files));
    let mut diagnostics = bundle.diagnostics().to_vec();
    check::settle(&bundle, &mut diagnostics);
    let mut contract = None;
    match version(&bundle) {
        Ok(Some(version)) => {
            diagnostics.extend(check::structure(&bundle, version));
            // A document that is wrong in form would be read wrongly, and every such reading
            // would be one more finding about the same mistake.
            if !has_errors(&diagnostics) {
                let read = contract_of(&bundle, version);
                diagnostics.extend(check::semantics(&bundle, &read));
                contract = Some(read);
            }
        }
        Ok(None) => {}
        Err(diagnostic) => diagnostics.push(diagnostic),
    }
    if has_errors(&diagnostics) {
        contract = None;
    }
    sort(&bundle, &mut diagnostics);
    Reading {
        bundle,
        contract,
        diagnostics,
    }
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    diagnostics.iter().any(is_error)
}

fn sort(bundle: &Bundle, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_cached_key(|diagnostic| {
        let start = bundle.locate(diagnostic).span.start;
        (
            diagnostic.place.file,
            start,
            diagnostic.rule,
            diagnostic.message.clone(),
        )
    });
    diagnostics.dedup();
}

fn contract_of(bundle: &Bundle, version: Version) -> Contract {
    if version.major == 2 {
        v2::contract(bundle, version)
    } else {
        v3::contract(bundle, version)
    }
}

/// Versions that are read.
const VERSIONS: [&str; 9] = [
    "2.0.0", "2.1.0", "2.2.0", "2.3.0", "2.4.0", "2.5.0", "2.6.0", "3.0.0", "3.1.0",
];

/// The version that the document names; `Ok(None)` where the file has no tree to ask.
fn version(bundle: &Bundle) -> Result<Option<Version>, Diagnostic> {
    let Some(root) = bundle.root() else {
        return Ok(None);
    };
    let help = "write `asyncapi: 3.0.0`";
    if !root.node.is_object() {
        let words = format!(
            "expected an AsyncAPI document, found {}",
            root.node.type_name()
        );
        return Err(Diagnostic::error("not-asyncapi", root.place, words).help(help));
    }
    let Some(named) = root.get("asyncapi") else {
        let message = match root.node.get("openapi").or(root.node.get("swagger")) {
            Some(_) => "expected an AsyncAPI document, found an OpenAPI document",
            None => {
                "the document does not say which version of AsyncAPI it speaks: `asyncapi` is missing"
            }
        };
        return Err(Diagnostic::error("not-asyncapi", Place::default(), message).help(help));
    };
    let Data::String(text) = &named.node.data else {
        let words = format!("`asyncapi` is text, found {}", named.node.type_name());
        return Err(Diagnostic::error("unknown-version", named.place, words)
            .help("write all three numbers: `asyncapi: 3.0.0`"));
    };
    let Some(known) = VERSIONS.iter().find(|known| *known == text) else {
        let words = format!(
            "AsyncAPI `{text}` is not known; known are {}",
            words::list(&VERSIONS)
        );
        return Err(Diagnostic::error("unknown-version", named.place, words)
            .help("name the version that the document was written for"));
    };
    Ok(Some(numbers(known)))
}

/// A version that is known.
fn numbers(known: &str) -> Version {
    let mut numbers = known.split('.').filter_map(|number| number.parse().ok());
    let (major, minor) = (numbers.next().unwrap_or(3), numbers.next().unwrap_or(0));
    Version { major, minor }
}
