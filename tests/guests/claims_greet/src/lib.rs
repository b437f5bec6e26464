//! Claims `greet`, which another component answers already, and `claims_greet` beside it.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! {
    "greet" => greet,
    "claims_greet" => greet,
}

fn greet(_context: &mut Context) -> Result<Value, Rejection> {
    Ok(json!({"version": "claimed"}))
}
