//! From a fresh checkout to a running server.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::components;
use crate::process;
use crate::repo::Repo;
use crate::say::{self, Failure, Outcome};
use crate::toolchain;

/// Builds handlers and host, then becomes the host, in the foreground and in the repository root.
pub(crate) fn run(repo: &Repo, arguments: &[String]) -> Outcome {
    let toolchain = toolchain::find_or_make()?;
    say::step("building the example handlers into events/", || {
        components::plugins(repo, &toolchain)
    })?;
    let messages = say::step("building the host", || {
        let mut command = process::cargo();
        command.args([
            "build",
            "-p",
            "fs7",
            "--message-format",
            "json-render-diagnostics",
        ]);
        process::output_loud(command.current_dir(repo.root()))
    })?;
    let programs = components::artifacts(&messages, "\"executable\":", "/fs7");
    let Some(program) = programs.first() else {
        return Err(Failure::new(
            "expected package `fs7` to make the program `fs7`, found none",
        ));
    };
    say::note("starting fs7 in the foreground; Ctrl-C stops it");
    let mut host = process::clean(Command::new(program));
    host.args(["start", "--foreground"])
        .args(arguments)
        .current_dir(repo.root());
    // Only a failure comes back from here.
    let error = host.exec();
    Err(Failure::new(format!(
        "could not start {}: {error}",
        program.display()
    )))
}
