//! From what is known of the files to the next table. No two handlers answer one event: who
//! serves keeps it, and among newcomers the first by name gets it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::runtime::{LoadError, Subscription};

use super::files::FileState;
use super::table::{Loaded, Table};

type Claims = HashMap<Subscription, String>;

/// The next table. Files that lose their claim get a failure and keep the version that served;
/// files that are gone leave.
pub(super) fn plan(states: &mut BTreeMap<String, FileState>, before: &Table) -> Table {
    states.retain(|_, state| state.present);
    let mut handlers: BTreeMap<String, Arc<Loaded>> = BTreeMap::new();
    let mut claims = Claims::new();
    // Unchanged versions first, so that nobody takes from them; then changed ones in the order
    // of their names.
    for (file, state) in states.iter() {
        if let Some(serving) = &state.serving
            && state
                .candidate
                .as_ref()
                .is_none_or(|next| Arc::ptr_eq(next, serving))
        {
            claim(&mut claims, file, serving);
            handlers.insert(file.clone(), serving.clone());
        }
    }
    for (file, state) in states.iter_mut() {
        let Some(candidate) = state.candidate.clone() else {
            continue;
        };
        if handlers.contains_key(file) {
            continue;
        }
        match conflict(&claims, &candidate) {
            None => {
                state.failure = None;
                claim(&mut claims, file, &candidate);
                handlers.insert(file.clone(), candidate);
            }
            Some(error) => {
                state.failure = Some(error);
                if let Some(serving) = &state.serving
                    && conflict(&claims, serving).is_none()
                {
                    claim(&mut claims, file, serving);
                    handlers.insert(file.clone(), serving.clone());
                }
            }
        }
    }
    for (file, state) in states.iter_mut() {
        state.serving = handlers.get(file).cloned();
    }
    Table::following(before, handlers)
}

fn claim(claims: &mut Claims, file: &str, loaded: &Loaded) {
    for subscription in &loaded.handler.description().subscriptions {
        claims.insert(subscription.clone(), file.to_owned());
    }
}

fn conflict(claims: &Claims, loaded: &Loaded) -> Option<LoadError> {
    let subscriptions = &loaded.handler.description().subscriptions;
    let (subscription, file) = subscriptions
        .iter()
        .find_map(|subscription| Some((subscription, claims.get(subscription)?)))?;
    let Subscription { namespace, event } = subscription;
    Some(LoadError::new(
        "events that no other handler answers",
        format!("`{event}` in `{namespace}`, which `{file}` answers"),
        "remove one of the two files, or rename the event",
    ))
}
