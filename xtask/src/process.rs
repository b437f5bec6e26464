//! Other programs: started with a clean environment, named in words when they fail.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::say::{Failure, Outcome, While as _};

/// How often a program with a time limit is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// `cargo` of the toolchain in use, as a person would have started it at the prompt: without what
/// the `cargo run` around this program added to the environment.
pub(crate) fn cargo() -> Command {
    clean(Command::new("cargo"))
}

/// Takes the variables of the surrounding `cargo run` out of a command's environment.
pub(crate) fn clean(mut command: Command) -> Command {
    const OWN: [&str; 5] = [
        "CARGO",
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "OUT_DIR",
    ];
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let of_package = text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_");
        if of_package || OWN.contains(&text.as_ref()) {
            command.env_remove(&name);
        }
    }
    match library_path() {
        Some(path) => command.env("LD_LIBRARY_PATH", path),
        None => command.env_remove("LD_LIBRARY_PATH"),
    };
    command
}

/// The library path without the build and toolchain folders that `cargo run` puts in front.
fn library_path() -> Option<std::ffi::OsString> {
    let all = env::var_os("LD_LIBRARY_PATH")?;
    let kept: Vec<PathBuf> = env::split_paths(&all)
        .filter(|path| {
            let text = path.to_string_lossy();
            !text.contains("/target/") && !text.contains("/toolchains/")
        })
        .collect();
    if kept.is_empty() {
        None
    } else {
        env::join_paths(kept).ok()
    }
}

/// Runs a command whose output the reader should see.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let status = command
        .status()
        .map_err(|error| not_started(command, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "`{}` ended with {status}",
        line(command)
    )))
}

/// Runs a command for its standard output; what it complained about becomes part of the failure.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = last_lines(&said, 15);
    Err(Failure::new(format!(
        "`{}` ended with {}\n{said}",
        line(command),
        output.status
    )))
}

/// Runs a command for its standard output while its standard error goes to the reader.
pub(crate) fn output_loud(command: &mut Command) -> Outcome<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Failure::new(format!(
        "`{}` ended with {}",
        line(command),
        output.status
    )))
}

/// Runs a command silently and ends it when it takes longer than `limit`.
pub(crate) fn run_bounded(command: &mut Command, limit: Duration) -> Outcome {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| not_started(command, &error))?;
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().while_doing("wait for a program")? {
            return if status.success() {
                Ok(())
            } else {
                Err(Failure::new(format!(
                    "`{}` ended with {status}",
                    line(command)
                )))
            };
        }
        if begun.elapsed() > limit {
            // It may have ended by itself in between; either way it is gone.
            let _ = child.kill();
            let _ = child.wait();
            let what = format!("`{}` took more than {} s", line(command), limit.as_secs());
            return Err(Failure::new(what));
        }
        thread::sleep(POLL_INTERVAL);
    }
}

/// The first program of this name in `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// `PATH` with `folder` in front of it.
pub(crate) fn path_with(folder: &Path) -> Outcome<std::ffi::OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder.to_path_buf()).chain(env::split_paths(&path));
    env::join_paths(all).map_err(|error| Failure::new(format!("could not extend `PATH`: {error}")))
}

/// The command as it would be typed.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy();
    Failure::new(format!("could not start `{program}`: {error}"))
        .hint(format!("install `{program}`, or put it into `PATH`"))
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let skipped = lines.len().saturating_sub(count);
    lines
        .into_iter()
        .skip(skipped)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_that_takes_too_long_is_ended() {
        let begun = Instant::now();
        let limit = Duration::from_millis(50);
        let failure = run_bounded(Command::new("sleep").arg("600"), limit).unwrap_err();
        assert!(
            failure.to_string().contains("`sleep 600` took more than"),
            "{failure}"
        );
        assert!(begun.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn failure_repeats_what_the_program_complained_about() {
        let mut command = Command::new("sh");
        let failure = output(command.args(["-c", "echo no such thing >&2; exit 3"])).unwrap_err();
        assert!(failure.to_string().contains("no such thing"), "{failure}");
    }

    #[test]
    fn missing_program_is_named_with_a_hint() {
        let failure = run(&mut Command::new("fs7-no-such-program")).unwrap_err();
        assert!(
            failure
                .to_string()
                .contains("hint: install `fs7-no-such-program`"),
            "{failure}"
        );
    }
}
