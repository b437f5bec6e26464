//! What belongs to a session besides its emits: rooms and user data.

use std::sync::Arc;

use crate::event::ConnectionId;

use super::Payload;
use super::kinds::Restored;
use super::record::Record;
use super::store::{Entry, Store, note};

impl<P: Payload> Store<P> {
    /// A session joined a room.
    pub(crate) fn joined(&mut self, id: &ConnectionId, room: &Arc<str>) {
        if let Some(entry) = self.entries.get_mut(id)
            && entry.rooms.insert(room.clone())
        {
            let number = entry.number;
            let room = (&**room).into();
            note(
                self.journal.as_mut(),
                &self.facts,
                &Record::Joined { number, room },
            );
        }
    }

    /// A session left a room.
    pub(crate) fn left(&mut self, id: &ConnectionId, room: &str) {
        if let Some(entry) = self.entries.get_mut(id)
            && entry.rooms.remove(room)
        {
            let number = entry.number;
            let room = room.into();
            note(
                self.journal.as_mut(),
                &self.facts,
                &Record::Left { number, room },
            );
        }
    }

    /// A session's user data changed.
    pub(crate) fn set_data(&mut self, id: &ConnectionId, key: &str, value: Option<&Arc<str>>) {
        let Some(entry) = self.entries.get_mut(id) else {
            return;
        };
        match value {
            Some(value) => drop(entry.data.insert(key.to_owned(), value.clone())),
            None => drop(entry.data.remove(key)),
        }
        let record = Record::Data {
            number: entry.number,
            key: key.into(),
            value: value.map(|value| (&**value).into()),
        };
        note(self.journal.as_mut(), &self.facts, &record);
    }

    /// Sessions of a namespace, as they were restored.
    pub(crate) fn restored(&self, namespace: &str) -> Vec<Restored> {
        let of_namespace = |(_, entry): &(&ConnectionId, &Entry<P>)| *entry.namespace == *namespace;
        let entries = self.entries.iter().filter(of_namespace);
        entries
            .map(|(id, entry)| Restored {
                id: id.clone(),
                has_key: entry.has_key,
                rooms: entry.rooms.iter().cloned().collect(),
                data: entry.data.clone(),
            })
            .collect()
    }

    /// Bytes that one session keeps.
    pub(crate) fn bytes_of(&self, id: &ConnectionId) -> usize {
        self.entries
            .get(id)
            .map_or(0, |entry| entry.backlog.bytes())
    }
}
