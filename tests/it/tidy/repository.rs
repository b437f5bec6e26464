//! The repository's own files: neither built nor installed.

use std::fs;
use std::path::Path;

use fs7_tests::repo;

/// Directories with what is built, installed or the user's own.
const NOT_OURS: [&str; 8] = [
    ".git",
    "target",
    "node_modules",
    "dist",
    "events",
    "logs",
    ".fs7",
    "__pycache__",
];

/// One text file of the repository.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// From the root, with `/`.
    pub(super) path: String,
    /// Its text.
    pub(super) text: String,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Its lines with their numbers.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether a tool wrote it, or other people did: then its form is theirs.
    pub(super) fn is_generated(&self) -> bool {
        const FOLDERS: [&str; 4] = [
            "host/contract/spec/",
            "tests/contract/golden/",
            "tests/contract/invalid/",
            "tests/contract/official/",
        ];
        FOLDERS.iter().any(|folder| self.is_in(folder)) || self.is_written_by_a_tool()
    }

    fn is_written_by_a_tool(&self) -> bool {
        self.path.ends_with(".lock")
            || self.path.ends_with("package-lock.json")
            || self.path == "plugins/plain_wit/src/bindings.rs"
    }

    pub(super) fn is_in(&self, directory: &str) -> bool {
        self.path.starts_with(directory)
    }
}

/// All text files, sorted by path.
pub(super) fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    collect(repo::root(), &mut sources);
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    sources
}

fn collect(directory: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if NOT_OURS.contains(&name.as_str()) || fs::symlink_metadata(&path).unwrap().is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, sources);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path.strip_prefix(repo::root()).unwrap();
            sources.push(Source {
                path: path.to_string_lossy().into_owned(),
                text,
            });
        }
    }
}
