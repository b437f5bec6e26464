//! `fs7 trigger`: sends one event and prints the reply.

use std::io::Read as _;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::client::Client;
use super::failure::{CommandResult, Exit, Failure};
use super::output;
use crate::cli::TriggerArgs;
use crate::config::Draft;

/// What `POST /api/events` takes.
#[derive(Serialize)]
struct Request<'a> {
    name: &'a str,
    namespace: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a RawValue>,
}

/// Sends the event.
pub(crate) fn run(draft: &Draft, args: &TriggerArgs) -> CommandResult {
    let read = |payload| read_json("--payload", payload);
    let payload = args.payload.as_deref().map(read).transpose()?;
    let request = Request {
        name: &args.name,
        namespace: &args.namespace,
        payload: payload.as_deref(),
    };
    let body = serde_json::to_vec(&request).context("write the request")?;
    let answer = Client::find(draft)?.post("/api/events", body)?;
    if args.json {
        output::json(&answer.body)?;
        return Ok(if answer.status.is_success() {
            Exit::Done
        } else {
            Exit::Failed
        });
    }
    let body = answer.success()?;
    if let Some(message) = body.get("message").and_then(Value::as_str) {
        output::message(&output::printable(message));
    }
    if let Some(result) = body.get("result") {
        output::json(result)?;
    }
    Ok(Exit::Done)
}

/// JSON as it will be sent, byte for byte: from a flag of the command line, a file or standard
/// input.
pub(super) fn read_json(flag: &str, argument: &str) -> Result<Box<RawValue>, Failure> {
    // What stands on the command line is a matter of usage; what a file holds is none.
    let mut exit = Exit::Failed;
    let (text, place) = match argument.strip_prefix('@') {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("read payload from `{path}`"))?;
            (text, format!("`{path}`"))
        }
        None if argument == "-" => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("read payload from standard input")?;
            (text, "standard input".to_owned())
        }
        None => {
            exit = Exit::Usage;
            (argument.to_owned(), format!("`{flag}`"))
        }
    };
    serde_json::from_str(&text).map_err(|error| {
        let failure: Failure = anyhow::Error::new(error)
            .context(format!("{place} is not JSON"))
            .into();
        let hint = format!("quote it for the shell, as in `{flag} '{{\"user_id\": \"u-1\"}}'`");
        failure.with_hint(hint).with_exit(exit)
    })
}
