//! Answers `hostile_logs` with a flood: as many log lines as the argument says (100,000 without),
//! each with as many bytes as the second says, through the log and through stdout.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "hostile_logs" => hostile_logs }

fn hostile_logs(
    _context: &mut Context,
    lines: Option<u32>,
    bytes: Option<usize>,
) -> Result<u32, Rejection> {
    let lines = lines.unwrap_or(100_000);
    let text = "x".repeat(bytes.unwrap_or(10));
    for line in 0..lines {
        info!("{line} {text}");
        println!("{line} {text}");
    }
    Ok(lines)
}
