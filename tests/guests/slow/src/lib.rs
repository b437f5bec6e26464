//! Answers `slow` after working for as many milliseconds as the argument says, and acknowledges with
//! them. With a second argument it flushes an emit `started` first.

use fs7_sdk::prelude::*;
use std::time::{Duration, Instant};

fs7_sdk::handlers! { "slow" => slow }

fn slow(context: &mut Context, ms: u64, tell: Option<bool>) -> Result<u64, Rejection> {
    if tell == Some(true) {
        context.emit("started", ms)?;
        context.flush();
    }
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(ms) {}
    Ok(ms)
}
