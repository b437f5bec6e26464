//! `fs7 asyncapi validate`: everything that is wrong with a document, and how it fits the
//! handlers.

use std::path::Path;

use fs7_contract::Reading;
use fs7_contract::check;
use serde_json::Value;

use super::super::client::Client;
use super::super::failure::{CommandResult, Exit, Failure};
use super::super::{install, output};
use super::report::{self, Style};
use crate::cli::asyncapi::ValidateArgs;
use crate::config::Draft;

/// An event that has a handler: namespace and name.
type Served = (String, String);

pub(super) fn run(
    settings: &dyn Fn() -> Result<Draft, Failure>,
    args: &ValidateArgs,
) -> CommandResult {
    let mut reading = super::read_named(settings, &args.document)?;
    let served = match &args.events_dir {
        Some(dir) => Some(in_directory(&settings()?, dir)?),
        None if args.running => Some(of_server(&settings()?)?),
        None => None,
    };
    if let (Some(served), Some(contract)) = (served, &reading.contract) {
        let found = check::handlers(contract, &served);
        reading.diagnostics.extend(found);
        sort(&mut reading);
    }
    if args.json {
        output::json(&report::json(&reading.bundle, &reading.diagnostics))?;
    } else {
        tell(&reading)?;
    }
    Ok(if reading.errors() == 0 {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn tell(reading: &Reading) -> Result<(), Failure> {
    let findings = &reading.diagnostics;
    output::raw(report::text(&reading.bundle, findings, Style::of_stdout()).as_bytes())?;
    let path = reading.bundle.paths().next().unwrap_or(Path::new(""));
    let path = output::printable(&path.display().to_string());
    let Some(contract) = &reading.contract else {
        return output::line(&format!(
            "`{path}` is no contract: {}",
            report::counts(findings)
        ));
    };
    let operations = match contract.operations.len() {
        1 => "1 operation".to_owned(),
        count => format!("{count} operations"),
    };
    let counts = match report::counts(findings) {
        none if none.is_empty() => String::new(),
        some => format!("; {some}"),
    };
    output::line(&format!(
        "`{path}` is valid: AsyncAPI {}, {operations}{counts}",
        contract.version
    ))
}

fn sort(reading: &mut Reading) {
    let bundle = &reading.bundle;
    reading.diagnostics.sort_by_cached_key(|finding| {
        (
            finding.place.file,
            bundle.locate(finding).span.start,
            finding.rule,
        )
    });
}

/// What the handlers of a directory answer. One that is unsound would answer nothing.
fn in_directory(draft: &Draft, dir: &Path) -> Result<Vec<Served>, Failure> {
    let read = |error| {
        Failure::from(
            anyhow::Error::new(error).context(format!("read directory `{}`", dir.display())),
        )
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let is_hidden = install::file_name(&path).starts_with('.');
        if !is_hidden && path.extension().is_some_and(|it| it == "wasm") {
            paths.push(path);
        }
    }
    paths.sort();
    let settings = draft.for_checks();
    let mut served = Vec::new();
    for path in paths {
        match install::check(&path, &settings) {
            Ok(sound) => {
                served.extend(sound.events.into_iter().map(|it| (it.namespace, it.event)));
            }
            Err(unsound) => output::warning(&output::printable(&unsound.words())),
        }
    }
    Ok(served)
}

fn of_server(draft: &Draft) -> Result<Vec<Served>, Failure> {
    let body = Client::find(draft)?.get("/admin/handlers")?.success()?;
    let events = body.get("events").and_then(Value::as_array);
    let text = |event: &Value, key: &str| Some(event.get(key)?.as_str()?.to_owned());
    let served = events
        .into_iter()
        .flatten()
        .filter_map(|event| Some((text(event, "namespace")?, text(event, "name")?)));
    Ok(served.collect())
}
