//! The example clients of the repository, run as their authors would run them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use crate::repo;

/// Packages that the examples name, and where they lie in the repository.
const PACKAGES: [(&str, &str); 2] = [
    (
        "socket.io-client",
        "tests/clients/node_modules/socket.io-client",
    ),
    ("@fs7/client", "sdk/client-js"),
];

/// Runs an example of Node.js to its end; every example has a bound of its own.
///
/// # Panics
/// When its packages are not there.
#[must_use]
pub fn node(file: &str, args: &[&str]) -> Output {
    let desk = tempfile::tempdir().expect("a temporary directory");
    for (name, place) in PACKAGES {
        let package = repo::root().join(place);
        assert!(
            package.exists(),
            "no {place}\nhint: run `cargo xtask clients`"
        );
        let link = desk.path().join("node_modules").join(name);
        fs::create_dir_all(link.parent().expect("a folder")).expect("make node_modules");
        symlink(package, link).expect("link a package");
    }
    let example = copied(file, desk.path());
    output(Command::new("node").arg(example).args(args))
}

/// Runs an example of Python to its end.
#[must_use]
pub fn python(file: &str, args: &[&str]) -> Output {
    let example = repo::root().join("examples").join(file);
    let mut command = Command::new(repo::python());
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    output(command.arg(example).args(args))
}

/// Packages are looked for beside the file.
fn copied(file: &str, folder: &Path) -> std::path::PathBuf {
    let source = repo::root().join("examples").join(file);
    let copy = folder.join("example.mjs");
    fs::copy(&source, &copy).unwrap_or_else(|error| panic!("copy {}: {error}", source.display()));
    copy
}

fn output(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("run {command:?}: {error}"))
}
