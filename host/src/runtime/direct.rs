//! Guests run without the component around them. Most components are one core module and what
//! links it ([`Shape`]): the module alone is made faster and called faster, because all that the
//! component model does at run time for any world is done here for this one.
//!
//! It is a short cut and no second implementation: only what is usual is understood. At anything
//! else (a function of WASI, a text that is no UTF-8, an error to hand over) the event
//! [escapes](Escape): its effects and log lines are forgotten and it is answered by the component,
//! from its beginning. A guest whose events escape often is run as a component for good.
//!
//! Isolation is the same: an event has an instance and a memory of its own, of the same pool, or
//! one that was [put back](renewal) to what it was before any event.

mod abi;
mod exposed;
mod imports;
mod pages;
mod renewal;
mod shape;
mod trampolines;
mod view;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::time::Instant;

use wasmtime::component::Component;
use wasmtime::{
    InstancePre, Linker, Memory, Module, ModuleExport, Store, TypedFunc, UpdateDeadline,
};

use crate::event::Event;

use super::bindings::types;
use super::state::State;

use exposed::Exposed;
pub(super) use pages::PageMap;
use renewal::{Renewal, Renewals};
use shape::Shape;
use view::View;

/// The name under which the component shows its module to the host, which adds it.
const EXPORT: &str = "fs7-guest";

/// What events that came through give a guest at most.
const CREDIT_MAX: i32 = 64;

/// What an escape costs, in events that came through: the guest is run twice.
const ESCAPE_COST: i32 = 16;

/// Ticks that a guest may take to make room for its event, or to free its answer. It cannot be
/// interrupted there for others to go first.
const PATIENCE_TICKS: u8 = 6;

/// The event is none that the direct way understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("only the component can answer this")]
pub(super) struct Escape;

/// What links a guest to the host while it lives, in its store.
pub(super) struct Link {
    memory: Memory,
    /// Whether it answers an event: only then it may call the host, and yield.
    is_running: bool,
    patience: u8,
    /// Bytes that may still be copied out of it in this event.
    fuel: usize,
    /// When it was made.
    since: Instant,
    /// Whether it has let others go first, and may have gone on in another thread.
    has_moved: bool,
}

/// A component of the usual shape, before it is compiled.
pub(super) struct Plan {
    shape: Shape,
    exposed: Option<Exposed>,
}

impl Plan {
    /// Reads a component. `None`: it can only be run as such.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let shape = Shape::of(bytes)?;
        let exposed = exposed::module_at(bytes, shape.module).and_then(Exposed::of);
        Some(Self { shape, exposed })
    }

    /// The component with its module among its exports, and what is to be put back among those of
    /// the module: the compiled code is then that of both.
    pub(super) fn exported(&self, bytes: &[u8]) -> Vec<u8> {
        let mut export = vec![1, 0, u8::try_from(EXPORT.len()).unwrap_or(u8::MAX)];
        export.extend_from_slice(EXPORT.as_bytes());
        // The sort: a core module (component model, Binary.md, "Index Spaces").
        export.extend_from_slice(&[0x00, 0x11]);
        write_leb128(&mut export, self.shape.module);
        // No type is ascribed.
        export.push(0);
        let exposed = self.exposed.as_ref();
        let mut whole = exposed
            .and_then(|exposed| exposed.show(bytes, self.shape.module))
            .unwrap_or_else(|| bytes.to_vec());
        // Section 11: exports.
        whole.push(11);
        write_leb128(&mut whole, u32::try_from(export.len()).unwrap_or(u32::MAX));
        whole.extend_from_slice(&export);
        whole
    }
}

/// Unsigned LEB128 (core specification, 5.2.2).
fn write_leb128(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// A guest's module, linked.
pub(super) struct Direct {
    pre: InstancePre<State>,
    memory: ModuleExport,
    realloc: ModuleExport,
    handle: ModuleExport,
    post_return: Option<ModuleExport>,
    renewals: Option<Renewals>,
    credit: AtomicI32,
    escapes: AtomicU64,
}

/// One instance of it.
pub(super) struct Guest {
    memory: Memory,
    realloc: TypedFunc<(u32, u32, u32, u32), u32>,
    handle: TypedFunc<u32, u32>,
    post_return: Option<TypedFunc<u32, ()>>,
    renewal: Option<Renewal>,
}

/// The module that [`Plan::exported`] has added to the component's exports.
pub(super) fn module_of(
    store: &mut Store<State>,
    component: &Component,
    instance: &wasmtime::component::Instance,
) -> Option<Module> {
    let index = component.get_export_index(None, EXPORT)?;
    instance.get_module(store, index)
}

impl Direct {
    /// Links a module. An instance that answers one event, and goes or is put back, has nothing to
    /// free after it. `map`: where instances are to be put back.
    ///
    /// # Errors
    /// When its functions are not of the types that the component model gives them.
    pub(super) fn new(
        plan: Plan,
        module: &Module,
        is_reused: bool,
        map: Option<Arc<PageMap>>,
    ) -> wasmtime::Result<Self> {
        let mut linker = Linker::new(module.engine());
        imports::link(&mut linker, module, &plan.shape.imports)?;
        let names = &plan.shape.exports;
        let export = |name: &str| module.get_export_index(name).ok_or(Escape);
        let post_return = names.post_return.as_deref().filter(|_| is_reused);
        let renewable = map.zip(plan.exposed).filter(|_| !is_reused);
        Ok(Self {
            pre: linker.instantiate_pre(module)?,
            memory: export(&names.memory)?,
            realloc: export(&names.realloc)?,
            handle: export(&names.handle)?,
            post_return: post_return.map(export).transpose()?,
            renewals: renewable.and_then(|(map, exposed)| {
                Renewals::new(map, exposed, |name| module.get_export_index(name))
            }),
            credit: AtomicI32::new(CREDIT_MAX),
            escapes: AtomicU64::new(0),
        })
    }

    /// Whether events should go this way.
    pub(super) fn is_worth_it(&self) -> bool {
        self.credit.load(Ordering::Relaxed) > 0
    }

    /// An event came through.
    pub(super) fn succeeded(&self) {
        // Nothing is written as long as all goes well: the line of memory stays shared.
        if self.credit.load(Ordering::Relaxed) < CREDIT_MAX {
            self.credit.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// An event escaped.
    pub(super) fn escaped(&self) {
        self.escapes.fetch_add(1, Ordering::Relaxed);
        self.credit.fetch_sub(ESCAPE_COST, Ordering::Relaxed);
    }

    /// Events that escaped so far.
    pub(super) fn escapes(&self) -> u64 {
        self.escapes.load(Ordering::Relaxed)
    }

    /// Makes an instance. Nothing of the guest runs: a module that starts by itself has no shape.
    ///
    /// # Errors
    /// When its memory is more than it may have, or there is no place for it; with [`Escape`] when
    /// its functions are of other types than those of a 32-bit guest.
    pub(super) fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Guest> {
        let instance = self.pre.instantiate(&mut *store)?;
        let mut func = |export: &ModuleExport| {
            let func = instance.get_module_export(&mut *store, export);
            func.and_then(wasmtime::Extern::into_func).ok_or(Escape)
        };
        let realloc = func(&self.realloc)?;
        let handle = func(&self.handle)?;
        let post_return = self.post_return.as_ref().map(func).transpose()?;
        let memory = instance.get_module_export(&mut *store, &self.memory);
        let memory = memory.and_then(wasmtime::Extern::into_memory);
        let memory = memory.ok_or(Escape)?;
        let renewals = self.renewals.as_ref();
        let renewal = renewals.map(|renewals| renewals.begin(store, instance, memory));
        Ok(Guest {
            memory,
            renewal: renewal.transpose()?,
            realloc: realloc.typed(&*store).map_err(|_| Escape)?,
            handle: handle.typed(&*store).map_err(|_| Escape)?,
            post_return: post_return
                .map(|func| func.typed(&*store).map_err(|_| Escape))
                .transpose()?,
        })
    }

    /// Whether instances can be put back after an event.
    pub(super) fn renews(&self) -> bool {
        self.renewals.is_some()
    }

    /// Puts an instance back after an event that it has answered. `false`: it is to be given up.
    pub(super) fn renew(&self, guest: &mut Guest, store: &mut Store<State>) -> bool {
        let has_moved = store
            .data_mut()
            .direct
            .take()
            .is_none_or(|link| link.has_moved);
        let Some((renewals, renewal)) = self.renewals.as_ref().zip(guest.renewal.as_mut()) else {
            return false;
        };
        renewals.renew(renewal, store, guest.memory, has_moved)
    }
}

impl Guest {
    /// Lets the guest answer an event. `fuel`: bytes that may be copied out of it.
    ///
    /// # Errors
    /// With [`Escape`], or as the guest failed.
    pub(super) async fn handle(
        &self,
        store: &mut Store<State>,
        event: &Event,
        fuel: usize,
    ) -> wasmtime::Result<Result<Option<types::Reply>, types::Rejection>> {
        let since = store.data().direct.as_ref().map(|link| link.since);
        store.data_mut().direct = Some(Link {
            memory: self.memory,
            is_running: false,
            patience: PATIENCE_TICKS,
            fuel,
            since: since.unwrap_or_else(Instant::now),
            has_moved: false,
        });
        let event = abi::lower(self, store, event)?;
        set_running(store, true);
        let answer = self.handle.call_async(&mut *store, event).await;
        set_running(store, false);
        let at = answer?;
        let fuel = store.data().direct.as_ref().map_or(0, |link| link.fuel);
        let answer = abi::lift(&mut View::new(self.memory.data_mut(&mut *store), fuel), at)?;
        if let Some(post_return) = &self.post_return {
            post_return.call(&mut *store, at)?;
        }
        Ok(answer)
    }
}

fn set_running(store: &mut Store<State>, is_running: bool) {
    if let Some(link) = &mut store.data_mut().direct {
        link.is_running = is_running;
    }
}

/// The guest lets others go first, and may go on in another thread.
pub(super) fn moves(state: &mut State) {
    if let Some(link) = &mut state.direct {
        link.has_moved = true;
    }
}

/// What happens when a tick has passed in a place where the guest cannot yield. `None`: it can.
pub(super) fn out_of_turn(state: &mut State) -> Option<wasmtime::Result<UpdateDeadline>> {
    let link = state.direct.as_mut()?;
    if link.is_running {
        return None;
    }
    Some(match link.patience.checked_sub(1) {
        Some(patience) => {
            link.patience = patience;
            Ok(UpdateDeadline::Continue(1))
        }
        None => Err(Escape.into()),
    })
}
