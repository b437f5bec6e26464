//! `fs7 completions`: a completion script.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::failure::{CommandResult, Exit};
use super::output;
use crate::cli::Cli;

/// Prints the script for a shell.
pub(crate) fn run(shell: Shell) -> CommandResult {
    // Gathered first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "fs7", &mut script);
    output::raw(&script)?;
    Ok(Exit::Done)
}
