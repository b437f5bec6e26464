//! Servers: variables of their addresses.

use super::{Look, braced};
use crate::bundle::At;
use crate::check::parts::Kind;
use crate::diagnostic::Diagnostic;
use crate::words;

pub(super) fn check(look: &Look<'_>, found: &mut Vec<Diagnostic>) {
    for server in look.parts.of_kind(Kind::Server) {
        variables(look, server, found);
    }
    for variable in look.parts.of_kind(Kind::Variable) {
        default_is_allowed(variable, found);
    }
}

/// Where the address of a server stands.
fn address_keys(look: &Look<'_>) -> &'static [&'static str] {
    if look.version.major == 2 {
        &["url"]
    } else {
        &["host", "pathname"]
    }
}

fn variables(look: &Look<'_>, server: &At<'_>, found: &mut Vec<Diagnostic>) {
    let texts = address_keys(look)
        .iter()
        .filter_map(|key| server.node.text(key));
    let wanted: Vec<&str> = texts.flat_map(braced).collect();
    let variables = server.get("variables");
    let variables = variables.and_then(|variables| look.bundle.resolve(&variables).ok());
    let Some(variables) = variables else {
        if !wanted.is_empty() {
            let message = format!(
                "the server does not describe {} of its address",
                words::list(&wanted)
            );
            found.push(
                Diagnostic::warning("undescribed-variables", server.place.clone(), message)
                    .help("add `variables` with a member for each"),
            );
        }
        return;
    };
    let known: Vec<&str> = variables.members().map(|(name, _)| name).collect();
    for name in wanted.iter().filter(|name| !known.contains(name)) {
        let message = format!("`variables` lacks `{name}`, which the server's address uses");
        found.push(Diagnostic::error(
            "undefined-variable",
            variables.place.clone(),
            message,
        ));
    }
    for name in known.iter().filter(|name| !wanted.contains(name)) {
        let message = format!("the server's address has no `{{{name}}}`");
        let help = match words::nearest(name, &wanted) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "remove it, or use it in the address".to_owned(),
        };
        found.push(
            Diagnostic::error("unused-variable", variables.place.child(name), message)
                .help(help)
                .at_key(),
        );
    }
}

/// A variable's default is one of its values.
fn default_is_allowed(variable: &At<'_>, found: &mut Vec<Diagnostic>) {
    let (Some(default), Some(values)) = (variable.get("default"), variable.get("enum")) else {
        return;
    };
    super::messages::default_among(&default, &values, found);
}
