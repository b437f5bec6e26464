//! What a start says about the handlers: how many there are, and which files are none.

use std::path::Path;

use serde_json::Value;

use super::client::{Answer, Client};
use super::failure::Failure;
use super::output;

/// Tells on standard error what the server serves. It does serve: whatever goes wrong here is no
/// failure of the start.
pub(crate) fn tell(client: &Client) {
    let answer = client.get("/admin/handlers").map_err(Failure::from);
    let body = match answer.and_then(Answer::success) {
        Ok(body) => body,
        Err(failure) => {
            let words = failure.words().unwrap_or_default();
            output::warning(&format!(
                "the server answers, but does not list its handlers: {words}"
            ));
            return;
        }
    };
    for failed in failed_files(&body) {
        output::warning(&failed.words());
        output::hint(&failed.hint);
    }
    let count = |name: &str| body.get(name).and_then(Value::as_array).map_or(0, Vec::len);
    let (events, handlers, record) = (count("events"), count("handlers"), &client.record);
    output::message(&format!(
        "fs7 {} serves {events} event(s) with {handlers} handler(s), pid {}",
        record.version, record.identity.pid
    ));
    if events == 0 {
        tell_none(&record.events_dir);
    }
}

/// Tells that nothing is answered.
pub(crate) fn tell_none(events_dir: &Path) {
    let dir = events_dir.display();
    output::warning(&format!(
        "no handlers in `{dir}`: every event is answered `unknown_event`"
    ));
    output::hint("copy a component (*.wasm) there, or make one with `fs7 new NAME`");
}

/// A file that could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailedFile {
    file: String,
    expected: String,
    found: String,
    /// What to do.
    pub(crate) hint: String,
}

impl FailedFile {
    /// The file with what was expected and what was found.
    pub(crate) fn words(&self) -> String {
        format!(
            "`{}` is not loaded: expected {}, found {}",
            self.file, self.expected, self.found
        )
    }
}

/// The files that an answer names as failed.
pub(crate) fn failed_files(body: &Value) -> Vec<FailedFile> {
    let list = body.get("failed").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|entry| {
            let text = |name: &str| {
                output::printable(entry.get(name).and_then(Value::as_str).unwrap_or_default())
            };
            FailedFile {
                file: text("file"),
                expected: text("expected"),
                found: text("found"),
                hint: text("hint"),
            }
        })
        .collect()
}
