//! Answers `hostile_spin` never: it spins for ever.

use fs7_sdk::prelude::*;
use std::hint::black_box;

fs7_sdk::handlers! { "hostile_spin" => hostile_spin }

fn hostile_spin(_context: &mut Context) -> Result<(), Rejection> {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}
