//! `fs7 asyncapi diff`: what changed between two documents, and whom it breaks.

use std::io::IsTerminal as _;
use std::path::Path;

use fs7_contract::diagnostic::Diagnostic;
use fs7_contract::diff::{Change, Kind, diff};
use fs7_contract::place::Place;
use fs7_contract::{Bundle, Reading};
use serde_json::{Value, json};

use super::super::failure::{CommandResult, Exit, Failure};
use super::super::output;
use crate::cli::asyncapi::DiffArgs;

pub(super) fn run(args: &DiffArgs) -> CommandResult {
    let root = args.root.as_deref();
    let (old, new) = (super::read(&args.old, root)?, super::read(&args.new, root)?);
    let (Some(before), Some(after)) = (&old.contract, &new.contract) else {
        let (wrong, path) = match old.contract {
            None => (&old, &args.old),
            Some(_) => (&new, &args.new),
        };
        return super::no_contract(wrong, path);
    };
    let mut changes = diff(before, after);
    if args.breaking {
        changes.retain(|change| change.kind.is_breaking());
    }
    if args.json {
        let list: Vec<_> = changes
            .iter()
            .map(|change| entry(change, &old, &new))
            .collect();
        output::json(&list)?;
    } else {
        tell(&changes, &old, &new)?;
    }
    let is_safe = fs7_contract::diff::is_safe(&changes);
    Ok(if is_safe { Exit::Done } else { Exit::Failed })
}

fn tell(changes: &[Change], old: &Reading, new: &Reading) -> Result<(), Failure> {
    const KINDS: [Kind; 3] = [
        Kind::BreakingForSenders,
        Kind::BreakingForReceivers,
        Kind::Safe,
    ];
    let is_coloured = std::io::stdout().is_terminal() && crate::config::wants_colour();
    for kind in KINDS {
        let found: Vec<_> = changes
            .iter()
            .filter(|change| change.kind == kind)
            .collect();
        if found.is_empty() {
            continue;
        }
        let heading = format!("{} ({})", kind.as_str(), found.len());
        let colour = if kind.is_breaking() { "31" } else { "32" };
        output::line(&if is_coloured {
            format!("\u{1b}[1;{colour}m{heading}\u{1b}[0m")
        } else {
            heading
        })?;
        for change in found {
            output::line(&format!("  {}", output::printable(&change.sentence())))?;
            let places = [
                ("old", &change.old, &old.bundle),
                ("new", &change.new, &new.bundle),
            ];
            let places = places.into_iter().filter_map(|(word, place, bundle)| {
                Some(format!("{word} {}", shown(bundle, place.as_ref()?)))
            });
            let places: Vec<_> = places.collect();
            if kind.is_breaking() && !places.is_empty() {
                output::line(&format!("    {}", places.join(", ")))?;
            }
        }
        output::line("")?;
    }
    let breaking = changes
        .iter()
        .filter(|change| change.kind.is_breaking())
        .count();
    output::line(&match (changes.len(), breaking) {
        (0, _) => "nothing changed that matters".to_owned(),
        (all, 0) => format!("{}, nobody breaks", count(all, "change")),
        (all, breaking) => format!("{}, {breaking} of them breaking", count(all, "change")),
    })
}

fn count(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {word}{plural}")
}

fn shown(bundle: &Bundle, place: &Place) -> String {
    let location = bundle.locate(&Diagnostic::error("", place.clone(), ""));
    let path = output::printable(&location.path.display().to_string());
    format!("{path}:{}:{}", location.line, location.column)
}

fn entry(change: &Change, old: &Reading, new: &Reading) -> Value {
    let place = |bundle: &Bundle, place: &Option<Place>| {
        let place = place.as_ref()?;
        let location = bundle.locate(&Diagnostic::error("", place.clone(), ""));
        let file: &Path = &location.path;
        Some(json!({
            "file": file.display().to_string(),
            "line": location.line,
            "column": location.column,
            "pointer": place.pointer,
        }))
    };
    json!({
        "kind": change.kind,
        "subject": change.subject,
        "part": change.part,
        "pointer": change.pointer,
        "message": change.words,
        "old": place(&old.bundle, &change.old),
        "new": place(&new.bundle, &change.new),
    })
}
