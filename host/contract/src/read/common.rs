//! What both generations of AsyncAPI have.

use serde_json::Value;

use super::layers::field;
use crate::bundle::{At, Bundle};
use crate::extension::Extension;
use crate::model::Tag;

/// Deepest reference that is followed in data that may go round in circles.
const DEPTH_MAX: usize = 32;

/// The value with every reference replaced by what it names. One that leads round in a circle, or
/// nowhere, stays.
pub(super) fn plain(bundle: &Bundle, at: &At<'_>) -> Value {
    plain_at(bundle, at, 0)
}

fn plain_at(bundle: &Bundle, at: &At<'_>, depth: usize) -> Value {
    if depth > DEPTH_MAX {
        return at.node.to_value();
    }
    if at.node.reference().is_some() {
        return match bundle.resolve(at) {
            Ok(target) => plain_at(bundle, &target, depth + 1),
            Err(_) => at.node.to_value(),
        };
    }
    if at.node.is_object() {
        let members = at.members();
        let members = members.map(|(key, at)| (key.to_owned(), plain_at(bundle, &at, depth + 1)));
        return Value::Object(members.collect());
    }
    if !at.node.items().is_empty() {
        return Value::Array(
            at.items()
                .map(|at| plain_at(bundle, &at, depth + 1))
                .collect(),
        );
    }
    at.node.to_value()
}

/// Tags, references followed.
pub(super) fn tags(bundle: &Bundle, tags: Option<At<'_>>) -> Vec<Tag> {
    let Some(tags) = tags else { return Vec::new() };
    let tags = tags.items().filter_map(|item| bundle.resolve(&item).ok());
    tags.filter_map(|tag| {
        Some(Tag {
            name: tag.text("name")?,
            description: tag.text("description"),
        })
    })
    .collect()
}

/// `x-fs7`. The rules have held it against its schema.
pub(super) fn extension(at: Option<At<'_>>) -> Extension {
    at.and_then(|at| serde_json::from_value(at.node.to_value()).ok())
        .unwrap_or_default()
}

/// A value of the document as it is, references followed.
pub(super) fn value(bundle: &Bundle, object: &At<'_>, key: &str) -> Option<Value> {
    field(bundle, object, key).map(|at| plain(bundle, &at))
}

/// The words of a list of strings.
pub(super) fn texts(at: Option<At<'_>>) -> Vec<String> {
    let Some(at) = at else { return Vec::new() };
    at.items()
        .filter_map(|item| item.node.as_str().map(str::to_owned))
        .collect()
}

/// A name that is not taken yet.
pub(super) fn unique(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(wanted) {
        return wanted.to_owned();
    }
    (2_u64..)
        .map(|number| format!("{wanted}_{number}"))
        .find(|name| !is_taken(name))
        .unwrap_or_else(|| wanted.to_owned())
}
