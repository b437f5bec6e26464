//! Answers `hostile_exit` by ending the process with the argument as its exit code.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "hostile_exit" => hostile_exit }

fn hostile_exit(context: &mut Context, code: Option<i32>) -> Result<(), Rejection> {
    context.emit("never", args![])?;
    std::process::exit(code.unwrap_or(0))
}
