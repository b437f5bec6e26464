//! Stands in for the host in native tests: keeps what was asked for, and refuses what a host
//! refuses.

use crate::test::{Effect, Emit, LogLine};
use crate::{Args, EffectError, Level, Member, Target};
use std::cell::RefCell;

/// The names that Socket.IO keeps for itself.
const RESERVED_NAMES: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

/// The longest name of a room.
const ROOM_BYTES_MAX: usize = 256;

/// What was asked for during one event.
#[derive(Default)]
pub(crate) struct Recording {
    /// Everything but log lines, in order.
    pub(crate) effects: Vec<Effect>,
    /// The log lines, in order.
    pub(crate) log: Vec<LogLine>,
}

thread_local! {
    static RECORDING: RefCell<Recording> = RefCell::default();
}

/// Runs `handle` and gives what it asked for.
pub(crate) fn record<T>(handle: impl FnOnce() -> T) -> (T, Recording) {
    let outer = RECORDING.take();
    let value = handle();
    (value, RECORDING.replace(outer))
}

pub(crate) fn emit(
    target: &Target,
    name: &str,
    args: &str,
    attachments: &[Vec<u8>],
) -> Result<(), EffectError> {
    if RESERVED_NAMES.contains(&name) {
        return Err(EffectError::ReservedName(name.to_owned()));
    }
    if let Target::Room(target) = target {
        check_room(&target.room)?;
    }
    let args = Args::raw(args, attachments.to_vec());
    if !args.to_value().is_array() {
        return Err(EffectError::InvalidArgs("not a JSON array".to_owned()));
    }
    push(Effect::Emit(Emit {
        target: target.clone(),
        name: name.to_owned(),
        args,
    }));
    Ok(())
}

pub(crate) fn join(member: &Member, room: &str) -> Result<(), EffectError> {
    check_room(room)?;
    push(Effect::Join {
        member: member.clone(),
        room: room.to_owned(),
    });
    Ok(())
}

pub(crate) fn leave(member: &Member, room: &str) -> Result<(), EffectError> {
    check_room(room)?;
    push(Effect::Leave {
        member: member.clone(),
        room: room.to_owned(),
    });
    Ok(())
}

pub(crate) fn disconnect(member: &Member) {
    push(Effect::Disconnect {
        member: member.clone(),
    });
}

pub(crate) fn flush() {
    push(Effect::Flush);
}

pub(crate) fn log(level: Level, context: &str, message: &str) {
    let line = LogLine {
        level,
        context: context.to_owned(),
        message: message.to_owned(),
    };
    RECORDING.with_borrow_mut(|recording| recording.log.push(line));
}

fn push(effect: Effect) {
    RECORDING.with_borrow_mut(|recording| recording.effects.push(effect));
}

fn check_room(room: &str) -> Result<(), EffectError> {
    if room.is_empty() || room.len() > ROOM_BYTES_MAX {
        return Err(EffectError::InvalidRoom(room.to_owned()));
    }
    Ok(())
}
