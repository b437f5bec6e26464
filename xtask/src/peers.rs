//! The same work on fs7 and on its peers: builds and installs them all, then lets
//! `bench/compare.mjs` take them in turns.

use std::process::Command;

use crate::clients;
use crate::components;
use crate::process;
use crate::repo::Repo;
use crate::say::{self, Outcome};
use crate::toolchain;

const NODE: &str = "bench/peers/node";
const PYTHON: &str = "bench/peers/fastapi/requirements.txt";
/// The peers' own place below `target/`.
const TARGET: &str = "target/peers";

/// Prints the table of ratios and writes it into the README.
pub(crate) fn run(repo: &Repo, arguments: &[String]) -> Outcome {
    components::plugins(repo, &toolchain::find_or_make()?)?;
    build_fs7(repo)?;
    say::step("build bare socketioxide, optimised", || {
        let mut command = process::cargo();
        command
            .args(["build", "--release", "--locked", "--manifest-path"])
            .arg(repo.join("bench/peers/socketioxide/Cargo.toml"))
            .arg("--target-dir")
            .arg(repo.join(TARGET));
        process::run(command.current_dir(repo.root()))
    })?;
    clients::node_modules(repo, NODE, "Node.js peer")?;
    clients::virtual_environment(repo, PYTHON, &format!("{TARGET}/venv"), "Python peer")?;
    let mut compare = Command::new("node");
    compare.arg("bench/compare.mjs").args(arguments);
    process::run(compare.current_dir(repo.root()))
}

/// The program as it is shipped.
pub(crate) fn build_fs7(repo: &Repo) -> Outcome {
    say::step("build fs7, optimised", || {
        let mut command = process::cargo();
        command.args(["build", "--release", "--package", "fs7"]);
        process::run(command.current_dir(repo.root()))
    })
}
