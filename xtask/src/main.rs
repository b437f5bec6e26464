//! The repository's own automation, called as `cargo xtask VERB`.

mod bench;
mod ci;
mod clients;
mod components;
mod coverage;
mod fuzz;
mod generated;
mod instructions;
mod oracle;
mod pages;
mod peers;
mod process;
mod repo;
mod report;
mod say;
mod scenes;
mod start;
mod test;
mod toolchain;

use std::env;
use std::process::ExitCode;

use repo::Repo;
use say::{Failure, Outcome};

const USAGE: &str = "\
usage: cargo xtask VERB

  start [-- ARGS]            build handlers and host, then `fs7 start --foreground ARGS`
  test [FILTER …]            build what the tests need, then run them all, or those that match
  ci                         form, lints, tests, instruction counts, and both ways to build a handler
  coverage [FILTER …]        which lines of host and SDK the tests reach
  oracle [--speed]           hold our findings in contracts against the official tool's, and our speed
  fuzz SECONDS               any bytes as a contract, for so long
  bench [FILTER]             benchmarks in process: single steps, or those that match; all of dispatch
  bench scaling              what threads of one server cost each other
  instructions [--write]     instructions for each event against the baseline, or a new baseline
  peers [--rounds N]         the same work on fs7 and its peers: the table of ratios
  scenes [--only NAME]       the whole server: swaps, a spinning handler, starts, crowds, and budgets
  plugins                    build the example handlers into events/
  guests                     build the tests' guests into target/guests/
  generated                  write the handlers of all test documents, test and build them
  clients                    install the JavaScript and Python clients of the tests
  toolchain [--component]    find or make the wasm targets; install cargo-component too
  help                       these lines";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say::failure(&failure);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Outcome {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let repo = Repo::find()?;
    match words.as_slice() {
        ["start", "--", ..] => start::run(&repo, arguments.get(2..).unwrap_or_default()),
        ["start", ..] => start::run(&repo, arguments.get(1..).unwrap_or_default()),
        ["test", ..] => test::run(&repo, arguments.get(1..).unwrap_or_default()),
        ["coverage", ..] => coverage::run(&repo, arguments.get(1..).unwrap_or_default()),
        ["ci"] => ci::run(&repo),
        ["bench", ..] => bench::run(&repo, arguments.get(1..).unwrap_or_default()),
        ["instructions"] => instructions::check(&repo),
        ["instructions", "--write"] => instructions::write(&repo),
        ["peers", ..] => peers::run(&repo, arguments.get(1..).unwrap_or_default()),
        ["scenes", ..] => scenes::run(&repo, arguments.get(1..).unwrap_or_default()),
        ["plugins"] => components::plugins(&repo, &toolchain::find_or_make()?),
        ["oracle"] => oracle::run(&repo),
        ["oracle", "--speed"] => oracle::speed(&repo),
        ["fuzz", seconds] => fuzz::run(&repo, seconds),
        ["guests"] => components::guests(&repo, &toolchain::find_or_make()?),
        ["generated"] => {
            generated::test(&repo)?;
            generated::components(&repo, &toolchain::find_or_make()?)
        }
        ["clients"] => {
            clients::javascript(&repo)?;
            clients::package(&repo)?;
            pages::packages(&repo)?;
            clients::python(&repo)
        }
        ["toolchain"] => toolchain::find_or_make().map(drop),
        ["toolchain", "--component"] => {
            toolchain::find_or_make()?;
            toolchain::install_cargo_component()
        }
        ["help" | "-h" | "--help"] => {
            say::note(USAGE);
            Ok(())
        }
        [] => Err(Failure::new("expected a verb, found none").hint(USAGE)),
        _ => Err(
            Failure::new(format!("unknown verb or arguments: `{}`", words.join(" "))).hint(USAGE),
        ),
    }
}
