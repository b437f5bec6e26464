//! The hub: who is in which namespace and room, and where committed effects go. It knows no
//! transport: a member's connection is a [`Peer`], and a session may be without one.

mod entry;
mod member;
mod message;
mod namespace;
mod partings;
mod presence;
mod tokens;
mod wire;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::config::settings::RoomSettings;
use crate::effect::{Delivery, Effect, EffectScope, EffectSink, Emit, Member as Who, Target};
use crate::event::{Args, ConnectionId, OccurrenceId, now_ms};
use crate::fact::{Fact, Facts};
use crate::limits::Limits;
use crate::outcome::{Code, Rejection};
use crate::session::{SessionWeight, Store, StoreFigures};

pub(super) use entry::{Admission, Leave, Wish};
pub(super) use member::{DataTooLarge, Link, Member, Peer, Sent};
pub(super) use message::{CLOSING, Message, SESSION, TEXT_EVENT, TOKENS};
pub(super) use namespace::{Expected, Joining, Namespace};
pub(super) use partings::Parting;
use partings::Partings;
use presence::Rooms;
pub(super) use presence::{Past, described};
pub(super) use wire::{join_name, one_argument, split_name};

/// The transport of plain WebSockets, whose clients know text as it stands.
const PLAIN: &str = "ws";

/// All namespaces.
pub(crate) struct Hub {
    namespaces: RwLock<BTreeMap<Arc<str>, Arc<Namespace>>>,
    store: Option<Mutex<Store<Message>>>,
    rooms: Rooms,
    partings: Arc<Partings>,
    facts: Facts,
    rooms_max: usize,
    data_bytes_max: usize,
    /// Volatile emits that a member could not take.
    emits_dropped: AtomicU64,
}

/// Why a member does not get a volatile emit: it cannot take it now.
const DROPPED: &str = "dropped";

/// What a client receives of a failure that no acknowledgement tells of.
pub(super) const ERROR_EVENT: &str = "error_event";

/// What became of one message.
#[derive(Debug, Default)]
pub(super) struct Sending {
    /// Members that it was for.
    pub(super) total: usize,
    /// Those that it did not reach, and why.
    pub(super) failed: Vec<(ConnectionId, &'static str)>,
}

/// The hub's sessions, opened before the hub.
pub(crate) type Sessions = Store<Message>;

impl Hub {
    /// A hub without a namespace yet. Without sessions, the end of a connection is the end.
    pub(crate) fn new(
        facts: Facts,
        sessions: Option<Sessions>,
        rooms: RoomSettings,
        limits: &Limits,
    ) -> Self {
        Self {
            namespaces: RwLock::default(),
            store: sessions.map(Mutex::new),
            rooms: Rooms::new(rooms),
            partings: Arc::default(),
            facts,
            rooms_max: limits.rooms,
            data_bytes_max: limits.user_data_bytes,
            emits_dropped: AtomicU64::new(0),
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
        self.restore(&namespace);
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

    /// The histories of rooms.
    pub(super) fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    /// Sessions in figures.
    pub(super) fn figures(&self) -> StoreFigures {
        self.store()
            .map(|store| store.figures())
            .unwrap_or_default()
    }

    /// Bytes of all rooms' histories.
    pub(super) fn history_bytes(&self) -> usize {
        self.rooms.history_bytes()
    }

    /// Bytes of emits that are kept for a session.
    pub(super) fn retained_bytes(&self, id: &ConnectionId) -> usize {
        self.store().map_or(0, |store| store.bytes_of(id))
    }

    /// What each session takes.
    pub(super) fn session_weights(&self) -> Vec<SessionWeight> {
        self.store()
            .map(|store| store.weights())
            .unwrap_or_default()
    }

    /// Ends a session whose client is not there. `false`: there is none such.
    pub(super) fn end_absent(&self, id: &ConnectionId) -> bool {
        self.store().is_some_and(|mut store| store.end_absent(id))
    }

    /// Ends a session for good, whatever its client does meanwhile.
    pub(super) fn condemn(&self, id: &ConnectionId) {
        if let Some(mut store) = self.store() {
            store.condemn(id);
        }
    }

    /// Volatile emits that were not sent, by member.
    pub(super) fn emits_dropped(&self) -> u64 {
        self.emits_dropped.load(Ordering::Relaxed)
    }

    /// Writes down that all is well; nothing may follow.
    pub(super) fn close(&self) {
        if let Some(mut store) = self.store() {
            store.close();
        }
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
                    if let Some(id) = resolve(&member, sender)
                        && matches!(self.join(namespace, id, &room), Joining::TooMany)
                    {
                        self.refuse_room(namespace, id, &room);
                    }
                }
                (Effect::Leave(member, room), Some(namespace)) => {
                    if let Some(id) = resolve(&member, sender) {
                        self.leave_room(namespace, id, &room);
                    }
                }
                (Effect::Disconnect(member), Some(namespace)) => {
                    if let Some(id) = resolve(&member, sender) {
                        self.disconnect(namespace, id);
                    }
                }
                (_, None) => {}
            }
        }
        delivery
    }

    fn emit(&self, namespace: &Namespace, sender: Option<&ConnectionId>, emit: Emit) -> Delivery {
        let sending = match &emit.target {
            Target::Sender => self.send_alone(namespace, sender, &emit),
            Target::Socket(id) => self.send_alone(namespace, Some(id), &emit),
            Target::Room(..) | Target::Everyone(_) => {
                let message = Message::new(&emit.name, &emit.args);
                self.send(namespace, &emit.target, sender, &message, emit.is_volatile)
            }
        };
        let mut dropped = 0;
        for (connection, why) in &sending.failed {
            // Nobody is told: it is what was asked for.
            if *why == DROPPED {
                dropped += 1;
                continue;
            }
            self.facts.record(Fact::SendFailed {
                connection: connection.clone(),
                what: "emit",
            });
        }
        self.emits_dropped.fetch_add(dropped, Ordering::Relaxed);
        let reached = sending.total > sending.failed.len();
        Delivery {
            delivered: u32::from(reached),
            undelivered: u32::from(!reached),
        }
    }

    /// Sends an emit to one member: its text is put into one packet and shared with nobody.
    fn send_alone(&self, namespace: &Namespace, id: Option<&ConnectionId>, emit: &Emit) -> Sending {
        let Some(member) = id.and_then(|id| namespace.member(id)) else {
            return Sending::default();
        };
        if member.is_session {
            let message = Message::new(&emit.name, &emit.args);
            let target = Target::Socket(member.id.clone());
            return self.send(namespace, &target, None, &message, emit.is_volatile);
        }
        let delivered = deliver(&member, emit.is_volatile, |peer| {
            peer.deliver_alone(&emit.name, &emit.args)
        });
        Sending {
            total: 1,
            failed: delivered
                .err()
                .map(|why| (member.id.clone(), why))
                .into_iter()
                .collect(),
        }
    }

    /// Sends a message; its text is shared by all who receive it. Sessions get it in the order of
    /// their journal, those that are absent when they come back.
    pub(super) fn send(
        &self,
        namespace: &Namespace,
        target: &Target,
        sender: Option<&ConnectionId>,
        message: &Message,
        is_volatile: bool,
    ) -> Sending {
        self.send_as(namespace, target, sender, message, None, is_volatile)
    }

    /// Sends plain text: as the event `message` with one argument, but to plain WebSockets without
    /// a session as it stands.
    pub(super) fn send_text(
        &self,
        namespace: &Namespace,
        target: &Target,
        text: &str,
        is_volatile: bool,
    ) -> Sending {
        let message = Message::new(TEXT_EVENT, &Args::from_text(one_argument(&text)));
        self.send_as(namespace, target, None, &message, Some(text), is_volatile)
    }

    fn send_as(
        &self,
        namespace: &Namespace,
        target: &Target,
        sender: Option<&ConnectionId>,
        message: &Message,
        text: Option<&str>,
        is_volatile: bool,
    ) -> Sending {
        if let Target::Room(room, _) = target {
            self.rooms.keep(&namespace.path, room, message);
        }
        let receivers = namespace.receivers(target, sender);
        let mut sending = Sending {
            total: receivers.len(),
            failed: Vec::new(),
        };
        let mut sessions = Vec::new();
        for member in receivers {
            if member.is_session {
                sessions.push(member.id.clone());
                continue;
            }
            let delivered = deliver(&member, is_volatile, |peer| match text {
                Some(text) if peer.link().transport == PLAIN => peer.deliver_text(text),
                _ => peer.deliver(message),
            });
            if let Err(why) = delivered {
                sending.failed.push((member.id.clone(), why));
            }
        }
        if !sessions.is_empty()
            && let Some(mut store) = self.store()
        {
            let missed = store.send(message.clone(), &sessions, is_volatile, now_ms());
            let why = if is_volatile { DROPPED } else { "gone" };
            sending
                .failed
                .extend(missed.into_iter().map(|id| (id, why)));
        }
        sending
    }

    /// Puts a member into a room.
    pub(super) fn join(&self, namespace: &Namespace, id: &ConnectionId, room: &str) -> Joining {
        let joining = namespace.join(id, room, self.rooms_max);
        match &joining {
            Joining::Joined(room) => {
                if let Some(mut store) = self.store() {
                    store.joined(id, room);
                }
                self.present_in(namespace, room, id);
            }
            Joining::TooMany => self.facts.record(Fact::LimitReached {
                connection: id.clone(),
                limit: "rooms",
                detail: self.no_room(room),
            }),
            Joining::Already | Joining::NoMember => {}
        }
        joining
    }

    /// The member hears of it, as it hears of an event that failed: the event that asked for the
    /// room has succeeded.
    fn refuse_room(&self, namespace: &Namespace, id: &ConnectionId, room: &str) {
        let rejection = Rejection::at_limit(Code::Busy, "rooms", self.no_room(room));
        let body = rejection.body(OccurrenceId::next());
        let message = Message::control(ERROR_EVENT, &body);
        self.send(
            namespace,
            &Target::Socket(id.clone()),
            None,
            &message,
            false,
        );
    }

    fn no_room(&self, room: &str) -> String {
        let shown = room
            .get(..room.floor_char_boundary(100))
            .unwrap_or_default();
        let max = self.rooms_max;
        format!("did not join `{shown}`: a member may be in {max} rooms (limit `rooms`)")
    }

    /// Takes a member out of a room. `false`: it was not in it.
    pub(super) fn leave_room(&self, namespace: &Namespace, id: &ConnectionId, room: &str) -> bool {
        if !namespace.leave(id, room) {
            return false;
        }
        if let Some(mut store) = self.store() {
            store.left(id, room);
        }
        if let Some(member) = namespace.member(id) {
            self.absent_from(namespace, &member, [Arc::from(room)].into());
        }
        true
    }

    /// Ends a member's stay. `false`: there is no such member.
    pub(super) fn disconnect(&self, namespace: &Namespace, id: &ConnectionId) -> bool {
        let Some(member) = namespace.member(id) else {
            return false;
        };
        if member.is_session {
            self.condemn(id);
        }
        if let Some(peer) = member.peer() {
            peer.disconnect();
        }
        true
    }

    /// Tells a member of a failure that it asked no acknowledgement for. An event like any other:
    /// where there is a session, it has a number in it.
    pub(super) fn tell_failure(
        &self,
        namespace: &Namespace,
        id: &ConnectionId,
        error: &Args,
    ) -> Sent {
        let message = Message::new(ERROR_EVENT, error);
        let target = Target::Socket(id.clone());
        let sending = self.send(namespace, &target, None, &message, false);
        if sending.total > sending.failed.len() {
            Sent::Yes
        } else {
            Sent::Gone
        }
    }

    /// Sets a key of a member's user data, or takes it away. `value` is JSON.
    ///
    /// # Errors
    /// When it would be larger than the limit `user_data_bytes`.
    pub(super) fn set_data(
        &self,
        member: &Member,
        key: &str,
        value: Option<Arc<str>>,
    ) -> Result<(), DataTooLarge> {
        member.set_data(key, value.clone(), self.data_bytes_max)?;
        if member.is_session
            && let Some(mut store) = self.store()
        {
            store.set_data(&member.id, key, value.as_ref());
        }
        Ok(())
    }
}

fn deliver(
    member: &Member,
    is_volatile: bool,
    hand_over: impl FnOnce(&dyn Peer) -> Sent,
) -> Result<(), &'static str> {
    let Some(peer) = member.peer() else {
        return Err("gone");
    };
    if is_volatile && peer.is_pressed() {
        return Err(DROPPED);
    }
    match hand_over(&*peer) {
        Sent::Yes | Sent::Full => Ok(()),
        Sent::Gone => Err("gone"),
    }
}

fn resolve<'a>(member: &'a Who, sender: Option<&'a ConnectionId>) -> Option<&'a ConnectionId> {
    match member {
        Who::Sender => sender,
        Who::Socket(id) => Some(id),
    }
}

impl EffectSink for Hub {
    fn commit(&self, scope: &EffectScope, effects: Vec<Effect>) -> Delivery {
        self.commit_for(scope, effects)
    }
}
