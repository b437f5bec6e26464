//! Fingerprints of the sources that become WebAssembly components. `cargo xtask` writes them beside
//! what it built, and the tests compare them, so that no test ever runs against a stale component.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Where `cargo xtask guests` leaves its components, from the repository root.
pub const GUESTS_DIR: &str = "target/guests";
/// Where `cargo xtask plugins` leaves its components, from the repository root.
pub const EVENTS_DIR: &str = "events";
/// The file in either directory that holds the fingerprint of the sources.
pub const STAMP_FILE: &str = ".stamp";

/// What every guest is made of, whichever workspace it lives in.
const SHARED_SOURCES: [&str; 3] = ["wit", "sdk/rust/Cargo.toml", "sdk/rust/src"];

/// The SHA-256, in hexadecimal, of everything that the components in `target/guests` are built from.
///
/// # Errors
/// When a source file cannot be read.
pub fn guest_sources_hash(repo_root: &Path) -> io::Result<String> {
    sources_hash(repo_root, "tests/guests")
}

/// The SHA-256, in hexadecimal, of everything that the components in `events` are built from.
///
/// # Errors
/// When a source file cannot be read.
pub fn plugin_sources_hash(repo_root: &Path) -> io::Result<String> {
    sources_hash(repo_root, "plugins")
}

/// The SHA-256 of `bytes`, in hexadecimal.
#[must_use]
pub fn hash_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Hashes name, length and bytes of each file, so that a renamed or moved file counts as a change.
fn sources_hash(repo_root: &Path, workspace: &str) -> io::Result<String> {
    let mut files = Vec::new();
    for part in SHARED_SOURCES.into_iter().chain([workspace]) {
        let path = repo_root.join(part);
        if path.is_dir() {
            collect_files(&path, &mut files)?;
        } else if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    let mut hasher = Sha256::new();
    for file in files {
        let bytes = fs::read(&file)?;
        let name = file.strip_prefix(repo_root).unwrap_or(&file);
        hasher.update(name.to_string_lossy().as_bytes());
        hasher.update([0]);
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    Ok(hexadecimal(&hasher.finalize()))
}

/// All files under `directory`, without build output and without dotfiles such as an editor's swap file.
fn collect_files(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if !entry.file_type()?.is_dir() {
            files.push(entry.path());
        } else if name != "target" {
            collect_files(&entry.path(), files)?;
        }
    }
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository in miniature under the build's own temporary directory.
    fn tree(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("fs7-xtask-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn check_guests(name: &str, files: &[(&str, &str)], same_as_base: bool) {
        let base = [
            ("wit/world.wit", "world"),
            ("tests/guests/echo/src/lib.rs", "echo"),
        ];
        let before = guest_sources_hash(&tree("base", &base)).unwrap();
        let after = guest_sources_hash(&tree(name, files)).unwrap();
        assert_eq!(before == after, same_as_base, "{name}");
        assert_eq!(before.len(), 64);
    }

    #[test]
    fn guest_hash_follows_the_sources_and_nothing_else() {
        let wit = ("wit/world.wit", "world");
        let echo = ("tests/guests/echo/src/lib.rs", "echo");
        check_guests("equal", &[wit, echo], true);
        check_guests("target", &[wit, echo, ("tests/guests/target/x", "x")], true);
        check_guests(
            "swapfile",
            &[wit, echo, ("tests/guests/echo/src/.lib.rs.swp", "x")],
            true,
        );
        check_guests("plugins", &[wit, echo, ("plugins/a/src/lib.rs", "x")], true);
        check_guests(
            "text",
            &[wit, ("tests/guests/echo/src/lib.rs", "ECHO")],
            false,
        );
        check_guests(
            "moved",
            &[wit, ("tests/guests/echo2/src/lib.rs", "echo")],
            false,
        );
        check_guests(
            "added",
            &[wit, echo, ("tests/guests/new/Cargo.toml", "")],
            false,
        );
        check_guests("wit", &[("wit/world.wit", "world 2"), echo], false);
        check_guests("sdk", &[wit, echo, ("sdk/rust/src/lib.rs", "x")], false);
    }

    #[test]
    fn hash_is_sha256_in_hexadecimal() {
        assert!(hash_bytes(b"abc").starts_with("ba7816bf8f01cfea"));
    }
}
