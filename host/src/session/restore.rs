//! From the journal's bytes back to sessions. What cannot be read ends it: behind a damaged record
//! nothing is believed, and no session says that it has everything.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;

use crate::event::ConnectionId;

use super::Payload;
use super::backlog::Backlog;
use super::journal::Journal;
use super::record::Record;
use super::store::{Entry, Store};

/// Fills a store that is empty. Sessions that it finds are absent from now on: while the server
/// was away nobody could come back.
pub(super) fn restore<P: Payload>(store: &mut Store<P>, held: &[u8], now_ms: u64) {
    let mut records = Vec::new();
    let mut rest = held;
    while let Some((record, behind)) = Record::read(rest) {
        records.push(record);
        rest = behind;
    }
    let was_closed = matches!(records.last(), Some(Record::Closed)) && rest.is_empty();
    if !Journal::is_believed(records.first(), was_closed) {
        return;
    }
    let mut ids = HashMap::new();
    for record in records {
        apply(store, &mut ids, record, now_ms);
    }
    // Half a record at the end was never followed by what it says. A whole one that is damaged
    // may have been, and others after it: how many emits there were is not known any more.
    if Record::is_damaged(rest) {
        for entry in store.entries.values_mut() {
            entry.backlog.doubt();
        }
        store.warn("the journal of sessions is damaged: what was missed is lost".to_owned());
    }
    store.nonces.clean(now_ms);
}

fn apply<P: Payload>(
    store: &mut Store<P>,
    ids: &mut HashMap<u64, ConnectionId>,
    record: Record<'_>,
    now_ms: u64,
) {
    match record {
        Record::Began { .. } | Record::Closed => {}
        Record::Opened {
            number,
            id,
            namespace,
            has_key,
            sent,
        } => {
            let id = ConnectionId::from_text(&id);
            let entry = Entry {
                number,
                namespace: Arc::from(&*namespace),
                has_key,
                rooms: BTreeSet::new(),
                data: BTreeMap::new(),
                backlog: Backlog::new(sent),
                absent_since: Some(now_ms),
                way: None,
                issued_at_ms: 0,
                is_over: false,
            };
            ids.insert(number, id.clone());
            store.entries.insert(id, entry);
            store.next_number = store.next_number.max(number + 1);
        }
        Record::Ended { number } => {
            if let Some(id) = ids.remove(&number) {
                store.entries.remove(&id);
            }
        }
        Record::Sent {
            at_ms,
            text,
            attachments,
            to,
        } => {
            let attachments = attachments.into_iter().map(Bytes::from).collect();
            let kept = store.keep(P::restore(text.into_owned(), attachments), at_ms);
            let bounds = store.bounds();
            for number in to.iter() {
                if let Some(entry) = ids.get(number).and_then(|id| store.entries.get_mut(id)) {
                    entry.backlog.push(kept.clone(), bounds);
                }
            }
        }
        Record::Spent {
            nonce,
            expires_at_ms,
        } => store.nonces.spend(nonce, expires_at_ms),
        Record::Joined { number, room } => with(store, ids, number, |entry| {
            entry.rooms.insert(Arc::from(&*room));
        }),
        Record::Left { number, room } => with(store, ids, number, |entry| {
            entry.rooms.remove(&*room);
        }),
        Record::Data { number, key, value } => with(store, ids, number, |entry| match value {
            Some(value) => drop(entry.data.insert(key.into_owned(), Arc::from(&*value))),
            None => drop(entry.data.remove(&*key)),
        }),
    }
}

fn with<P>(
    store: &mut Store<P>,
    ids: &HashMap<u64, ConnectionId>,
    number: u64,
    change: impl FnOnce(&mut Entry<P>),
) {
    if let Some(entry) = ids.get(&number).and_then(|id| store.entries.get_mut(id)) {
        change(entry);
    }
}
