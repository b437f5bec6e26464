//! The canonical ABI of `handle` in `fs7:plugin/handler@0.1`: an event into a guest's memory, and
//! its answer out of it. Offsets follow from `wit/` (component model, CanonicalABI.md, "Loading",
//! "Storing"): fields in their order, each aligned; a variant is its case in one byte, then its
//! value.

use wasmtime::Store;

use crate::event::{Event, EventKind, Origin, Principal};
use crate::runtime::bindings::types::{Rejection, RejectionCode, Reply, Violation};
use crate::runtime::state::State;

use super::view::{View, to_usize};
use super::{Escape, Guest};

/// `record event`: bytes and alignment.
const EVENT: (u32, u32) = (88, 8);
/// Where its fields are.
const OCCURRENCE_ID: usize = 0;
const KIND: usize = 8;
const NAMESPACE: usize = 12;
const NAME: usize = 20;
const ARGS: usize = 28;
const ATTACHMENTS: usize = 36;
const WANTS_ACK: usize = 44;
const ORIGIN: usize = 48;
const PRINCIPAL: usize = 60;
const RECEIVED_AT_MS: usize = 64;
const TRACEPARENT: usize = 72;

/// Bytes of `record violation`: three texts.
const VIOLATION: usize = 24;

/// A pointer and a length in memory.
type Words = [u8; 8];

/// Puts an event into the guest's memory, as many parts as it has, each of which the guest owns
/// then; gives its address.
pub(super) fn lower(
    guest: &Guest,
    store: &mut Store<State>,
    event: &Event,
) -> wasmtime::Result<u32> {
    let mut memory = Lowering { guest, store };
    let at = memory.allocate(EVENT)?;
    let mut record = [0; EVENT.0 as usize];
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(field) = record.get_mut(at..at + bytes.len()) {
            field.copy_from_slice(bytes);
        }
    };
    put(OCCURRENCE_ID, &memory.bytes(&event.id.digits())?);
    put(KIND, &[kind(event.kind)]);
    put(NAMESPACE, &memory.text(&event.namespace)?);
    put(NAME, &memory.text(&event.name)?);
    put(ARGS, &memory.text(&event.args.text)?);
    put(ATTACHMENTS, &memory.lists(&event.args.attachments)?);
    put(WANTS_ACK, &[event.wants_ack.into()]);
    match &event.origin {
        // Case 0, which is there already.
        Origin::Socket(id) => put(ORIGIN + 4, &memory.text(id.as_str())?),
        Origin::Http => put(ORIGIN, &[1]),
        Origin::Cli => put(ORIGIN, &[2]),
    }
    put(PRINCIPAL, &[principal(event.principal)]);
    put(RECEIVED_AT_MS, &event.received_at_ms.to_le_bytes());
    if let Some(traceparent) = &event.traceparent {
        put(TRACEPARENT, &[1]);
        put(TRACEPARENT + 4, &memory.text(traceparent)?);
    }
    memory.write(at, &record)?;
    Ok(at)
}

fn kind(kind: EventKind) -> u8 {
    match kind {
        EventKind::Message => 0,
        EventKind::Connect => 1,
        EventKind::Disconnect => 2,
    }
}

fn principal(principal: Principal) -> u8 {
    match principal {
        Principal::Anonymous => 0,
        Principal::ApiKey => 1,
    }
}

/// A guest that is being handed an event.
struct Lowering<'a> {
    guest: &'a Guest,
    store: &'a mut Store<State>,
}

impl Lowering<'_> {
    fn lists(&mut self, lists: &[bytes::Bytes]) -> wasmtime::Result<Words> {
        let count = u32::try_from(lists.len()).map_err(|_| Escape)?;
        if count == 0 {
            return Ok(words(4, 0));
        }
        let at = self.allocate((count.checked_mul(8).ok_or(Escape)?, 4))?;
        let mut spans = Vec::with_capacity(lists.len());
        for list in lists {
            spans.push(self.bytes(list)?);
        }
        self.write(at, spans.as_flattened())?;
        Ok(words(at, count))
    }

    fn text(&mut self, text: &str) -> wasmtime::Result<Words> {
        self.bytes(text.as_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> wasmtime::Result<Words> {
        let count = u32::try_from(bytes.len()).map_err(|_| Escape)?;
        if count == 0 {
            return Ok(words(1, 0));
        }
        let at = self.allocate((count, 1))?;
        self.write(at, bytes)?;
        Ok(words(at, count))
    }

    /// Room in the guest's memory, of its own making.
    fn allocate(&mut self, (bytes, align): (u32, u32)) -> wasmtime::Result<u32> {
        let parameters = (0, 0, align, bytes);
        let at = self.guest.realloc.call(&mut *self.store, parameters)?;
        if at % align != 0 {
            return Err(Escape.into());
        }
        Ok(at)
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Escape> {
        let memory = self.guest.memory.data_mut(&mut *self.store);
        View::new(memory, 0).write(to_usize(at)?, bytes)
    }
}

fn words(at: u32, count: u32) -> Words {
    let [a, b, c, d] = at.to_le_bytes();
    let [e, f, g, h] = count.to_le_bytes();
    [a, b, c, d, e, f, g, h]
}

/// Reads the guest's answer at an address.
pub(super) fn lift(
    view: &mut View<'_>,
    at: u32,
) -> Result<Result<Option<Reply>, Rejection>, Escape> {
    let at = to_usize(at)?;
    if at % 4 != 0 {
        return Err(Escape);
    }
    // The whole answer must be there, whatever its case.
    view.word(at + 20)?;
    match view.byte(at)? {
        0 => match view.byte(at + 4)? {
            0 => Ok(Ok(None)),
            1 => Ok(Ok(Some(Reply {
                args: view.text_at(at + 8)?,
                attachments: {
                    let list = view.span_at(at + 16)?;
                    view.lists_of_bytes(list)?
                },
            }))),
            _ => Err(Escape),
        },
        1 => Ok(Err(Rejection {
            code: code(view.byte(at + 4)?)?,
            message: view.text_at(at + 8)?,
            violations: {
                let list = view.span_at(at + 16)?;
                view.list(list, VIOLATION, violation)?
            },
        })),
        _ => Err(Escape),
    }
}

fn code(case: u8) -> Result<RejectionCode, Escape> {
    Ok(match case {
        0 => RejectionCode::Invalid,
        1 => RejectionCode::Rejected,
        2 => RejectionCode::Forbidden,
        3 => RejectionCode::Busy,
        4 => RejectionCode::Failed,
        _ => return Err(Escape),
    })
}

fn violation(view: &mut View<'_>, at: usize) -> Result<Violation, Escape> {
    Ok(Violation {
        pointer: view.text_at(at)?,
        rule: view.text_at(at + 8)?,
        message: view.text_at(at + 16)?,
    })
}
