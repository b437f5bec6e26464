//! Everything the tests need, and then all the tests.

use crate::clients;
use crate::components;
use crate::pages;
use crate::process;
use crate::repo::Repo;
use crate::report::Report;
use crate::say::Outcome;
use crate::toolchain::{self, Toolchain};

/// Crates that are built together.
pub(crate) struct Selection {
    /// What they are.
    pub(crate) name: &'static str,
    /// Folder of their workspace.
    pub(crate) workspace: &'static str,
    /// Arguments that choose them.
    pub(crate) arguments: &'static [&'static str],
}

/// The crates with tests. The SDK is apart: beside the host its macros would give the macros of
/// wasmtime other features, and everything above them would be compiled a second time.
pub(crate) const SELECTIONS: [Selection; 3] = [
    Selection {
        name: "host and tools",
        workspace: ".",
        arguments: &["--workspace", "--exclude", "fs7-sdk"],
    },
    Selection {
        name: "SDK",
        workspace: ".",
        arguments: &["--package", "fs7-sdk"],
    },
    Selection {
        name: "handlers natively",
        workspace: "plugins",
        arguments: &["--workspace"],
    },
];

/// Runs the parts one after the other, each even if one before it failed.
pub(crate) fn run(repo: &Repo, filters: &[String]) -> Outcome {
    let mut report = Report::new();
    parts(repo, filters, &mut report);
    report.close()
}

/// Adds the parts to a report; the toolchain, if there is one, serves later parts too.
pub(crate) fn parts(repo: &Repo, filters: &[String], report: &mut Report) -> Option<Toolchain> {
    let toolchain = prepare(repo, report);
    for selection in &SELECTIONS {
        let name = format!("test {}", selection.name);
        report.part(&name, || cargo_test(repo, selection, filters));
    }
    if filters.is_empty() {
        let name = "test JavaScript package";
        report.part(name, || clients::test_package(repo));
    }
    toolchain
}

/// Builds and installs what the tests need.
pub(crate) fn prepare(repo: &Repo, report: &mut Report) -> Option<Toolchain> {
    let toolchain = report.part("wasm targets", toolchain::find_or_make);
    if let Some(toolchain) = &toolchain {
        report.part("build handlers", || components::plugins(repo, toolchain));
        report.part("build test guests", || components::guests(repo, toolchain));
    } else {
        for name in ["build handlers", "build test guests"] {
            report.skip(name, "there are no wasm targets");
        }
    }
    report.part("JavaScript client", || clients::javascript(repo));
    report.part("JavaScript package", || clients::package(repo));
    report.part("packages of pages", || pages::packages(repo));
    report.part("Python client", || clients::python(repo));
    toolchain
}

fn cargo_test(repo: &Repo, selection: &Selection, filters: &[String]) -> Outcome {
    let mut command = process::cargo();
    command
        .arg("test")
        .args(selection.arguments)
        .arg("--no-fail-fast");
    if selection.workspace != "." {
        command
            .arg("--target-dir")
            .arg(repo.join(components::TARGET_DIR));
    }
    if !filters.is_empty() {
        command.arg("--").args(filters);
    }
    process::run(command.current_dir(repo.join(selection.workspace)))
}
