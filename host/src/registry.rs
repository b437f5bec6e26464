//! The registry: which handler answers which event. Files in the events directory are the unit
//! of change; every trigger leads to the one swap in [`Registry::reload`].

mod check;
mod contract;
mod files;
mod load;
mod plan;
mod report;
mod table;
mod watch;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::{Mutex, Notify};

pub use check::{Checked, check_file};
pub use contract::{ContractFiles, ContractOptions, InvalidContract};
pub use report::{Change, FailedFile, Report};
pub use table::{Entry, Loaded, Table};

use crate::config::settings::{HandlerSettings, RegistrySettings};
use crate::contract::LoadedContract;
use crate::fact::{Fact, Facts};
use crate::runtime::Sandbox;

use contract::Look;
use files::{FileState, Scan};

/// How long a reload on demand waits for files that are still being written, besides the time
/// that loading others takes.
const SETTLE_MAX: Duration = Duration::from_secs(2);

/// The shortest wait for files that are still being written.
const PAUSE_MIN: Duration = Duration::from_millis(10);

/// What the registry needs to know.
pub struct RegistryOptions {
    /// Where handlers are dropped.
    pub events_dir: std::path::PathBuf,
    /// When a file is taken to be whole.
    pub settings: RegistrySettings,
    /// Settings per handler.
    pub handlers: BTreeMap<String, HandlerSettings>,
}

/// What a reload may do that it would not do by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Publish a contract that breaks clients of the one that serves.
    pub breaking: bool,
}

/// What a swap looks at.
#[derive(Clone, Copy, Debug)]
struct Scope {
    /// The events directory.
    handlers: bool,
    /// The contract's files.
    contract: bool,
    allowed: Allowed,
}

/// Called with each table right after it is published and before the reload answers: doors that
/// it needs are opened when the handlers behind them serve, connect hooks above all.
pub type AfterPublish = Box<dyn Fn(&Table) + Send + Sync>;

/// Who answers what, now.
pub struct Registry {
    table: ArcSwap<Table>,
    failed: ArcSwap<Vec<FailedFile>>,
    swap: Mutex<BTreeMap<String, FileState>>,
    /// Locked after `swap`, and only while it is.
    contract: Arc<std::sync::Mutex<ContractFiles>>,
    sandbox: Arc<Sandbox>,
    options: RegistryOptions,
    facts: Facts,
    after_publish: AfterPublish,
    closed: AtomicBool,
    hint: Notify,
}

impl Registry {
    /// An empty registry; [`Registry::reload`] fills it.
    pub fn new(
        options: RegistryOptions,
        contract: ContractFiles,
        sandbox: Arc<Sandbox>,
        facts: Facts,
        after_publish: AfterPublish,
    ) -> Arc<Self> {
        Arc::new(Self {
            table: ArcSwap::from_pointee(Table::default()),
            failed: ArcSwap::default(),
            swap: Mutex::new(BTreeMap::new()),
            contract: Arc::new(std::sync::Mutex::new(contract)),
            sandbox,
            options,
            facts,
            after_publish,
            closed: AtomicBool::new(false),
            hint: Notify::new(),
        })
    }

    /// The table that serves; it never changes, a newer one replaces it.
    pub fn table(&self) -> Guard<Arc<Table>> {
        self.table.load()
    }

    /// Files that cannot serve, and why.
    pub fn failed(&self) -> Arc<Vec<FailedFile>> {
        self.failed.load_full()
    }

    /// Refuses every further swap: the server is stopping.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Brings the table up to date with the events directory and the contract, waiting for files
    /// that are still being written as long as [`SETTLE_MAX`].
    pub async fn reload(&self, allowed: Allowed) -> Report {
        let scope = Scope {
            handlers: true,
            contract: true,
            allowed,
        };
        let mut patience = SETTLE_MAX;
        self.retry_failed().await;
        let mut report = self.swap_once(scope).await;
        while report.unsettled > 0 && !patience.is_zero() {
            let pause = self.quiet().max(PAUSE_MIN).min(patience);
            patience -= pause;
            tokio::time::sleep(pause).await;
            let next = self.swap_once(scope).await;
            report = report.followed_by(next);
        }
        report
    }

    /// Lets files that could not be loaded be read again, changed or not: what was in their way,
    /// such as a machine too busy for `describe`, may have passed.
    async fn retry_failed(&self) {
        for state in self.swap.lock().await.values_mut() {
            if state.failure.is_some() {
                state.read = None;
            }
        }
        self.contract().retry();
    }

    fn contract(&self) -> MutexGuard<'_, ContractFiles> {
        self.contract.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn quiet(&self) -> Duration {
        Duration::from_millis(self.options.settings.quiet_ms)
    }

    /// The one swap: scan, load what changed, plan, publish with one pointer swap. Files that
    /// are still being written are left for the next time. Any failure leaves what serves as
    /// it is.
    async fn swap_once(&self, scope: Scope) -> Report {
        let started = Instant::now();
        let mut states = self.swap.lock().await;
        let before = self.table.load_full();
        if self.closed.load(Ordering::SeqCst) {
            return Report::refused(before.generation);
        }
        let mut unsettled = 0;
        if scope.contract {
            let look = self.look_at_contract(scope.allowed).await;
            unsettled += usize::from(look == Look::Unsettled);
            if !scope.handlers && look != Look::Read {
                return Report::unchanged(before.generation, unsettled);
            }
        }
        if scope.handlers {
            match self.load_handlers(&mut states).await {
                Ok(count) => unsettled += count,
                Err(failed) => {
                    self.record_unreadable(&failed);
                    return Report::failed_whole(before.generation, failed);
                }
            }
        }
        // The server may have begun to stop meanwhile.
        if self.closed.load(Ordering::SeqCst) {
            return Report::refused(before.generation);
        }
        let mut files = self.contract();
        let planned = plan::plan(&mut states, &before, files.wanted());
        let changes = self.publish(&before, planned, started);
        files.published();
        let mut failed: Vec<FailedFile> = states
            .iter()
            .filter_map(|(file, state)| {
                state.failure.as_ref().map(|why| FailedFile::new(file, why))
            })
            .collect();
        self.record_failures(&failed, files.failure());
        failed.extend(files.failure().cloned());
        drop(files);
        self.failed.store(Arc::new(failed.clone()));
        Report {
            generation: self.table.load().generation,
            changed: changes,
            failed,
            unsettled,
            refused: false,
        }
    }

    /// Reads the contract where it has changed.
    async fn look_at_contract(&self, allowed: Allowed) -> Look {
        let (files, quiet) = (self.contract.clone(), self.quiet());
        // Reading and compiling block: not for a thread that serves.
        let looked = tokio::task::spawn_blocking(move || {
            let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
            files.look(quiet, allowed.breaking)
        });
        looked.await.unwrap_or(Look::Same)
    }

    /// Loads the handlers that changed. Gives the number of files that are still being written.
    async fn load_handlers(
        &self,
        states: &mut BTreeMap<String, FileState>,
    ) -> Result<usize, FailedFile> {
        let limit = self.sandbox.limits().handlers;
        let directory = &self.options.events_dir;
        let scan = files::scan(directory, states, self.quiet(), limit).await;
        let Scan { to_read, unsettled } =
            scan.map_err(|error| FailedFile::directory(directory, &error))?;
        Ok(unsettled + load::load_changed(self, states, to_read).await)
    }

    fn publish(&self, before: &Table, planned: Table, started: Instant) -> Vec<Change> {
        let changes = report::changes(before, &planned);
        if changes.is_empty() {
            return changes;
        }
        let generation = planned.generation;
        let published = Arc::new(planned);
        self.table.store(published.clone());
        (self.after_publish)(&published);
        if let Some(contract) = report::new_contract(before, &published) {
            self.facts.record(contract_loaded(contract, generation));
        }
        for change in changes.iter().filter(|change| !change.is_contract) {
            let fact = match published.handlers.get(&change.file) {
                Some(loaded) => Fact::HandlerPublished {
                    file: change.file.clone(),
                    handler: loaded.handler.description().name.to_string(),
                    version: loaded.handler.description().version.clone(),
                    sha256: loaded.handler.sha256().to_owned(),
                    generation,
                    duration: started.elapsed(),
                },
                None => Fact::HandlerRemoved {
                    file: change.file.clone(),
                    generation,
                },
            };
            self.facts.record(fact);
        }
        changes
    }

    fn record_unreadable(&self, directory: &FailedFile) {
        let mut failed = self.failed().to_vec();
        if failed.contains(directory) {
            return;
        }
        let detail = format!("{}: {}", directory.file, directory.found);
        self.facts.record(Fact::EventsDirFailed { detail });
        failed.push(directory.clone());
        self.failed.store(Arc::new(failed));
    }

    /// Records failures that are new: the same one is not said again at every rescan.
    fn record_failures(&self, failed: &[FailedFile], contract: Option<&FailedFile>) {
        let known = self.failed.load();
        for file in failed.iter().filter(|file| !known.contains(file)) {
            self.facts.record(Fact::HandlerLoadFailed {
                file: file.file.clone(),
                expected: file.expected.clone(),
                found: file.found.clone(),
            });
        }
        if let Some(file) = contract.filter(|file| !known.contains(file)) {
            self.facts.record(Fact::ContractFailed {
                file: file.file.clone(),
                expected: file.expected.clone(),
                found: file.found.clone(),
            });
        }
    }
}

fn contract_loaded(contract: &LoadedContract, generation: u64) -> Fact {
    let document = &contract.document;
    Fact::ContractLoaded {
        file: contract.file.clone(),
        title: document.info.title.clone(),
        version: document.info.version.clone(),
        sha256: contract.sha256.clone(),
        generation,
        operations: document.operations.len(),
        warnings: contract.warnings,
    }
}
