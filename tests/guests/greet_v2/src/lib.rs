//! Answers `greet` with `{"version":2}`.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "greet" => greet }

fn greet(_context: &mut Context) -> Result<Value, Rejection> {
    Ok(json!({"version": 2}))
}
