//! Answers `hostile_trap` with a trap: an emit before it must not leave. The argument chooses
//! between a `panic`, `unreachable` and a division by zero of the machine.

use fs7_sdk::prelude::*;
use std::hint::black_box;

fs7_sdk::handlers! { "hostile_trap" => hostile_trap }

fn hostile_trap(context: &mut Context, kind: Option<String>) -> Result<u32, Rejection> {
    context.emit("never", args![])?;
    match kind.as_deref() {
        Some("panic") => panic!("told to panic"),
        Some("index") => Ok([1, 2, 3][black_box(7)]),
        _ => unreachable(),
    }
}

fn unreachable() -> ! {
    #[cfg(target_family = "wasm")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_family = "wasm"))]
    std::process::abort()
}
