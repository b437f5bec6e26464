//! `fs7 list-events`: the registered events, and the files that could not be loaded.

use serde_json::{Value, json};

use super::client::Client;
use super::failure::{CommandResult, Exit};
use super::{output, summary};
use crate::cli::ReadArgs;
use crate::config::Draft;

/// The columns: field, heading.
const COLUMNS: [(&str, &str); 6] = [
    ("event_id", "ID"),
    ("namespace", "NAMESPACE"),
    ("name", "EVENT"),
    ("handler", "HANDLER"),
    ("version", "VERSION"),
    ("generation", "GENERATION"),
];

/// Lists what the running server answers.
pub(crate) fn run(draft: &Draft, args: &ReadArgs) -> CommandResult {
    let body = Client::find(draft)?.get("/admin/handlers")?.success()?;
    let events = body
        .get("events")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    if args.json {
        output::json(&json!({
            "generation": body.get("generation"),
            "events": events,
            "failed": body.get("failed"),
        }))?;
        return Ok(Exit::Done);
    }
    if events.is_empty() {
        output::message("no events are registered");
    } else {
        let heading = COLUMNS
            .iter()
            .map(|(_, heading)| (*heading).to_owned())
            .collect();
        let rows: Vec<Vec<String>> = std::iter::once(heading)
            .chain(events.iter().map(row))
            .collect();
        output::table(&rows)?;
    }
    for failed in summary::failed_files(&body) {
        output::warning(&failed.words());
        output::hint(&failed.hint);
    }
    Ok(Exit::Done)
}

fn row(event: &Value) -> Vec<String> {
    let cell = |(field, _): &(&str, &str)| match event.get(*field) {
        Some(Value::String(text)) => output::printable(text),
        Some(Value::Null) | None => "-".to_owned(),
        Some(other) => other.to_string(),
    };
    COLUMNS.iter().map(cell).collect()
}
