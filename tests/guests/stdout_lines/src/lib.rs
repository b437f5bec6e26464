//! Answers `stdout_lines`: writes that many lines to stdout and to stderr, then one without an end
//! and one that is no UTF-8.

use fs7_sdk::prelude::*;
use std::io::{Write, stderr, stdout};

fs7_sdk::handlers! { "stdout_lines" => stdout_lines }

fn stdout_lines(_context: &mut Context, lines: Option<u32>) -> Result<(), Rejection> {
    for line in 1..=lines.unwrap_or(1) {
        println!("stdout line {line}");
        eprintln!("stderr line {line}");
    }
    print!("stdout without end");
    eprint!("stderr without end");
    let written = stdout()
        .flush()
        .and_then(|()| stderr().write_all(b"\nno utf-8: \xff\xfe\n"));
    written.map_err(|error| Rejection::failed(error.to_string()))
}
