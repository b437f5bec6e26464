//! Checks one file without serving it.

use std::path::Path;

use crate::config::settings::Settings;
use crate::fact::Facts;
use crate::limits::Limits;
use crate::runtime::{Description, Handler, LoadError, Sandbox};

use super::load::{read_whole, stem_of};

/// What a sound file holds.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What the component says of itself.
    pub description: Description,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Size of the file in bytes.
    pub bytes: u64,
}

/// Loads the file in a sandbox of its own, as a server would, and asks it what it answers.
///
/// # Errors
/// Fails with what was expected and what was found.
pub fn check_file(path: &Path, settings: &Settings) -> Result<Checked, LoadError> {
    let broken = |error: &dyn std::fmt::Display| {
        LoadError::new(
            "a working sandbox",
            error.to_string(),
            "this is a fault of the host",
        )
    };
    // One call at a time needs no more than one place in the pool.
    let limits = Limits {
        calls: 1,
        ..settings.limits.clone()
    };
    let bytes = read_whole(path, limits.handler_bytes)?;
    let facts = Facts::new(limits.facts, limits.facts_bytes);
    let sandbox = Sandbox::new(limits, None, facts).map_err(|error| broken(&error))?;
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let stem = stem_of(name);
    let handler_settings = settings.handlers.get(stem).cloned().unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| broken(&error))?;
    let handler = runtime.block_on(Handler::load(sandbox, stem, &bytes, &handler_settings))?;
    Ok(Checked {
        description: handler.description().clone(),
        sha256: handler.sha256().to_owned(),
        bytes: bytes.len() as u64,
    })
}
