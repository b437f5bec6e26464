//! What a handler holds while it answers an event: the event, and the effects it may ask for.

use crate::{
    Args, EffectError, Event, Exceptions, IntoArgs, Member, Origin, RoomTarget, Target, host,
};
use std::mem;

/// The event at hand and the effects that its handler may ask the host for.
///
/// Effects only fill an outbox: the host commits them in order after the handler returned `Ok`,
/// and drops them after a rejection or a trap. Only [`flush`](Self::flush) sends something earlier.
/// A call fails where it asks for what no host can do (a reserved event name, an empty room name);
/// `?` turns that into a rejection. Going over the host's limits is no error here: it ends the event.
#[derive(Debug)]
pub struct Context {
    event: Event,
}

impl Context {
    pub(crate) fn new(event: Event) -> Self {
        Self { event }
    }

    /// The event as the host gave it. Where the handler takes [`Args`] itself, the arguments have
    /// moved there and the ones in here are empty.
    pub fn event(&self) -> &Event {
        &self.event
    }

    pub(crate) fn event_mut(&mut self) -> &mut Event {
        &mut self.event
    }

    /// Takes the event's arguments, byte for byte.
    pub fn take_args(&mut self) -> Args {
        Args::raw(
            mem::take(&mut self.event.args),
            mem::take(&mut self.event.attachments),
        )
    }

    /// The id of the connection that sent the event, if it came from one.
    pub fn connection_id(&self) -> Option<&str> {
        match &self.event.origin {
            Origin::Socket(id) => Some(id),
            _ => None,
        }
    }

    /// Emits to the connection that sent the event. Of an event that came from no connection the
    /// emit goes nowhere.
    pub fn emit(&mut self, name: &str, args: impl IntoArgs) -> Result<(), EffectError> {
        emit(&Target::Sender, name, args.into_args())
    }

    /// Emits to one connection of the event's namespace.
    pub fn emit_to(
        &mut self,
        connection_id: &str,
        name: &str,
        args: impl IntoArgs,
    ) -> Result<(), EffectError> {
        emit(
            &Target::Socket(connection_id.to_owned()),
            name,
            args.into_args(),
        )
    }

    /// All connections in a room of the event's namespace, to emit to.
    pub fn room(&mut self, room: &str) -> Broadcast<'_> {
        Broadcast {
            room: Some(room.to_owned()),
            except: nobody(),
            _context: self,
        }
    }

    /// All connections in the event's namespace, to emit to.
    pub fn everyone(&mut self) -> Broadcast<'_> {
        Broadcast {
            room: None,
            except: nobody(),
            _context: self,
        }
    }

    /// Puts the connection that sent the event into a room.
    pub fn join(&mut self, room: &str) -> Result<(), EffectError> {
        host::join(&Member::Sender, room)
    }

    /// Takes the connection that sent the event out of a room.
    pub fn leave(&mut self, room: &str) -> Result<(), EffectError> {
        host::leave(&Member::Sender, room)
    }

    /// Ends the stay of the connection that sent the event in the event's namespace, after all emits.
    pub fn disconnect(&mut self) {
        host::disconnect(&Member::Sender);
    }

    /// Puts another connection into a room.
    pub fn join_other(&mut self, connection_id: &str, room: &str) -> Result<(), EffectError> {
        host::join(&Member::Socket(connection_id.to_owned()), room)
    }

    /// Takes another connection out of a room.
    pub fn leave_other(&mut self, connection_id: &str, room: &str) -> Result<(), EffectError> {
        host::leave(&Member::Socket(connection_id.to_owned()), room)
    }

    /// Ends another connection's stay in the event's namespace, after all emits.
    pub fn disconnect_other(&mut self, connection_id: &str) {
        host::disconnect(&Member::Socket(connection_id.to_owned()));
    }

    /// Sends the emits gathered so far at once: for messages of progress. What was flushed stays,
    /// whatever comes after; joins, leaves and disconnects wait for the end.
    pub fn flush(&mut self) {
        host::flush();
    }
}

/// Many connections to emit to, and who is left out. Made by [`Context::room`] and
/// [`Context::everyone`].
///
/// ```
/// # use fs7_sdk::prelude::*;
/// fn say(context: &mut Context, text: String) -> Result<(), Rejection> {
///     context.room("lobby").except_sender().except_room("quiet").emit("said", text)?;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent before `emit`"]
pub struct Broadcast<'a> {
    /// The room, or everyone.
    room: Option<String>,
    except: Exceptions,
    /// Effects belong to one event; the borrow keeps this from outliving it.
    _context: &'a mut Context,
}

impl Broadcast<'_> {
    /// Leaves out the connection that sent the event.
    pub fn except_sender(mut self) -> Self {
        self.except.sender = true;
        self
    }

    /// Leaves out one connection.
    pub fn except(mut self, connection_id: &str) -> Self {
        self.except.sockets.push(connection_id.to_owned());
        self
    }

    /// Leaves out all connections in a room.
    pub fn except_room(mut self, room: &str) -> Self {
        self.except.rooms.push(room.to_owned());
        self
    }

    /// Emits to those that remain.
    pub fn emit(self, name: &str, args: impl IntoArgs) -> Result<(), EffectError> {
        let Self { room, except, .. } = self;
        let target = match room {
            Some(room) => Target::Room(RoomTarget { room, except }),
            None => Target::Everyone(except),
        };
        emit(&target, name, args.into_args())
    }
}

fn nobody() -> Exceptions {
    Exceptions {
        sender: false,
        sockets: Vec::new(),
        rooms: Vec::new(),
    }
}

fn emit(target: &Target, name: &str, args: Args) -> Result<(), EffectError> {
    let args = args.checked()?;
    host::emit(target, name, args.text(), args.attachments())
}
