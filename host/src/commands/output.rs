//! Where words leave the process: data on standard output, messages on standard error. A reader
//! that has gone ends the command quietly instead of with a panic.

use std::io::{self, ErrorKind, Write as _};

use serde::Serialize;

use super::failure::Failure;

/// Prints one line, or several, of data.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    raw(format!("{text}\n").as_bytes())
}

/// Prints data as it is.
pub(crate) fn raw(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| {
            if error.kind() == ErrorKind::BrokenPipe {
                Failure::reader_gone()
            } else {
                anyhow::Error::new(error)
                    .context("write standard output")
                    .into()
            }
        })
}

/// Prints data as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(anyhow::Error::new)?;
    line(&text)
}

/// Prints columns, as wide as they need to be. The first row is the heading.
pub(crate) fn table(rows: &[Vec<String>]) -> Result<(), Failure> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

/// Tells something to whoever looks on. Nobody may be there, and that is no error.
pub(crate) fn message(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Tells something that is laid out already, over several lines.
pub(crate) fn raw_message(text: &str) {
    let _ = write!(io::stderr().lock(), "{text}");
}

/// Tells of something odd.
pub(crate) fn warning(text: &str) {
    message(&format!("warning: {text}"));
}

/// Tells of something to do.
pub(crate) fn hint(text: &str) {
    for line in text.lines() {
        message(&format!("hint: {line}"));
    }
}

/// Prints a failure: the error with its causes once, then what to do.
pub(crate) fn failure(failure: &Failure) {
    if let Some(words) = failure.words() {
        message(&format!("error: {words}"));
        if let Some(text) = &failure.hint {
            message("");
            hint(text);
        }
    }
}

/// Text from outside, such as a handler's log line, without what would steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && character != '\t' {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}
