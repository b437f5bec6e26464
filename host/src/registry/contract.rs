//! The contract's files: read when they have changed and are whole, proven, and published with
//! the table. A contract that cannot serve leaves what serves as it is.

mod prove;
mod refusal;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use fs7_contract::diff::{Change, diff};

use crate::config::settings::{Breaking, ContractSettings};
use crate::contract::LoadedContract;
use crate::limits::Limits;

use super::FailedFile;
use super::files::Fingerprint;

pub use prove::InvalidContract;
use prove::{Proof, Proven};

/// Where the contract is, and how it holds.
#[derive(Clone, Debug)]
pub struct ContractOptions {
    /// Its file.
    pub path: PathBuf,
    /// Whether the file must exist.
    pub is_named: bool,
    /// How it holds.
    pub rules: ContractSettings,
    /// The limits of what is told of it.
    pub limits: Limits,
}

/// The files of a contract, each with its content's fingerprint; none for one that is not there.
type Seen = BTreeMap<PathBuf, Option<Fingerprint>>;

/// What a look at the files found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// They are as they were.
    Same,
    /// They are still being written.
    Unsettled,
    /// They were read.
    Read,
}

/// What is known of the contract's files.
pub struct ContractFiles {
    options: ContractOptions,
    /// What was last read, sound or not.
    read: Seen,
    /// A content that was seen and is not known to be whole, since when.
    waiting: Option<(Seen, Instant)>,
    /// The contract that serves.
    serving: Option<Arc<LoadedContract>>,
    /// A sound contract that is not published yet.
    candidate: Option<Arc<LoadedContract>>,
    /// Why the files as they are cannot serve.
    failure: Option<FailedFile>,
}

impl ContractFiles {
    /// Proves the contract before a start. Without a file that was named, there is none.
    ///
    /// # Errors
    /// When the contract is none, with everything that is wrong.
    pub fn open(options: ContractOptions) -> Result<Self, InvalidContract> {
        let mut files = Self {
            read: Seen::from([(options.path.clone(), None)]),
            options,
            waiting: None,
            serving: None,
            candidate: None,
            failure: None,
        };
        if files.options.is_named || fingerprint(&files.options.path).is_some() {
            let Proof { seen, proven } = prove::prove(&files.options);
            files.candidate = Some(Arc::new(proven?));
            files.read = seen;
        }
        Ok(files)
    }

    /// The contract's file, as messages name it.
    pub(super) fn name(&self) -> String {
        prove::name(&self.options.path)
    }

    /// Every file that the contract is read from.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.read.keys().cloned().collect()
    }

    /// Why the files as they are cannot serve.
    pub(super) fn failure(&self) -> Option<&FailedFile> {
        self.failure.as_ref()
    }

    /// The contract for the next table.
    pub(super) fn wanted(&self) -> Option<&Arc<LoadedContract>> {
        self.candidate.as_ref().or(self.serving.as_ref())
    }

    /// The contract for the next table serves.
    pub(super) fn published(&mut self) {
        if let Some(candidate) = self.candidate.take() {
            self.serving = Some(candidate);
        }
    }

    /// Lets files that could not be loaded be read again, changed or not.
    pub(super) fn retry(&mut self) {
        if self.failure.is_some() {
            self.read.values_mut().for_each(|seen| *seen = None);
            self.waiting = None;
        }
    }

    /// Looks whether the files have changed, and reads them where they have and are whole. Blocks
    /// for as long as reading and compiling take.
    pub(super) fn look(&mut self, quiet: Duration, allow_breaking: bool) -> Look {
        // The watcher may have refused it in the moment in which somebody allows it.
        if allow_breaking {
            self.retry();
        }
        let now: Seen = self
            .read
            .keys()
            .map(|path| (path.clone(), fingerprint(path)))
            .collect();
        if now == self.read {
            self.waiting = None;
            return Look::Same;
        }
        if !self.is_quiet(&now, quiet) {
            return Look::Unsettled;
        }
        let Proof { seen, proven } = prove::prove(&self.options);
        let again: Seen = seen
            .keys()
            .map(|path| (path.clone(), fingerprint(path)))
            .collect();
        if again != seen {
            // Something changed while it was read: it is looked at again.
            return Look::Unsettled;
        }
        self.waiting = None;
        self.read = seen;
        self.note(proven, allow_breaking);
        Look::Read
    }

    fn note(&mut self, proven: Proven, allow_breaking: bool) {
        self.failure = None;
        let contract = match proven {
            Ok(contract) => contract,
            // A contract that was never there is no failure.
            Err(error) if error.is_absent && self.wanted().is_none() && !self.options.is_named => {
                return;
            }
            Err(error) => {
                self.failure = Some(refusal::invalid(&self.name(), &error));
                return;
            }
        };
        let Some(old) = self.wanted() else {
            self.candidate = Some(Arc::new(contract));
            return;
        };
        if old.sha256 == contract.sha256 {
            return;
        }
        let allowed = allow_breaking || self.options.rules.breaking == Breaking::Allow;
        let breaking: Vec<Change> = diff(&old.document, &contract.document)
            .into_iter()
            .filter(|change| change.kind.is_breaking())
            .collect();
        if breaking.is_empty() || allowed {
            self.candidate = Some(Arc::new(contract));
        } else {
            self.failure = Some(refusal::breaking(&self.name(), &breaking));
        }
    }

    /// Files are taken to be whole when none has changed for the quiet time: by their own time
    /// stamps, or, where these lie in the future or a file is gone, by our clock.
    fn is_quiet(&mut self, now: &Seen, quiet: Duration) -> bool {
        let age = |path: &Path| {
            let modified = std::fs::metadata(path).ok()?.modified().ok()?;
            SystemTime::now().duration_since(modified).ok()
        };
        let is_old = now
            .iter()
            .filter(|(path, seen)| self.read.get(*path) != Some(seen))
            .all(|(path, _)| age(path).is_some_and(|age| age >= quiet));
        if is_old {
            return true;
        }
        match &self.waiting {
            Some((seen, since)) if seen == now => since.elapsed() >= quiet,
            _ => {
                self.waiting = Some((now.clone(), Instant::now()));
                quiet.is_zero()
            }
        }
    }
}

fn fingerprint(path: &Path) -> Option<Fingerprint> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Fingerprint::of(&metadata))
}
