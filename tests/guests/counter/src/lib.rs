//! Answers `counter` with the number of events that this instance has answered: 1 in a fresh
//! sandbox, more where instances are reused. The argument `"trap"` traps after counting.

use fs7_sdk::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

fs7_sdk::handlers! { "counter" => counter }

static COUNT: AtomicU64 = AtomicU64::new(0);

fn counter(_context: &mut Context, order: Option<String>) -> Result<u64, Rejection> {
    let count = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    assert_ne!(order.as_deref(), Some("trap"), "told to trap at {count}");
    Ok(count)
}
