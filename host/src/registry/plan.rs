//! From what is known of the files to the next table. No two handlers answer one event: who
//! serves keeps it, and among newcomers the first by name gets it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::config::settings::Unknown;
use crate::contract::LoadedContract;
use crate::event;
use crate::runtime::{LoadError, Subscription};

use super::files::FileState;
use super::table::{Loaded, Table};

type Handlers = BTreeMap<String, Arc<Loaded>>;

/// The next table. Files that lose their claim get a failure and keep the version that served;
/// files that are gone leave. So do new versions that claim events which the contract lacks,
/// where it must name them all.
pub(super) fn plan(
    states: &mut BTreeMap<String, FileState>,
    before: &Table,
    contract: Option<&Arc<LoadedContract>>,
) -> Table {
    states.retain(|_, state| state.present);
    let mut handlers = Handlers::new();
    for (file, state) in states.iter_mut() {
        if state.candidate.is_some() {
            state.failure = None;
        }
        let unnamed = state
            .candidate
            .as_ref()
            .zip(contract)
            .and_then(|(candidate, contract)| first_unnamed(candidate, contract));
        if unnamed.is_some() {
            state.failure = unnamed;
            if let Some(serving) = &state.serving {
                handlers.insert(file.clone(), serving.clone());
            }
        } else if let Some(wanted) = state.candidate.as_ref().or(state.serving.as_ref()) {
            handlers.insert(file.clone(), wanted.clone());
        }
    }
    // Each turn takes one new version back, and what served before is free of conflicts.
    while let Some((loser, error)) = first_conflict(&handlers, states, before) {
        let state = states.entry(loser.clone()).or_default();
        state.failure = Some(error);
        match &state.serving {
            Some(serving) if !is_serving(&handlers, &loser, state) => {
                handlers.insert(loser, serving.clone());
            }
            _ => {
                handlers.remove(&loser);
            }
        }
    }
    for (file, state) in states.iter_mut() {
        state.serving = handlers.get(file).cloned();
    }
    Table::following(before, handlers, contract.cloned())
}

/// An event that a handler claims and the contract lacks, where it must name them all.
fn first_unnamed(candidate: &Loaded, contract: &LoadedContract) -> Option<LoadError> {
    if contract.rules.unknown != Unknown::Refuse {
        return None;
    }
    let mut claims = candidate.handler.description().subscriptions.iter();
    let Subscription { namespace, event } = claims.find(|claim| {
        !event::is_reserved(&claim.event) && !contract.names(&claim.namespace, &claim.event)
    })?;
    Some(LoadError::new(
        format!("events that the contract `{}` names", contract.file),
        format!("`{event}` in `{namespace}`"),
        "name it there as an operation with the action `receive`, or set `unknown = \"serve\"` in \
         [contract]",
    ))
}

/// Two files that want one event: the one that must give way, and why.
fn first_conflict(
    handlers: &Handlers,
    states: &BTreeMap<String, FileState>,
    before: &Table,
) -> Option<(String, LoadError)> {
    let mut claims: HashMap<&Subscription, &String> = HashMap::new();
    for (file, loaded) in handlers {
        for subscription in &loaded.handler.description().subscriptions {
            let Some(first) = claims.insert(subscription, file) else {
                continue;
            };
            let Subscription { namespace, event } = subscription;
            let owner = before.find(namespace, event).map(|entry| &*entry.file);
            let is_new = |file: &String| {
                states
                    .get(file)
                    .is_some_and(|state| !is_serving(handlers, file, state))
            };
            let first_stays = is_new(file) && (owner != Some(file) || !is_new(first));
            let (winner, loser) = if first_stays {
                (first, file)
            } else {
                (file, first)
            };
            return Some((loser.clone(), conflict(subscription, winner)));
        }
    }
    None
}

/// Whether the version that is planned for a file is the one that serves.
fn is_serving(handlers: &Handlers, file: &str, state: &FileState) -> bool {
    match (handlers.get(file), &state.serving) {
        (Some(planned), Some(serving)) => Arc::ptr_eq(planned, serving),
        _ => false,
    }
}

fn conflict(Subscription { namespace, event }: &Subscription, file: &str) -> LoadError {
    LoadError::new(
        "events that no other handler answers",
        format!("`{event}` in `{namespace}`, which `{file}` answers"),
        "remove one of the two files, or rename the event",
    )
}
