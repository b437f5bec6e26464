//! Runs cargo for a plugin, with a toolchain that can build for WebAssembly.

use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde::Deserialize;

use super::super::failure::Failure;

/// What handlers are built for.
const TARGET: &str = "wasm32-wasip2";
/// The toolchain that `cargo xtask toolchain` makes where rustup has no such target.
const LINKED_TOOLCHAIN: &str = "fs7-guest";

/// Which compiler is used.
#[derive(Clone, Copy)]
enum Toolchain {
    /// The one that is active in the plugin's folder.
    Active,
    /// The one made by `cargo xtask toolchain`.
    Linked,
}

impl Toolchain {
    fn command(self, program: &str, dir: &Path) -> Command {
        let mut command = match self {
            Self::Active => Command::new(program),
            Self::Linked => {
                let mut command = Command::new("rustup");
                command.args(["run", LINKED_TOOLCHAIN, program]);
                command
            }
        };
        command.current_dir(dir).stdin(Stdio::null());
        command
    }

    /// Whether it has a standard library for the target.
    fn has_target(self, dir: &Path) -> bool {
        let mut command = self.command("rustc", dir);
        command
            .args(["--print", "target-libdir", "--target", TARGET])
            .stderr(Stdio::null());
        let Ok(printed) = command.output() else {
            return false;
        };
        let folder = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
        let Ok(entries) = std::fs::read_dir(folder) else {
            return false;
        };
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    }
}

/// Builds the plugin in a folder; the component. What the compiler says goes to standard error.
pub(crate) fn build(dir: &Path) -> Result<PathBuf, Failure> {
    if !dir.join("Cargo.toml").is_file() {
        return Err(
            Failure::new(format!("no Cargo.toml in `{}`", dir.display()))
                .with_hint("name the plugin's folder, or make a plugin with `fs7 new NAME`"),
        );
    }
    let mut command = find_toolchain(dir)?.command("cargo", dir);
    command.args(["build", "--release", "--target", TARGET]);
    command.args(["--message-format", "json-render-diagnostics"]);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(not_started)?;
    let mut components = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            components.extend(component(&line.context("read what cargo says")?));
        }
    }
    let status = child.wait().context("wait for cargo")?;
    if !status.success() {
        return Err(Failure::new(format!(
            "the build of `{}` failed",
            dir.display()
        )));
    }
    match components.as_slice() {
        [component] => Ok(component.clone()),
        [] => Err(Failure::new(format!(
            "the build of `{}` made no component",
            dir.display()
        ))
        .with_hint("a plugin's Cargo.toml has `[lib]` with `crate-type = [\"cdylib\"]`")),
        several => {
            let count = several.len();
            Err(
                Failure::new(format!("expected one component, found {count}"))
                    .with_hint("name the folder of one plugin, not that of a workspace"),
            )
        }
    }
}

fn find_toolchain(dir: &Path) -> Result<Toolchain, Failure> {
    [Toolchain::Active, Toolchain::Linked]
        .into_iter()
        .find(|toolchain| toolchain.has_target(dir))
        .ok_or_else(|| {
            Failure::new(format!("no Rust toolchain here can build for {TARGET}")).with_hint(
                format!("run `rustup target add {TARGET}`, or `cargo xtask toolchain` in a checkout of fs7"),
            )
        })
}

fn not_started(error: std::io::Error) -> Failure {
    let missing = error.kind() == ErrorKind::NotFound;
    let failure: Failure = anyhow::Error::new(error).context("start cargo").into();
    if missing {
        failure.with_hint("install Rust: https://rustup.rs")
    } else {
        failure
    }
}

/// One line of `--message-format json`, as far as it matters.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    filenames: Option<Vec<PathBuf>>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

/// The component that a line tells of.
fn component(line: &str) -> Option<PathBuf> {
    let message: Message = serde_json::from_str(line).ok()?;
    let is_library = message
        .target
        .is_some_and(|target| target.kind.iter().any(|it| it == "cdylib"));
    if message.reason != "compiler-artifact" || !is_library {
        return None;
    }
    let is_component = |path: &PathBuf| path.extension().is_some_and(|it| it == "wasm");
    message.filenames.into_iter().flatten().find(is_component)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<&str>) {
        assert_eq!(component(line), expected.map(PathBuf::from), "{line}");
    }

    #[test]
    fn component_is_found_among_the_messages() {
        check(
            r#"{"reason":"compiler-artifact","target":{"kind":["cdylib"],"name":"a"},"filenames":["/t/a.d","/t/a.wasm"],"fresh":true}"#,
            Some("/t/a.wasm"),
        );
        check(
            r#"{"reason":"compiler-artifact","target":{"kind":["lib"]},"filenames":["/t/a.rlib"]}"#,
            None,
        );
        check(r#"{"reason":"build-finished","success":true}"#, None);
        check("warning: not JSON", None);
    }
}
