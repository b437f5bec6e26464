//! Where things are: the repository, its workspaces, and the cache that all clones share.

use std::env;
use std::path::{Path, PathBuf};

use crate::say::{Failure, Outcome};

/// The checkout that this program belongs to.
pub(crate) struct Repo {
    root: PathBuf,
}

impl Repo {
    /// `cargo run` says where the package is; without it, where it was when it was compiled.
    pub(crate) fn find() -> Outcome<Self> {
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        match package.parent() {
            Some(root) if root.join("Cargo.toml").is_file() => Ok(Self {
                root: root.to_path_buf(),
            }),
            _ => Err(Failure::new("could not find the repository around `xtask`")
                .hint("call it as `cargo xtask` inside the repository")),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn join(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

/// `$XDG_CACHE_HOME/fs7` or `~/.cache/fs7`: outside the repository, so that a second clone finds it.
pub(crate) fn cache_dir() -> Outcome<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => home_dir()?.join(".cache"),
    };
    Ok(base.join("fs7"))
}

/// Where rustup keeps its toolchains.
pub(crate) fn rustup_home() -> Outcome<PathBuf> {
    match env::var_os("RUSTUP_HOME").filter(|path| !path.is_empty()) {
        Some(path) => Ok(PathBuf::from(path)),
        None => Ok(home_dir()?.join(".rustup")),
    }
}

fn home_dir() -> Outcome<PathBuf> {
    env::home_dir()
        .filter(|path| !path.as_os_str().is_empty())
        .ok_or_else(|| Failure::new("there is no home directory").hint("set `HOME`"))
}
