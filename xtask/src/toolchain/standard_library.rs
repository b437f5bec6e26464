//! The standard library for the wasm targets, built from the distribution's Rust sources.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::TARGETS;
use crate::process;
use crate::say::{Failure, Outcome, While as _};

const EMPTY_CRATE: &str = "fs7-empty";

/// Builds the library for all targets in the new folder `work` and returns that folder's output.
/// Its few dependencies come from the package registry.
pub(super) fn build(work: &Path) -> Outcome<PathBuf> {
    let source = work.join("src");
    fs::create_dir_all(&source).while_doing(format_args!("make {}", source.display()))?;
    let manifest = format!(
        "[package]\nname = \"{EMPTY_CRATE}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n"
    );
    fs::write(work.join("Cargo.toml"), manifest).while_doing("write the empty crate")?;
    fs::write(source.join("lib.rs"), "#![no_std]\n").while_doing("write the empty crate")?;
    let output = work.join("target");
    let mut command = system_cargo()?;
    command.args([
        "build",
        "--quiet",
        "--release",
        "-Z",
        "build-std=std,panic_abort",
    ]);
    command.arg("--target-dir").arg(&output).current_dir(work);
    for target in TARGETS {
        command.args(["--target", target]);
    }
    process::output(&mut command).map_err(|failure| {
        failure.hint("it needs the package registry crates.io; look at cargo's words above")
    })?;
    Ok(output)
}

/// Copies what was built for `target` out of `output` into the toolchain's `libraries`.
pub(super) fn copy(output: &Path, target: &str, libraries: &Path) -> Outcome {
    let empty = format!("lib{}-", EMPTY_CRATE.replace('-', "_"));
    let built = output.join(target).join("release/deps");
    let entries = fs::read_dir(&built).while_doing(format_args!("read {}", built.display()))?;
    for entry in entries {
        let file = entry
            .while_doing(format_args!("read {}", built.display()))?
            .path();
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".rlib") && !name.starts_with(&empty) {
            fs::copy(&file, libraries.join(&name)).while_doing(format_args!("copy {name}"))?;
        }
    }
    Ok(())
}

/// `/usr/bin/cargo` with `/usr/bin/rustc`, free of rustup and of the user's build settings.
fn system_cargo() -> Outcome<Command> {
    let mut command = process::clean(Command::new("/usr/bin/cargo"));
    for name in [
        "CARGO_BUILD_RUSTC_WRAPPER",
        "CARGO_BUILD_TARGET",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTUP_TOOLCHAIN",
    ] {
        command.env_remove(name);
    }
    // Without bitcode inside, a handler's link-time optimisation fails.
    command
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("RUSTC_BOOTSTRAP", "1");
    command.env("PATH", process::path_with(Path::new("/usr/bin"))?);
    if env::var_os("HOME").is_none() {
        return Err(Failure::new("cargo needs a home directory").hint("set `HOME`"));
    }
    Ok(command)
}
