//! Never comes to an end of describing itself.

use fs7_sdk::prelude::*;
use fs7_sdk::{Description, Plugin};
use std::hint::black_box;

struct HostileDescribeSlow;

impl Plugin for HostileDescribeSlow {
    fn describe() -> Description {
        let mut turns = 0_u64;
        loop {
            turns = black_box(turns.wrapping_add(1));
        }
    }

    fn handle(_context: &mut Context) -> Result<Args, Rejection> {
        Ok(args![])
    }
}

fs7_sdk::export!(HostileDescribeSlow);
