//! Single steps of an event's way, in process: reading what the wire says, the contract, the
//! registry, effects through the hub, writing what goes out. Each is what the server calls.
//!
//! `cargo bench -p fs7 --bench steps [-- FILTER]`; build the tests' guests first with
//! `cargo xtask guests`.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark has nobody to hand an error to"
)]

#[path = "steps/contract.rs"]
mod contract;
#[path = "steps/effects.rs"]
mod effects;
#[path = "steps/registry.rs"]
mod registry;
mod stand;
#[path = "steps/texts.rs"]
mod texts;

fn main() {
    divan::main();
}
