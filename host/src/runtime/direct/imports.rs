//! What a direct guest may call: the functions of `fs7:plugin/sockets` and `wasi:logging/logging`
//! with their canonical ABI, clocks and random numbers. All else that a guest imports is there, and
//! leads to an [escape](Escape).

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use wasmtime::{Caller, Linker, Module};

use crate::runtime::bindings::logging::Level;
use crate::runtime::bindings::sockets::Host as _;
use crate::runtime::bindings::types::{EffectError, Exceptions, Member, RoomTarget, Target};
use crate::runtime::state::State;

use super::shape::Import;
use super::view::{View, to_usize};
use super::{Escape, Link};

/// A pointer and a length, as core functions take them.
type Span = (i32, i32);

/// Links everything that the module imports.
///
/// # Errors
/// When the types of a function are not those of its interface.
pub(super) fn link(
    linker: &mut Linker<State>,
    module: &Module,
    imports: &[Import],
) -> wasmtime::Result<()> {
    for import in imports {
        let (space, field) = (import.name.0.as_str(), import.name.1.as_str());
        let stands_for = import.stands_for.as_ref();
        match stands_for.map(|(interface, function)| (interface.as_str(), function.as_str())) {
            Some(("fs7:plugin/sockets", "emit")) => linker.func_wrap(space, field, emit)?,
            Some(("fs7:plugin/sockets", "join")) => {
                linker.func_wrap(space, field, in_room(State::join))?
            }
            Some(("fs7:plugin/sockets", "leave")) => {
                linker.func_wrap(space, field, in_room(State::leave))?
            }
            Some(("fs7:plugin/sockets", "disconnect")) => {
                linker.func_wrap(space, field, disconnect)?
            }
            Some(("wasi:logging/logging", "log")) => linker.func_wrap(space, field, log)?,
            // What was sent stays sent: who flushes can not begin anew.
            Some(("fs7:plugin/sockets", "flush")) => return Err(Escape.into()),
            Some((
                "wasi:random/random" | "wasi:random/insecure",
                "get-random-u64" | "get-insecure-random-u64",
            )) => linker.func_wrap(space, field, random)?,
            Some(("wasi:random/insecure-seed", "insecure-seed")) => {
                linker.func_wrap(space, field, seed)?
            }
            Some(("wasi:clocks/monotonic-clock", "now")) => {
                linker.func_wrap(space, field, monotonic)?
            }
            Some(("wasi:clocks/wall-clock", "now")) => linker.func_wrap(space, field, wall)?,
            _ => escape(linker, module, (space, field))?,
        };
    }
    Ok(())
}

/// A function that only a component answers.
fn escape<'a>(
    linker: &'a mut Linker<State>,
    module: &Module,
    (space, field): (&str, &str),
) -> wasmtime::Result<&'a mut Linker<State>> {
    let mut imports = module.imports();
    let import = imports.find(|import| (import.module(), import.name()) == (space, field));
    let wasmtime::ExternType::Func(ty) = import.ok_or(Escape)?.ty() else {
        return Err(Escape.into());
    };
    linker.func_new(space, field, ty, |_, _, _| Err(Escape.into()))
}

/// The memory of the guest that calls.
fn enter<'a>(caller: &'a mut Caller<'_, State>) -> Result<View<'a>, Escape> {
    enter_with_state(caller).map(|(view, _)| view)
}

/// The same, and what the host knows of the guest: for what is read where it lies.
fn enter_with_state<'a>(
    caller: &'a mut Caller<'_, State>,
) -> Result<(View<'a>, &'a mut State), Escape> {
    let link = caller.data().direct.as_ref().ok_or(Escape)?;
    // A guest may call nobody while the host hands it an event or takes its answer.
    if !link.is_running {
        return Err(Escape);
    }
    let (memory, fuel) = (link.memory, link.fuel);
    let (bytes, state) = memory.data_and_store_mut(caller);
    Ok((View::new(bytes, fuel), state))
}

/// What was copied counts, over all calls of an event.
fn spend(state: &mut State, fuel: usize) {
    if let Some(Link { fuel: left, .. }) = &mut state.direct {
        *left = fuel;
    }
}

fn span((at, count): Span) -> (u32, u32) {
    (at.cast_unsigned(), count.cast_unsigned())
}

/// `result<_, effect-error>`: the good case. In the other one there is a text to hand over.
fn returned(view: &mut View<'_>, at: i32, result: &Result<(), EffectError>) -> Result<(), Escape> {
    let at = to_usize(at.cast_unsigned())?;
    if result.is_err() || at % 4 != 0 {
        return Err(Escape);
    }
    // The whole result must have room.
    view.word(at + 12)?;
    view.write(at, &[0])
}

fn flag(word: i32) -> bool {
    word != 0
}

fn exceptions(
    view: &mut View<'_>,
    sender: i32,
    sockets: Span,
    rooms: Span,
) -> Result<Exceptions, Escape> {
    Ok(Exceptions {
        sender: flag(sender),
        sockets: view.texts(span(sockets))?,
        rooms: view.texts(span(rooms))?,
    })
}

/// A variant is flat: its case, then the parameters of the largest case.
fn target(view: &mut View<'_>, case: i32, flat: [i32; 7]) -> Result<Target, Escape> {
    let [a, b, c, d, e, f, g] = flat;
    Ok(match case {
        0 => Target::Sender,
        1 => Target::Socket(view.text(span((a, b)))?),
        2 => Target::Room(RoomTarget {
            room: view.text(span((a, b)))?,
            except: exceptions(view, c, (d, e), (f, g))?,
        }),
        3 => Target::Everyone(exceptions(view, a, (b, c), (d, e))?),
        _ => return Err(Escape),
    })
}

fn member(view: &mut View<'_>, case: i32, id: Span) -> Result<Member, Escape> {
    match case {
        0 => Ok(Member::Sender),
        1 => Ok(Member::Socket(view.text(span(id))?)),
        _ => Err(Escape),
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "the canonical ABI hands over records and variants as flat parameters"
)]
fn emit(
    mut caller: Caller<'_, State>,
    case: i32,
    a: i32,
    b: i32,
    c: i32,
    d: i32,
    e: i32,
    f: i32,
    g: i32,
    name: i32,
    name_bytes: i32,
    args: i32,
    args_bytes: i32,
    attachments: i32,
    attachments_count: i32,
    result_at: i32,
) -> wasmtime::Result<()> {
    let mut view = enter(&mut caller)?;
    let target = target(&mut view, case, [a, b, c, d, e, f, g])?;
    let name = view.text(span((name, name_bytes)))?;
    let args = view.text(span((args, args_bytes)))?;
    let attachments = view.lists_of_bytes(span((attachments, attachments_count)))?;
    let fuel = view.fuel();
    spend(caller.data_mut(), fuel);
    let result = caller.data_mut().emit(target, name, args, attachments)?;
    let mut view = enter(&mut caller)?;
    Ok(returned(&mut view, result_at, &result)?)
}

/// `join` and `leave`.
fn in_room(
    work: impl Fn(&mut State, Member, String) -> wasmtime::Result<Result<(), EffectError>>,
) -> impl Fn(Caller<'_, State>, i32, i32, i32, i32, i32, i32) -> wasmtime::Result<()> {
    move |mut caller, case, id, id_bytes, room, room_bytes, result_at| {
        let mut view = enter(&mut caller)?;
        let member = member(&mut view, case, (id, id_bytes))?;
        let room = view.text(span((room, room_bytes)))?;
        let fuel = view.fuel();
        spend(caller.data_mut(), fuel);
        let result = work(caller.data_mut(), member, room)?;
        let mut view = enter(&mut caller)?;
        Ok(returned(&mut view, result_at, &result)?)
    }
}

fn disconnect(
    mut caller: Caller<'_, State>,
    case: i32,
    id: i32,
    id_bytes: i32,
) -> wasmtime::Result<()> {
    let mut view = enter(&mut caller)?;
    let member = member(&mut view, case, (id, id_bytes))?;
    let fuel = view.fuel();
    spend(caller.data_mut(), fuel);
    caller.data_mut().disconnect(member)
}

fn log(
    mut caller: Caller<'_, State>,
    level: i32,
    context: i32,
    context_bytes: i32,
    message: i32,
    message_bytes: i32,
) -> wasmtime::Result<()> {
    let (mut view, state) = enter_with_state(&mut caller)?;
    let level = match level {
        0 => Level::Trace,
        1 => Level::Debug,
        2 => Level::Info,
        3 => Level::Warn,
        4 => Level::Error,
        5 => Level::Critical,
        _ => return Err(Escape.into()),
    };
    let context = view.spent_on(span((context, context_bytes)))?;
    let message = view.spent_on(span((message, message_bytes)))?;
    state.log_line(level, view.lent(context)?, view.lent(message)?);
    spend(state, view.fuel());
    Ok(())
}

fn random(mut caller: Caller<'_, State>) -> wasmtime::Result<u64> {
    enter(&mut caller)?;
    Ok(getrandom::u64().map_err(|_| Escape)?)
}

fn seed(mut caller: Caller<'_, State>, result_at: i32) -> wasmtime::Result<()> {
    let [a, b] = [getrandom::u64(), getrandom::u64()].map(|number| number.map_err(|_| Escape));
    write_aligned(&mut caller, result_at, [a?, b?])
}

fn monotonic(mut caller: Caller<'_, State>) -> wasmtime::Result<u64> {
    enter(&mut caller)?;
    let link = caller.data().direct.as_ref().ok_or(Escape)?;
    let elapsed = Instant::now().saturating_duration_since(link.since);
    Ok(u64::try_from(elapsed.as_nanos()).map_err(|_| Escape)?)
}

fn wall(mut caller: Caller<'_, State>, result_at: i32) -> wasmtime::Result<()> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| Escape)?;
    // The nanoseconds have four bytes, and four of nothing behind them.
    write_aligned(
        &mut caller,
        result_at,
        [now.as_secs(), now.subsec_nanos().into()],
    )
}

/// Writes a result of two parts, the larger of which has 8 bytes.
fn write_aligned(caller: &mut Caller<'_, State>, at: i32, parts: [u64; 2]) -> wasmtime::Result<()> {
    let at = to_usize(at.cast_unsigned())?;
    let mut view = enter(caller)?;
    if at % 8 != 0 {
        return Err(Escape.into());
    }
    Ok(view.write(at, parts.map(u64::to_le_bytes).as_flattened())?)
}
