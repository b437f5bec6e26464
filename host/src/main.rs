//! The program `fs7`.

use std::process::ExitCode;

use clap::Parser as _;
use fs7::cli::Cli;
use fs7::commands;

fn main() -> ExitCode {
    commands::run(&Cli::parse())
}
