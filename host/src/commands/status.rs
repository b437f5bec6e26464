//! `fs7 status`: whether the server runs, and how it is.

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::client::Client;
use super::failure::{CommandResult, Exit, Failure};
use super::instance::{self, Presence, Record};
use super::output;
use crate::cli::ReadArgs;
use crate::config::Draft;

/// Shows the state of the server of this directory.
pub(crate) fn run(draft: &Draft, args: &ReadArgs) -> CommandResult {
    match instance::probe(draft.work_dir()).context("read .fs7/lock")? {
        Presence::Running(record) => running(draft, args, &record),
        Presence::Unknown => {
            if args.json {
                output::json(&json!({"running": true, "answers": false}))?;
            } else {
                output::line(
                    "fs7 is starting, or runs where it cannot be seen from here: .fs7/lock is held",
                )?;
            }
            Ok(Exit::Failed)
        }
        Presence::Absent(leftover) => {
            if let Some(leftover) = leftover {
                output::warning(&leftover.words());
                output::hint("`fs7 stop` and `fs7 start` remove it");
            }
            if args.json {
                output::json(&json!({"running": false}))?;
            } else {
                output::line("fs7 is not running")?;
            }
            Ok(Exit::NoServer)
        }
    }
}

fn running(draft: &Draft, args: &ReadArgs, record: &Record) -> CommandResult {
    let answer = Client::find(draft).and_then(|client| client.get("/admin/status")?.success());
    let state = if record.stopping {
        "stopping"
    } else {
        "running"
    };
    let pid = record.identity.pid;
    if args.json {
        output::json(&as_json(record, state, &answer))?;
    } else {
        output::line(&format!(
            "fs7 {} is {state} on http://{} (pid {pid})",
            record.version, record.address
        ))?;
        if let Ok(body) = &answer {
            output::line(&details(body))?;
            output::line(&contract(body))?;
        }
    }
    match answer {
        Ok(_) => Ok(Exit::Done),
        // The process lives: while it stops it need not answer.
        Err(failure) if record.stopping => {
            output::message(&format!(
                "it does not answer: {}",
                failure.words().unwrap_or_default()
            ));
            Ok(Exit::Done)
        }
        Err(failure) => Err(failure),
    }
}

fn as_json(record: &Record, state: &str, answer: &Result<Value, Failure>) -> Value {
    let mut fields = Map::new();
    if let Ok(Value::Object(body)) = answer {
        fields.extend(body.clone());
    }
    fields.insert("running".to_owned(), true.into());
    fields.insert("state".to_owned(), state.into());
    fields.insert("answers".to_owned(), answer.is_ok().into());
    fields.insert("pid".to_owned(), record.identity.pid.into());
    fields.insert("version".to_owned(), record.version.clone().into());
    fields.insert("address".to_owned(), record.address.to_string().into());
    Value::Object(fields)
}

fn details(body: &Value) -> String {
    let number = |name: &str| body.get(name).and_then(Value::as_u64);
    let mut parts = Vec::new();
    if let Some(uptime_ms) = number("uptime_ms") {
        parts.push(format!("up {}", duration(uptime_ms / 1_000)));
    }
    for (name, words) in [
        ("generation", "generation"),
        ("events", "events"),
        ("handlers", "handlers"),
        ("connections", "connections"),
        ("sessions", "sessions"),
        ("absent", "of them absent"),
    ] {
        if let Some(count) = number(name) {
            parts.push(format!("{words} {count}"));
        }
    }
    parts.join(", ")
}

/// What arguments are held against.
fn contract(body: &Value) -> String {
    let Some(contract) = body.get("contract").filter(|contract| contract.is_object()) else {
        return "no contract: every event is served as it comes".to_owned();
    };
    let text = |name: &str| contract.get(name).and_then(Value::as_str).unwrap_or("?");
    let modes = contract.get("modes").and_then(Value::as_object);
    let modes: Vec<String> = modes
        .into_iter()
        .flatten()
        .filter_map(|(name, mode)| Some(format!("{name} {}", mode.as_str()?)))
        .collect();
    format!(
        "contract {} ({} {}): {}",
        text("file"),
        text("title"),
        text("version"),
        modes.join(", ")
    )
}

/// `3 d 4 h`, `5 min 6 s`: the two largest units.
fn duration(seconds: u64) -> String {
    match (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    ) {
        (0, 0, 0, seconds) => format!("{seconds} s"),
        (0, 0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (0, hours, minutes, _) => format!("{hours} h {minutes} min"),
        (days, hours, _, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_show_their_two_largest_units() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min 1 s"),
            (3_661, "1 h 1 min"),
            (90_061, "1 d 1 h"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }
}
