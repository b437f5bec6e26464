//! `fs7 asyncapi`: the contract checked, compared, exported and imported.

mod diff;
mod export;
mod import;
mod report;
mod validate;

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use fs7_contract::{Disk, DiskBelow, Reading};

use super::failure::{CommandResult, Exit, Failure};
use super::output;
use crate::cli::asyncapi::{AsyncapiArgs, AsyncapiCommand, DocumentArgs};
use crate::config::Draft;

/// Does what was asked. Settings are read only where they are needed: a document can be looked at
/// in any directory.
pub(crate) fn run(
    settings: &dyn Fn() -> Result<Draft, Failure>,
    args: &AsyncapiArgs,
) -> CommandResult {
    match &args.command {
        AsyncapiCommand::Validate(args) => validate::run(settings, args),
        AsyncapiCommand::Diff(args) => diff::run(args),
        AsyncapiCommand::Export(args) => export::run(settings, args),
        AsyncapiCommand::Import(args) => import::run(args),
    }
}

/// Reads the document that was named, else the contract of the settings.
fn read_named(
    settings: &dyn Fn() -> Result<Draft, Failure>,
    args: &DocumentArgs,
) -> Result<Reading, Failure> {
    if let Some(path) = args.named() {
        return read(path, args.root.as_deref());
    }
    let draft = settings()?;
    let path = draft.contract();
    if !path.exists() {
        let words = format!("there is no contract `{}`", path.display());
        return Err(Failure::new(words).with_hint("name a file: `fs7 asyncapi validate FILE`"));
    }
    // As short as the user would write it.
    let short = path.strip_prefix(draft.work_dir()).unwrap_or(path);
    read(short, args.root.as_deref())
}

/// Reads a document whose files lie below `root`, or below its own folder. One that is wrong is no
/// failure here.
pub(super) fn read(path: &Path, root: Option<&Path>) -> Result<Reading, Failure> {
    if path.is_dir() {
        let words = format!("`{}` is a folder, not an AsyncAPI document", path.display());
        return Err(Failure::new(words));
    }
    // A file that is not there is a plain failure, not a finding about its text.
    fs::metadata(path).with_context(|| format!("read `{}`", path.display()))?;
    let Some(root) = root else {
        return Ok(fs7_contract::read(path, &Disk));
    };
    let root = root.to_owned();
    if !root.is_dir() {
        let words = format!("`{}` is no folder", root.display());
        return Err(Failure::new(words).with_hint("name one above all files of the document"));
    }
    Ok(fs7_contract::read(path, &DiskBelow { root }))
}

/// Shows the errors of a document that was needed as a contract.
pub(super) fn no_contract(reading: &Reading, path: &Path) -> CommandResult {
    output::raw_message(&report::text(
        &reading.bundle,
        &reading.diagnostics,
        report::Style::of_stderr(),
    ));
    let errors = reading.errors();
    let plural = if errors == 1 { "" } else { "s" };
    output::message(&format!(
        "error: `{}` is no contract: {errors} error{plural}",
        path.display()
    ));
    Ok(Exit::Failed)
}

/// Writes to a file, or to standard output.
fn write(text: &str, output: Option<&Path>) -> CommandResult {
    let Some(path) = output else {
        output::raw(text.as_bytes())?;
        return Ok(Exit::Done);
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder).with_context(|| format!("make `{}`", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("write `{}`", path.display()))?;
    output::message(&format!("wrote `{}`", path.display()));
    Ok(Exit::Done)
}
