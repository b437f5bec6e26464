//! Answers `hostile_recurse` never: it recurses until the stack is full.

use fs7_sdk::prelude::*;
use std::hint::black_box;

fs7_sdk::handlers! { "hostile_recurse" => hostile_recurse }

fn hostile_recurse(_context: &mut Context) -> Result<u64, Rejection> {
    Ok(deeper(0))
}

#[expect(unconditional_recursion, reason = "that is the hostility")]
fn deeper(depth: u64) -> u64 {
    let frame = black_box([depth; 8]);
    black_box(deeper(black_box(depth + 1)).wrapping_add(frame[0]))
}
