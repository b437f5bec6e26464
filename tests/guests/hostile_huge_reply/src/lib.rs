//! Answers `hostile_huge_reply` with as many bytes as the argument says (8 MiB without): as text, or
//! as binary data where the second argument is `true`.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "hostile_huge_reply" => hostile_huge_reply }

fn hostile_huge_reply(
    _context: &mut Context,
    bytes: Option<usize>,
    binary: Option<bool>,
) -> Result<Args, Rejection> {
    let bytes = bytes.unwrap_or(8 << 20);
    Ok(match binary {
        Some(true) => args![Binary(vec![b'x'; bytes])],
        _ => args!["x".repeat(bytes)],
    })
}
