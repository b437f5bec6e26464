//! Answers `hostile_invalid_json` with the text of the second argument, unchecked, where the first
//! says: as the `reply`, or as the arguments of an `emit`, whose error it then acknowledges with.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "hostile_invalid_json" => hostile_invalid_json }

fn hostile_invalid_json(
    context: &mut Context,
    place: Option<String>,
    text: Option<String>,
) -> Result<Args, Rejection> {
    let broken = Args::raw(
        text.unwrap_or_else(|| "[\"a\u{1e}\nb".to_owned()),
        Vec::new(),
    );
    if place.as_deref() == Some("emit") {
        let error = context.emit("broken", broken).err();
        return Ok(args![error.map(|error| format!("{error:?}"))]);
    }
    Ok(broken)
}
