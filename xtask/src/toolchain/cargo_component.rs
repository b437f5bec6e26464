//! `cargo component`, the other way to build a handler. Installing it takes minutes, so it is done
//! on demand only, and outside the repository.

use std::path::PathBuf;
use std::process::Command;

use crate::process;
use crate::repo;
use crate::say::{self, Outcome};

/// The version that the handlers are tried with.
const VERSION: &str = "0.21.1";

/// Where the repository's tools are installed.
pub(crate) fn tools_bin() -> Outcome<PathBuf> {
    Ok(repo::cache_dir()?.join("tools/bin"))
}

/// Installs `cargo component` unless this version is there, in `PATH` or where it was put before.
pub(crate) fn install() -> Outcome {
    let own = tools_bin()?.join("cargo-component");
    let expected = format!("cargo-component {VERSION}");
    for program in [Some(own), process::find("cargo-component")]
        .into_iter()
        .flatten()
    {
        let version = process::output(Command::new(&program).arg("--version")).unwrap_or_default();
        if version.trim() == expected {
            say::note(format_args!(
                "cargo component: found {VERSION} at {}",
                program.display()
            ));
            return Ok(());
        }
    }
    let root = repo::cache_dir()?.join("tools");
    say::step(
        &format!("installing cargo-component {VERSION} (2 to 4 minutes on two cores)"),
        || {
            let mut command = process::cargo();
            command.args([
                "install",
                "cargo-component",
                "--version",
                VERSION,
                "--locked",
                "--force",
            ]);
            // Optimising it takes three times as long, and saves half a second in its use here.
            command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
            command.arg("--quiet").arg("--root").arg(&root);
            process::run(&mut command)
        },
    )
}
