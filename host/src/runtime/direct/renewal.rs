//! Instances that are as good as new: after an event everything that its guest can have changed
//! is put back, and the next event finds what it would find in an instance made for it. That takes
//! a few pages copied, where making an instance takes a store, a slot of the pool and page faults.
//!
//! What cannot be put back (memory that has grown, a guest that failed, more pages than are
//! worth it) is given up, and the next event gets an instance that was made anew.

use std::sync::{Arc, OnceLock};

use wasmtime::{Extern, Global, Instance, Memory, ModuleExport, Store, Val};

use crate::runtime::state::State;

use super::Escape;
use super::exposed::Exposed;
use super::pages::{self, PageMap};

/// Pages that are put back at most. With more, an instance that is made anew is as fast.
const PAGES_MAX: usize = 64;

/// Events that one instance answers: where an unusual one has written, all that follow clean up.
const EVENTS_MAX: u32 = 1_000;

/// How instances of one module are made as good as new.
pub(super) struct Renewals {
    map: Arc<PageMap>,
    exposed: Exposed,
    globals: Vec<ModuleExport>,
    /// Known from the first instance on, before anything of the guest has run in it.
    original: OnceLock<Original>,
}

/// What an instance is to begin with.
struct Original {
    memory_bytes: usize,
    /// The pages that are not zero, by number.
    pages: Vec<(usize, Box<[u8]>)>,
    globals: Vec<Val>,
}

/// What one instance needs to be put back.
pub(super) struct Renewal {
    globals: Vec<Global>,
    /// Pages that were ever written, by number; those that are not zero with their place in
    /// [`Original::pages`]. Empty before the first event.
    written: Vec<(usize, Option<usize>)>,
    events: u32,
}

impl Renewals {
    /// `None`: the module does not show its globals, as it was compiled without this in mind.
    pub(super) fn new(
        map: Arc<PageMap>,
        exposed: Exposed,
        export: impl Fn(&str) -> Option<ModuleExport>,
    ) -> Option<Self> {
        let globals = exposed.names().map(|name| export(&name));
        Some(Self {
            map,
            globals: globals.collect::<Option<_>>()?,
            exposed,
            original: OnceLock::new(),
        })
    }

    /// Looks at an instance in which nothing has run yet.
    pub(super) fn begin(
        &self,
        store: &mut Store<State>,
        instance: Instance,
        memory: Memory,
    ) -> Result<Renewal, Escape> {
        let global = |export: &ModuleExport| {
            let global = instance.get_module_export(&mut *store, export);
            global.and_then(Extern::into_global).ok_or(Escape)
        };
        let globals: Vec<_> = self.globals.iter().map(global).collect::<Result<_, _>>()?;
        self.original.get_or_init(|| {
            let numbers = globals.iter().map(|global| global.get(&mut *store));
            let numbers = numbers.collect();
            self.original(memory.data(&*store), numbers)
        });
        Ok(Renewal {
            globals,
            written: Vec::new(),
            events: 0,
        })
    }

    fn original(&self, memory: &[u8], globals: Vec<Val>) -> Original {
        let page = self.map.page();
        let pages = self.exposed.data.iter();
        let mut pages: Vec<usize> = pages
            .filter(|data| !data.is_empty())
            .flat_map(|data| data.start / page..data.end.div_ceil(page))
            .collect();
        pages.sort_unstable();
        pages.dedup();
        let copied = pages.into_iter().filter_map(|number| {
            let bytes = memory.get(number * page..(number + 1) * page)?;
            Some((number, bytes.into()))
        });
        Original {
            memory_bytes: memory.len(),
            pages: copied.collect(),
            globals,
        }
    }

    /// Puts everything back after an event that was answered. `false`: that cannot be done, and
    /// nobody may use the instance any more. `has_moved`: the guest did not run on this thread all
    /// the time.
    pub(super) fn renew(
        &self,
        renewal: &mut Renewal,
        store: &mut Store<State>,
        memory: Memory,
        has_moved: bool,
    ) -> bool {
        let Some(original) = self.original.get() else {
            return false;
        };
        renewal.events += 1;
        for (global, value) in renewal.globals.iter().zip(&original.globals) {
            if global.set(&mut *store, *value).is_err() {
                return false;
            }
        }
        let memory = memory.data_mut(store);
        if memory.len() != original.memory_bytes || renewal.events >= EVENTS_MAX {
            return false;
        }
        // Asked for in any case: what follows is counted from here.
        let is_disturbed = pages::disturbed();
        if is_disturbed || has_moved || renewal.events == 1 {
            let Some(written) = self.map.written(memory, PAGES_MAX) else {
                return false;
            };
            let place = |number| original.pages.binary_search_by_key(&number, |page| page.0);
            let written = written.into_iter().map(|page| (page, place(page).ok()));
            renewal.written = written.collect();
        }
        let page = self.map.page();
        for (number, original_page) in &renewal.written {
            let Some(bytes) = memory.get_mut(number * page..(number + 1) * page) else {
                return false;
            };
            match original_page.and_then(|place| original.pages.get(place)) {
                Some((_, original)) => bytes.copy_from_slice(original),
                None => bytes.fill(0),
            }
        }
        true
    }
}

#[cfg(test)]
mod tests;
