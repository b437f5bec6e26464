//! The commands: one file each. Only they print.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::config::{self, Draft, Flags, Sources};

mod client;
mod failure;
mod instance;
mod output;
mod process;
mod summary;

mod serve;
mod start;
mod stop;

mod broadcast;
mod connections;
mod list_events;
mod message;
mod reload;
mod rooms;
mod status;
mod tokens;
mod trigger;

mod install;
mod register;
mod swap;

mod log;

mod asyncapi;
mod generate;

mod bench;

mod build;
mod completions;
mod dev;
mod new;

use failure::{CommandResult, Failure};

/// Does what the command line says; the exit code.
pub fn run(cli: &Cli) -> ExitCode {
    match execute(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::failure(&failure);
            failure.exit.into()
        }
    }
}

fn execute(cli: &Cli) -> CommandResult {
    let config = cli.config.as_deref();
    let settings = || settings(config);
    match &cli.command {
        Command::Start(args) => start::run(config, args),
        Command::Stop(args) => stop::run(&settings()?, args),
        Command::Status(args) => status::run(&settings()?, args),
        Command::Reload(args) => reload::run(&settings()?, args),
        Command::ListEvents(args) => list_events::run(&settings()?, args),
        Command::RegisterEventsCommand(args) => register::run(&settings()?, args),
        Command::Trigger(args) => trigger::run(&settings()?, args),
        Command::Connections(args) => connections::run(&settings()?, args),
        Command::Rooms(args) => rooms::run(&settings()?, args),
        Command::Broadcast(args) => broadcast::run(&settings()?, args),
        Command::Tokens(args) => tokens::run(&settings()?, args),
        Command::Bench(args) => bench::run(&settings, args),
        Command::Log(args) => log::run(&settings()?, args),
        Command::Asyncapi(args) => asyncapi::run(&settings, args),
        Command::Handlers(args) => generate::handlers(&settings, args),
        Command::Pages(args) => generate::pages(&settings, args),
        Command::New(args) => new::run(args),
        Command::Build(args) => build::run(&settings()?, args),
        Command::Dev(args) => dev::run(&settings()?, config, args),
        Command::Completions { shell } => completions::run(*shell),
    }
}

/// The settings of a command that starts no server.
fn settings(config: Option<&Path>) -> Result<Draft, Failure> {
    let flags = Flags {
        config: config.map(Path::to_owned),
        ..Flags::default()
    };
    Ok(config::load(&Sources::of_process()?, &flags)?)
}
