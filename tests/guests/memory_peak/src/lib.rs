//! Answers `memory_peak`: fills as many mebibytes as the argument says, gives them back, and
//! acknowledges with the number.

use fs7_sdk::prelude::*;
use std::hint::black_box;

fs7_sdk::handlers! { "memory_peak" => memory_peak }

fn memory_peak(_context: &mut Context, mebibytes: usize) -> Result<usize, Rejection> {
    let filled = black_box(vec![1_u8; mebibytes << 20]);
    Ok(filled.len() >> 20)
}
