//! Generated files on their way to the disk.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;
use fs7_codegen::{GeneratedFile, Owner};

use super::super::failure::Failure;
use super::super::instance::write_whole;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is new, or new in parts.
    Written,
    /// It was so already.
    Unchanged,
    /// It is the author's, and was there.
    Kept,
}

impl State {
    /// Its word in output.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Unchanged => "unchanged",
            Self::Kept => "kept",
        }
    }
}

/// A file and what became of it.
pub(super) struct Placed {
    /// Below the output directory.
    pub(super) path: String,
    /// What became of it.
    pub(super) state: State,
}

/// Puts files into a directory; with `dry_run` only says what would become of them. A file that
/// stays as it is keeps its times: nothing is built anew for it.
pub(super) fn place(
    directory: &Path,
    files: &[GeneratedFile],
    dry_run: bool,
) -> Result<Vec<Placed>, Failure> {
    let mut placed = Vec::new();
    for file in files {
        let path = directory.join(&file.path);
        let state = state(&path, file).with_context(|| format!("look at `{}`", path.display()))?;
        if state == State::Written && !dry_run {
            write(&path, &file.text).with_context(|| format!("write `{}`", path.display()))?;
        }
        placed.push(Placed {
            path: file.path.clone(),
            state,
        });
    }
    Ok(placed)
}

fn state(path: &Path, file: &GeneratedFile) -> std::io::Result<State> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::Written),
        Err(error) => return Err(error),
    };
    Ok(match file.owner {
        Owner::Author => State::Kept,
        Owner::Generated if text == file.text.as_bytes() => State::Unchanged,
        Owner::Generated => State::Written,
    })
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // An author's file is never written again: half of one, on a full disk, would stay.
    write_whole(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str, owner: Owner) -> GeneratedFile {
        GeneratedFile {
            path: path.to_owned(),
            text: text.to_owned(),
            owner,
        }
    }

    #[test]
    fn authors_files_are_written_once_and_the_others_always() {
        let directory = tempfile::tempdir().unwrap();
        let run = |text: &str, dry_run| {
            let files = [
                file("a/author", text, Owner::Author),
                file("a/generated", text, Owner::Generated),
            ];
            let placed = place(directory.path(), &files, dry_run).unwrap();
            placed.iter().map(|it| it.state).collect::<Vec<_>>()
        };
        let read = |name| fs::read_to_string(directory.path().join(name)).ok();
        assert_eq!(run("1", true), [State::Written, State::Written]);
        assert_eq!(read("a/author"), None);
        assert_eq!(run("1", false), [State::Written, State::Written]);
        assert_eq!(run("1", false), [State::Kept, State::Unchanged]);
        assert_eq!(run("2", false), [State::Kept, State::Written]);
        assert_eq!(read("a/author").as_deref(), Some("1"));
        assert_eq!(read("a/generated").as_deref(), Some("2"));
    }
}
