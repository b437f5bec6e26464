//! `fs7 asyncapi import`: AsyncAPI 2, or a folder of JSON Schemas, to AsyncAPI 3.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fs7_contract::convert::{self, Note, SchemaFile};
use fs7_contract::emit;
use serde_json::Value;

use super::super::failure::{CommandResult, Exit, Failure};
use super::super::output;
use super::report::{self, Style};
use crate::cli::asyncapi::ImportArgs;

pub(super) fn run(args: &ImportArgs) -> CommandResult {
    if let Some(path) = &args.output
        && path.exists()
        && !args.force
    {
        let words = format!("`{}` exists", path.display());
        return Err(
            Failure::new(words).with_hint("replace it with `--force`, or name another file")
        );
    }
    let imported = if args.source.is_dir() {
        folder(&args.source)?
    } else {
        document(&args.source, args.root.as_deref())?
    };
    let Some(document) = imported else {
        return Ok(Exit::Failed);
    };
    let text = match &args.output {
        Some(path) if path.extension().is_some_and(|it| it == "json") => emit::json(&document),
        _ => emit::yaml(&document),
    };
    if !is_valid(&text, &document)? {
        return Ok(Exit::Failed);
    }
    super::write(&text, args.output.as_deref())
}

/// A document of 2.x; none where it is wrong, which has been told.
fn document(path: &Path, root: Option<&Path>) -> Result<Option<Value>, Failure> {
    let reading = super::read(path, root)?;
    let Some(contract) = &reading.contract else {
        super::no_contract(&reading, path)?;
        return Ok(None);
    };
    if contract.version.major != 2 {
        let words = format!(
            "`{}` is AsyncAPI {} already",
            path.display(),
            contract.version
        );
        let hint = "`fs7 asyncapi export --format yaml` makes one file of it";
        return Err(Failure::new(words).with_hint(hint));
    }
    let converted = convert::from_2(&reading.bundle, contract)
        .with_context(|| format!("read `{}`", path.display()))?;
    let told = report::text(&reading.bundle, &converted.warnings, Style::of_stderr());
    output::raw_message(&told);
    Ok(Some(converted.document))
}

/// A folder of schemas; none where a file is wrong, which has been told.
fn folder(path: &Path) -> Result<Option<Value>, Failure> {
    let read = |path: &Path| format!("read `{}`", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(|| read(path))? {
        let file = entry.with_context(|| read(path))?.path();
        let is_hidden = super::super::install::file_name(&file).starts_with('.');
        let ending = file.extension().unwrap_or_default().to_ascii_lowercase();
        if !is_hidden && ["json", "yaml", "yml"].iter().any(|known| ending == *known) {
            let text = fs::read_to_string(&file).with_context(|| read(&file))?;
            let name = file.file_name().unwrap_or_default();
            files.push(SchemaFile {
                path: PathBuf::from(name),
                text,
            });
        }
    }
    if files.is_empty() {
        let words = format!("no schemas (*.json, *.yaml, *.yml) in `{}`", path.display());
        return Err(Failure::new(words));
    }
    files.sort_by(|one, two| one.path.cmp(&two.path));
    let absolute = fs::canonicalize(path).with_context(|| read(path))?;
    let title = super::super::install::file_name(&absolute);
    let made = convert::from_schemas(&title, &files);
    for warning in &made.warnings {
        output::warning(&note(path, warning));
    }
    for error in &made.errors {
        output::message(&format!("error: {}", note(path, error)));
    }
    Ok(made.errors.is_empty().then_some(made.document))
}

fn note(folder: &Path, note: &Note) -> String {
    let path = folder.join(&note.path);
    let line = note
        .line
        .map_or_else(String::new, |line| format!(":{line}"));
    output::printable(&format!("{}{line}: {}", path.display(), note.message))
}

/// Whether what would be written is a contract: nothing else is written.
fn is_valid(text: &str, document: &Value) -> Result<bool, Failure> {
    let path = PathBuf::from("imported.yaml");
    let files: BTreeMap<_, _> = [(path.clone(), text.to_owned())].into();
    let reading = fs7_contract::read(&path, &files);
    if reading.contract.is_none() {
        output::raw_message(&report::text(
            &reading.bundle,
            &reading.diagnostics,
            Style::of_stderr(),
        ));
        output::message("error: what came out is no contract, so nothing is written");
        output::hint("see the places above, and correct them in the source");
        return Ok(false);
    }
    let written = reading.bundle.root().map(|root| root.node.to_value());
    if written.as_ref() != Some(document) {
        return Err(Failure::new(
            "what would be written does not read as what was meant",
        ));
    }
    Ok(true)
}
