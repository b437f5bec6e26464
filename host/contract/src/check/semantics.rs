//! What a document says, held against itself.

mod channels;
mod events;
mod extension;
mod ids;
mod messages;
mod operations;
mod recommended;
mod schemas;
mod security;
mod servers;

use super::parts::Parts;
use crate::bundle::{At, Bundle};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Contract, Version};
use crate::place::tokens;

/// What a rule looks at.
struct Look<'a> {
    bundle: &'a Bundle,
    version: Version,
    parts: &'a Parts<'a>,
}

impl<'a> Look<'a> {
    /// What a reference names, followed once.
    fn first(&self, at: &At<'a>) -> Option<At<'a>> {
        let place = self
            .bundle
            .target(at.place.file, at.node.reference()?)
            .ok()?;
        self.bundle.get(&place)
    }
}

/// Holds what a document says against itself. Its form must have been checked.
pub fn semantics(bundle: &Bundle, contract: &Contract) -> Vec<Diagnostic> {
    let mut parts = Parts::of(bundle, contract.version);
    let mut found = std::mem::take(&mut parts.wrong);
    let look = Look {
        bundle,
        version: contract.version,
        parts: &parts,
    };
    servers::check(&look, &mut found);
    channels::check(&look, &mut found);
    operations::check(&look, &mut found);
    security::check(&look, &mut found);
    messages::check(&look, &mut found);
    schemas::check(&look, &mut found);
    ids::check(&look, &mut found);
    extension::check(&look, &mut found);
    recommended::check(&look, &mut found);
    events::check(contract, &mut found);
    found
}

/// Takes back the severity of references to the network where nothing is lost by not following
/// them: in bindings, and in schemas of languages that fs7 does not read.
pub fn settle(bundle: &Bundle, diagnostics: &mut [Diagnostic]) {
    for diagnostic in diagnostics {
        if diagnostic.rule == "remote-reference" && is_unread(bundle, diagnostic) {
            diagnostic.rule = "remote-reference-unread";
            diagnostic.severity = Severity::Warning;
            diagnostic.help = Some("nothing to do, unless another tool is to read it".to_owned());
        }
    }
}

fn is_unread(bundle: &Bundle, diagnostic: &Diagnostic) -> bool {
    let Some(root) = bundle.file(diagnostic.place.file) else {
        return false;
    };
    let mut at = root;
    for token in tokens(&diagnostic.place.pointer) {
        let format = at.text("schemaFormat");
        let is_schema = matches!(token.as_ref(), "payload" | "schema");
        let is_foreign =
            format.is_some_and(|format| !super::parts::grammar::is_json_schema(&format));
        let is_bindings = token == "bindings" || token.ends_with("Bindings");
        if is_bindings || (is_schema && is_foreign) {
            return true;
        }
        match at.node.step(&token) {
            Some(node) => {
                at = At {
                    node,
                    place: at.place.child(&token),
                };
            }
            None => return false,
        }
    }
    false
}

/// The names between braces in an address.
fn braced(address: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = address;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
        rest = after;
    }
    names
}
