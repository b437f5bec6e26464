//! Handlers and test guests: built as WebAssembly components, then put where the host or the tests
//! look for them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process;
use crate::repo::Repo;
use crate::say::{self, Failure, Outcome, While as _};
use crate::toolchain::Toolchain;

const TARGET: &str = "wasm32-wasip2";
/// Handlers and guests stand on the same crates: one folder for both builds those only once.
pub(crate) const TARGET_DIR: &str = "plugins/target";

/// Builds the example handlers into `events/`. What else lies there is the user's own.
pub(crate) fn plugins(repo: &Repo, toolchain: &Toolchain) -> Outcome {
    let hash = xtask::plugin_sources_hash(repo.root()).while_doing("read the handlers' sources")?;
    let directory = repo.join(xtask::EVENTS_DIR);
    let built = build(repo, toolchain, "plugins")?;
    place_all(&built, &directory)?;
    write_stamp(&directory, &hash)
}

/// Builds the tests' guests into `target/guests/`, and removes those that no longer have a source.
pub(crate) fn guests(repo: &Repo, toolchain: &Toolchain) -> Outcome {
    let hash = xtask::guest_sources_hash(repo.root()).while_doing("read the guests' sources")?;
    let directory = repo.join(xtask::GUESTS_DIR);
    let built = build(repo, toolchain, "tests/guests")?;
    place_all(&built, &directory)?;
    let names: BTreeSet<_> = built.iter().filter_map(|file| file.file_name()).collect();
    for entry in fs::read_dir(&directory).while_doing("read the guests' folder")? {
        let path = entry.while_doing("read the guests' folder")?.path();
        let is_component = path
            .extension()
            .is_some_and(|extension| extension == "wasm");
        if is_component && !path.file_name().is_some_and(|name| names.contains(name)) {
            fs::remove_file(&path).while_doing(format_args!("remove {}", path.display()))?;
        }
    }
    write_stamp(&directory, &hash)
}

/// The files that `cargo` says it made with this extension (none: programs), out of the messages of
/// `--message-format=json-render-diagnostics`.
pub(crate) fn artifacts(messages: &str, key: &str, ending: &str) -> Vec<PathBuf> {
    messages
        .lines()
        .filter(|line| line.contains("\"reason\":\"compiler-artifact\""))
        .filter_map(|line| line.split_once(key).map(|(_, rest)| rest))
        .flat_map(|rest| {
            let list = rest.split([']', '}']).next().unwrap_or_default();
            list.split(',')
                .map(|word| word.trim_matches(['[', '"', ' ']))
                .collect::<Vec<_>>()
        })
        .filter(|word| word.starts_with('/') && word.ends_with(ending))
        .map(PathBuf::from)
        .collect()
}

/// Builds a workspace of components and returns the files, one for each crate.
fn build(repo: &Repo, toolchain: &Toolchain, workspace: &str) -> Outcome<Vec<PathBuf>> {
    let folder = repo.join(workspace);
    if !folder.join("Cargo.toml").is_file() {
        return Err(Failure::new(format!(
            "expected a workspace at {workspace}/Cargo.toml, found none"
        )));
    }
    let mut command: Command = toolchain.cargo();
    command.args(["build", "--workspace", "--release", "--target", TARGET]);
    command.args([
        "--message-format",
        "json-render-diagnostics",
        "--target-dir",
    ]);
    command.arg(repo.join(TARGET_DIR)).current_dir(&folder);
    let messages = process::output_loud(&mut command)?;
    let built = artifacts(&messages, "\"filenames\":", ".wasm");
    if built.is_empty() {
        return Err(
            Failure::new(format!("expected components from {workspace}, found none"))
                .hint("a handler's Cargo.toml says `crate-type = [\"cdylib\"]`"),
        );
    }
    Ok(built)
}

fn place_all(files: &[PathBuf], directory: &Path) -> Outcome {
    fs::create_dir_all(directory).while_doing(format_args!("make {}", directory.display()))?;
    let mut changed = Vec::new();
    for file in files {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if place(file, directory, &name).while_doing(format_args!("copy {name}"))? {
            changed.push(name);
        }
    }
    let place = directory.display();
    match changed.as_slice() {
        [] => say::note(format_args!(
            "{place}: all {} components are up to date",
            files.len()
        )),
        _ => say::note(format_args!("{place}: new {}", changed.join(", "))),
    }
    Ok(())
}

/// Copies a file by way of a dotfile and a rename, so that a running host never sees half of it;
/// leaves a file with the same bytes alone. Says whether it changed something.
fn place(file: &Path, directory: &Path, name: &str) -> io::Result<bool> {
    let bytes = fs::read(file)?;
    let destination = directory.join(name);
    if fs::read(&destination).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    let draft = directory.join(format!(".{name}.tmp"));
    fs::write(&draft, bytes)?;
    fs::rename(&draft, &destination)?;
    Ok(true)
}

fn write_stamp(directory: &Path, hash: &str) -> Outcome {
    let file = directory.join(xtask::STAMP_FILE);
    fs::write(&file, hash).while_doing(format_args!("write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: &str = concat!(
        r#"{"reason":"compiler-artifact","package_id":"a","filenames":["/t/release/deps/libserde.rlib"],"executable":null,"fresh":true}"#,
        "\n",
        r#"{"reason":"compiler-artifact","package_id":"b","filenames":["/t/release/echo.wasm","/t/release/libecho.rlib"],"executable":null,"fresh":false}"#,
        "\n",
        r#"{"reason":"compiler-artifact","package_id":"c","filenames":["/t/debug/fs7"],"executable":"/t/debug/fs7","fresh":true}"#,
        "\n",
        r#"{"reason":"build-finished","success":true}"#,
    );

    #[test]
    fn components_and_programs_are_found_in_cargos_messages() {
        let components = artifacts(MESSAGES, "\"filenames\":", ".wasm");
        assert_eq!(components, [PathBuf::from("/t/release/echo.wasm")]);
        let programs = artifacts(MESSAGES, "\"executable\":", "/fs7");
        assert_eq!(programs, [PathBuf::from("/t/debug/fs7")]);
    }

    #[test]
    fn file_with_the_same_bytes_is_left_alone() {
        let root = std::env::temp_dir().join(format!("fs7-xtask-place-{}", std::process::id()));
        let events = root.join("events");
        fs::create_dir_all(&events).unwrap();
        let file = root.join("a.wasm");
        fs::write(&file, "one").unwrap();
        assert!(place(&file, &events, "a.wasm").unwrap());
        assert!(!place(&file, &events, "a.wasm").unwrap());
        fs::write(&file, "two").unwrap();
        assert!(place(&file, &events, "a.wasm").unwrap());
        assert_eq!(fs::read_to_string(events.join("a.wasm")).unwrap(), "two");
        assert_eq!(fs::read_dir(&events).unwrap().count(), 1);
        fs::remove_dir_all(&root).unwrap();
    }
}
