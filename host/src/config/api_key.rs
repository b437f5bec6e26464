//! What a start makes where nobody has set it, readable by its owner alone: the API key on a
//! loopback address (`.fs7/api-key`) and the secret of reconnect tokens (`.fs7/session-secret`). A
//! file that others can read is refused, for they may know what it holds already.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::settings::{ApiKey, SessionSecret};
use super::{partial, state_dir};

/// The key's file.
const NAME: &str = "api-key";
/// The secret's file.
const SECRET_NAME: &str = "session-secret";
/// Bytes of randomness in a key.
const KEY_BYTES: usize = 32;

/// The key that an earlier start has made, where there is one.
pub(super) fn read(work_dir: &Path) -> Result<Option<ApiKey>, ConfigError> {
    read_file(work_dir, NAME, |text| partial::parse_key(text).ok())
}

/// The secret of this directory, made now where there is none. `.fs7/` exists.
pub(super) fn read_or_make_secret(work_dir: &Path) -> Result<SessionSecret, ConfigError> {
    let parse = |text: &str| partial::parse_secret(text).ok();
    match read_file(work_dir, SECRET_NAME, parse)? {
        Some(secret) => Ok(secret),
        None => Ok(SessionSecret::new(make_file(work_dir, SECRET_NAME)?)),
    }
}

fn read_file<T>(
    work_dir: &Path,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, ConfigError> {
    let path = path_in(work_dir, name);
    let fail = |source| ConfigError::State {
        action: "read",
        path: path.clone(),
        source,
    };
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    let mode = file.metadata().map_err(fail)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(ConfigError::KeyExposed { path, mode });
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(fail)?;
    match parse(text.trim()) {
        Some(value) => Ok(Some(value)),
        None => Err(ConfigError::KeyUnusable { path }),
    }
}

/// The key of this directory, made now where there is none. `.fs7/` exists.
pub(super) fn read_or_make(work_dir: &Path) -> Result<ApiKey, ConfigError> {
    if let Some(key) = read(work_dir)? {
        return Ok(key);
    }
    Ok(ApiKey::new(make_file(work_dir, NAME)?))
}

fn make_file(work_dir: &Path, name: &str) -> Result<String, ConfigError> {
    let path = path_in(work_dir, name);
    let text = random_text().map_err(|source| ConfigError::State {
        action: "make",
        path: path.clone(),
        source,
    })?;
    // Written whole under another name first: a key file is never seen half written.
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = write_private(&draft, &text).and_then(|()| fs::rename(&draft, &path));
    if let Err(source) = written {
        let _ = fs::remove_file(&draft);
        return Err(ConfigError::State {
            action: "write",
            path,
            source,
        });
    }
    Ok(text)
}

fn path_in(work_dir: &Path, name: &str) -> PathBuf {
    work_dir.join(state_dir::NAME).join(name)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{text}")
}

fn random_text() -> io::Result<String> {
    let mut bytes = [0_u8; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes
        .iter()
        .fold(String::with_capacity(KEY_BYTES * 2), |text, byte| {
            format!("{text}{byte:02x}")
        }))
}
