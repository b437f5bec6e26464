//! The runtime: the only place that names wasmtime. It turns a file's bytes into a handler,
//! and an event into what its guest said.

mod bindings;
mod cache;
mod convert;
mod describe;
mod direct;
mod engine;
mod guest_log;
mod inspect;
mod invoke;
mod limiter;
mod logging;
mod outbox;
mod sockets;
mod state;
mod ticker;
mod wasi;

pub mod handler;

pub use cache::CompileCache;
pub use engine::Sandbox;
pub use handler::{Description, Handler, HandlerLimits, Subscription};
pub use inspect::LoadError;
pub use invoke::{Call, Invocation};
