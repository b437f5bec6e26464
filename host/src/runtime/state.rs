//! What a store carries: everything that a guest can reach, and nothing else.

use std::time::Instant;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::WasiCtx;

use super::direct::Link;
use super::guest_log::GuestLog;
use super::limiter::MemoryLimiter;
use super::outbox::Outbox;

/// The store's data.
pub(super) struct State {
    /// When the call must be over.
    pub(super) deadline: Instant,
    /// Largest reply or emit in bytes.
    pub(super) output_bytes: usize,
    /// Effects of the event.
    pub(super) outbox: Outbox,
    /// Log lines of the event.
    pub(super) log: GuestLog,
    /// Memory.
    pub(super) limiter: MemoryLimiter,
    /// WASI, made when the guest first calls it.
    pub(super) wasi: Option<Box<WasiCtx>>,
    /// WASI's resources.
    pub(super) table: ResourceTable,
    /// Ticks of the epoch that have found this event's guest at work.
    pub(super) ticks: u32,
    /// Set for a guest that is run without its component.
    pub(super) direct: Option<Link>,
}
