//! Everything the tests need, and then all the tests.

use crate::clients;
use crate::components;
use crate::process;
use crate::repo::Repo;
use crate::report::Report;
use crate::say::Outcome;
use crate::toolchain::{self, Toolchain};

/// Runs the parts one after the other, each even if one before it failed.
pub(crate) fn run(repo: &Repo, filters: &[String]) -> Outcome {
    let mut report = Report::new();
    parts(repo, filters, &mut report);
    report.close()
}

/// Adds the parts to a report; the toolchain, if there is one, serves later parts too.
pub(crate) fn parts(repo: &Repo, filters: &[String], report: &mut Report) -> Option<Toolchain> {
    let toolchain = prepare(repo, report);
    report.part("test host, SDK and tools", || {
        cargo_test(repo, ".", filters)
    });
    report.part("test handlers natively", || {
        cargo_test(repo, "plugins", filters)
    });
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
    report.part("Python client", || clients::python(repo));
    toolchain
}

fn cargo_test(repo: &Repo, workspace: &str, filters: &[String]) -> Outcome {
    let mut command = process::cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]);
    if workspace != "." {
        command
            .arg("--target-dir")
            .arg(repo.join(components::TARGET_DIR));
    }
    if !filters.is_empty() {
        command.arg("--").args(filters);
    }
    process::run(command.current_dir(repo.join(workspace)))
}
