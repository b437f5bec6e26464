//! Puts handlers into the events directory so that the server never sees half of one, and so
//! that what was checked is what is installed.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::config::settings::Settings;
use crate::registry::{Checked, check_file};

/// A copy in a hidden folder beside its place; removed unless it is put there.
pub(crate) struct Staged {
    folder: PathBuf,
    copy: PathBuf,
    target: PathBuf,
}

impl Staged {
    /// Copies a file next to where it will be. It keeps its name there, for settings go by it.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub(crate) fn copy(source: &Path, target: &Path) -> io::Result<Self> {
        let dir = target.parent().filter(|dir| !dir.as_os_str().is_empty());
        let dir = dir.unwrap_or(Path::new("."));
        let name = target.file_name().unwrap_or_default();
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.tmp", std::process::id()));
        let folder = dir.join(hidden);
        fs::create_dir_all(&folder)?;
        let staged = Self {
            copy: folder.join(name),
            folder,
            target: target.to_owned(),
        };
        fs::copy(source, &staged.copy)?;
        // On disk before its name is: a crash leaves the old handler or the new one.
        File::open(&staged.copy)?.sync_all()?;
        Ok(staged)
    }

    /// The copy.
    pub(crate) fn path(&self) -> &Path {
        &self.copy
    }

    /// Puts the copy into its place.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub(crate) fn install(self) -> io::Result<PathBuf> {
        fs::rename(&self.copy, &self.target)?;
        Ok(self.target.clone())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.copy);
        let _ = fs::remove_dir(&self.folder);
    }
}

/// A sound handler file, for people and machines.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sound {
    /// The file's name.
    pub(crate) file: String,
    /// The handler's name.
    pub(crate) name: String,
    /// The handler's version.
    pub(crate) version: String,
    /// What it answers.
    pub(crate) events: Vec<Answered>,
    /// SHA-256 of the file.
    pub(crate) sha256: String,
    /// Its size.
    pub(crate) bytes: u64,
}

/// An event that a handler answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Answered {
    /// The namespace.
    pub(crate) namespace: String,
    /// The event's name.
    pub(crate) event: String,
}

/// A file that is no handler.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Unsound {
    /// The file's name.
    pub(crate) file: String,
    /// What it should have been.
    pub(crate) expected: String,
    /// What it is.
    pub(crate) found: String,
    /// What to do.
    pub(crate) hint: String,
}

impl Sound {
    /// The handler in one line.
    pub(crate) fn words(&self) -> String {
        let events: Vec<_> = self
            .events
            .iter()
            .map(|answered| match answered.namespace.as_str() {
                "/" => answered.event.clone(),
                namespace => format!("{} in {namespace}", answered.event),
            })
            .collect();
        format!(
            "{}: {} {} answers {}",
            self.file,
            self.name,
            self.version,
            events.join(", ")
        )
    }
}

impl Unsound {
    /// The file with what was expected and what was found.
    pub(crate) fn words(&self) -> String {
        format!(
            "`{}`: expected {}, found {}",
            self.file, self.expected, self.found
        )
    }
}

/// Checks a file as the server would.
///
/// # Errors
/// With what was expected and what was found.
pub(crate) fn check(path: &Path, settings: &Settings) -> Result<Sound, Unsound> {
    let file = file_name(path);
    match check_file(path, settings) {
        Ok(Checked {
            description,
            sha256,
            bytes,
        }) => Ok(Sound {
            file,
            name: description.name.to_string(),
            version: description.version,
            events: description
                .subscriptions
                .iter()
                .map(|subscription| Answered {
                    namespace: subscription.namespace.to_string(),
                    event: subscription.event.to_string(),
                })
                .collect(),
            sha256,
            bytes,
        }),
        Err(error) => Err(Unsound {
            file,
            expected: error.expected,
            found: error.found,
            hint: error.hint,
        }),
    }
}

/// A path's last part, for messages.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(OsStr::new("?"))
        .to_string_lossy()
        .into_owned()
}
