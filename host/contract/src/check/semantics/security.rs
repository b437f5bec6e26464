//! Security requirements: schemes and scopes that are there.

use super::Look;
use crate::bundle::At;
use crate::check::parts::Kind;
use crate::diagnostic::Diagnostic;
use crate::words;

pub(super) fn check(look: &Look<'_>, found: &mut Vec<Diagnostic>) {
    if look.version.major == 2 {
        for kind in [Kind::Server, Kind::Operation, Kind::OperationTrait] {
            for at in look.parts.of_kind(kind) {
                requirements_2(look, at, found);
            }
        }
    } else {
        for scheme in look.parts.of_kind(Kind::Scheme) {
            scopes_3(look, scheme, found);
        }
    }
}

/// 2.x: names of schemes with scopes.
fn requirements_2(look: &Look<'_>, at: &At<'_>, found: &mut Vec<Diagnostic>) {
    let schemes = look
        .bundle
        .root()
        .and_then(|root| root.get("components")?.get("securitySchemes"));
    let names: Vec<&str> = schemes
        .iter()
        .flat_map(|at| at.members())
        .map(|(name, _)| name)
        .collect();
    let Some(security) = at.get("security") else {
        return;
    };
    for requirement in security.items() {
        for (name, scopes) in requirement.members() {
            let scheme = schemes.as_ref().and_then(|schemes| schemes.get(name));
            let Some(scheme) = scheme else {
                let message = format!("`components/securitySchemes` has no `{name}`");
                let help = match words::nearest(name, &names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if names.is_empty() => "add it there".to_owned(),
                    None => format!("it has {}", words::list(&names)),
                };
                let error =
                    Diagnostic::error("undefined-security-scheme", scopes.place.clone(), message);
                found.push(error.help(help).at_key());
                continue;
            };
            if let Ok(scheme) = look.bundle.resolve(&scheme) {
                known_scopes(look, &scheme, "scopes", &scopes, found);
            }
        }
    }
}

/// 3.x: the scheme itself says which of the scopes of its flows are needed.
fn scopes_3(look: &Look<'_>, scheme: &At<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(scopes) = scheme.get("scopes") {
        known_scopes(look, scheme, "availableScopes", &scopes, found);
    }
}

fn known_scopes(
    look: &Look<'_>,
    scheme: &At<'_>,
    key: &str,
    scopes: &At<'_>,
    found: &mut Vec<Diagnostic>,
) {
    if scheme.node.text("type") != Some("oauth2") {
        return;
    }
    let Some(flows) = scheme
        .get("flows")
        .and_then(|flows| look.bundle.resolve(&flows).ok())
    else {
        return;
    };
    let flows = flows
        .members()
        .filter_map(|(_, flow)| look.bundle.resolve(&flow).ok()?.get(key));
    let known: Vec<&str> = flows
        .flat_map(|scopes| scopes.members())
        .map(|(name, _)| name)
        .collect();
    for scope in scopes.items() {
        let Some(name) = scope.node.as_str().filter(|name| !known.contains(name)) else {
            continue;
        };
        let message = format!("no flow of the security scheme has the scope `{name}`");
        let error = Diagnostic::error("undefined-scope", scope.place, message);
        found.push(match known.as_slice() {
            [] => error,
            known => error.help(format!("they have {}", words::list(known))),
        });
    }
}
