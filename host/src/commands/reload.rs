//! `fs7 reload`: loads handlers that are new or have changed, and the contract.

use serde_json::Value;

use super::client::Client;
use super::failure::{CommandResult, Exit, Failure};
use super::{output, summary};
use crate::cli::ReloadArgs;
use crate::config::Draft;

/// Reloads the handlers of the running server.
pub(crate) fn run(draft: &Draft, args: &ReloadArgs) -> CommandResult {
    let options = if args.allow_breaking {
        r#"{"allow_breaking":true}"#
    } else {
        ""
    };
    let client = Client::find(draft)?;
    let body = client.post("/admin/reload-events", options)?.success()?;
    if args.json {
        output::json(&body)?;
        return Ok(if summary::failed_files(&body).is_empty() {
            Exit::Done
        } else {
            Exit::Failed
        });
    }
    output::line(&outcome(&body))?;
    Ok(tell_failed(&body))
}

/// Asks for a reload; what it did.
pub(crate) fn request(client: &Client) -> Result<Value, Failure> {
    client.post("/admin/reload-events", "")?.success()
}

/// What a reload did, in words.
pub(crate) fn outcome(body: &Value) -> String {
    let generation = body
        .get("generation")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let changed = body.get("changed").and_then(Value::as_array);
    let changes: Vec<_> = changed.into_iter().flatten().map(change).collect();
    if changes.is_empty() {
        return format!("generation {generation}: nothing changed");
    }
    format!("generation {generation}: {}", changes.join(", "))
}

/// Tells of the files that could not be loaded, where there are any.
pub(crate) fn tell_failed(body: &Value) -> Exit {
    let failed = summary::failed_files(body);
    for file in &failed {
        output::message(&format!("error: {}", file.words()));
        output::hint(&file.hint);
    }
    if failed.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    }
}

fn change(change: &Value) -> String {
    let text = |name: &str| change.get(name).and_then(Value::as_str).unwrap_or_default();
    output::printable(format!("{} {} {}", text("action"), text("file"), text("version")).trim_end())
}
