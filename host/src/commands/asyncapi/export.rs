//! `fs7 asyncapi export`: the contract for people and for other tools.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fs7_codegen::documents::{self, Registered};
use fs7_contract::emit;
use fs7_contract::model::Contract;
use serde_json::Value;

use super::super::client::{Client, Remote};
use super::super::failure::{CommandResult, Failure};
use crate::cli::asyncapi::{ExportArgs, Format};
use crate::config::Draft;

/// A contract on its way out.
struct Exported {
    contract: Contract,
    document: Value,
    /// What serves it, where a server was asked.
    registered: Option<Vec<Registered>>,
}

pub(super) fn run(
    settings: &dyn Fn() -> Result<Draft, Failure>,
    args: &ExportArgs,
) -> CommandResult {
    let exported = if args.running {
        let client = Client::find(&settings()?)?;
        of_server(
            client.get("/asyncapi.json")?.success()?,
            &client.get("/admin/handlers")?.success()?,
        )?
    } else if let Some(url) = &args.server {
        let remote = Remote::new(url, &settings()?);
        of_server(
            remote.get("/asyncapi.json", "asyncapi")?,
            &remote.get("/admin/handlers", "events")?,
        )?
    } else {
        let reading = super::read_named(settings, &args.document)?;
        let document = emit::bundled(&reading.bundle);
        let (Some(contract), Some(document)) = (reading.contract.clone(), document) else {
            let path = reading
                .bundle
                .paths()
                .next()
                .unwrap_or(Path::new(""))
                .to_owned();
            return super::no_contract(&reading, &path);
        };
        Exported {
            contract,
            document,
            registered: None,
        }
    };
    super::write(&text(&exported, args.format)?, args.output.as_deref())
}

fn text(exported: &Exported, format: Format) -> Result<String, Failure> {
    let registered = exported.registered.as_deref();
    let rendered = match format {
        Format::Html => documents::html(&exported.contract, registered),
        Format::Markdown => documents::markdown(&exported.contract, registered),
        Format::Json => return Ok(emit::json(&exported.document)),
        Format::Yaml => return Ok(emit::yaml(&exported.document)),
    };
    Ok(rendered.context("render the document")?)
}

/// The document of a running server, and what it says of its handlers. Events that its contract
/// does not name stand in it as operations, which pages show apart.
fn of_server(document: Value, handlers: &Value) -> Result<Exported, Failure> {
    let events = handlers.get("events").and_then(Value::as_array);
    let registered = events.into_iter().flatten().filter_map(|event| {
        let text = |key: &str| Some(event.get(key)?.as_str()?.to_owned());
        Some(Registered {
            namespace: text("namespace")?,
            event: text("name")?,
            handler: text("file")?,
            version: text("version")?,
            generation: event.get("generation")?.as_u64()?,
        })
    });
    let registered = registered.collect();
    let path = PathBuf::from("asyncapi.json");
    let files: BTreeMap<_, _> = [(path.clone(), emit::json(&document))].into();
    let reading = fs7_contract::read(&path, &files);
    let mut contract = reading.contract.clone().with_context(|| {
        let first = reading.diagnostics.first().map(|it| it.message.clone());
        format!(
            "the server's document is no contract: {}",
            first.unwrap_or_default()
        )
    })?;
    contract.operations.retain(|operation| {
        let written = document
            .get("operations")
            .and_then(|all| all.get(&operation.id));
        written.is_none_or(|written| written.get("x-fs7-unlisted").is_none())
    });
    Ok(Exported {
        contract,
        document,
        registered: Some(registered),
    })
}
