//! The contract and the handlers that are there, held against each other.

use crate::diagnostic::Diagnostic;
use crate::model::{Action, Contract};
use crate::place::Place;
use crate::words;

/// Operations that no handler serves, and handlers that no operation names. `served` lists the
/// events that have a handler, as namespace and event name.
pub fn handlers(contract: &Contract, served: &[(String, String)]) -> Vec<Diagnostic> {
    let received = || {
        let operations = contract.operations.iter();
        operations.filter(|operation| operation.action == Action::Receive)
    };
    let mut found = Vec::new();
    for operation in received() {
        let is_served = served.iter().any(|(namespace, event)| {
            *namespace == operation.namespace && fits(&operation.event, event)
        });
        if !is_served {
            let message = format!(
                "no handler serves `{}` in namespace `{}`",
                operation.event, operation.namespace
            );
            found.push(
                Diagnostic::warning(
                    "operation-without-handler",
                    operation.place.clone(),
                    message,
                )
                .help("copy its handler into the events directory, or write one: `fs7 handlers`"),
            );
        }
    }
    for (namespace, event) in served {
        let is_named = received()
            .any(|operation| operation.namespace == *namespace && fits(&operation.event, event));
        if !is_named {
            let names: Vec<&str> = received()
                .map(|operation| operation.event.as_str())
                .collect();
            let message = format!(
                "a handler serves `{event}` in namespace `{namespace}`, and no operation names it"
            );
            let help = match words::nearest(event, &names) {
                Some(near) => format!("did the handler mean `{near}`?"),
                None => "add an operation that receives it".to_owned(),
            };
            let place = Place::default();
            found.push(Diagnostic::warning("handler-without-operation", place, message).help(help));
        }
    }
    found
}

/// Whether an event's name is the address, or the address with its parameters filled in.
fn fits(address: &str, event: &str) -> bool {
    if address == event {
        return true;
    }
    let Some((before, rest)) = address.split_once('{') else {
        return false;
    };
    let Some((_, after)) = rest.split_once('}') else {
        return false;
    };
    let Some(tail) = event.strip_prefix(before) else {
        return false;
    };
    // A parameter takes at least one character; where it ends, what follows decides.
    let ends = tail.char_indices().skip(1).map(|(at, _)| at);
    let mut ends = ends.chain(std::iter::once(tail.len()));
    !tail.is_empty() && ends.any(|at| tail.get(at..).is_some_and(|rest| fits(after, rest)))
}
