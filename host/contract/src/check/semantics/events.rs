//! What the document says about events, as fs7 understands it.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::model::{Action, Contract};

/// Names that Socket.IO keeps for itself; no event can be called so.
const RESERVED: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

pub(super) fn check(contract: &Contract, found: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<(&str, &str, Action), &str> = HashMap::new();
    for operation in &contract.operations {
        let key = (
            operation.namespace.as_str(),
            operation.event.as_str(),
            operation.action,
        );
        if let Some(first) = seen.get(&key) {
            let message = format!(
                "`{}` is about the same event as `{first}`: `{}`, `{}` in namespace `{}`",
                operation.id,
                operation.action.as_str(),
                operation.event,
                operation.namespace
            );
            found.push(
                Diagnostic::warning("duplicate-event", operation.place.clone(), message)
                    .help("fs7 goes by the first; make one operation with the messages of both")
                    .at_key(),
            );
        } else {
            seen.insert(key, &operation.id);
        }
        if RESERVED.contains(&operation.event.as_str()) {
            let message = format!(
                "Socket.IO keeps the event name `{}` for itself",
                operation.event
            );
            found.push(
                Diagnostic::warning("reserved-event", operation.place.clone(), message)
                    .help("call the event otherwise")
                    .at_key(),
            );
        }
    }
}
