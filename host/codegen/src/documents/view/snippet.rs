//! A few lines of a client, for a reader in a hurry.

use fs7_contract::extension::Arguments;
use fs7_contract::model::{Action, Operation};
use serde_json::Value;

use crate::sample;

/// Characters of an example that stands in the lines.
const EXAMPLE_CHARS_MAX: usize = 600;

/// How a stock Socket.IO client in JavaScript uses the operation.
pub(super) fn usage(operation: &Operation) -> String {
    let event = Value::from(operation.event.as_str());
    let namespace = Value::from(operation.namespace.as_str());
    let socket = match operation.namespace.as_str() {
        "/" => "const socket = io();\n".to_owned(),
        _ => format!("const socket = io({namespace});\n"),
    };
    let payload = operation.messages.iter().find_map(sample::message);
    let is_list = operation.extension.arguments == Some(Arguments::List);
    let arguments = match payload {
        Some(Value::Null) | None => String::new(),
        Some(Value::Array(items)) if is_list => items
            .iter()
            .map(|item| format!(", {}", literal(item)))
            .collect(),
        Some(payload) => format!(", {}", literal(&payload)),
    };
    match operation.action {
        Action::Receive if operation.reply.is_some() => {
            format!("{socket}const reply = await socket.emitWithAck({event}{arguments});")
        }
        Action::Receive => format!("{socket}socket.emit({event}{arguments});"),
        Action::Send => {
            let names = if is_list { "...values" } else { "payload" };
            format!("{socket}socket.on({event}, ({names}) => console.log({names}));")
        }
    }
}

fn literal(value: &Value) -> String {
    let text = format!("{value:#}");
    if text.len() > EXAMPLE_CHARS_MAX {
        "payload".to_owned()
    } else {
        text
    }
}
