//! The contract that serves: what arguments must be in each direction, and what becomes of those
//! that are not. It is loaded by the registry and published with its table; an event is judged
//! by the one that was there when it began.

mod guard;
mod judge;
mod told;

#[cfg(test)]
mod tests;

use fs7_contract::model::Contract;
use fs7_contract::validator::{Checks, Received};
use serde_json::Value;

use crate::config::settings::ContractSettings;
use crate::event::{Event, EventKind};
use crate::limits::Limits;

pub(crate) use guard::Guard;
pub(crate) use judge::rejection;
use told::Told;

/// A contract with its checks. It never changes; a newer one replaces it.
pub struct LoadedContract {
    /// The document as fs7 reads it.
    pub document: Contract,
    /// The same as AsyncAPI 3 in one file, as `/asyncapi.json` gives it.
    pub published: Value,
    /// Its file's name.
    pub file: String,
    /// SHA-256 over all its files, in hexadecimal.
    pub sha256: String,
    /// What is odd in it, in number.
    pub warnings: usize,
    /// How it holds.
    pub rules: ContractSettings,
    checks: Checks,
    told: Told,
    violations_max: usize,
}

impl LoadedContract {
    /// A contract that was read.
    pub fn new(
        document: Contract,
        checks: Checks,
        file: String,
        sha256: String,
        rules: ContractSettings,
        limits: &Limits,
    ) -> Self {
        Self {
            document,
            published: Value::Null,
            file,
            sha256,
            warnings: 0,
            rules,
            checks,
            told: Told::new(limits.unknown_names),
            violations_max: limits.violations,
        }
    }

    /// The same with the number of things that are odd in it.
    #[must_use]
    pub fn with_warnings(self, warnings: usize) -> Self {
        Self { warnings, ..self }
    }

    /// The same with what is published of it.
    #[must_use]
    pub fn with_published(self, published: Value) -> Self {
        Self { published, ..self }
    }

    /// Whether clients may send an event.
    pub fn names(&self, namespace: &str, event: &str) -> bool {
        self.checks.received(namespace, event).is_some()
    }

    /// What it says of an event; nothing of hooks, whose names are reserved.
    pub(crate) fn received(&self, event: &Event) -> Option<&Received> {
        match event.kind {
            EventKind::Message => self.checks.received(&event.namespace, &event.name),
            EventKind::Connect | EventKind::Disconnect => None,
        }
    }
}
