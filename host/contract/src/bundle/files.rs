//! Where the files of a document come from.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Reads the files of a document.
pub trait Files {
    /// The bytes of a file.
    ///
    /// # Errors
    /// Fails as the system does.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The path without symbolic links, to see whether a file lies below a folder.
    ///
    /// # Errors
    /// Fails as the system does, and where there is no such file.
    fn real_path(&self, path: &Path) -> io::Result<PathBuf>;
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize()
    }
}

/// Texts by path, for documents that are in memory.
impl Files for BTreeMap<PathBuf, String> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let text = self.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(text.as_bytes().to_vec())
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        if self.contains_key(path) {
            return Ok(path.to_owned());
        }
        Err(io::ErrorKind::NotFound.into())
    }
}
