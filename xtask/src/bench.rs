//! The benchmarks in process, optimised: single steps of an event, then whole events through
//! dispatch.

use crate::components;
use crate::process;
use crate::repo::Repo;
use crate::say::Outcome;
use crate::toolchain;

/// The benchmark of threads, which is no step.
const SCALING: &str = "scaling";

/// Runs the steps that match the filter; without one also whole events.
pub(crate) fn run(repo: &Repo, filter: &[String]) -> Outcome {
    let toolchain = toolchain::find_or_make()?;
    if filter == [SCALING] {
        components::plugins(repo, &toolchain)?;
        return cargo_bench(repo, SCALING, &[]);
    }
    components::guests(repo, &toolchain)?;
    cargo_bench(repo, "steps", filter)?;
    if filter.is_empty() {
        components::plugins(repo, &toolchain)?;
        cargo_bench(repo, "dispatch", &[])?;
    }
    Ok(())
}

fn cargo_bench(repo: &Repo, name: &str, arguments: &[String]) -> Outcome {
    let mut command = process::cargo();
    command.args(["bench", "--package", "fs7", "--bench", name]);
    command.arg("--").args(arguments);
    process::run(command.current_dir(repo.root()))
}
