//! Everything that `fs7 handlers` makes of the documents of the tests, built in one go: natively
//! with its tests, and as components.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process;
use crate::repo::Repo;
use crate::say::{self, Failure, Outcome, While as _};
use crate::toolchain::Toolchain;

/// Where the crates are written.
const FOLDER: &str = "target/generated";
/// Where they are built; what they stand on is kept from run to run.
const TARGET_DIR: &str = "target/generated-build";
const TARGET: &str = "wasm32-wasip2";
/// Folders with documents.
const DOCUMENTS: [&str; 3] = [
    "tests/contract/codegen",
    "tests/contract/official",
    "tests/contract/seed",
];
/// What `fs7 handlers` says of a document without events that clients send.
const NO_EVENTS: &str = "names no event that a plugin could answer";

/// Writes the crates of all documents and runs their tests, untouched, in one cargo invocation.
pub(crate) fn test(repo: &Repo) -> Outcome {
    write(repo)?;
    let mut command = process::cargo();
    command.args(["test", "--workspace", "--quiet", "--target-dir"]);
    command
        .arg(repo.join(TARGET_DIR))
        .current_dir(repo.join(FOLDER));
    process::run(&mut command)
}

/// Builds the crates that [`test`] wrote as components.
pub(crate) fn components(repo: &Repo, toolchain: &Toolchain) -> Outcome {
    let mut command: Command = toolchain.cargo();
    command.args(["build", "--workspace", "--target", TARGET, "--target-dir"]);
    command
        .arg(repo.join(TARGET_DIR))
        .current_dir(repo.join(FOLDER));
    process::run(&mut command)
}

/// Builds the plugins of the seed's contract as `cargo component` does it.
pub(crate) fn cargo_component(repo: &Repo, toolchain: &Toolchain) -> Outcome {
    let folder = repo.join(TARGET_DIR).join("seed");
    generate(
        repo,
        &repo.join("tests/contract/seed/asyncapi.yaml"),
        &folder,
    )?;
    let mut command = toolchain.cargo_component()?;
    command.args(["component", "build", "--workspace", "--target-dir"]);
    process::run(command.arg(repo.join(TARGET_DIR)).current_dir(&folder))
}

/// Writes all crates, and a workspace around those of all documents.
fn write(repo: &Repo) -> Outcome {
    let folder = repo.join(FOLDER);
    if folder.exists() {
        fs::remove_dir_all(&folder).while_doing("remove the crates of the last run")?;
    }
    let mut command = process::cargo();
    process::run(
        command
            .args(["build", "--package", "fs7"])
            .current_dir(repo.root()),
    )?;
    let mut workspace = None;
    let mut members = Vec::new();
    for document in documents(repo)? {
        let name = name_of(repo, &document);
        let folder = folder.join(&name);
        if !generate(repo, &document, &folder)? {
            continue;
        }
        let manifest = folder.join("Cargo.toml");
        workspace = Some(read(&manifest)?);
        // The crates of all documents become members of one workspace.
        fs::remove_file(&manifest).while_doing("remove a workspace")?;
        for entry in fs::read_dir(&folder).while_doing("read a folder")? {
            let path = entry.while_doing("read a folder")?.path();
            if path.is_dir() {
                members.push(format!("{name}/{}", rename(&path, &name)?));
            }
        }
    }
    let Some(workspace) = workspace else {
        return Err(Failure::new("expected documents with events, found none"));
    };
    say::note(format_args!("{} crates in {FOLDER}", members.len()));
    let members = workspace.replace("members = [\"*\"]", &format!("members = {members:?}"));
    // One hundred programs with all their debug information take more room than they are worth.
    let text = format!("{members}\n[profile.dev]\ndebug = false\n");
    fs::write(folder.join("Cargo.toml"), text).while_doing("write the workspace")
}

/// Calls `fs7 handlers`; whether the document names events that clients send.
fn generate(repo: &Repo, document: &Path, folder: &Path) -> Outcome<bool> {
    let mut command = Command::new(repo.join("target/debug/fs7"));
    command.arg("handlers").arg("--asyncapi-file").arg(document);
    // Some of the official documents name files beside their folder.
    command.arg("--root").arg(repo.root());
    command.arg("--output-dir").arg(folder);
    command.arg("--sdk-path").arg(repo.join("sdk/rust"));
    let output = command.output().while_doing("run fs7 handlers")?;
    let words = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(true);
    }
    if output.status.code() == Some(1) && words.contains(NO_EVENTS) {
        return Ok(false);
    }
    Err(Failure::new(format!(
        "fs7 handlers failed with {}: {}\n{words}",
        output.status,
        document.display()
    )))
}

/// Gives a package a name that no other document's has; its folder stays.
fn rename(folder: &Path, document: &str) -> Outcome<String> {
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let manifest = folder.join("Cargo.toml");
    let text = read(&manifest)?;
    let old = format!("name = \"{name}\"");
    let new = format!("name = \"{document}-{name}\"");
    fs::write(&manifest, text.replacen(&old, &new, 1)).while_doing("rename a package")?;
    Ok(name)
}

/// The documents, in a fixed order; files that they refer to are none.
fn documents(repo: &Repo) -> Outcome<Vec<PathBuf>> {
    let mut open: Vec<PathBuf> = DOCUMENTS.iter().map(|folder| repo.join(folder)).collect();
    let mut found = vec![repo.join("asyncapi.yaml")];
    while let Some(folder) = open.pop() {
        let reading = || format!("read {}", folder.display());
        for entry in fs::read_dir(&folder).while_doing(reading())? {
            let path = entry.while_doing(reading())?.path();
            let is_document = |text: String| text.lines().any(|it| it.starts_with("asyncapi:"));
            if path.is_dir() {
                open.push(path);
            } else if fs::read_to_string(&path).is_ok_and(is_document) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A name for the crates of a document, out of its path.
fn name_of(repo: &Repo, document: &Path) -> String {
    let path = document.strip_prefix(repo.root()).unwrap_or(document);
    let path = path.with_extension("").to_string_lossy().into_owned();
    let short = path.strip_prefix("tests/contract/").unwrap_or(&path);
    let legal = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    short.chars().map(legal).collect()
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).while_doing(format_args!("read {}", path.display()))
}
