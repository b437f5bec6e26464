//! Which lines of the host, its crates and the SDK the tests reach. Only the repository's own crates are instrumented,
//! so that dependencies need not be built again.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::components;
use crate::process;
use crate::repo::Repo;
use crate::report::Report;
use crate::say::{Failure, Outcome, While as _};
use crate::test::{self, Selection};

/// Whose lines are counted.
const SOURCES: [&str; 4] = [
    "host/src",
    "host/contract/src",
    "host/codegen/src",
    "sdk/rust/src",
];
/// Stands before the compiler of each of the repository's crates. Guests that tests build on the
/// way have no runtime to count with; servers that tests kill must have written their counters by
/// then, so these lie in memory that is the file ([`PROFILE`]'s `%c`).
const WRAPPER: &str = "#!/bin/sh\n\
    case \"$*\" in *wasm32-wasi*) exec \"$@\" ;; esac\n\
    exec \"$@\" -C instrument-coverage -C llvm-args=-runtime-counter-relocation\n";
/// One file for each process (`%p`) of each program (`%m`).
const PROFILE: &str = "%c%m-%p.profraw";

/// Runs the tests instrumented, and prints lines and functions reached for every file.
pub(crate) fn run(repo: &Repo, filters: &[String]) -> Outcome {
    let tools = Tools::find()?;
    let folder = repo.join("target/coverage");
    let raw = folder.join("raw");
    if raw.exists() {
        fs::remove_dir_all(&raw).while_doing(format_args!("remove {}", raw.display()))?;
    }
    fs::create_dir_all(&raw).while_doing(format_args!("make {}", raw.display()))?;
    let wrapper = folder.join("counting-rustc");
    fs::write(&wrapper, WRAPPER).while_doing("write the compiler's wrapper")?;
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&wrapper, mode).while_doing("write the compiler's wrapper")?;

    let mut report = Report::new();
    test::prepare(repo, &mut report);
    let cargo_test = |selection: &Selection| {
        let mut command = process::cargo();
        command
            .arg("test")
            .args(selection.arguments)
            .arg("--no-fail-fast");
        command.env("RUSTC_WORKSPACE_WRAPPER", &wrapper);
        command.env("LLVM_PROFILE_FILE", raw.join(PROFILE));
        command.current_dir(repo.root());
        command
    };
    let mut programs = Vec::new();
    for selection in test::SELECTIONS
        .iter()
        .filter(|selection| selection.workspace == ".")
    {
        let built = report.part(&format!("build {} instrumented", selection.name), || {
            let mut command = cargo_test(selection);
            command.args(["--no-run", "--message-format", "json-render-diagnostics"]);
            let messages = process::output_loud(&mut command)?;
            Ok(components::artifacts(&messages, "\"executable\":", ""))
        });
        programs.extend(built.into_iter().flatten());
        report.part(&format!("test {} instrumented", selection.name), || {
            process::run(cargo_test(selection).arg("--").args(filters))
        });
    }
    report.part("count the lines", || count(repo, &tools, &raw, &programs));
    report.close()
}

/// Merges what the programs wrote, and prints the table.
fn count(repo: &Repo, tools: &Tools, raw: &Path, programs: &[PathBuf]) -> Outcome {
    let merged = raw.with_file_name("merged.profdata");
    let mut merge = Command::new(&tools.profdata);
    merge
        .args(["merge", "--sparse", "--failure-mode=all", "-o"])
        .arg(&merged)
        .arg(raw);
    process::output(&mut merge)?;
    let Some((first, others)) = programs.split_first() else {
        return Err(Failure::new("expected test programs, found none"));
    };
    let mut table = Command::new(&tools.cov);
    table.arg("report").arg("--instr-profile").arg(&merged);
    table.args(["--show-region-summary=false", "--show-branch-summary=false"]);
    table
        .args(["--ignore-filename-regex", r"/tests\.rs$"])
        .arg(first);
    for program in others {
        table.arg("--object").arg(program);
    }
    table
        .arg("--sources")
        .args(SOURCES.map(|source| repo.join(source)));
    process::run(&mut table)
}

/// LLVM's readers of the counters, of the compiler's own LLVM version.
struct Tools {
    profdata: PathBuf,
    cov: PathBuf,
}

impl Tools {
    fn find() -> Outcome<Self> {
        let version = process::output(process::clean(Command::new("rustc")).arg("-vV"))?;
        let field = |name: &str| version.lines().find_map(|line| line.strip_prefix(name));
        let host = field("host: ").unwrap_or_default();
        let llvm = field("LLVM version: ").unwrap_or_default();
        let major = llvm.split('.').next().unwrap_or_default();
        let sysroot =
            process::output(process::clean(Command::new("rustc")).args(["--print", "sysroot"]))?;
        let own = Path::new(sysroot.trim())
            .join("lib/rustlib")
            .join(host)
            .join("bin");
        let find = |name: &str| {
            let rustups = own.join(name);
            let found = if rustups.is_file() {
                Some(rustups)
            } else {
                process::find(&format!("{name}-{major}"))
            };
            found.ok_or_else(|| {
                Failure::new(format!(
                    "expected `{name}` of LLVM {major}, which rustc uses, found none"
                ))
                .hint(format!(
                    "`rustup component add llvm-tools`, or on Debian: apt-get install llvm-{major}"
                ))
            })
        };
        Ok(Self {
            profdata: find("llvm-profdata")?,
            cov: find("llvm-cov")?,
        })
    }
}
