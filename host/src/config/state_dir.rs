//! `.fs7/` in the working directory: key, lock, compile cache. Its owner's alone.

use std::fs::{self, DirBuilder, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::error::ConfigError;

/// The directory's name.
pub(super) const NAME: &str = ".fs7";
/// The directory's permissions.
const MODE: u32 = 0o700;

/// The directory, and what had to be done to it.
#[derive(Debug)]
pub struct StateDir {
    /// Where it is.
    pub path: PathBuf,
    /// Words about permissions that were too open and have been repaired.
    pub repaired: Option<String>,
}

/// Makes the directory where it is missing and closes it to others where it is open: the compile
/// cache in it holds code that is run.
///
/// # Errors
/// When it can be neither made nor closed.
pub fn prepare(work_dir: &Path) -> Result<StateDir, ConfigError> {
    let path = work_dir.join(NAME);
    let fail = |action| {
        let path = path.clone();
        move |source| ConfigError::State {
            action,
            path,
            source,
        }
    };
    match DirBuilder::new().mode(MODE).create(&path) {
        Ok(()) => {
            return Ok(StateDir {
                path,
                repaired: None,
            });
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(fail("make")(error)),
    }
    let metadata = fs::metadata(&path).map_err(fail("read"))?;
    if !metadata.is_dir() {
        return Err(fail("use")(ErrorKind::NotADirectory.into()));
    }
    let mode = metadata.permissions().mode() & 0o777;
    let mut repaired = None;
    if mode & 0o077 != 0 {
        fs::set_permissions(&path, Permissions::from_mode(MODE)).map_err(fail("close"))?;
        repaired = Some(format!(
            "{NAME} was open to others (mode {mode:03o}); it is 700 now"
        ));
    }
    Ok(StateDir { path, repaired })
}
