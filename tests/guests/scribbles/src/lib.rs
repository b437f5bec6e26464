//! Answers `scribbles` with what it finds that is not as it was in the beginning: bytes of two
//! tables of a quarter of a megabyte together, one of zeros and one of sevens, and whether it was
//! here before. Then it writes to the places that the argument names, takes memory and time.

use std::hint::black_box;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use fs7_sdk::prelude::*;
use serde::Deserialize;

fs7_sdk::handlers! { "scribbles" => scribble }

const ZEROS: usize = 192 << 10;
const SEVENS: usize = 64 << 10;

static ZERO: [AtomicU8; ZEROS] = [const { AtomicU8::new(0) }; ZEROS];
static SEVEN: [AtomicU8; SEVENS] = [const { AtomicU8::new(7) }; SEVENS];
static EVENTS: AtomicU32 = AtomicU32::new(0);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Order {
    /// Places in the table of zeros, modulo its length.
    zeros: Vec<usize>,
    /// Places in the table of sevens.
    sevens: Vec<usize>,
    /// Bytes to allocate, and to write to.
    bytes: usize,
    /// Turns of a loop.
    turns: u64,
}

fn scribble(_context: &mut Context, order: Order) -> Result<Vec<u32>, Rejection> {
    let found = |table: &[AtomicU8], places: &[usize], expected: u8| {
        let places = places.iter().map(|place| &table[place % table.len()]);
        // A place may be named twice: all are read before one is written.
        let wrong = places
            .clone()
            .filter(|byte| byte.load(Ordering::Relaxed) != expected)
            .count();
        places.for_each(|byte| byte.store(0xaa, Ordering::Relaxed));
        wrong as u32
    };
    let zeros = found(&ZERO, &order.zeros, 0);
    let sevens = found(&SEVEN, &order.sevens, 7);
    black_box(vec![1_u8; order.bytes]);
    for turn in 0..order.turns {
        black_box(turn);
    }
    Ok(vec![zeros, sevens, EVENTS.fetch_add(1, Ordering::Relaxed)])
}
