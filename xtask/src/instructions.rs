//! How many instructions the processor runs for one event, counted by callgrind and held against
//! the baseline: unlike times, counts are the same on a busy machine.
//!
//! Counted is the development profile, as `cargo xtask ci` has built it for the tests: dependencies
//! optimised, our crates a little, assertions on. An optimised build would be nearer to what users
//! run, and take CI several minutes more. Both sides of the comparison are built alike.

#![expect(
    clippy::print_stdout,
    reason = "the table is the result of the command"
)]

mod baseline;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use baseline::Baseline;

use crate::components;
use crate::process;
use crate::repo::Repo;
use crate::say::{self, Failure, Outcome, While as _};
use crate::test;

/// The benchmark's names of what is counted.
const SCENARIOS: [&str; 5] = [
    "decode",
    "dispatch-reused",
    "dispatch-fresh",
    "encode",
    "whole-reused",
];
const BASELINE: &str = "bench/instructions.json";
/// Events in one count.
const EVENTS: u32 = 500;
/// More than so many times the baseline fails.
const RATIO_MAX: f64 = 1.05;
/// Less than so many times the baseline deserves a new one.
const RATIO_MIN: f64 = 0.95;
/// Callgrind starts counting anew here.
const COUNTED: &str = "--zero-before=instructions::counted*";

/// Counts, and fails where a count is more than 5 % above the baseline. With other tools than
/// those of the baseline it only tells.
pub(crate) fn check(repo: &Repo) -> Outcome {
    let baseline = Baseline::read(&repo.join(BASELINE))?;
    let found = count(repo)?;
    let is_comparable = baseline.tools == found.tools;
    println!(
        "{:<18} {:>12} {:>12} {:>8}",
        "per event", "found", "baseline", "ratio"
    );
    let mut worse = Vec::new();
    for (name, found) in &found.counts {
        let Some(known) = baseline.get(name) else {
            worse.push(format!("{name}: not in {BASELINE}"));
            continue;
        };
        let ratio = found / known;
        println!("{name:<18} {found:>12.0} {known:>12.0} {ratio:>8.3}");
        if ratio > RATIO_MAX {
            worse.push(format!("{name}: {ratio:.3} times the baseline"));
        }
        if ratio < RATIO_MIN {
            say::note(format_args!(
                "{name} has become cheaper: `cargo xtask instructions --write` keeps it so"
            ));
        }
    }
    if worse.is_empty() {
        return Ok(());
    }
    let what = format!(
        "expected at most {RATIO_MAX} times, found {}",
        worse.join("; ")
    );
    if !is_comparable {
        say::note(format_args!(
            "not a failure, for the baseline was counted with other tools: {what}"
        ));
        say::note(format_args!("baseline: {}", baseline.tools));
        say::note(format_args!("here:     {}", found.tools));
        return Ok(());
    }
    Err(Failure::new(what).hint(
        "find it with `callgrind_annotate` on target/instructions/, or, if the events are worth \
         it, `cargo xtask instructions --write` and say why in the commit",
    ))
}

/// Counts, and makes that the baseline.
pub(crate) fn write(repo: &Repo) -> Outcome {
    let found = count(repo)?;
    for (name, found) in &found.counts {
        println!("{name:<18} {found:>12.0}");
    }
    found.write(&repo.join(BASELINE))
}

fn count(repo: &Repo) -> Outcome<Baseline> {
    let tools = tools()?;
    let program = say::step("build what is counted", || build(repo))?;
    let directory = repo.join("target/instructions");
    fs::create_dir_all(&directory).while_doing(format_args!("make {}", directory.display()))?;
    let mut counts = Vec::new();
    for name in SCENARIOS {
        let total = say::step(&format!("count {name}"), || {
            callgrind(&program, &directory, name)
        })?;
        counts.push((name.to_owned(), total / f64::from(EVENTS)));
    }
    Ok(Baseline { tools, counts })
}

/// Compiler, counter and what the processor offers: each of them changes counts.
fn tools() -> Outcome<String> {
    let rustc = process::output(&mut process::clean({
        let mut rustc = Command::new("rustc");
        rustc.arg("--version");
        rustc
    }))?;
    let valgrind = process::output(Command::new("valgrind").arg("--version"))
        .map_err(|failure| failure.hint("on Debian: apt-get install valgrind"))?;
    Ok(format!(
        "{}, {}, {}{}",
        rustc.trim(),
        valgrind.trim(),
        std::env::consts::ARCH,
        if has_avx2() { " with AVX2" } else { "" }
    ))
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    false
}

/// Built with the tests' own selection, so that nothing of theirs is built again, and never
/// incrementally, which would cut the code into other pieces than in CI.
fn build(repo: &Repo) -> Outcome<PathBuf> {
    let [selection, ..] = &test::SELECTIONS;
    let mut command = process::cargo();
    command.arg("build").args(selection.arguments);
    command.args([
        "--bench",
        "instructions",
        "--message-format",
        "json-render-diagnostics",
    ]);
    command.env("CARGO_INCREMENTAL", "0");
    let messages = process::output_loud(command.current_dir(repo.root()))?;
    let programs = components::artifacts(&messages, "\"executable\":", "");
    let is_it = |file: &&PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("instructions-")
    };
    programs.iter().find(is_it).cloned().ok_or_else(|| {
        Failure::new("expected package `fs7` to have the benchmark `instructions`, found none")
    })
}

/// Instructions of the main thread from where the events begin.
fn callgrind(program: &Path, directory: &Path, scenario: &str) -> Outcome<f64> {
    let out = directory.join(scenario);
    // On one core the pool of instances is so small that callgrind has the address space for it.
    let mut command = Command::new("taskset");
    command.args(["-c", "0", "valgrind"]);
    command.args([
        "--quiet",
        "--tool=callgrind",
        "--separate-threads=yes",
        COUNTED,
    ]);
    command.arg(format!("--callgrind-out-file={}", out.display()));
    command.arg(program).arg(scenario).arg(EVENTS.to_string());
    process::output(&mut command)?;
    let main_thread = directory.join(format!("{scenario}-01"));
    let text = fs::read_to_string(&main_thread)
        .while_doing(format_args!("read {}", main_thread.display()))?;
    let found = total(&text).ok_or_else(|| {
        Failure::new(format!(
            "expected a line `totals: COUNT` in {}, found none",
            main_thread.display()
        ))
    })?;
    fs::write(&main_thread, readable(&text))
        .while_doing(format_args!("write {}", main_thread.display()))?;
    Ok(found)
}

/// Without the calls that were under way when counting began anew: they stand in the file as calls
/// that never were, and `callgrind_annotate` would give all that follows to them.
fn readable(text: &str) -> String {
    let mut lines = text.lines();
    let mut kept = String::with_capacity(text.len());
    while let Some(line) = lines.next() {
        if line.starts_with("calls=0 ") {
            lines.next();
            continue;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

fn total(text: &str) -> Option<f64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("totals: "))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_of_a_thread_is_read() {
        let text = "events: Ir\nfn=(1) main\n0 12\n\ntotals: 2181089\n";
        assert_eq!(total(text), Some(2_181_089.0));
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn calls_that_never_were_are_left_out() {
        let text = "fn=(1) main\ncfn=(2)\ncalls=0 29\n360 55\n0 3\ncalls=1 0\n0 4\n";
        assert_eq!(
            readable(text),
            "fn=(1) main\ncfn=(2)\n0 3\ncalls=1 0\n0 4\n"
        );
    }
}
