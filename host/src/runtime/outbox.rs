//! The outbox: effects that a guest asked for, capped in number and bytes, until its event has
//! succeeded.

use std::sync::Arc;

use crate::effect::{Delivery, Effect, EffectScope, EffectSink, Emit, Exceptions, Member, Target};
use crate::event::Args;
use crate::outcome::FailureKind;

/// A limit that a guest went over: its event ends as failed, so that no half of an answer
/// leaves.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub(super) struct OverLimit {
    /// Which kind of failure it is.
    pub(super) kind: FailureKind,
    detail: String,
}

impl OverLimit {
    pub(super) fn new(kind: FailureKind, detail: String) -> Self {
        Self { kind, detail }
    }
}

/// Effects of one event.
pub(super) struct Outbox {
    effects: Vec<Effect>,
    count: usize,
    bytes: usize,
    count_max: usize,
    bytes_max: usize,
    open: Option<Open>,
    flushed: Delivery,
}

struct Open {
    scope: EffectScope,
    sink: Arc<dyn EffectSink>,
}

impl Outbox {
    /// An outbox that takes nothing: while a handler is described.
    pub(super) fn closed() -> Self {
        Self {
            effects: Vec::new(),
            count: 0,
            bytes: 0,
            count_max: 0,
            bytes_max: 0,
            open: None,
            flushed: Delivery::default(),
        }
    }

    /// The outbox of one event.
    pub(super) fn open(
        scope: EffectScope,
        sink: Arc<dyn EffectSink>,
        count_max: usize,
        bytes_max: usize,
    ) -> Self {
        Self {
            count_max,
            bytes_max,
            open: Some(Open { scope, sink }),
            ..Self::closed()
        }
    }

    /// Takes one effect.
    ///
    /// # Errors
    /// Fails over a limit, and when no event is being handled.
    pub(super) fn push(&mut self, effect: Effect) -> Result<(), OverLimit> {
        if self.open.is_none() {
            return Err(OverLimit::new(
                FailureKind::Effects,
                "effects are not available in `describe`".into(),
            ));
        }
        self.count += 1;
        self.bytes = self.bytes.saturating_add(effect_bytes(&effect));
        if self.count > self.count_max {
            let detail = format!(
                "more than {} effects in one event (limit `effects`)",
                self.count_max
            );
            return Err(OverLimit::new(FailureKind::Effects, detail));
        }
        if self.bytes > self.bytes_max {
            let detail = format!(
                "effects of more than {} bytes in one event (limit `effects_bytes`)",
                self.bytes_max
            );
            return Err(OverLimit::new(FailureKind::Effects, detail));
        }
        self.effects.push(effect);
        Ok(())
    }

    /// Whether arguments of an emit surely are JSON and fit the contract.
    pub(super) fn surely_takes(&self, name: &str, args: &Args) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| open.sink.surely_takes(&open.scope, name, args))
    }

    /// The same of the acknowledgement.
    pub(super) fn surely_acks(&self, args: &Args) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| open.sink.surely_acks(args))
    }

    /// Commits the emits gathered so far, and only them.
    pub(super) fn flush(&mut self) {
        let Some(open) = &self.open else { return };
        let (emits, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.effects)
            .into_iter()
            .partition(|effect| matches!(effect, Effect::Emit(_)));
        self.effects = rest;
        if !emits.is_empty() {
            self.flushed += open.sink.commit(&open.scope, emits);
        }
    }

    /// What is still to be committed, and what became of the flushed emits.
    pub(super) fn close(&mut self) -> (Vec<Effect>, Delivery) {
        self.open = None;
        (
            std::mem::take(&mut self.effects),
            std::mem::take(&mut self.flushed),
        )
    }
}

fn effect_bytes(effect: &Effect) -> usize {
    match effect {
        Effect::Emit(Emit {
            target, name, args, ..
        }) => name.len() + args.bytes() + target_bytes(target),
        Effect::Join(member, room) | Effect::Leave(member, room) => {
            room.len() + member_bytes(member)
        }
        Effect::Disconnect(member) => member_bytes(member),
    }
}

fn target_bytes(target: &Target) -> usize {
    match target {
        Target::Sender => 0,
        Target::Socket(id) => id.as_str().len(),
        Target::Room(room, except) => room.len() + exceptions_bytes(except),
        Target::Everyone(except) => exceptions_bytes(except),
    }
}

fn exceptions_bytes(except: &Exceptions) -> usize {
    let sockets = except.sockets.iter().map(|id| id.as_str().len());
    let rooms = except.rooms.iter().map(String::len);
    // An entry costs something even if it is empty.
    sockets.chain(rooms).map(|bytes| bytes + ENTRY_BYTES).sum()
}

/// What an entry of a list takes besides its text.
const ENTRY_BYTES: usize = 16;

fn member_bytes(member: &Member) -> usize {
    match member {
        Member::Sender => 0,
        Member::Socket(id) => id.as_str().len(),
    }
}
