//! The stock JavaScript and Python clients that the tests drive: installed once, again when their
//! lock files change.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process;
use crate::repo::Repo;
use crate::say::{self, Failure, Outcome, While as _};

const FOLDER: &str = "tests/clients";
/// The package `@fs7/client`.
const PACKAGE: &str = "sdk/client-js";
/// Where the tests find Python, from the repository root, as `bin/python` in it.
const VENV: &str = "target/clients/venv";
const NODE_MIN: u32 = 18;

/// Installs `tests/clients/node_modules` out of the lock file.
pub(crate) fn javascript(repo: &Repo) -> Outcome {
    node_modules(repo, FOLDER, "JavaScript client")
}

/// Installs what the package for JavaScript clients is made with, and builds it.
pub(crate) fn package(repo: &Repo) -> Outcome {
    node_modules(repo, PACKAGE, "packages of @fs7/client")?;
    npm(repo, &["run", "--silent", "build"])
}

/// Plays the stories of the package.
pub(crate) fn test_package(repo: &Repo) -> Outcome {
    npm(repo, &["test", "--silent"])
}

fn npm(repo: &Repo, arguments: &[&str]) -> Outcome {
    let mut npm = Command::new("npm");
    process::output(npm.args(arguments).current_dir(repo.join(PACKAGE))).map(drop)
}

/// Installs what a folder's lock file names into its `node_modules`.
pub(crate) fn node_modules(repo: &Repo, folder: &str, what: &str) -> Outcome {
    let hint = format!(
        "install Node.js {NODE_MIN} or later with npm, on Debian: apt-get install nodejs npm"
    );
    let version = process::output(Command::new("node").arg("--version"))
        .map_err(|_| Failure::new("expected `node` in `PATH`, found none").hint(&hint))?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .unwrap_or_default();
    if major.parse().is_ok_and(|major: u32| major < NODE_MIN) {
        let what = format!(
            "expected `node` {NODE_MIN} or later, found {}",
            version.trim()
        );
        return Err(Failure::new(what).hint(&hint));
    }
    if process::find("npm").is_none() {
        return Err(Failure::new("expected `npm` in `PATH`, found none").hint(&hint));
    }
    let folder = repo.join(folder);
    let stamp = folder.join("node_modules").join(xtask::STAMP_FILE);
    let wanted = wanted(&folder.join("package-lock.json"), &version)?;
    installed_once(what, &stamp, &wanted, || {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"])
            .current_dir(&folder);
        process::output(&mut npm).map(drop)
    })
}

/// Makes the virtual environment of the Python client.
pub(crate) fn python(repo: &Repo) -> Outcome {
    let requirements = format!("{FOLDER}/requirements.txt");
    virtual_environment(repo, &requirements, VENV, "Python client")
}

/// Makes a virtual environment and installs the pinned packages into it.
pub(crate) fn virtual_environment(
    repo: &Repo,
    requirements: &str,
    venv: &str,
    what: &str,
) -> Outcome {
    let hint = "install Python 3.10 or later with venv, on Debian: apt-get install python3-venv";
    let version = process::output(Command::new("python3").arg("--version"))
        .map_err(|_| Failure::new("expected `python3` in `PATH`, found none").hint(hint))?;
    let requirements = repo.join(requirements);
    let venv = repo.join(venv);
    let wanted = wanted(&requirements, &version)?;
    installed_once(what, &venv.join(xtask::STAMP_FILE), &wanted, || {
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&venv);
        process::output(&mut make).map_err(|failure| failure.hint(hint))?;
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "-r",
        ]);
        process::output(pip.arg(&requirements))?;
        let mut check = Command::new(venv.join("bin/python"));
        process::output(check.args(["-m", "pip", "check"])).map(drop)
    })
}

/// What the stamp must say: the lock file's hash and the version of what runs it.
fn wanted(lock: &Path, version: &str) -> Outcome<String> {
    let bytes = fs::read(lock).while_doing(format_args!("read {}", lock.display()))?;
    Ok(format!("{} {}", version.trim(), xtask::hash_bytes(&bytes)))
}

fn installed_once(
    what: &str,
    stamp: &Path,
    wanted: &str,
    install: impl FnOnce() -> Outcome,
) -> Outcome {
    if fs::read_to_string(stamp).is_ok_and(|text| text == wanted) {
        say::note(format_args!("{what}: up to date"));
        return Ok(());
    }
    say::step(&format!("{what}: installing"), install)?;
    fs::write(stamp, wanted).while_doing(format_args!("write {}", stamp.display()))
}
