//! Answers `message`, which is what plain text and binary frames are: emits `heard` with the same
//! arguments to the sender, and acknowledges with them.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "message" => message }

fn message(context: &mut Context, args: Args) -> Result<Args, Rejection> {
    context.emit("heard", args.clone())?;
    Ok(args)
}
