//! The form of the document's version, compiled on a thread of its own while its file is parsed:
//! of a small document each takes about half the time.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use super::{VERSIONS, numbers};
use crate::bundle::Files;
use crate::check;
use crate::model::Version;

/// How far into the file the version is looked for, in bytes.
const LOOK_MAX: usize = 4096;

/// Files whose first one tells which form will be asked for.
pub(super) struct Ahead<'a> {
    files: &'a dyn Files,
    has_looked: Cell<bool>,
}

impl<'a> Ahead<'a> {
    pub(super) fn new(files: &'a dyn Files) -> Self {
        Self {
            files,
            has_looked: Cell::new(false),
        }
    }
}

impl Files for Ahead<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = self.files.read(path)?;
        if !self.has_looked.replace(true)
            && let Some(version) = likely_version(&bytes)
        {
            // Where there is no thread to be had, it is compiled when it is asked for.
            let thread = thread::Builder::new().name("fs7-form".to_owned());
            let _ = thread.spawn(move || check::prepare(version));
        }
        Ok(bytes)
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        self.files.real_path(path)
    }

    fn folder(&self, opened: &Path) -> Option<PathBuf> {
        self.files.folder(opened)
    }
}

/// What stands behind the first `asyncapi`. A wrong guess costs nothing but the other thread's
/// time.
fn likely_version(bytes: &[u8]) -> Option<Version> {
    let head = bytes.get(..LOOK_MAX).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head);
    let (_, behind) = head.split_once("asyncapi")?;
    let behind = behind.trim_start_matches(['"', '\'', ':', ' ']);
    let known = VERSIONS.iter().find(|known| behind.starts_with(**known))?;
    Some(numbers(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_guessed_from_the_first_lines() {
        for (text, expected) in [
            ("asyncapi: 3.0.0\n", Some((3, 0))),
            ("# note\n'asyncapi': \"2.6.0\"", Some((2, 6))),
            (r#"{"info": {}, "asyncapi":"3.1.0"}"#, Some((3, 1))),
            ("asyncapi: 9.0.0", None),
            ("asyncapi", None),
            ("openapi: 3.0.0", None),
            ("\u{20ac}", None),
        ] {
            let found = likely_version(text.as_bytes());
            let found = found.map(|version| (version.major, version.minor));
            assert_eq!(found, expected, "{text}");
        }
        let late = format!("{}asyncapi: 3.0.0", "\u{20ac}".repeat(LOOK_MAX));
        assert_eq!(likely_version(late.as_bytes()), None);
    }
}
