//! `fs7 handlers` and `fs7 pages`: code from the contract. Files that follow the contract are
//! written by every run, files of the author only where they are missing.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fs7_codegen::{GeneratedFile, handlers, pages};
use fs7_contract::Reading;
use serde_json::{Value, json};

use super::failure::{CommandResult, Exit, Failure};
use super::{asyncapi, new, output};
use crate::cli::generate::{GenerateArgs, HandlersArgs};
use crate::config::Draft;

mod write;

use write::{Placed, State};

/// Reads the settings, where they are needed.
type Settings<'a> = &'a dyn Fn() -> Result<Draft, Failure>;

/// `fs7 handlers`.
pub(crate) fn handlers(settings: Settings<'_>, args: &HandlersArgs) -> CommandResult {
    let draft = settings()?;
    let directory = &args.generate.output_dir;
    refuse_events_dir(&draft, directory)?;
    let sdk = new::sdk(args.sdk_path.as_deref())?;
    let (path, reading) = read(&draft, &args.generate)?;
    let Some(contract) = &reading.contract else {
        return asyncapi::no_contract(&reading, &path);
    };
    let generated = handlers::generate(contract, &handlers::Options { sdk });
    if generated.plugins.is_empty() {
        let words = format!(
            "`{}` names no event that a plugin could answer",
            path.display()
        );
        let hint = match generated.notes.first() {
            Some(note) => note.clone(),
            None => "clients send the events of `receive` operations (2.x: `publish`)".to_owned(),
        };
        return Err(Failure::new(words).with_hint(hint));
    }
    refuse_foreign(directory, &generated.files)?;
    let placed = write::place(directory, &generated.files, args.generate.dry_run)?;
    let names: Vec<&str> = generated
        .plugins
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    let left = left(directory, &names);
    let plugins: Vec<Value> = generated
        .plugins
        .iter()
        .map(|it| json!({"name": it.name, "event": it.event, "namespace": it.namespace}))
        .collect();
    let told = Told {
        notes: generated.notes,
        left,
        more: json!({"plugins": plugins}),
        summary: format!(
            "{} in `{1}`; next:\n  (cd {1} && cargo test)\n  fs7 build {1}/{2}",
            count(names.len(), "plugin"),
            directory.display(),
            names.first().copied().unwrap_or_default(),
        ),
    };
    tell(&args.generate, &placed, &told)
}

/// `fs7 pages`.
pub(crate) fn pages(settings: Settings<'_>, args: &GenerateArgs) -> CommandResult {
    let draft = settings()?;
    refuse_events_dir(&draft, &args.output_dir)?;
    let (path, reading) = read(&draft, args)?;
    let Some(contract) = &reading.contract else {
        return asyncapi::no_contract(&reading, &path);
    };
    let files = pages::generate(contract).context("write the pages")?;
    let placed = write::place(&args.output_dir, &files, args.dry_run)?;
    let told = Told {
        notes: Vec::new(),
        left: Vec::new(),
        more: json!({}),
        summary: format!(
            "pages of {} in `{}`",
            count(contract.operations.len(), "operation"),
            args.output_dir.display()
        ),
    };
    tell(args, &placed, &told)
}

/// The document and where it is.
fn read(draft: &Draft, args: &GenerateArgs) -> Result<(PathBuf, Reading), Failure> {
    let path = match &args.asyncapi_file {
        Some(path) => path.clone(),
        None => draft.contract().to_owned(),
    };
    if args.asyncapi_file.is_none() && !path.exists() {
        let words = format!("there is no contract `{}`", path.display());
        return Err(Failure::new(words).with_hint("name a file with `--asyncapi-file FILE`"));
    }
    let reading = asyncapi::read(&path, args.root.as_deref())?;
    Ok((path, reading))
}

/// Sources beside handlers that serve would be taken for nothing, and removed with them.
fn refuse_events_dir(draft: &Draft, directory: &Path) -> Result<(), Failure> {
    let whole = |path: &Path| {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        std::fs::canonicalize(&absolute).unwrap_or(absolute)
    };
    let (wanted, events) = (whole(directory), whole(draft.events_dir()));
    let found = if wanted.starts_with(&events) {
        Some("it is the events directory, or in it".to_owned())
    } else {
        component(directory).map(|name| format!("there is a handler in it, `{name}`"))
    };
    let Some(found) = found else {
        return Ok(());
    };
    let words = format!("`{}` is no place for sources: {found}", directory.display());
    let hint = "the events directory holds handlers that are built; name another, such as \
                `--output-dir handlers`";
    Err(Failure::new(words).with_hint(hint))
}

/// A component directly in a directory.
fn component(directory: &Path) -> Option<String> {
    let entries = std::fs::read_dir(directory).ok()?;
    let mut names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.find(|name| name.ends_with(".wasm"))
}

/// A file that every run writes, but that no run has written, is somebody's work.
fn refuse_foreign(directory: &Path, files: &[GeneratedFile]) -> Result<(), Failure> {
    let generated = files
        .iter()
        .filter(|file| file.path.ends_with(handlers::GENERATED_FILE));
    for file in generated {
        let path = directory.join(&file.path);
        if path.is_file() && !is_ours(&path) {
            let words = format!("`{}` was not written by `fs7 handlers`", path.display());
            let hint = "rename it, or choose another output directory";
            return Err(Failure::new(words).with_hint(hint));
        }
    }
    Ok(())
}

fn is_ours(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.starts_with(handlers::GENERATED_MARK))
}

/// Plugins of an earlier run whose operations are gone. They are the author's to remove.
fn left(directory: &Path, names: &[&str]) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut left: Vec<String> = entries
        .filter(|entry| is_ours(&entry.path().join(handlers::GENERATED_FILE)))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !names.contains(&name.as_str()))
        .collect();
    left.sort();
    left
}

/// What is said beside the files.
struct Told {
    notes: Vec<String>,
    left: Vec<String>,
    /// More members of the JSON.
    more: Value,
    summary: String,
}

fn tell(args: &GenerateArgs, placed: &[Placed], told: &Told) -> CommandResult {
    if args.json {
        let files: Vec<Value> = placed
            .iter()
            .map(|file| json!({"path": file.path, "state": file.state.as_str()}))
            .collect();
        let mut answer = json!({
            "output_dir": args.output_dir.display().to_string(),
            "dry_run": args.dry_run,
            "files": files,
            "left": told.left,
            "notes": told.notes,
        });
        if let (Some(answer), Some(more)) = (answer.as_object_mut(), told.more.as_object()) {
            answer.extend(more.clone());
        }
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    for file in placed {
        output::line(&format!("{:9}  {}", file.state.as_str(), file.path))?;
    }
    for folder in &told.left {
        let folder = output::printable(folder);
        output::line(&format!("{:9}  {folder}", "left"))?;
        output::warning(&format!(
            "`{folder}`: the contract no longer names its event; it is left as it is"
        ));
    }
    for note in &told.notes {
        output::warning(&output::printable(note));
    }
    let states = [State::Written, State::Unchanged, State::Kept].map(|state| {
        let count = placed.iter().filter(|file| file.state == state).count();
        format!("{count} {}", state.as_str())
    });
    let dry = if args.dry_run {
        "nothing is written; it would be: "
    } else {
        ""
    };
    output::message(&format!("{dry}{}", states.join(", ")));
    if !args.dry_run {
        output::message(&told.summary);
    }
    Ok(Exit::Done)
}

fn count(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {word}{plural}")
}
