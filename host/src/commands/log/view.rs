//! `fs7 log view-logs`: the last lines, from the rotated files too when the newest has too few.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _};
use std::path::Path;

use anyhow::Context as _;

use super::super::failure::{CommandResult, Exit, Failure};
use super::super::output;
use super::line::Show;
use crate::cli::ShowArgs;
use crate::telemetry::log_file;

/// Shows the last lines.
pub(crate) fn run(log_dir: &Path, count: usize, args: &ShowArgs) -> CommandResult {
    let show = Show::new(args)?;
    for line in last_lines(log_dir, count, &show, u64::MAX)? {
        output::line(&line)?;
    }
    Ok(Exit::Done)
}

/// The last lines that are shown, oldest first; of `debug.log` no more than its first
/// `current_bytes` are looked at.
///
/// # Errors
/// When there is no log, or it cannot be read.
pub(crate) fn last_lines(
    log_dir: &Path,
    count: usize,
    show: &Show,
    current_bytes: u64,
) -> Result<Vec<String>, Failure> {
    let files = log_file::rotated_in(log_dir).unwrap_or_default();
    let current = log_file::path_in(log_dir);
    if files.is_empty() && !current.exists() {
        return Err(super::missing(log_dir));
    }
    let rotated = files.into_iter().rev().map(|path| (path, u64::MAX));
    let mut lines = Vec::new();
    for (path, bytes) in std::iter::once((current, current_bytes)).chain(rotated) {
        let missing = count.saturating_sub(lines.len());
        if missing == 0 {
            break;
        }
        let mut earlier = last_of_file(&path, missing, show, bytes)
            .with_context(|| format!("read `{}`", path.display()))?;
        earlier.append(&mut lines);
        lines = earlier;
    }
    Ok(lines)
}

fn last_of_file(path: &Path, count: usize, show: &Show, bytes: u64) -> io::Result<Vec<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        // Rotated or deleted since the directory was read.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut lines = VecDeque::new();
    for line in BufReader::new(file.take(bytes)).split(b'\n') {
        if let Some(line) = show.line(&String::from_utf8_lossy(&line?)) {
            if lines.len() == count {
                lines.pop_front();
            }
            lines.push_back(line);
        }
    }
    Ok(lines.into())
}
