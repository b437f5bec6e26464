//! The functions that the host offers: imports of the component, and in native tests a recording
//! of the calls.

#[cfg(not(target_family = "wasm"))]
pub(crate) mod recording;

#[cfg(target_family = "wasm")]
pub(crate) use crate::bindings::{
    fs7::plugin::sockets::{disconnect, emit, flush, join, leave},
    wasi::logging::logging::log,
};
#[cfg(not(target_family = "wasm"))]
pub(crate) use recording::{disconnect, emit, flush, join, leave, log};
