//! What must hold before a change is taken: form, lints, tests, what an event costs, and both ways
//! to build a handler.

use std::fs;
use std::process::Command;

use crate::components;
use crate::generated;
use crate::instructions;
use crate::process;
use crate::repo::Repo;
use crate::report::Report;
use crate::say::{Failure, Outcome, While as _};
use crate::test::{self, Selection};
use crate::toolchain::{self, Toolchain};

const WORKSPACES: [&str; 3] = [".", "plugins", "tests/guests"];
/// The tests' guests have no tests of their own.
const GUESTS: Selection = Selection {
    name: "test guests",
    workspace: "tests/guests",
    arguments: &["--workspace"],
};
/// A component's first eight bytes; a core module has another version.
const COMPONENT_MAGIC: &[u8] = b"\0asm\x0d\0\x01\0";

/// Runs all parts and closes with the table of times.
pub(crate) fn run(repo: &Repo) -> Outcome {
    let mut report = Report::new();
    for workspace in WORKSPACES {
        let name = format!("format of {}", title(workspace));
        report.part(&name, || fmt(repo, workspace));
    }
    for selection in test::SELECTIONS.iter().chain([&GUESTS]) {
        let name = format!("clippy on {}", selection.name);
        report.part(&name, || clippy(repo, selection));
    }
    let toolchain = test::parts(repo, &[], &mut report);
    report.part("instruction counts", || instructions::check(repo));
    report.part("generated handlers natively", || generated::test(repo));
    report.part("cargo component", toolchain::install_cargo_component);
    let names = [
        "handlers by cargo component",
        "generated handlers as components",
        "the seed's handlers by cargo component",
    ];
    match toolchain {
        Some(toolchain) => {
            let [handlers, generated, seeds] = names;
            report.part(handlers, || cargo_component(repo, &toolchain));
            report.part(generated, || generated::components(repo, &toolchain));
            report.part(seeds, || generated::cargo_component(repo, &toolchain));
        }
        None => {
            for name in names {
                report.skip(name, "there are no wasm targets");
            }
        }
    }
    report.close()
}

fn title(workspace: &str) -> &str {
    if workspace == "." {
        "the root"
    } else {
        workspace
    }
}

fn fmt(repo: &Repo, workspace: &str) -> Outcome {
    let mut command = process::cargo();
    process::run(
        command
            .args(["fmt", "--check"])
            .current_dir(repo.join(workspace)),
    )
    .map_err(|failure| failure.hint(format!("run `cargo fmt` in {workspace}")))
}

/// Handlers are linted as native code: the linter comes with the toolchain of the host.
fn clippy(repo: &Repo, selection: &Selection) -> Outcome {
    let mut command = process::cargo();
    command
        .arg("clippy")
        .args(selection.arguments)
        .arg("--all-targets");
    if selection.workspace != "." {
        command
            .arg("--target-dir")
            .arg(repo.join(components::TARGET_DIR));
    }
    process::run(
        command
            .args(["--", "-D", "warnings"])
            .current_dir(repo.join(selection.workspace)),
    )
}

/// Builds every handler by `cargo component` too, for `wasm32-wasip1`, and looks at the files.
fn cargo_component(repo: &Repo, toolchain: &Toolchain) -> Outcome {
    let folder = repo.join("plugins");
    let sources =
        || xtask::plugin_sources_hash(repo.root()).while_doing("read the handlers' sources");
    let before = sources()?;
    let mut command: Command = toolchain.cargo_component()?;
    command.args(["component", "build", "--workspace", "--release"]);
    command.args([
        "--message-format",
        "json-render-diagnostics",
        "--target-dir",
    ]);
    command
        .arg(repo.join(components::TARGET_DIR))
        .current_dir(&folder);
    let messages = process::output_loud(&mut command)?;
    let built = components::artifacts(&messages, "\"filenames\":", ".wasm");
    if built.is_empty() {
        return Err(Failure::new(
            "expected components of `cargo component build`, found none",
        ));
    }
    for file in built {
        let bytes = fs::read(&file).while_doing(format_args!("read {}", file.display()))?;
        if !bytes.starts_with(COMPONENT_MAGIC) {
            return Err(Failure::new(format!(
                "expected a component, found a core module: {}",
                file.display()
            )));
        }
    }
    if sources()? != before {
        return Err(
            Failure::new("`cargo component` wrote other bindings than those checked in")
                .hint("look at `git diff plugins`, and commit the new `src/bindings.rs`"),
        );
    }
    answered(repo)
}

/// Lets the host answer events with what `cargo component` has built: a test that needs it.
fn answered(repo: &Repo) -> Outcome {
    let [host, ..] = &test::SELECTIONS;
    let mut command = process::cargo();
    command.arg("test").args(host.arguments).arg("--lib");
    command.args(["--", "--ignored", "components_of_cargo_component"]);
    process::run(command.current_dir(repo.root()))
}
