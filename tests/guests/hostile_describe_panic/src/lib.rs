//! Panics when it is asked to describe itself.

use fs7_sdk::prelude::*;
use fs7_sdk::{Description, Plugin};

struct HostileDescribePanic;

impl Plugin for HostileDescribePanic {
    fn describe() -> Description {
        panic!("there is nothing to describe")
    }

    fn handle(_context: &mut Context) -> Result<Args, Rejection> {
        Ok(args![])
    }
}

fs7_sdk::export!(HostileDescribePanic);
