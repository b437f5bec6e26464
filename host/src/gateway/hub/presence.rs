//! Presence and history of rooms, where they are switched on: who is in a room, with word to its
//! members of each coming and going, and the last messages that went to it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use crate::config::settings::RoomSettings;
use crate::event::{ConnectionId, now_ms};

use super::Hub;
use super::member::Member;
use super::message::Message;
use super::namespace::Namespace;

/// The control event that tells of a room's members.
const PRESENCE: &str = "fs7:presence";

/// What a room's history takes besides its messages, about.
const ROOM_BYTES: usize = 448;
/// What a message takes besides its text and attachments, about.
const PAST_BYTES: usize = 96;

/// Which rooms have what, and the histories.
pub(in crate::gateway) struct Rooms {
    settings: RoomSettings,
    histories: Mutex<Histories>,
}

/// A namespace and a room in it.
type Place = (Arc<str>, Arc<str>);

#[derive(Default)]
struct Histories {
    of: HashMap<Place, VecDeque<Past>>,
    bytes: usize,
}

/// One message that went to a room.
#[derive(Clone)]
pub(in crate::gateway) struct Past {
    /// When, in milliseconds since 1970-01-01 UTC.
    pub(in crate::gateway) at_ms: u64,
    /// What.
    pub(in crate::gateway) message: Message,
}

impl Rooms {
    pub(super) fn new(settings: RoomSettings) -> Self {
        Self {
            settings,
            histories: Mutex::default(),
        }
    }

    fn has_presence(&self, room: &str) -> bool {
        is_among(&self.settings.presence, room)
    }

    /// Whether the last messages of a room are kept.
    pub(in crate::gateway) fn has_history(&self, room: &str) -> bool {
        is_among(&self.settings.history, room)
    }

    /// Keeps a message, and lets go the oldest one of this room, or of the largest history.
    pub(super) fn keep(&self, namespace: &Arc<str>, room: &str, message: &Message) {
        if !self.has_history(room) {
            return;
        }
        let mut histories = self
            .histories
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let history = histories
            .of
            .entry((namespace.clone(), Arc::from(room)))
            .or_default();
        let is_first = history.is_empty();
        history.push_back(Past {
            at_ms: now_ms(),
            message: message.clone(),
        });
        let too_old = (history.len() > self.settings.history_messages)
            .then(|| history.pop_front())
            .flatten();
        histories.bytes += message.bytes() + PAST_BYTES + if is_first { ROOM_BYTES } else { 0 };
        histories.bytes -= too_old.map_or(0, |past| past.message.bytes() + PAST_BYTES);
        if histories.bytes > self.settings.history_bytes {
            // Some more at once: looking through all rooms is not for every message.
            histories.forget_oldest(self.settings.history_bytes / 8 * 7);
        }
    }

    /// The last messages of a room, the oldest first.
    pub(in crate::gateway) fn history(
        &self,
        namespace: &Arc<str>,
        room: &str,
        limit: usize,
    ) -> Vec<Past> {
        let histories = self
            .histories
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let place = (namespace.clone(), Arc::from(room));
        let Some(history) = histories.of.get(&place) else {
            return Vec::new();
        };
        let skipped = history.len().saturating_sub(limit);
        history.iter().skip(skipped).cloned().collect()
    }

    /// Bytes of all histories.
    pub(super) fn history_bytes(&self) -> usize {
        let histories = self
            .histories
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        histories.bytes
    }
}

impl Histories {
    /// Lets go the oldest messages until the rest takes no more than so many bytes.
    fn forget_oldest(&mut self, bytes_max: usize) {
        let mut times: Vec<u64> = self.of.values().flatten().map(|past| past.at_ms).collect();
        times.sort_unstable();
        let mut times = times.into_iter();
        while self.bytes > bytes_max {
            // A part of the rest at a time, all rooms alike.
            let step = (times.len() / 8).max(1) - 1;
            let Some(until_ms) = times.nth(step) else {
                return;
            };
            let mut freed = 0;
            self.of.retain(|_, history| {
                while history.front().is_some_and(|past| past.at_ms <= until_ms) {
                    let past = history.pop_front();
                    freed += past.map_or(0, |past| past.message.bytes() + PAST_BYTES);
                }
                if history.is_empty() {
                    freed += ROOM_BYTES;
                }
                !history.is_empty()
            });
            self.bytes = self.bytes.saturating_sub(freed);
        }
    }
}

/// `chat:*` means every room that begins so.
fn is_among(patterns: &[String], room: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => room.starts_with(beginning),
            None => pattern == room,
        })
}

impl Hub {
    /// A member has come into a room: the others hear of it, and it hears who is there.
    pub(super) fn present_in(&self, namespace: &Namespace, room: &str, id: &ConnectionId) {
        if !self.rooms.has_presence(room) {
            return;
        }
        if let Some(member) = namespace.member(id) {
            self.tell_change(namespace, room, "join", &member);
        }
        self.tell_presence(namespace, room, id);
    }

    /// Tells a member who is in a room.
    pub(super) fn tell_presence(&self, namespace: &Namespace, room: &str, id: &ConnectionId) {
        if !self.rooms.has_presence(room) {
            return;
        }
        let members: Vec<_> = namespace
            .receivers(&room_target(room), None)
            .iter()
            .map(|member| described(member))
            .collect();
        let state = json!({"room": room, "action": "state", "members": members});
        let peer = namespace.member(id).and_then(|member| member.peer());
        if let Some(peer) = peer {
            peer.deliver(&Message::control(PRESENCE, &state));
        }
    }

    /// A member has gone from these rooms.
    pub(super) fn absent_from(
        &self,
        namespace: &Namespace,
        member: &Member,
        rooms: HashSet<Arc<str>>,
    ) {
        for room in rooms {
            if self.rooms.has_presence(&room) {
                self.tell_change(namespace, &room, "leave", member);
            }
        }
    }

    fn tell_change(&self, namespace: &Namespace, room: &str, action: &str, about: &Member) {
        let members = namespace.receivers(&room_target(room), None);
        let mut change = described(about);
        change.insert("room".into(), room.into());
        change.insert("action".into(), action.into());
        change.insert("count".into(), members.len().into());
        let message = Message::control(PRESENCE, &change);
        for member in members.iter().filter(|member| member.id != about.id) {
            if let Some(peer) = member.peer() {
                peer.deliver(&message);
            }
        }
    }
}

/// A member as others in its room may know it.
pub(in crate::gateway) fn described(member: &Member) -> Map<String, Value> {
    let data = member.data();
    let data: Map<_, _> = data
        .into_iter()
        .filter_map(|(key, value)| Some((key, serde_json::from_str(&value).ok()?)))
        .collect();
    let mut described = Map::new();
    described.insert("id".into(), member.id.as_str().into());
    described.insert("connected".into(), member.peer().is_some().into());
    described.insert("data".into(), data.into());
    described
}

fn room_target(room: &str) -> crate::effect::Target {
    crate::effect::Target::Room(room.to_owned(), Default::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Args;

    /// Bytes that `history_bytes` allows here.
    const BYTES_MAX: usize = 100_000;

    fn rooms(history_messages: usize) -> Rooms {
        Rooms::new(RoomSettings {
            history: vec!["*".into()],
            history_messages,
            history_bytes: BYTES_MAX,
            ..RoomSettings::default()
        })
    }

    #[test]
    fn what_a_room_and_a_message_take_besides_their_text_counts() {
        let rooms = rooms(2);
        let namespace = Arc::from("/");
        let message = Message::new("a", &Args::from_text("[]"));
        rooms.keep(&namespace, "one", &message);
        let first = rooms.history_bytes();
        assert_eq!(first, message.bytes() + PAST_BYTES + ROOM_BYTES);
        for messages in [2, 2, 2] {
            rooms.keep(&namespace, "one", &message);
            let more = (message.bytes() + PAST_BYTES) * (messages - 1);
            assert_eq!(rooms.history_bytes(), first + more);
        }
    }

    #[test]
    fn many_rooms_with_a_short_message_each_keep_the_limit_and_all_is_given_back() {
        let rooms = rooms(10);
        let namespace = Arc::from("/");
        let message = Message::new("a", &Args::from_text("[]"));
        for room in 0..5_000 {
            rooms.keep(&namespace, &format!("r{room}"), &message);
            assert!(rooms.history_bytes() <= BYTES_MAX);
        }
        let mut histories = rooms.histories.lock().unwrap();
        let kept = histories.of.len();
        assert!(kept <= BYTES_MAX / ROOM_BYTES, "{kept} rooms");
        histories.forget_oldest(0);
        assert_eq!((histories.of.len(), histories.bytes), (0, 0));
    }
}
