//! Any bytes as a contract: builds the fuzz target with the compiler in use, and runs it over the
//! tests' documents and what it makes of them.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::oracle;
use crate::process;
use crate::repo::Repo;
use crate::say::{self, Failure, Outcome, While as _};

/// The package, which is no member of the workspace.
const FOLDER: &str = "host/contract/fuzz";
const TARGET_DIR: &str = "target/fuzz";
/// What libFuzzer found worth keeping; it grows from run to run.
const CORPUS: &str = "target/fuzz/corpus";
/// The documents that a run begins with.
const SEEDS: &str = "target/fuzz/seeds";
/// What `cargo fuzz` would pass, but without a sanitizer, which asks for a nightly compiler.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
/// Longest input in bytes, and longest time for one in seconds.
const BYTES_MAX: u32 = 64 * 1024;
const INPUT_SECONDS_MAX: u32 = 10;
const MEMORY_MB_MAX: u32 = 2048;

/// Runs for so many seconds.
pub(crate) fn run(repo: &Repo, seconds: &str) -> Outcome {
    let seconds: u32 = seconds.parse().map_err(|_| {
        let what = format!("expected a number of seconds, found `{seconds}`");
        Failure::new(what).hint("`cargo xtask fuzz 300` runs for five minutes")
    })?;
    let target = target()?;
    say::step("build the fuzz target", || {
        let mut command = process::cargo();
        command
            .args(["build", "--quiet", "--release", "--target", &target])
            .env("RUSTFLAGS", FLAGS)
            .env("CARGO_TARGET_DIR", repo.join(TARGET_DIR))
            .current_dir(repo.join(FOLDER));
        process::run(&mut command)
    })?;
    seeds(repo)?;
    let program = repo.join(TARGET_DIR).join(&target).join("release/document");
    let mut command = Command::new(program);
    command
        .args([CORPUS, SEEDS])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={BYTES_MAX}"))
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg(format!("-rss_limit_mb={MEMORY_MB_MAX}"))
        .arg("-artifact_prefix=target/fuzz/")
        .arg("-print_final_stats=1")
        .current_dir(repo.root());
    process::run(&mut command).map_err(|failure| {
        failure.hint("the input lies in target/fuzz; make a test of what it breaks")
    })
}

/// The machine that the compiler in use compiles for: with `--target`, flags do not reach build
/// scripts and macros.
fn target() -> Outcome<String> {
    let told = process::output(Command::new("rustc").args(["--version", "--verbose"]))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| Failure::new("`rustc` does not say which machine it is for"))
}

/// Writes the tests' documents as the target takes them: the first byte says which kind.
fn seeds(repo: &Repo) -> Outcome {
    for folder in [CORPUS, SEEDS] {
        fs::create_dir_all(repo.join(folder)).while_doing(format_args!("make {folder}"))?;
    }
    for (index, path) in oracle::documents(repo)?.iter().enumerate() {
        let mut bytes = vec![u8::from(!path.ends_with(".json"))];
        bytes.extend(fs::read(repo.join(path)).while_doing(format_args!("read {path}"))?);
        let seed = Path::new(SEEDS).join(index.to_string());
        fs::write(repo.root().join(&seed), bytes)
            .while_doing(format_args!("write {}", seed.display()))?;
    }
    Ok(())
}
