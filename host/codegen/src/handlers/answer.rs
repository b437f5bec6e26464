//! What a fresh handler answers: success, said as the contract allows it.

use fs7_contract::model::Message;
use serde_json::{Value, json};

use crate::sample;

/// Values for one of these messages, best first; none where no valid one is found.
pub(super) fn of(messages: &[&Message], event: &str, is_list: bool) -> Vec<Value> {
    let status = success(event);
    let Some(message) = messages.first() else {
        return vec![if is_list { json!([status]) } else { status }];
    };
    let Some(schema) = message.payload.as_ref().map(|payload| &payload.value) else {
        return sample::message(message).into_iter().collect();
    };
    let mut values = Vec::new();
    let told = message
        .examples
        .iter()
        .any(|example| example.payload.is_some());
    // A schema that allows everything says nothing about the answer, so this one is as good.
    if !told && sample::is_valid(schema, &status) {
        values.push(status.clone());
    }
    if let Some(value) = sample::message(message) {
        values.push(with_words(schema, &value, &status));
        values.push(value);
    }
    values
}

/// The value with the status and the message of success, as far as the schema has room for them.
fn with_words(schema: &Value, value: &Value, status: &Value) -> Value {
    let mut value = value.clone();
    for word in ["status", "message"] {
        let mut better = value.clone();
        if let (Some(member), Some(text)) = (better.get_mut(word), status.get(word)) {
            *member = text.clone();
        }
        if sample::is_valid(schema, &better) {
            value = better;
        }
    }
    value
}

/// The seed's words.
pub(super) fn success(event: &str) -> Value {
    json!({"status": "success", "message": format!("{event} handled successfully.")})
}

/// Whether a value is read back just as it was written: numbers and `null` may come back otherwise
/// (`1` as `1.0`, `null` as a missing field).
pub(super) fn is_exact(value: &Value) -> bool {
    match value {
        Value::Null | Value::Number(_) => false,
        Value::Bool(_) | Value::String(_) => true,
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(members) => members.values().all(is_exact),
    }
}
