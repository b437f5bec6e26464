//! `fs7:plugin/sockets`, as guests see it: each call checks its input and fills the outbox.

use crate::effect::{Effect, Emit};
use crate::event;
use crate::outcome::FailureKind;

use super::bindings::sockets::Host;
use super::bindings::types::{self, EffectError};
use super::convert;
use super::outbox::OverLimit;
use super::state::State;

impl types::Host for State {}

impl Host for State {
    fn emit(
        &mut self,
        target: types::Target,
        name: String,
        args: String,
        attachments: Vec<Vec<u8>>,
    ) -> wasmtime::Result<Result<(), EffectError>> {
        if name.is_empty() || name.len() > event::NAME_BYTES_MAX || event::is_reserved(&name) {
            return Ok(Err(EffectError::ReservedName(name)));
        }
        let args = convert::args(args, attachments);
        if args.bytes() > self.output_bytes {
            let detail = format!(
                "arguments of `{name}` take {} bytes, more than {} (limit `output_bytes`)",
                args.bytes(),
                self.output_bytes
            );
            return Err(OverLimit::new(FailureKind::Output, detail).into());
        }
        let surely_fits = self.outbox.surely_takes(&name, &args);
        if !surely_fits && let Err(reason) = convert::check_args(&args) {
            return Ok(Err(EffectError::InvalidArgs(reason)));
        }
        let target = convert::target(target);
        self.outbox.push(Effect::Emit(Emit {
            target,
            name,
            args,
            is_volatile: false,
            surely_fits,
        }))?;
        Ok(Ok(()))
    }

    fn join(
        &mut self,
        member: types::Member,
        room: String,
    ) -> wasmtime::Result<Result<(), EffectError>> {
        if !is_room(&room) {
            return Ok(Err(EffectError::InvalidRoom(room)));
        }
        self.outbox
            .push(Effect::Join(convert::member(member), room))?;
        Ok(Ok(()))
    }

    fn leave(
        &mut self,
        member: types::Member,
        room: String,
    ) -> wasmtime::Result<Result<(), EffectError>> {
        if !is_room(&room) {
            return Ok(Err(EffectError::InvalidRoom(room)));
        }
        self.outbox
            .push(Effect::Leave(convert::member(member), room))?;
        Ok(Ok(()))
    }

    fn disconnect(&mut self, member: types::Member) -> wasmtime::Result<()> {
        self.outbox
            .push(Effect::Disconnect(convert::member(member)))?;
        Ok(())
    }

    fn flush(&mut self) -> wasmtime::Result<()> {
        self.outbox.flush();
        Ok(())
    }
}

fn is_room(room: &str) -> bool {
    !room.is_empty() && room.len() <= event::ROOM_BYTES_MAX
}
