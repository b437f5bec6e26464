//! The compiler for handlers: found where it is, fetched by rustup, or made once out of the
//! distribution's packages.

mod cargo_component;
mod folder;
mod packages;
mod standard_library;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process;
use crate::say::{self, Outcome};

pub(crate) use cargo_component::{install as install_cargo_component, tools_bin};

/// What handlers are built for; `cargo component` insists on the second.
pub(crate) const TARGETS: [&str; 2] = ["wasm32-wasip2", "wasm32-wasip1"];
/// The name under which rustup knows the toolchain made out of packages.
const LINKED_NAME: &str = "fs7-guest";
/// rustup waits long for a network that swallows everything; nobody else should.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

/// A toolchain that has both targets.
pub(crate) enum Toolchain {
    /// The one that is active anyway.
    Active,
    /// The one under [`LINKED_NAME`].
    Linked,
}

impl Toolchain {
    /// `cargo` of this toolchain.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = process::cargo();
        match self {
            Self::Active => {}
            Self::Linked => {
                command.env("RUSTUP_TOOLCHAIN", LINKED_NAME);
            }
        }
        command
    }

    /// `cargo` of this toolchain with `cargo component` within reach.
    pub(crate) fn cargo_component(&self) -> Outcome<Command> {
        let path: OsString = process::path_with(&tools_bin()?)?;
        let mut command = self.cargo();
        command.env("PATH", path);
        Ok(command)
    }
}

/// Finds the targets or makes them; the second time it only looks.
pub(crate) fn find_or_make() -> Outcome<Toolchain> {
    let begun = Instant::now();
    let sysroot = active_sysroot()?;
    if has_targets(&sysroot) {
        say::note(format_args!(
            "wasm targets: found in the active toolchain {} ({})",
            sysroot.display(),
            say::seconds(begun.elapsed()),
        ));
        return Ok(Toolchain::Active);
    }
    if let Some(made) = folder::ready(&sysroot)? {
        say::note(format_args!(
            "wasm targets: found in toolchain `{LINKED_NAME}`, {made} ({})",
            say::seconds(begun.elapsed()),
        ));
        return Ok(Toolchain::Linked);
    }
    say::note("wasm targets: the active toolchain has none");
    if ask_rustup() && has_targets(&sysroot) {
        return Ok(Toolchain::Active);
    }
    folder::make(&sysroot)?;
    Ok(Toolchain::Linked)
}

/// The folder of the toolchain that a plain `cargo` would use here.
fn active_sysroot() -> Outcome<PathBuf> {
    let mut command = process::clean(Command::new("rustc"));
    let text = process::output(command.args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(text.trim()))
}

/// Whether a toolchain folder holds a standard library for both targets.
fn has_targets(sysroot: &Path) -> bool {
    TARGETS.iter().all(|target| {
        let libraries = fs::read_dir(sysroot.join("lib/rustlib").join(target).join("lib"));
        libraries.is_ok_and(|mut entries| {
            entries.any(|entry| {
                entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
            })
        })
    })
}

/// Whether rustup could fetch the targets. Why it could not is of no interest: there is another way.
fn ask_rustup() -> bool {
    if process::find("rustup").is_none() {
        say::note("there is no rustup to fetch them with");
        return false;
    }
    let what = format!("rustup target add {}", TARGETS.join(" "));
    let asked = say::step(
        &format!("{what} (at most {} s)", RUSTUP_LIMIT.as_secs()),
        || {
            let mut command = process::clean(Command::new("rustup"));
            command
                .args(["target", "add"])
                .args(TARGETS)
                .env("RUSTUP_MAX_RETRIES", "0");
            process::run_bounded(&mut command, RUSTUP_LIMIT)
        },
    );
    asked.is_ok()
}
