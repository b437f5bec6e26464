//! Examples for the test of a page, made from the contract.

use fs7_contract::model::{Message, Operation};
use serde_json::{Value, json};

use super::{Observed, Parameter, defaults, is_list};
use crate::sample;

/// What a parameter is filled with where the contract says nothing.
const ANY: &str = "example";

pub(super) fn of(
    operation: &Operation,
    observed: &[Observed<'_>],
    parameters: &[Parameter],
) -> Value {
    let payload = payload_of(&operation.messages);
    let fill = |event: &str| filled(event, parameters);
    let reply = operation.reply.as_ref().map(|it| payload_of(&it.messages));
    let arriving = observed.iter().map(|it| {
        let messages = it.operation.map(|it| it.messages.as_slice());
        event(
            &fill(&it.event),
            &payload_of(messages.unwrap_or_default()),
            it.is_list,
        )
    });
    let mut values = defaults(parameters);
    for parameter in parameters {
        if let Some(value) = values.get_mut(&parameter.name) {
            *value = value_of(parameter).into();
        }
    }
    json!({
        "parameters": values,
        "payload": payload,
        "sendsAs": event(&fill(&operation.event), &payload, is_list(operation)),
        "reply": arguments(&reply.unwrap_or(json!({"status": "success"})), is_list(operation)),
        "arriving": arriving.collect::<Vec<_>>(),
    })
}

fn event(name: &str, payload: &Value, is_list: bool) -> Value {
    let mut event = vec![name.into()];
    event.extend(arguments(payload, is_list));
    event.into()
}

fn arguments(payload: &Value, is_list: bool) -> Vec<Value> {
    match payload {
        Value::Array(values) if is_list => values.clone(),
        // A page asks for a list here: what cannot be one is sent without arguments.
        _ if is_list => Vec::new(),
        other => vec![other.clone()],
    }
}

fn payload_of(messages: &[Message]) -> Value {
    messages
        .first()
        .and_then(sample::message)
        .unwrap_or_default()
}

fn value_of(parameter: &Parameter) -> String {
    let first = parameter.values.first();
    let value = parameter
        .default
        .as_ref()
        .or(first)
        .filter(|it| !it.is_empty());
    value.map_or(ANY, String::as_str).to_owned()
}

fn filled(event: &str, parameters: &[Parameter]) -> String {
    parameters.iter().fold(event.to_owned(), |name, parameter| {
        name.replace(&format!("{{{}}}", parameter.name), &value_of(parameter))
    })
}
