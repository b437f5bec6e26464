//! Where the tests find what `cargo xtask` made for them; what is stale is refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The repository's root.
#[must_use]
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        root.canonicalize().expect("the repository's root")
    })
}

/// The component of a test guest.
///
/// # Panics
/// When it was not built, or its sources have changed since.
#[must_use]
pub fn guest(name: &str) -> PathBuf {
    static FRESH: OnceLock<Result<(), String>> = OnceLock::new();
    let fresh = FRESH.get_or_init(check_guests);
    component(xtask::GUESTS_DIR, "guests", name, fresh)
}

/// The component of an example handler.
///
/// # Panics
/// When it was not built, or its sources have changed since.
#[must_use]
pub fn plugin(name: &str) -> PathBuf {
    static FRESH: OnceLock<Result<(), String>> = OnceLock::new();
    let fresh = FRESH.get_or_init(check_plugins);
    component(xtask::EVENTS_DIR, "plugins", name, fresh)
}

/// Whether the test guests were built from the sources as they are.
///
/// # Errors
/// Says what is wrong and which command helps.
pub fn check_guests() -> Result<(), String> {
    check_stamp(
        xtask::GUESTS_DIR,
        "guests",
        xtask::guest_sources_hash(root()),
    )
}

/// Whether the example handlers were built from the sources as they are.
///
/// # Errors
/// Says what is wrong and which command helps.
pub fn check_plugins() -> Result<(), String> {
    check_stamp(
        xtask::EVENTS_DIR,
        "plugins",
        xtask::plugin_sources_hash(root()),
    )
}

/// The bytes of a test guest.
///
/// # Panics
/// As [`guest`] does.
#[must_use]
pub fn guest_bytes(name: &str) -> Vec<u8> {
    fs::read(guest(name)).expect("read a guest")
}

/// SHA-256 of bytes, in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    xtask::hash_bytes(bytes)
}

fn check_stamp(
    directory: &str,
    verb: &str,
    sources: std::io::Result<String>,
) -> Result<(), String> {
    let hint = format!("hint: run `cargo xtask {verb}`");
    let sources = sources.map_err(|error| format!("sources cannot be read: {error}"))?;
    let stamp = root().join(directory).join(xtask::STAMP_FILE);
    match fs::read_to_string(&stamp) {
        Ok(stamp) if stamp.trim() == sources => Ok(()),
        Ok(_) => Err(format!("{directory} was built from other sources\n{hint}")),
        Err(error) => Err(format!("{directory} was not built: {error}\n{hint}")),
    }
}

/// A story for a stock client, in `tests/scenarios`.
#[must_use]
pub fn scenario(file: &str) -> PathBuf {
    root().join("tests/scenarios").join(file)
}

/// The interpreter that has the Python client.
///
/// # Panics
/// When it was not installed.
#[must_use]
pub fn python() -> PathBuf {
    let python = root().join("target/clients/venv/bin/python");
    assert!(
        python.exists(),
        "no Python client\nhint: run `cargo xtask clients`"
    );
    python
}

fn component(directory: &str, verb: &str, name: &str, fresh: &Result<(), String>) -> PathBuf {
    if let Err(words) = fresh {
        panic!("{words}");
    }
    let path = root().join(directory).join(format!("{name}.wasm"));
    assert!(
        path.exists(),
        "expected {directory}/{name}.wasm, found nothing\nhint: run `cargo xtask {verb}`"
    );
    path
}
