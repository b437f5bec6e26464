//! What a reload did, in words for people and machines.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::contract::LoadedContract;
use crate::runtime::LoadError;

use super::table::Table;

/// One change that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The file.
    pub file: String,
    /// `added`, `replaced` or `removed`.
    pub action: String,
    /// The handler's version, or the contract's, as it names it; empty for one that is gone.
    pub version: String,
    /// Whether the file is the contract.
    #[serde(skip)]
    pub is_contract: bool,
}

/// One file that cannot serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedFile {
    /// The file.
    pub file: String,
    /// What it should have been.
    pub expected: String,
    /// What it is.
    pub found: String,
    /// What to do.
    pub hint: String,
}

impl FailedFile {
    /// A file with the reason why it cannot serve.
    pub fn new(file: &str, error: &LoadError) -> Self {
        Self {
            file: file.to_owned(),
            expected: error.expected.clone(),
            found: error.found.clone(),
            hint: error.hint.clone(),
        }
    }

    pub(super) fn directory(directory: &Path, error: &std::io::Error) -> Self {
        Self {
            file: directory.display().to_string(),
            expected: "an events directory that can be read".into(),
            found: error.to_string(),
            hint: "make it, or name another with `--events-dir`; what served still serves".into(),
        }
    }
}

/// What a reload did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The generation that serves.
    pub generation: u64,
    /// What was published.
    pub changed: Vec<Change>,
    /// Every file that cannot serve, whether it changed or not.
    pub failed: Vec<FailedFile>,
    /// Files that were still being written.
    pub unsettled: usize,
    /// Whether the server is stopping and swaps nothing any more.
    pub refused: bool,
}

impl Report {
    pub(super) fn refused(generation: u64) -> Self {
        Self {
            generation,
            refused: true,
            ..Self::default()
        }
    }

    /// Nothing was to be done.
    pub(super) fn unchanged(generation: u64, unsettled: usize) -> Self {
        Self {
            generation,
            unsettled,
            ..Self::default()
        }
    }

    pub(super) fn failed_whole(generation: u64, failed: FailedFile) -> Self {
        Self {
            generation,
            failed: vec![failed],
            ..Self::default()
        }
    }

    pub(super) fn followed_by(self, next: Self) -> Self {
        let mut changed = self.changed;
        changed.extend(next.changed);
        Self { changed, ..next }
    }
}

/// The contract of a table, where it is another one than before.
pub(super) fn new_contract<'a>(before: &Table, after: &'a Table) -> Option<&'a LoadedContract> {
    let contract = after.contract.as_ref()?;
    let old = before.contract.as_ref();
    let is_same = old.is_some_and(|old| Arc::ptr_eq(old, contract));
    (!is_same).then_some(contract)
}

/// What differs between two tables.
pub(super) fn changes(before: &Table, after: &Table) -> Vec<Change> {
    let change = |file: &String, action: &str, version: &str| Change {
        file: file.clone(),
        action: action.to_owned(),
        version: version.to_owned(),
        is_contract: false,
    };
    let mut changes = Vec::new();
    if let Some(contract) = new_contract(before, after) {
        changes.push(Change {
            file: contract.file.clone(),
            action: if before.contract.is_some() {
                "replaced".into()
            } else {
                "added".into()
            },
            version: contract.document.info.version.clone(),
            is_contract: true,
        });
    }
    for (file, loaded) in &after.handlers {
        let version = &loaded.handler.description().version;
        match before.handlers.get(file) {
            None => changes.push(change(file, "added", version)),
            Some(old) if !Arc::ptr_eq(&old.handler, &loaded.handler) => {
                changes.push(change(file, "replaced", version));
            }
            Some(_) => {}
        }
    }
    let gone = before
        .handlers
        .keys()
        .filter(|file| !after.handlers.contains_key(*file));
    changes.extend(gone.map(|file| change(file, "removed", "")));
    changes
}
