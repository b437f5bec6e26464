//! A namespace: its members and its rooms.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use foldhash::fast::RandomState;

use crate::effect::{Exceptions, Target};
use crate::event::ConnectionId;

use super::member::{Member, Peer};

/// One namespace with its members.
pub(in crate::gateway) struct Namespace {
    /// `/` for the main one.
    pub(in crate::gateway) path: Arc<str>,
    /// No handler answers in it any more: it takes nobody new and ends with its last member.
    retired: AtomicBool,
    /// Connections that are being let in.
    expected: AtomicUsize,
    members: RwLock<Members>,
}

/// A member and its rooms.
pub(super) type Stay = (Arc<Member>, HashSet<Arc<str>>);

#[derive(Default)]
struct Members {
    /// The host makes the ids: nobody can choose them, so the hash is a fast one.
    stays: HashMap<ConnectionId, Stay, RandomState>,
    rooms: HashMap<Arc<str>, HashSet<ConnectionId>>,
}

/// What became of a wish to join a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Joining {
    /// It is in the room now.
    Joined(Arc<str>),
    /// It was in the room before.
    Already,
    /// It is in too many rooms.
    TooMany,
    /// There is no such member.
    NoMember,
}

impl Namespace {
    pub(in crate::gateway) fn new(path: Arc<str>) -> Arc<Self> {
        Arc::new(Self {
            path,
            retired: AtomicBool::new(false),
            expected: AtomicUsize::new(0),
            members: RwLock::default(),
        })
    }

    pub(in crate::gateway) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::SeqCst)
    }

    pub(in crate::gateway) fn set_retired(&self, retired: bool) {
        self.retired.store(retired, Ordering::SeqCst);
    }

    /// Whether nobody is in it and nobody is being let in.
    pub(in crate::gateway) fn is_empty(&self) -> bool {
        self.expected.load(Ordering::SeqCst) == 0 && self.read().stays.is_empty()
    }

    /// Keeps the namespace open for somebody who is being let in.
    pub(in crate::gateway) fn expect(self: &Arc<Self>) -> Expected {
        self.expected.fetch_add(1, Ordering::SeqCst);
        Expected(self.clone())
    }

    /// All members.
    pub(in crate::gateway) fn members(&self) -> Vec<Arc<Member>> {
        let members = self.read();
        let stays = members.stays.values();
        stays.map(|(member, _)| member.clone()).collect()
    }

    /// One member.
    pub(in crate::gateway) fn member(&self, id: &ConnectionId) -> Option<Arc<Member>> {
        self.read().member(id)
    }

    /// A member's rooms, by name.
    pub(in crate::gateway) fn rooms_of(&self, id: &ConnectionId) -> Vec<Arc<str>> {
        let members = self.read();
        let rooms = members
            .stays
            .get(id)
            .map(|(_, rooms)| rooms.iter().cloned());
        let mut rooms: Vec<_> = rooms.into_iter().flatten().collect();
        rooms.sort_unstable();
        rooms
    }

    /// Its rooms, by name, and how many are in each.
    pub(in crate::gateway) fn rooms(&self) -> BTreeMap<Arc<str>, usize> {
        let members = self.read();
        let rooms = members.rooms.iter();
        rooms.map(|(room, ids)| (room.clone(), ids.len())).collect()
    }

    pub(in crate::gateway) fn len(&self) -> usize {
        self.read().stays.len()
    }

    /// Adds a member that is in these rooms. One with the same id goes.
    pub(super) fn add(&self, member: Arc<Member>, rooms: Vec<Arc<str>>) {
        let id = member.id.clone();
        let mut members = self.write();
        members.remove(&id);
        for room in &rooms {
            let room = members.rooms.entry(room.clone()).or_default();
            room.insert(id.clone());
        }
        members
            .stays
            .insert(id, (member, rooms.into_iter().collect()));
    }

    /// Removes a member. Gives it and its rooms.
    pub(super) fn remove(&self, id: &ConnectionId) -> Option<Stay> {
        self.write().remove(id)
    }

    /// Removes a member if this is its connection. A newer stay of the same connection, which
    /// left and came back, stays.
    pub(super) fn remove_peer(&self, id: &ConnectionId, peer: &Arc<dyn Peer>) -> Option<Stay> {
        let mut members = self.write();
        let (member, _) = members.stays.get(id)?;
        member.is_peer(peer).then(|| members.remove(id))?
    }

    pub(super) fn join(&self, id: &ConnectionId, room: &str, limit: usize) -> Joining {
        let mut members = self.write();
        let Some((_, rooms)) = members.stays.get_mut(id) else {
            return Joining::NoMember;
        };
        if rooms.contains(room) {
            return Joining::Already;
        }
        if rooms.len() >= limit {
            return Joining::TooMany;
        }
        let room: Arc<str> = Arc::from(room);
        rooms.insert(room.clone());
        let ids = members.rooms.entry(room.clone()).or_default();
        ids.insert(id.clone());
        Joining::Joined(room)
    }

    /// `true`: it was in the room.
    pub(super) fn leave(&self, id: &ConnectionId, room: &str) -> bool {
        let mut members = self.write();
        let was_in = match members.stays.get_mut(id) {
            Some((_, rooms)) => rooms.remove(room),
            None => false,
        };
        if was_in {
            members.remove_from_room(id, room);
        }
        was_in
    }

    /// Whom a target means.
    pub(in crate::gateway) fn receivers(
        &self,
        target: &Target,
        sender: Option<&ConnectionId>,
    ) -> Vec<Arc<Member>> {
        let members = self.read();
        match target {
            Target::Sender => sender
                .and_then(|id| members.member(id))
                .into_iter()
                .collect(),
            Target::Socket(id) => members.member(id).into_iter().collect(),
            Target::Room(room, except) => {
                let ids = members.rooms.get(room.as_str()).into_iter().flatten();
                members.without(ids, except, sender)
            }
            Target::Everyone(except) => members.without(members.stays.keys(), except, sender),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Members> {
        self.members.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Members> {
        self.members.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    fn member(&self, id: &ConnectionId) -> Option<Arc<Member>> {
        self.stays.get(id).map(|(member, _)| member.clone())
    }

    fn without<'a>(
        &self,
        ids: impl Iterator<Item = &'a ConnectionId>,
        except: &Exceptions,
        sender: Option<&ConnectionId>,
    ) -> Vec<Arc<Member>> {
        let is_in = |id: &ConnectionId, room: &String| {
            self.rooms
                .get(room.as_str())
                .is_some_and(|members| members.contains(id))
        };
        ids.filter(|id| !(except.sender && Some(*id) == sender))
            .filter(|id| !except.sockets.contains(id))
            .filter(|id| !except.rooms.iter().any(|room| is_in(id, room)))
            .filter_map(|id| self.member(id))
            .collect()
    }

    fn remove(&mut self, id: &ConnectionId) -> Option<Stay> {
        let stay = self.stays.remove(id)?;
        for room in &stay.1 {
            self.remove_from_room(id, room);
        }
        Some(stay)
    }

    fn remove_from_room(&mut self, id: &ConnectionId, room: &str) {
        if let Some(members) = self.rooms.get_mut(room) {
            members.remove(id);
            if members.is_empty() {
                self.rooms.remove(room);
            }
        }
    }
}

/// Somebody is being let into a namespace; it stays open until this is dropped.
pub(in crate::gateway) struct Expected(Arc<Namespace>);

impl Drop for Expected {
    fn drop(&mut self) {
        self.0.expected.fetch_sub(1, Ordering::SeqCst);
    }
}
