//! Answers `sequence` with its argument and the letter `b`: one of two versions to swap under load.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "sequence" => sequence }

fn sequence(_context: &mut Context, number: u64) -> Result<Args, Rejection> {
    Ok(args![number, "b"])
}
