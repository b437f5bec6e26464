//! How long both tools take over a document of many messages, from the start of the program to
//! its end.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process;
use crate::repo::Repo;
use crate::say::{self, Outcome, While as _};

/// The build for benchmarks, which makes the program too, writes here. Its profile is that of
/// releases without the optimisation across crates, which takes many minutes.
const OWN: &str = "target/release/fs7";
/// Messages of the document, each with its own channel, operation and schema.
const MESSAGES: usize = 100;
const FOLDER: &str = "target/oracle";
const DOCUMENT: &str = "target/oracle/hundred.yaml";
const OFFICIAL: &str = "tests/contract/oracle/node_modules/.bin/asyncapi";
/// Runs that are measured, after one that is not: of the official tool fewer, for it takes
/// seconds.
const RUNS: usize = 20;
const OFFICIAL_RUNS: usize = 3;
/// What fs7 may take, as the median.
const LIMIT: Duration = Duration::from_millis(50);

/// Runs both and prints their medians. A machine that is busy or slow fails nobody.
pub(super) fn compare(repo: &Repo) -> Outcome {
    let folder = repo.join(FOLDER);
    fs::create_dir_all(&folder).while_doing(format_args!("make {}", folder.display()))?;
    fs::write(repo.join(DOCUMENT), document()).while_doing(format_args!("write {DOCUMENT}"))?;
    say::step("build fs7 optimised", || {
        let mut command = process::cargo();
        command
            .args(["bench", "--quiet", "--no-run", "-p", "fs7"])
            .args(["--bench", "dispatch"])
            .current_dir(repo.root());
        process::run(&mut command)
    })?;
    let own = measure("fs7", &repo.join(OWN), RUNS, repo)?;
    let official = measure("official tool", &repo.join(OFFICIAL), OFFICIAL_RUNS, repo)?;
    let ratio = official.as_secs_f64() / own.as_secs_f64();
    let word = if own <= LIMIT { "kept" } else { "missed" };
    say::note(format_args!(
        "fs7 is {ratio:.0} times as fast; its limit of {} ms is {word}",
        LIMIT.as_millis()
    ));
    Ok(())
}

/// The median of several runs of `PROGRAM asyncapi validate` or `PROGRAM validate`.
fn measure(name: &str, program: &Path, runs: usize, repo: &Repo) -> Outcome<Duration> {
    let run = || -> Outcome<Duration> {
        let mut command = Command::new(program);
        if name == "fs7" {
            command.arg("asyncapi");
        }
        command
            .args(["validate", DOCUMENT])
            .current_dir(repo.root());
        let begun = Instant::now();
        process::output(&mut command)?;
        Ok(begun.elapsed())
    };
    run()?;
    let mut times = (0..runs).map(|_| run()).collect::<Outcome<Vec<_>>>()?;
    times.sort_unstable();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    let median = at(runs / 2);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    say::note(format_args!(
        "{name}: {MESSAGES} messages validated in {:.1} ms (median of {runs}; {:.1} to {:.1} ms)",
        ms(median),
        ms(at(0)),
        ms(at(runs - 1))
    ));
    Ok(median)
}

/// The same text each time.
fn document() -> String {
    let mut text = String::from(
        "asyncapi: 3.0.0\ninfo: {title: A hundred messages, version: 1.0.0}\nchannels:\n",
    );
    for index in 0..MESSAGES {
        let _ = write!(
            text,
            "  channel{index}:
    address: event_{index}
    messages:
      message: {{$ref: '#/components/messages/Message{index}'}}
"
        );
    }
    text.push_str("operations:\n");
    for index in 0..MESSAGES {
        let action = if index % 2 == 0 { "receive" } else { "send" };
        let _ = write!(
            text,
            "  operation{index}:
    action: {action}
    channel: {{$ref: '#/channels/channel{index}'}}
    messages: [{{$ref: '#/channels/channel{index}/messages/message'}}]
"
        );
    }
    text.push_str("components:\n  messages:\n");
    for index in 0..MESSAGES {
        let _ = write!(
            text,
            "    Message{index}:
      summary: Message {index}
      payload: {{$ref: '#/components/schemas/Payload{index}'}}
      examples:
        - payload: {{user_id: a{index}, age: {index}}}
"
        );
    }
    text.push_str("  schemas:\n");
    for index in 0..MESSAGES {
        let _ = write!(
            text,
            "    Payload{index}:
      type: object
      properties:
        user_id: {{type: string, pattern: '^[a-z0-9]+$'}}
        age: {{type: integer, minimum: 0, default: 3}}
        email: {{type: string, format: email}}
        tags: {{type: array, items: {{type: string}}}}
      required: [user_id]
"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_has_its_messages() {
        let text = document();
        let count = |words: &str| text.matches(words).count();
        assert_eq!(count("    Message"), MESSAGES);
        assert_eq!(count("action: receive"), MESSAGES / 2);
        assert_eq!(count("type: object"), MESSAGES);
    }
}
