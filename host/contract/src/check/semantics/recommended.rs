//! What the official tool recommends for 2.x. For 3.x it has taken these recommendations back.

use super::Look;
use crate::bundle::At;
use crate::check::parts::Kind;
use crate::diagnostic::Diagnostic;
use crate::place::tokens;

const RULE: &str = "recommended-field";

pub(super) fn check(look: &Look<'_>, found: &mut Vec<Diagnostic>) {
    if look.version.major != 2 {
        return;
    }
    if let Some(root) = look.bundle.root() {
        lacks(
            &root,
            &["id", "defaultContentType", "servers", "tags"],
            found,
        );
        if let Some(servers) = root
            .get("servers")
            .filter(|servers| servers.node.members().is_empty())
        {
            let message = "`servers` is empty";
            found.push(Diagnostic::warning(RULE, servers.place, message));
        }
    }
    for info in look.parts.of_kind(Kind::Info) {
        lacks(info, &["description", "contact", "license"], found);
        if let Some(contact) = info.get("contact") {
            lacks(&contact, &["name", "url", "email"], found);
        }
    }
    for server in look.parts.of_kind(Kind::Server) {
        if tokens(&server.place.pointer).next().as_deref() == Some("servers") {
            url(server, found);
        }
    }
    for operation in look.parts.of_kind(Kind::Operation) {
        lacks_id(look, operation, "operationId", found);
    }
    // `messageId` came with 2.4.
    if look.version.minor >= 4 {
        let messages = look.parts.of_kind(Kind::Message);
        for message in messages.filter(|message| message.node.get("oneOf").is_none()) {
            lacks_id(look, message, "messageId", found);
        }
    }
}

/// One finding for an object and all that it lacks.
fn lacks(at: &At<'_>, keys: &[&str], found: &mut Vec<Diagnostic>) {
    let is_empty = |key: &&str| {
        at.node
            .get(key)
            .is_none_or(|value| value.is_null() || value.as_str() == Some(""))
    };
    let missing: Vec<&str> = keys.iter().filter(|key| is_empty(key)).copied().collect();
    if !missing.is_empty() {
        let names = crate::words::list(&missing);
        let message = format!("AsyncAPI 2 recommends {names} here");
        found.push(Diagnostic::warning(RULE, at.place.clone(), message));
    }
}

fn lacks_id(look: &Look<'_>, at: &At<'_>, key: &str, found: &mut Vec<Diagnostic>) {
    let traits = at.get("traits");
    let traits = traits.iter().flat_map(|traits| traits.items());
    let mut layers = traits.filter_map(|layer| look.bundle.resolve(&layer).ok());
    if at.node.get(key).is_none() && !layers.any(|layer| layer.node.get(key).is_some()) {
        lacks(at, &[key], found);
    }
}

fn url(server: &At<'_>, found: &mut Vec<Diagnostic>) {
    let Some(url) = server.get("url") else { return };
    let Some(text) = url.node.as_str() else {
        return;
    };
    if text.contains("{}") {
        let message = format!("`{text}` has a variable without a name");
        found.push(
            Diagnostic::warning("empty-parameter", url.place.clone(), message)
                .help("name it between the braces"),
        );
    }
    if text.ends_with('/') {
        let message = format!("`{text}` ends with a slash");
        found.push(
            Diagnostic::warning("trailing-slash", url.place.clone(), message)
                .help("leave the slash out"),
        );
    }
}
