//! The hub: who is in which namespace and room, and where committed effects go.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::effect::{Delivery, Effect, EffectScope, EffectSink, Emit, Exceptions, Member, Target};
use crate::event::ConnectionId;
use crate::fact::{Fact, Facts};

use super::adapter::{RawAdapter, Sent};
use super::seat::Seat;
use super::wire;

/// One namespace with its members.
pub(super) struct Namespace {
    /// `/` for the main one.
    pub(super) path: Arc<str>,
    /// No handler answers in it any more: it takes nobody new and ends with its last member.
    retired: AtomicBool,
    /// Connections that are being let in.
    expected: AtomicUsize,
    adapter: OnceLock<Arc<RawAdapter>>,
    members: RwLock<Members>,
}

#[derive(Default)]
struct Members {
    seats: HashMap<ConnectionId, (Arc<Seat>, HashSet<Arc<str>>)>,
    rooms: HashMap<Arc<str>, HashSet<ConnectionId>>,
}

impl Namespace {
    pub(super) fn new(path: Arc<str>) -> Arc<Self> {
        Arc::new(Self {
            path,
            retired: AtomicBool::new(false),
            expected: AtomicUsize::new(0),
            adapter: OnceLock::new(),
            members: RwLock::default(),
        })
    }

    pub(super) fn adapter(&self) -> Option<&Arc<RawAdapter>> {
        self.adapter.get()
    }

    pub(super) fn set_adapter(&self, adapter: Arc<RawAdapter>) {
        let _ = self.adapter.set(adapter);
    }

    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::SeqCst)
    }

    pub(super) fn set_retired(&self, retired: bool) {
        self.retired.store(retired, Ordering::SeqCst);
    }

    /// Whether nobody is in it and nobody is being let in.
    pub(super) fn is_empty(&self) -> bool {
        self.expected.load(Ordering::SeqCst) == 0 && self.read().seats.is_empty()
    }

    /// Keeps the namespace open for somebody who is being let in.
    pub(super) fn expect(self: &Arc<Self>) -> Expected {
        self.expected.fetch_add(1, Ordering::SeqCst);
        Expected(self.clone())
    }

    pub(super) fn seats(&self) -> Vec<Arc<Seat>> {
        let members = self.read();
        members
            .seats
            .values()
            .map(|(seat, _)| seat.clone())
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        self.read().seats.len()
    }

    pub(super) fn add(&self, seat: &Arc<Seat>) {
        let id = seat.connection.id.clone();
        let mut members = self.write();
        members.remove(&id);
        members.seats.insert(id, (seat.clone(), HashSet::new()));
    }

    /// Removes this stay. A newer one of the same connection, which left and came back, stays.
    pub(super) fn remove(&self, seat: &Seat) {
        let id = &seat.connection.id;
        let mut members = self.write();
        let is_same =
            |(member, _): &(Arc<Seat>, HashSet<Arc<str>>)| std::ptr::eq(Arc::as_ptr(member), seat);
        if members.seats.get(id).is_some_and(is_same) {
            members.remove(id);
        }
    }

    fn seat(&self, id: &ConnectionId) -> Option<Arc<Seat>> {
        self.read().seats.get(id).map(|(seat, _)| seat.clone())
    }

    /// `false`: there is no such member, or it is in too many rooms.
    fn join(&self, id: &ConnectionId, room: &str, limit: usize) -> bool {
        let mut members = self.write();
        let room: Arc<str> = Arc::from(room);
        match members.seats.get_mut(id) {
            Some((_, rooms)) if rooms.contains(&room) => return true,
            Some((_, rooms)) if rooms.len() < limit => rooms.insert(room.clone()),
            _ => return false,
        };
        members.rooms.entry(room).or_default().insert(id.clone())
    }

    fn leave(&self, id: &ConnectionId, room: &str) {
        let mut members = self.write();
        if let Some((_, rooms)) = members.seats.get_mut(id) {
            rooms.remove(room);
            members.remove_from_room(id, room);
        }
    }

    fn receivers(&self, target: &Target, sender: Option<&ConnectionId>) -> Vec<Arc<Seat>> {
        let members = self.read();
        match target {
            Target::Sender => sender.and_then(|id| members.seat(id)).into_iter().collect(),
            Target::Socket(id) => members.seat(id).into_iter().collect(),
            Target::Room(room, except) => {
                let ids = members.rooms.get(room.as_str()).into_iter().flatten();
                members.without(ids, except, sender)
            }
            Target::Everyone(except) => members.without(members.seats.keys(), except, sender),
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
    fn seat(&self, id: &ConnectionId) -> Option<Arc<Seat>> {
        self.seats.get(id).map(|(seat, _)| seat.clone())
    }

    fn without<'a>(
        &self,
        ids: impl Iterator<Item = &'a ConnectionId>,
        except: &Exceptions,
        sender: Option<&ConnectionId>,
    ) -> Vec<Arc<Seat>> {
        let is_in = |id: &ConnectionId, room: &String| {
            self.rooms
                .get(room.as_str())
                .is_some_and(|members| members.contains(id))
        };
        ids.filter(|id| !(except.sender && Some(*id) == sender))
            .filter(|id| !except.sockets.contains(id))
            .filter(|id| !except.rooms.iter().any(|room| is_in(id, room)))
            .filter_map(|id| self.seat(id))
            .collect()
    }

    fn remove(&mut self, id: &ConnectionId) {
        if let Some((_, rooms)) = self.seats.remove(id) {
            for room in rooms {
                self.remove_from_room(id, &room);
            }
        }
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
pub(super) struct Expected(Arc<Namespace>);

impl Drop for Expected {
    fn drop(&mut self) {
        self.0.expected.fetch_sub(1, Ordering::SeqCst);
    }
}

/// All namespaces.
pub(crate) struct Hub {
    namespaces: RwLock<HashMap<Arc<str>, Arc<Namespace>>>,
    facts: Facts,
    rooms_max: usize,
}

impl Hub {
    pub(crate) fn new(facts: Facts, rooms_max: usize) -> Self {
        Self {
            namespaces: RwLock::default(),
            facts,
            rooms_max,
        }
    }

    pub(super) fn namespace(&self, path: &str) -> Option<Arc<Namespace>> {
        self.namespaces
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(path)
            .cloned()
    }

    pub(super) fn namespaces(&self) -> Vec<Arc<Namespace>> {
        let namespaces = self
            .namespaces
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        namespaces.values().cloned().collect()
    }

    pub(super) fn insert(&self, namespace: Arc<Namespace>) {
        let mut namespaces = self
            .namespaces
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        namespaces.insert(namespace.path.clone(), namespace);
    }

    pub(super) fn forget(&self, path: &str) {
        let mut namespaces = self
            .namespaces
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        namespaces.remove(path);
    }

    /// Applies effects in order.
    pub(super) fn commit_for(&self, scope: &EffectScope, effects: Vec<Effect>) -> Delivery {
        let mut delivery = Delivery::default();
        let namespace = self.namespace(&scope.namespace);
        let sender = scope.origin.connection();
        for effect in effects {
            match (effect, &namespace) {
                (Effect::Emit(emit), Some(namespace)) => {
                    delivery += self.emit(namespace, sender, emit);
                }
                (Effect::Emit(_), None) => delivery.undelivered += 1,
                (Effect::Join(member, room), Some(namespace)) => {
                    self.join(namespace, resolve(&member, sender), &room);
                }
                (Effect::Leave(member, room), Some(namespace)) => {
                    if let Some(id) = resolve(&member, sender) {
                        namespace.leave(id, &room);
                    }
                }
                (Effect::Disconnect(member), Some(namespace)) => {
                    let seat = resolve(&member, sender).and_then(|id| namespace.seat(id));
                    if let Some(seat) = seat {
                        seat.disconnect();
                    }
                }
                (_, None) => {}
            }
        }
        delivery
    }

    /// The text is put together and checked once; each receiver shares it.
    fn emit(&self, namespace: &Namespace, sender: Option<&ConnectionId>, emit: Emit) -> Delivery {
        let receivers = namespace.receivers(&emit.target, sender);
        let text = wire::join_name(&emit.name, &emit.args);
        let mut reached = false;
        for seat in receivers {
            match seat.emit(text.clone(), emit.args.attachments.clone()) {
                Sent::Yes | Sent::Full => reached = true,
                Sent::Gone => self.facts.record(Fact::SendFailed {
                    connection: seat.connection.id.clone(),
                    what: "emit",
                }),
            }
        }
        Delivery {
            delivered: u32::from(reached),
            undelivered: u32::from(!reached),
        }
    }

    fn join(&self, namespace: &Namespace, member: Option<&ConnectionId>, room: &str) {
        let Some(id) = member else { return };
        if !namespace.join(id, room, self.rooms_max) && namespace.seat(id).is_some() {
            self.facts.record(Fact::Warned {
                topic: "rooms",
                detail: format!(
                    "{id} is in {} rooms (limit `rooms`) and did not join",
                    self.rooms_max
                ),
            });
        }
    }
}

fn resolve<'a>(member: &'a Member, sender: Option<&'a ConnectionId>) -> Option<&'a ConnectionId> {
    match member {
        Member::Sender => sender,
        Member::Socket(id) => Some(id),
    }
}

impl EffectSink for Hub {
    fn commit(&self, scope: &EffectScope, effects: Vec<Effect>) -> Delivery {
        self.commit_for(scope, effects)
    }
}
