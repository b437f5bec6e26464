//! `fs7 register-events-command`: checks the handlers of a directory, copies them into the events
//! directory, and loads them where a server runs. One that is unsound keeps all of them out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::client::Client;
use super::failure::{CommandResult, Exit, Failure};
use super::install::{self, Sound, Staged, Unsound};
use super::output;
use super::swap::{self, Swapped};
use crate::cli::RegisterArgs;
use crate::config::Draft;

/// Registers the handlers of a directory.
pub(crate) fn run(draft: &Draft, args: &RegisterArgs) -> CommandResult {
    let client = Client::look(draft)?;
    // The running server may have been told another events directory than the settings here.
    let events_dir = match &client {
        Some(client) => client.record.events_dir.clone(),
        None => draft.events_dir().to_owned(),
    };
    let sources = components(&args.directory)?;
    let staged = if args.dry_run || same_dir(&args.directory, &events_dir) {
        Vec::new()
    } else {
        stage(&sources, &events_dir)?
    };
    let checked_paths = if staged.is_empty() {
        sources
    } else {
        staged
            .iter()
            .map(|staged| staged.path().to_owned())
            .collect()
    };
    let (sound, unsound) = check(draft, &checked_paths);
    if !args.json {
        for sound in &sound {
            output::line(&output::printable(&sound.words()))?;
        }
    }
    let installed = unsound.is_empty() && !args.dry_run;
    let mut swapped = None;
    if installed {
        for staged in staged {
            staged
                .install()
                .context("install into the events directory")?;
        }
        let request = |client| swap::request(client, &sound);
        swapped = client.as_ref().map(request).transpose()?;
    }
    report(args, &sound, &unsound, installed, swapped.as_ref())
}

/// The components directly in a directory, by name. Hidden files are none.
fn components(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let read = || format!("read directory `{}`", directory.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).with_context(read)? {
        let path = entry.with_context(read)?.path();
        let hidden = install::file_name(&path).starts_with('.');
        if !hidden
            && path
                .extension()
                .is_some_and(|extension| extension == "wasm")
        {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(
            Failure::new(format!("no handlers (*.wasm) in `{}`", directory.display()))
                .with_hint("`fs7 build` makes one"),
        );
    }
    Ok(paths)
}

fn same_dir(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

fn stage(sources: &[PathBuf], events_dir: &Path) -> Result<Vec<Staged>, Failure> {
    let mut staged = Vec::new();
    for source in sources {
        let target = events_dir.join(source.file_name().unwrap_or_default());
        let copy = || format!("copy `{}` to `{}`", source.display(), events_dir.display());
        staged.push(Staged::copy(source, &target).with_context(copy)?);
    }
    Ok(staged)
}

fn check(draft: &Draft, paths: &[PathBuf]) -> (Vec<Sound>, Vec<Unsound>) {
    let settings = draft.for_checks();
    let (mut sound, mut unsound) = (Vec::<Sound>::new(), Vec::new());
    for path in paths {
        match install::check(path, &settings) {
            Ok(checked) => match conflict(&sound, &checked) {
                Some(conflict) => unsound.push(conflict),
                None => sound.push(checked),
            },
            Err(error) => unsound.push(error),
        }
    }
    (sound, unsound)
}

/// Two files for one event: the server would take neither.
fn conflict(sound: &[Sound], checked: &Sound) -> Option<Unsound> {
    let (other, answered) = sound.iter().find_map(|other| {
        let answered = other
            .events
            .iter()
            .find(|answered| checked.events.contains(answered))?;
        Some((other, answered))
    })?;
    Some(Unsound {
        file: checked.file.clone(),
        expected: format!(
            "one handler for `{}` in `{}`",
            answered.event, answered.namespace
        ),
        found: format!("`{}` answers it too", other.file),
        hint: "remove one of the two".to_owned(),
    })
}

fn report(
    args: &RegisterArgs,
    sound: &[Sound],
    unsound: &[Unsound],
    installed: bool,
    swapped: Option<&Swapped>,
) -> CommandResult {
    if args.json {
        output::json(&json!({
            "checked": sound,
            "failed": unsound,
            "installed": installed,
            "serving_since": swapped.map(|swapped| &swapped.since),
            "reload": swapped.map(|swapped| &swapped.reload),
        }))?;
    } else {
        for unsound in unsound {
            output::message(&format!("error: {}", output::printable(&unsound.words())));
            output::hint(&output::printable(&unsound.hint));
        }
        if !unsound.is_empty() && !args.dry_run {
            output::message("nothing is installed");
        }
        match (installed, swapped) {
            (true, Some(swapped)) => swapped.tell(sound)?,
            (true, None) => output::message("installed; the next `fs7 start` loads them"),
            (false, _) => {}
        }
    }
    let is_whole = unsound.is_empty() && swapped.is_none_or(Swapped::is_whole);
    Ok(if is_whole { Exit::Done } else { Exit::Failed })
}
