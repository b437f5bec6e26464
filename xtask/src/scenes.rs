//! What a user of the whole server feels, in figures beside their budgets: builds what is needed,
//! then lets `bench/scenes.mjs` play the scenes.

use std::process::Command;

use crate::components;
use crate::peers;
use crate::process;
use crate::repo::Repo;
use crate::say::Outcome;
use crate::toolchain;

/// Prints the table, and writes it into `docs/bench.md` when all scenes were played.
pub(crate) fn run(repo: &Repo, arguments: &[String]) -> Outcome {
    let toolchain = toolchain::find_or_make()?;
    components::plugins(repo, &toolchain)?;
    components::guests(repo, &toolchain)?;
    peers::build_fs7(repo)?;
    let mut play = Command::new("node");
    play.arg("bench/scenes.mjs").args(arguments);
    process::run(play.current_dir(repo.root()))
}
