//! What must be there only once: ids of operations and messages (2.x), tags.

use std::collections::HashSet;

use super::Look;
use crate::bundle::At;
use crate::check::parts::Kind;
use crate::diagnostic::Diagnostic;
use crate::place::Place;

pub(super) fn check(look: &Look<'_>, found: &mut Vec<Diagnostic>) {
    if look.version.major == 2 {
        unique(
            look,
            Kind::Operation,
            "operationId",
            "duplicate-operation-id",
            found,
        );
        unique(
            look,
            Kind::Message,
            "messageId",
            "duplicate-message-id",
            found,
        );
    }
    for (kind, at) in look.parts.all() {
        let has_tags = !matches!(
            kind,
            Kind::Schema | Kind::Tag | Kind::Parameter | Kind::Variable
        );
        if let Some(tags) = at.get("tags").filter(|_| has_tags) {
            unique_tags(look, &tags, found);
        }
    }
}

/// An id and where it stands: a trait's wins over the object's own, the last trait over the first.
fn id<'a>(look: &Look<'a>, at: &At<'a>, key: &str) -> Option<(&'a str, Place)> {
    let traits = at.get("traits");
    let mut traits: Vec<At<'a>> = traits.iter().flat_map(|traits| traits.items()).collect();
    traits.reverse();
    let layers = traits
        .into_iter()
        .filter_map(|layer| look.bundle.resolve(&layer).ok());
    layers.chain(std::iter::once(at.clone())).find_map(|layer| {
        let id = layer.get(key)?;
        Some((id.node.as_str()?, id.place))
    })
}

fn unique(look: &Look<'_>, kind: Kind, key: &str, rule: &'static str, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for at in look.parts.of_kind(kind) {
        let Some((id, place)) = id(look, at, key) else {
            continue;
        };
        if !seen.insert(id) {
            let message = format!("`{key}` `{id}` stands in the document twice");
            found.push(
                Diagnostic::error(rule, place, message).help("give one of the two another id"),
            );
        }
    }
}

fn unique_tags(look: &Look<'_>, tags: &At<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for item in tags.items() {
        let Ok(tag) = look.bundle.resolve(&item) else {
            continue;
        };
        let Some(name) = tag.node.text("name") else {
            continue;
        };
        if !seen.insert(name) {
            let message = format!("the tag `{name}` stands here twice");
            let place = match item.node.reference() {
                Some(_) => item.place.child("$ref"),
                None => item.place.child("name"),
            };
            found.push(
                Diagnostic::error("duplicate-tag", place, message).help("remove one of the two"),
            );
        }
    }
}
