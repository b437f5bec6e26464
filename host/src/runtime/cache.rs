//! Compiled code on disk. An entry is run only if this host wrote it: it carries an HMAC under
//! a key that only this host's user can read, over the name that says which component, which
//! compiler and which settings it came from. Anything else is compiled anew.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// First bytes of an entry; the digit is the layout's version.
const MAGIC: &[u8; 8] = b"fs7code1";

/// Bytes of the HMAC-SHA-256 tag.
const TAG_BYTES: usize = 32;

/// A directory of compiled components.
#[derive(Clone, Debug)]
pub struct CompileCache {
    directory: PathBuf,
    key: [u8; 32],
    bytes_max: u64,
}

/// Why an entry was not used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// There is none.
    Absent,
    /// There is one, and it is not ours or not whole.
    Refused(String),
}

impl CompileCache {
    /// Opens the cache under `state_dir`, making directory and key where they are missing.
    ///
    /// # Errors
    /// Fails when the directory or the key cannot be read or written.
    pub fn open(state_dir: &Path, bytes_max: u64) -> io::Result<Self> {
        let directory = state_dir.join("compile-cache");
        fs::create_dir_all(&directory)?;
        check_owner(state_dir)?;
        check_owner(&directory)?;
        let key = read_or_make_key(&state_dir.join("compile-cache.key"))?;
        Ok(Self {
            directory,
            key,
            bytes_max,
        })
    }

    /// The compiled code under `name`.
    pub(super) fn get(&self, name: &str) -> Result<Vec<u8>, Miss> {
        let path = self.directory.join(name);
        let entry = match fs::read(&path) {
            Ok(entry) => entry,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Miss::Absent),
            Err(error) => return Err(Miss::Refused(format!("{name}: {error}"))),
        };
        let Some((magic, rest)) = entry.split_at_checked(MAGIC.len()) else {
            return Err(Miss::Refused(format!(
                "{name}: {} bytes, too short",
                entry.len()
            )));
        };
        if magic != MAGIC {
            return Err(Miss::Refused(format!("{name}: not an entry of this cache")));
        }
        let Some((tag, code)) = rest.split_at_checked(TAG_BYTES) else {
            return Err(Miss::Refused(format!(
                "{name}: {} bytes, too short",
                entry.len()
            )));
        };
        // Compares in constant time.
        self.mac(name, code)
            .and_then(|mac| mac.verify_slice(tag).ok())
            .ok_or_else(|| Miss::Refused(format!("{name}: damaged, or written by another host")))?;
        let start = MAGIC.len() + TAG_BYTES;
        let mut entry = entry;
        entry.drain(..start);
        Ok(entry)
    }

    /// Stores compiled code under `name`, then removes the oldest entries over the size limit.
    ///
    /// # Errors
    /// Fails when the entry cannot be written; the cache is then as before.
    pub(super) fn put(&self, name: &str, code: &[u8]) -> io::Result<()> {
        let tag = self
            .mac(name, code)
            .map(|mac| mac.finalize().into_bytes())
            .ok_or_else(|| io::Error::other("HMAC refused its key"))?;
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let temporary = self.directory.join(format!(
            ".{name}.{}.{}.tmp",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ));
        let result = write_entry(&temporary, &[MAGIC, tag.as_slice(), code])
            .and_then(|()| fs::rename(&temporary, self.directory.join(name)));
        if result.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        result.and_then(|()| self.prune(name))
    }

    fn mac(&self, name: &str, code: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(&(name.len() as u64).to_le_bytes());
        mac.update(name.as_bytes());
        mac.update(code);
        Some(mac)
    }

    fn prune(&self, keep: &str) -> io::Result<()> {
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            // The draft of a load at the same time is gone as soon as it is renamed.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if entry.file_name() != keep {
                entries.push((metadata.modified()?, metadata.len(), entry.path()));
            }
        }
        let mut total: u64 = entries.iter().map(|(_, bytes, _)| bytes).sum();
        entries.sort();
        for (_, bytes, path) in entries {
            if total <= self.bytes_max {
                break;
            }
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            total = total.saturating_sub(bytes);
        }
        Ok(())
    }
}

fn write_entry(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = private_file(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    Ok(())
}

fn private_file(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Reads the key. One that is missing, of the wrong length, not ours or open to others is made
/// anew, which makes every older entry a foreign one.
fn read_or_make_key(path: &Path) -> io::Result<[u8; 32]> {
    if let Some(key) = trusted_key(path) {
        return Ok(key);
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    private_file(path)?.write_all(&key)?;
    Ok(key)
}

fn trusted_key(path: &Path) -> Option<[u8; 32]> {
    let metadata = fs::symlink_metadata(path).ok()?;
    let is_trusted = metadata.is_file() && is_ours(&metadata) && metadata.mode() & 0o077 == 0;
    if !is_trusted {
        return None;
    }
    fs::read(path).ok()?.try_into().ok()
}

fn is_ours(metadata: &fs::Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Code that is run lies only in a directory that belongs to who runs it.
fn check_owner(directory: &Path) -> io::Result<()> {
    if is_ours(&fs::metadata(directory)?) {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        "the directory belongs to another user",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(name: &str, bytes_max: u64) -> (tempfile::TempDir, CompileCache) {
        let directory = tempfile::Builder::new().prefix(name).tempdir().unwrap();
        let cache = CompileCache::open(directory.path(), bytes_max).unwrap();
        (directory, cache)
    }

    #[test]
    fn an_entry_comes_back_as_it_was_written() {
        let (directory, cache) = cache("whole", 1 << 20);
        cache.put("a", b"code").unwrap();
        assert_eq!(cache.get("a"), Ok(b"code".to_vec()));
        let reopened = CompileCache::open(directory.path(), 1 << 20).unwrap();
        assert_eq!(reopened.get("a"), Ok(b"code".to_vec()));
        assert_eq!(cache.get("b"), Err(Miss::Absent));
    }

    #[test]
    fn every_damaged_byte_is_noticed() {
        let (_directory, cache) = cache("damaged", 1 << 20);
        cache.put("a", b"some compiled code").unwrap();
        let path = cache.directory.join("a");
        let whole = fs::read(&path).unwrap();
        for index in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[index] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert!(
                matches!(cache.get("a"), Err(Miss::Refused(_))),
                "byte {index}"
            );
            fs::write(&path, &whole[..index]).unwrap();
            assert!(
                matches!(cache.get("a"), Err(Miss::Refused(_))),
                "cut at {index}"
            );
        }
    }

    #[test]
    fn an_entry_of_another_host_or_another_name_is_foreign() {
        let (_one, cache_one) = cache("one", 1 << 20);
        let (_two, cache_two) = cache("two", 1 << 20);
        cache_one.put("a", b"code").unwrap();
        fs::copy(cache_one.directory.join("a"), cache_two.directory.join("a")).unwrap();
        assert!(matches!(cache_two.get("a"), Err(Miss::Refused(_))));
        fs::copy(cache_one.directory.join("a"), cache_one.directory.join("b")).unwrap();
        assert!(matches!(cache_one.get("b"), Err(Miss::Refused(_))));
    }

    #[test]
    fn a_key_that_others_can_read_is_made_anew() {
        use std::os::unix::fs::PermissionsExt;
        let (directory, cache) = cache("open-key", 1 << 20);
        cache.put("a", b"code").unwrap();
        let key = directory.path().join("compile-cache.key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        let reopened = CompileCache::open(directory.path(), 1 << 20).unwrap();
        assert!(matches!(reopened.get("a"), Err(Miss::Refused(_))));
        assert_eq!(fs::metadata(&key).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_oldest_entries_go_first() {
        let (_directory, cache) = cache("prune", 250);
        for (age, name) in [(3, "oldest"), (2, "older"), (1, "newer")] {
            cache.put(name, &[0; 60]).unwrap();
            let time = SystemTime::now() - std::time::Duration::from_secs(age);
            let file = fs::File::options()
                .write(true)
                .open(cache.directory.join(name))
                .unwrap();
            file.set_modified(time).unwrap();
        }
        cache.put("last", &[0; 60]).unwrap();
        assert_eq!(cache.get("oldest"), Err(Miss::Absent));
        assert!(cache.get("newer").is_ok());
        assert!(cache.get("last").is_ok());
    }
}
