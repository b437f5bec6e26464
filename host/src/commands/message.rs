//! What commands that send have in common: the message, and whom it reached.

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::client::{Answer, Client};
use super::failure::{CommandResult, Exit};
use super::output;
use super::trigger::read_json;
use crate::cli::messaging::MessageArgs;
use crate::config::Draft;

/// Members whom a message missed that are named one by one.
const NAMED_MAX: usize = 20;

/// What the server takes.
#[derive(Serialize)]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    except: &'a [String],
    volatile: bool,
}

/// How a message is sent.
pub(super) struct Sending<'a> {
    pub(super) path: &'a str,
    pub(super) namespace: Option<&'a str>,
    pub(super) except: &'a [String],
    pub(super) json: bool,
}

/// Sends a message, and prints whom it reached.
pub(super) fn send(draft: &Draft, sending: &Sending<'_>, message: &MessageArgs) -> CommandResult {
    let read = |payload| read_json("--payload", payload);
    let data = message.payload.as_deref().map(read).transpose()?;
    let request = Request {
        event: message.event.as_deref(),
        data: data.as_deref(),
        text: message.text.as_deref(),
        namespace: sending.namespace,
        except: sending.except,
        volatile: message.volatile,
    };
    let body = serde_json::to_vec(&request).context("write the request")?;
    let answer = Client::find(draft)?.post(sending.path, body)?;
    let is_success = answer.status.is_success();
    let failed = answer.body.get("failed").and_then(Value::as_u64);
    if sending.json {
        output::json(&answer.body)?;
    } else {
        print(answer)?;
    }
    Ok(if is_success && failed == Some(0) {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn print(answer: Answer) -> Result<(), super::failure::Failure> {
    let body = answer.result()?;
    let number = |name: &str| body.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (total, succeeded, failed) = (number("total"), number("succeeded"), number("failed"));
    output::line(&match (total, failed) {
        (0, _) => "nobody is there to receive it".to_owned(),
        (1, 0) => "sent to 1".to_owned(),
        (total, 0) => format!("sent to all {total}"),
        (total, _) => format!("sent to {succeeded} of {total}"),
    })?;
    let errors = body.get("errors").and_then(Value::as_array);
    let errors = errors.map(Vec::as_slice).unwrap_or_default();
    for error in errors.iter().take(NAMED_MAX) {
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or("?");
        output::warning(&format!(
            "not sent to {}: {}",
            output::printable(text("id")),
            output::printable(text("message"))
        ));
    }
    if let more @ 1.. = errors.len().saturating_sub(NAMED_MAX) {
        output::warning(&format!("and {more} more; `--json` lists them all"));
    }
    Ok(())
}
