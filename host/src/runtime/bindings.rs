//! The generated bindings of the world `fs7:plugin/plugin`, and nothing else. They are named
//! only inside `runtime/`.

mod generated {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "plugin",
        imports: { default: trappable },
        exports: { default: async },
        ownership: Borrowing { duplicate_if_necessary: false },
    });
}

pub(super) use generated::exports::fs7::plugin::handler as exported;
pub(super) use generated::fs7::plugin::{sockets, types};
pub(super) use generated::wasi::logging::logging;
pub(super) use generated::{Plugin, PluginPre};
