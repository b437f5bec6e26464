//! Channels: their addresses, parameters and servers.

use super::{Look, braced};
use crate::bundle::At;
use crate::check::parts::Kind;
use crate::diagnostic::Diagnostic;
use crate::place::{FileId, tokens};
use crate::words;

pub(super) fn check(look: &Look<'_>, found: &mut Vec<Diagnostic>) {
    for channel in look.parts.of_kind(Kind::Channel) {
        let Some(key) = tokens(&channel.place.pointer).last() else {
            continue;
        };
        if look.version.major == 2 {
            address(&key, &channel.clone(), true, found);
            parameters(look, channel, &key, found);
            servers_2(look, channel, found);
        } else {
            let text = channel.text("address");
            if let (Some(text), Some(at)) = (&text, channel.get("address")) {
                address(text, &at, false, found);
            }
            query(&key, channel, true, found);
            parameters(look, channel, text.as_deref().unwrap_or_default(), found);
            servers_3(look, channel, found);
        }
    }
    for parameter in look.parts.of_kind(Kind::Parameter) {
        if let (Some(default), Some(values)) = (parameter.get("default"), parameter.get("enum")) {
            super::messages::default_among(&default, &values, found);
        }
    }
}

/// What an address must not and should not be.
fn address(text: &str, at: &At<'_>, is_key: bool, found: &mut Vec<Diagnostic>) {
    query(text, at, is_key, found);
    let mut warn = |rule, message: String, help: &str| {
        let mut warning = Diagnostic::warning(rule, at.place.clone(), message).help(help);
        warning.at_key = is_key;
        found.push(warning);
    };
    if text.contains("{}") {
        warn(
            "empty-parameter",
            format!("`{text}` has a parameter without a name"),
            "name it between the braces",
        );
    }
    if text.len() > 1 && text.ends_with('/') {
        warn(
            "trailing-slash",
            format!("`{text}` ends with a slash"),
            "leave the slash out",
        );
    }
}

fn query(text: &str, at: &At<'_>, is_key: bool, found: &mut Vec<Diagnostic>) {
    if text.contains(['?', '#']) {
        let message = format!("`{text}` has a query or a fragment, which belong into bindings");
        let mut error = Diagnostic::error("query-in-address", at.place.clone(), message)
            .help("leave out what begins with `?` or `#`");
        error.at_key = is_key;
        found.push(error);
    }
}

fn parameters(look: &Look<'_>, channel: &At<'_>, address: &str, found: &mut Vec<Diagnostic>) {
    let wanted = braced(address);
    let Some(parameters) = channel.get("parameters") else {
        if !wanted.is_empty() {
            let message = format!(
                "the channel does not describe {} of its address",
                words::list(&wanted)
            );
            found.push(
                Diagnostic::warning("undescribed-parameters", channel.place.clone(), message)
                    .help("add `parameters` with a member for each")
                    .at_key(),
            );
        }
        return;
    };
    let Ok(parameters) = look.bundle.resolve(&parameters) else {
        return;
    };
    let known: Vec<&str> = parameters.members().map(|(name, _)| name).collect();
    for name in wanted.iter().filter(|name| !known.contains(name)) {
        let message = format!("`parameters` lacks `{name}`, which the address `{address}` uses");
        found.push(Diagnostic::error(
            "undefined-parameter",
            parameters.place.clone(),
            message,
        ));
    }
    for name in known.iter().filter(|name| !wanted.contains(name)) {
        let message = format!("the address `{address}` has no `{{{name}}}`");
        let help = match words::nearest(name, &wanted) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "remove it, or use it in the address".to_owned(),
        };
        found.push(
            Diagnostic::error("unused-parameter", parameters.place.child(name), message)
                .help(help)
                .at_key(),
        );
    }
}

/// 2.x: names of servers.
fn servers_2(look: &Look<'_>, channel: &At<'_>, found: &mut Vec<Diagnostic>) {
    let root = look.bundle.root();
    let servers = root.and_then(|root| root.get("servers"));
    let names: Vec<&str> = servers
        .iter()
        .flat_map(|servers| servers.members())
        .map(|(name, _)| name)
        .collect();
    let Some(listed) = channel.get("servers") else {
        return;
    };
    for item in listed.items() {
        let Some(name) = item.node.as_str().filter(|name| !names.contains(name)) else {
            continue;
        };
        let message = format!("`servers` of the document has no `{name}`");
        let help = match words::nearest(name, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "add it to `servers`".to_owned(),
            None => format!("it has {}", words::list(&names)),
        };
        found.push(Diagnostic::error("undefined-server", item.place, message).help(help));
    }
}

/// 3.x: references to servers of the document, not of its components.
fn servers_3(look: &Look<'_>, channel: &At<'_>, found: &mut Vec<Diagnostic>) {
    // Only of the document's own channels this is asked ("Channel Object", `servers`).
    if tokens(&channel.place.pointer).next().as_deref() != Some("channels") {
        return;
    }
    let Some(listed) = channel.get("servers") else {
        return;
    };
    for item in listed.items() {
        let Some(reference) = item.node.reference() else {
            continue;
        };
        let Some(first) = look.first(&item) else {
            continue;
        };
        if !stands_in(&first, "servers") {
            let message = format!("`{reference}` is no server of the document");
            found.push(
                Diagnostic::error("undefined-server", item.place.child("$ref"), message)
                    .help("add it to `servers` and write `#/servers/NAME`"),
            );
        }
    }
}

/// Whether a value is a member of an object at the top of the opened file.
pub(super) fn stands_in(at: &At<'_>, top: &str) -> bool {
    let mut parts = tokens(&at.place.pointer);
    at.place.file == FileId(0)
        && parts.next().as_deref() == Some(top)
        && parts.next().is_some()
        && parts.next().is_none()
}
