//! Answers `hostile_effects` with a flood: as many emits as the argument says (a million without),
//! each with as many bytes as the second says, and whatever the host answers.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "hostile_effects" => hostile_effects }

fn hostile_effects(
    context: &mut Context,
    emits: Option<u32>,
    bytes: Option<usize>,
) -> Result<(), Rejection> {
    let payload = "x".repeat(bytes.unwrap_or(1));
    for _ in 0..emits.unwrap_or(1_000_000) {
        let _ = context.emit("flood", &payload);
    }
    Ok(())
}
