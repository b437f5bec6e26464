//! Answers `reserved_emit`: emits the event that the argument names and acknowledges with the error
//! that this gave, or with `null`. A second argument makes it a join of the room of that name.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "reserved_emit" => reserved_emit }

fn reserved_emit(
    context: &mut Context,
    name: String,
    room: Option<String>,
) -> Result<Option<String>, Rejection> {
    let done = match room {
        Some(room) => context.join(&room),
        None => context.emit(&name, args![]),
    };
    Ok(done.err().map(|error| format!("{error:?}")))
}
