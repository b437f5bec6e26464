//! `x-fs7`: against its schema, and whether it stands where it is read.

use serde_json::Value;

use super::Look;
use crate::bundle::At;
use crate::check::parts::Kind;
use crate::check::structure::{Finding, Spec};
use crate::diagnostic::Diagnostic;
use crate::extension::SCHEMA;
use crate::place::Place;

const KEY: &str = "x-fs7";

pub(super) fn check(look: &Look<'_>, found: &mut Vec<Diagnostic>) {
    let mut spec = None;
    for (kind, at) in look.parts.all() {
        let Some(extension) = at.get(KEY) else {
            continue;
        };
        if !matches!(kind, Kind::Channel | Kind::Operation | Kind::OperationTrait) {
            let message = "`x-fs7` is read in channels and operations only";
            found.push(
                Diagnostic::warning("misplaced-extension", extension.place, message)
                    .help("move it there, or remove it")
                    .at_key(),
            );
            continue;
        }
        let Ok(extension) = look.bundle.resolve(&extension) else {
            continue;
        };
        let spec = spec.get_or_insert_with(|| Spec::new(SCHEMA, "`x-fs7`"));
        if let Some(spec) = spec {
            form(spec, &extension, found);
        }
        if kind == Kind::Operation {
            without_effect(look, at, &extension, found);
        }
    }
}

fn form(spec: &Spec, extension: &At<'_>, found: &mut Vec<Diagnostic>) {
    let value: Value = extension.node.to_value();
    for finding in spec.findings(&value) {
        let Finding {
            rule,
            pointer,
            message,
            help,
            at_key,
            ..
        } = finding;
        let place = Place {
            file: extension.place.file,
            pointer: format!("{}{pointer}", extension.place.pointer),
        };
        let mut error = Diagnostic::error(rule, place, message);
        error.help = help;
        error.at_key = at_key;
        found.push(error);
    }
}

/// Members that an operation of the other direction would heed.
fn without_effect(
    look: &Look<'_>,
    operation: &At<'_>,
    extension: &At<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let is_receive = if look.version.major == 2 {
        operation.place.pointer.ends_with("/publish")
    } else {
        operation.node.text("action") == Some("receive")
    };
    let (idle, help): (&[&str], _) = if is_receive {
        (&["room", "volatile"], "it is for operations that send")
    } else {
        (
            &["rate_limit", "deadline_ms"],
            "it is for operations that receive",
        )
    };
    for key in idle {
        if let Some(member) = extension.get(key) {
            let message = format!("`{key}` has no effect here");
            found.push(
                Diagnostic::warning("extension-without-effect", member.place, message)
                    .help(help)
                    .at_key(),
            );
        }
    }
}
