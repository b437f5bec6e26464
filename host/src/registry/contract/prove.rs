//! From files to a contract that can serve.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use fs7_contract::bundle::Bundle;
use fs7_contract::diagnostic::{Diagnostic, Severity};
use fs7_contract::validator::Checks;
use fs7_contract::{Disk, Files};
use sha2::{Digest, Sha256};

use crate::contract::LoadedContract;

use super::{ContractOptions, Seen, fingerprint};

/// What reading gave: the contract, or why there is none.
pub(super) type Proven = Result<LoadedContract, InvalidContract>;

/// A reading, and what was read for it.
pub(super) struct Proof {
    /// Every file that was asked for, with its content's fingerprint before it was read.
    pub(super) seen: Seen,
    /// What came of it.
    pub(super) proven: Proven,
}

/// Everything that is wrong with a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidContract {
    /// The file as messages name it.
    pub file: String,
    /// Each as `file:line:column: rule: message`.
    pub findings: Vec<Finding>,
    /// Whether there is no file at all.
    pub is_absent: bool,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where, which rule, and what.
    pub words: String,
    /// What to do.
    pub help: Option<String>,
}

impl fmt::Display for InvalidContract {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.findings.len();
        let errors = if count == 1 { "error" } else { "errors" };
        write!(
            formatter,
            "the contract `{}` cannot serve: {count} {errors}",
            self.file
        )?;
        for finding in &self.findings {
            write!(formatter, "\n  {}", finding.words)?;
            if let Some(help) = &finding.help {
                write!(formatter, "\n    help: {help}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for InvalidContract {}

/// Reads the contract with everything that it references, and compiles its checks.
pub(super) fn prove(options: &ContractOptions) -> Proof {
    let files = Watched::default();
    files.note(&options.path);
    let reading = fs7_contract::read(&options.path, &files);
    let seen = files.seen.into_inner();
    let is_absent = matches!(seen.get(&options.path), Some(None));
    let invalid = |diagnostics: &[Diagnostic]| InvalidContract {
        file: name(&options.path),
        findings: diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
            .map(|diagnostic| finding(&reading.bundle, diagnostic))
            .collect(),
        is_absent,
    };
    let warnings = reading.warnings();
    let proven = match &reading.contract {
        None => Err(invalid(&reading.diagnostics)),
        Some(document) => Checks::compile(document)
            .map_err(|diagnostics| invalid(&diagnostics))
            .map(|checks| {
                let sha256 = sha256(&reading.bundle);
                let (rules, limits) = (options.rules.clone(), &options.limits);
                let file = name(&options.path);
                LoadedContract::new(document.clone(), checks, file, sha256, rules, limits)
                    .with_warnings(warnings)
                    .with_published(fs7_contract::convert::to_3(&reading.bundle, document))
            }),
    };
    Proof { seen, proven }
}

/// The file as messages name it.
pub(super) fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn finding(bundle: &Bundle, diagnostic: &Diagnostic) -> Finding {
    let at = bundle.locate(diagnostic);
    Finding {
        words: format!(
            "{}:{}:{}: {}: {}",
            at.path.display(),
            at.line,
            at.column,
            diagnostic.rule,
            diagnostic.message
        ),
        help: diagnostic.help.clone(),
    }
}

/// SHA-256 over all files, each with its name and its length, so that no two sets look alike.
fn sha256(bundle: &Bundle) -> String {
    let mut digest = Sha256::new();
    for (index, path) in bundle.paths().enumerate() {
        let text = bundle.text(fs7_contract::place::FileId(index));
        let name = path.as_os_str().as_encoded_bytes();
        for part in [name, text.as_bytes()] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
    }
    let bytes = digest.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file system, with a note of every file that was asked for.
#[derive(Default)]
struct Watched {
    seen: RefCell<Seen>,
}

impl Watched {
    /// A folder is none of the contract's files, and changes with every file in it.
    fn note(&self, path: &Path) {
        if path.is_dir() {
            return;
        }
        let mut seen = self.seen.borrow_mut();
        seen.entry(path.to_owned())
            .or_insert_with(|| fingerprint(path));
    }
}

impl Files for Watched {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.note(path);
        Disk.read(path)
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        self.note(path);
        Disk.real_path(path)
    }
}
