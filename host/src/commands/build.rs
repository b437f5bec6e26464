//! `fs7 build`: builds a plugin, checks the component as the server would, and installs it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::client::Client;
use super::failure::{CommandResult, Exit, Failure};
use super::install::{self, Sound, Staged};
use super::{output, swap};
use crate::cli::BuildArgs;
use crate::config::Draft;

pub(crate) mod cargo;

/// Builds one plugin.
pub(crate) fn run(draft: &Draft, args: &BuildArgs) -> CommandResult {
    let component = cargo::build(&args.dir)?;
    if args.no_install {
        let sound = check(draft, &component)?;
        output::message(&sound.words());
        output::line(&component.display().to_string())?;
        return Ok(Exit::Done);
    }
    let client = match args.output {
        Some(_) => None,
        None => Client::look(draft)?,
    };
    let target = match (&args.output, &client) {
        (Some(output), _) if output.is_dir() => output.join(name(&component)),
        (Some(output), _) => output.clone(),
        (None, Some(client)) => client.record.events_dir.join(name(&component)),
        (None, None) => draft.events_dir().join(name(&component)),
    };
    let sound = install(draft, &component, &target)?;
    output::message(&sound.words());
    let Some(client) = client else {
        output::line(&target.display().to_string())?;
        return Ok(Exit::Done);
    };
    let installed = [sound];
    let swapped = swap::request(&client, &installed)?;
    swapped.tell(&installed)?;
    Ok(if swapped.is_whole() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Checks a component and puts it into its place.
pub(crate) fn install(draft: &Draft, component: &Path, target: &Path) -> Result<Sound, Failure> {
    let copy = || format!("copy the component to `{}`", target.display());
    let staged = Staged::copy(component, target).with_context(copy)?;
    let sound = check(draft, staged.path())?;
    staged.install().with_context(copy)?;
    Ok(sound)
}

fn check(draft: &Draft, path: &Path) -> Result<Sound, Failure> {
    install::check(path, &draft.for_checks())
        .map_err(|unsound| Failure::new(unsound.words()).with_hint(unsound.hint))
}

/// The name that a component has in the events directory.
pub(crate) fn name(component: &Path) -> PathBuf {
    component.file_name().map(PathBuf::from).unwrap_or_default()
}
