//! Fields of bindings that were taken out of the bindings' own newer versions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Conversion;
use crate::bundle::Bundle;
use crate::emit;
use crate::model::Version;
use crate::place::tokens;

/// Rounds of looking: what takes a reference's place may hold something that is gone.
const ROUNDS_MAX: usize = 4;

impl Conversion<'_> {
    /// Keeps each such field as an extension, `x-` before its name, and says so. A reference
    /// where 3.0 allows none gives way to what it names.
    pub(super) fn settle_bindings(&mut self, document: &mut Value) {
        let path = Path::new("imported.json");
        for _ in 0..ROUNDS_MAX {
            let files: BTreeMap<PathBuf, String> = [(path.to_owned(), emit::json(document))].into();
            let bundle = Bundle::open(path, &files);
            let found = crate::check::structure(&bundle, Version { major: 3, minor: 0 });
            let in_bindings = |pointer: &str| tokens(pointer).any(|token| token == "bindings");
            let mut is_settled = true;
            for found in found
                .iter()
                .filter(|found| in_bindings(&found.place.pointer))
            {
                is_settled &= match found.rule {
                    "unknown-field" => !self.keep_as_extension(document, &found.place.pointer),
                    "reference-not-allowed" => !put_in_place(document, &found.place.pointer),
                    _ => true,
                };
            }
            if is_settled {
                return;
            }
        }
    }

    fn keep_as_extension(&mut self, document: &mut Value, pointer: &str) -> bool {
        let key = tokens(pointer).last();
        let parent = pointer
            .rsplit_once('/')
            .and_then(|(parent, _)| document.pointer_mut(parent));
        let (Some(key), Some(Value::Object(binding))) = (key, parent) else {
            return false;
        };
        let renamed = std::mem::take(binding).into_iter().map(|(name, value)| {
            let name = if name == key {
                format!("x-{name}")
            } else {
                name
            };
            (name, value)
        });
        *binding = renamed.collect();
        let words =
            format!("`{key}` is gone from these bindings, at `{pointer}` of the new document");
        self.warn("", words, "kept with `x-` before its name");
        true
    }
}

/// Replaces the object whose `$ref` stands at `pointer`.
fn put_in_place(document: &mut Value, pointer: &str) -> bool {
    let parent = pointer.strip_suffix("/$ref").unwrap_or(pointer);
    let reference = document
        .pointer(parent)
        .and_then(|at| at.get("$ref")?.as_str());
    let target = reference
        .and_then(|it| it.strip_prefix('#'))
        .map(crate::bundle::decode);
    let value = target.and_then(|target| document.pointer(&target).cloned());
    match (value, document.pointer_mut(parent)) {
        (Some(value), Some(at)) => {
            *at = value;
            true
        }
        _ => false,
    }
}
