//! `fs7 start`: in the background by running itself again, so that a running runtime is never
//! forked. The new process reports over its standard output that the server answers, and its
//! complaints over standard error, until then.

use std::io::{self, BufRead as _, BufReader, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use anyhow::Context as _;

use super::client::Client;
use super::failure::{CommandResult, Exit, Failure};
use super::instance::{self, ClaimError, Presence};
use super::{output, serve, summary};
use crate::cli::StartArgs;
use crate::config::{self, Flags, Sources};

/// What the server process says once it answers, before its address.
pub(crate) const READY: &str = "ready ";

/// Starts the server.
pub(crate) fn run(config: Option<&Path>, args: &StartArgs) -> CommandResult {
    let flags = flags(config, args);
    if args.foreground {
        return serve::run(
            config::load(&Sources::of_process()?, &flags)?,
            serve::Place::Foreground,
        );
    }
    if args.background_server {
        return serve::run(
            config::load(&Sources::of_process()?, &flags)?,
            serve::Place::Background,
        );
    }
    in_background(&flags)
}

/// The settings that the command line gives.
fn flags(config: Option<&Path>, args: &StartArgs) -> Flags {
    Flags {
        config: config.map(Path::to_owned),
        host: args.host.clone(),
        port: args.port,
        events_dir: args.events_dir.clone(),
        log_dir: args.log_dir.clone(),
        contract: args.contract.clone(),
    }
}

fn in_background(flags: &Flags) -> CommandResult {
    let draft = config::load(&Sources::of_process()?, flags)?;
    // Said here rather than by the new process: it is the most frequent mistake.
    if let Ok(Presence::Running(record)) = instance::probe(draft.work_dir()) {
        return Err(already_running(ClaimError::Running(Box::new(record))));
    }
    let mut child = spawn(flags).context("start the server process")?;
    let address = wait_until_ready(&mut child)?;
    let client = Client::find(&draft)?;
    client.get("/ready")?.success()?;
    summary::tell(&client);
    output::line(&address)?;
    Ok(Exit::Done)
}

/// The same program with the same flags, cut off from this terminal.
fn spawn(flags: &Flags) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["start", "--background-server"]);
    let paths = [
        ("--config", &flags.config),
        ("--events-dir", &flags.events_dir),
        ("--log-dir", &flags.log_dir),
        ("--contract", &flags.contract),
    ];
    for (name, path) in paths {
        if let Some(path) = path {
            command.arg(name).arg(path);
        }
    }
    if let Some(host) = &flags.host {
        command.args(["--host", host]);
    }
    if let Some(port) = flags.port {
        command.args(["--port", &port.to_string()]);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Waits for the server's word, passing on what it complains of; its address.
fn wait_until_ready(child: &mut Child) -> Result<String, Failure> {
    let complaints = child
        .stderr
        .take()
        .map(|stderr| thread::spawn(move || pass_on(stderr)));
    let mut said = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout)
            .read_line(&mut said)
            .context("read from the server process")?;
    }
    // Standard error ends when the server is ready or gone, so this waits no longer than that.
    let complained = complaints.is_some_and(|thread| thread.join().unwrap_or_default());
    if let Some(address) = said.trim_end().strip_prefix(READY) {
        return Ok(address.to_owned());
    }
    let status = child.wait().context("wait for the server process")?;
    if status.code().is_some() && complained {
        return Err(Failure {
            error: None,
            hint: None,
            exit: Exit::Failed,
        });
    }
    Err(Failure::new(format!(
        "the server process ended before it answered: {}",
        words(status)
    ))
    .with_hint("start it with `--foreground` to see more"))
}

/// Copies what comes to standard error, at once; whether there was anything.
fn pass_on(mut from: impl Read) -> bool {
    io::copy(&mut from, &mut io::stderr().lock()).is_ok_and(|bytes| bytes > 0)
}

fn words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "for no known reason".to_owned(),
    }
}

/// The failure of a second start.
pub(crate) fn already_running(error: ClaimError) -> Failure {
    let running = matches!(error, ClaimError::Running(_));
    let failure: Failure = anyhow::Error::new(error).into();
    if running {
        failure.with_hint("stop it with `fs7 stop`, or load new handlers with `fs7 reload`")
    } else {
        failure
    }
}
