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

    /// The folder, without symbolic links, below which every file of a document lies: that of the
    /// file that is opened. None where there is no such file.
    fn folder(&self, opened: &Path) -> Option<PathBuf> {
        let real = self.real_path(opened).ok()?;
        real.parent().map(Path::to_owned)
    }
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

/// The file system, for documents whose files lie beside each other below a folder.
#[derive(Clone, Debug)]
pub struct DiskBelow {
    /// The folder.
    pub root: PathBuf,
}

impl Files for DiskBelow {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Disk.read(path)
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        Disk.real_path(path)
    }

    fn folder(&self, _opened: &Path) -> Option<PathBuf> {
        self.root.canonicalize().ok()
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
