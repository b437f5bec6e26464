//! A registry table: made once, published, never changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::contract::LoadedContract;
use crate::runtime::{Handler, Subscription};

/// A handler with its file.
pub struct Loaded {
    /// File name in the events directory.
    pub file: String,
    /// The file's name without `.wasm`: the handler's name in logs and interfaces.
    pub name: Arc<str>,
    /// The component.
    pub handler: Arc<Handler>,
}

/// Who answers one event.
#[derive(Clone)]
pub struct Entry {
    /// Text, stable while the event is registered.
    pub event_id: Arc<str>,
    /// The handler's name.
    pub name: Arc<str>,
    /// The handler's file.
    pub file: Arc<str>,
    /// The component.
    pub handler: Arc<Handler>,
    /// The generation in which this version began to serve.
    pub since_generation: u64,
}

/// Who answers what, in one generation.
#[derive(Default)]
pub struct Table {
    /// Grows by one at each published change.
    pub generation: u64,
    /// The handlers, by file name.
    pub handlers: BTreeMap<String, Arc<Loaded>>,
    /// The contract, where there is one: an event that sees a table sees no other.
    pub contract: Option<Arc<LoadedContract>>,
    entries: HashMap<Arc<str>, Events, RandomState>,
    next_id: u64,
}

/// Who answers what in one namespace, by the event's name. Names are those of handlers: clients,
/// who only ask, cannot fill it, so the hash is a fast one.
type Events = HashMap<Arc<str>, Entry, RandomState>;

impl Table {
    /// Who answers `event` in `namespace`.
    pub fn find(&self, namespace: &str, event: &str) -> Option<&Entry> {
        self.entries.get(namespace)?.get(event)
    }

    /// All events with their entries, sorted by id.
    pub fn events(&self) -> Vec<(Subscription, &Entry)> {
        let mut events: Vec<_> = self
            .entries
            .iter()
            .flat_map(|(namespace, events)| {
                events.iter().map(|(event, entry)| {
                    let (namespace, event) = (namespace.clone(), event.clone());
                    (Subscription { namespace, event }, entry)
                })
            })
            .collect();
        events.sort_by_key(|(_, entry)| entry.event_id.parse::<u64>().unwrap_or(u64::MAX));
        events
    }

    /// Number of events that are answered.
    pub fn len(&self) -> usize {
        self.entries.values().map(HashMap::len).sum()
    }

    /// Whether nothing is answered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The namespaces in which something is answered.
    pub fn namespaces(&self) -> impl Iterator<Item = &Arc<str>> {
        self.entries.keys()
    }

    /// The next table: `handlers` serve, ids and generations are kept where the event and its
    /// version are the same as before. No two handlers may claim one event.
    pub(super) fn following(
        before: &Self,
        handlers: BTreeMap<String, Arc<Loaded>>,
        contract: Option<Arc<LoadedContract>>,
    ) -> Self {
        let generation = before.generation + 1;
        let mut next = Self {
            generation,
            next_id: before.next_id,
            contract,
            ..Self::default()
        };
        for (file, loaded) in &handlers {
            for Subscription { namespace, event } in &loaded.handler.description().subscriptions {
                let old = before.find(namespace, event);
                let event_id = old.map_or_else(
                    || {
                        next.next_id += 1;
                        Arc::from(next.next_id.to_string())
                    },
                    |old| old.event_id.clone(),
                );
                let same = old.filter(|old| Arc::ptr_eq(&old.handler, &loaded.handler));
                let entry = Entry {
                    event_id,
                    name: loaded.name.clone(),
                    file: Arc::from(file.as_str()),
                    handler: loaded.handler.clone(),
                    since_generation: same.map_or(generation, |old| old.since_generation),
                };
                next.entries
                    .entry(namespace.clone())
                    .or_default()
                    .insert(event.clone(), entry);
            }
        }
        next.handlers = handlers;
        next
    }
}
