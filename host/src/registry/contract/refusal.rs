//! Why a contract does not serve, as a reload tells it.

use fs7_contract::diff::Change;

use super::super::FailedFile;
use super::prove::InvalidContract;

/// Findings and changes that are named; the rest is counted.
const NAMED_MAX: usize = 3;

/// A document that is no contract.
pub(super) fn invalid(file: &str, error: &InvalidContract) -> FailedFile {
    let findings = error.findings.iter().map(|finding| finding.words.clone());
    FailedFile {
        file: file.to_owned(),
        expected: "an AsyncAPI document without errors".into(),
        found: some(findings, "no document"),
        hint: format!("`fs7 asyncapi validate {file}` shows all of them; the old one serves on"),
    }
}

/// A contract that breaks clients of the one that serves.
pub(super) fn breaking(file: &str, changes: &[Change]) -> FailedFile {
    let words = changes
        .iter()
        .map(|change| format!("{}: {}", change.kind.as_str(), change.sentence()));
    FailedFile {
        file: file.to_owned(),
        expected: "a contract that breaks no client of the one that serves".into(),
        found: some(words, "other changes"),
        hint: "`fs7 reload --allow-breaking` has it serve all the same; so does `breaking = \
               \"allow\"` in [contract]"
            .into(),
    }
}

/// The first few, and how many more there are.
fn some(words: impl ExactSizeIterator<Item = String>, none: &str) -> String {
    let count = words.len();
    let named: Vec<String> = words.take(NAMED_MAX).collect();
    match count.saturating_sub(NAMED_MAX) {
        _ if named.is_empty() => none.to_owned(),
        0 => named.join("; "),
        more => format!("{}; and {more} more", named.join("; ")),
    }
}
