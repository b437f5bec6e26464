//! Answers `binary_reply`: acknowledges with binary data of that many bytes as an argument of its own
//! and inside a list, emits the same as `binary`, and says how long the binary data was that came.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "binary_reply" => binary_reply }

fn binary_reply(
    context: &mut Context,
    bytes: usize,
    received: Option<Binary>,
) -> Result<Args, Rejection> {
    let data = Binary((0..=255).cycle().take(bytes).collect());
    let received = received.map(|binary| binary.0.len());
    let args = args![data, ([&data],), received];
    context.emit("binary", args.clone())?;
    Ok(args)
}
