//! Two schemas that both hold, as one.

use serde_json::{Map, Value, json};

use super::both;

/// Lays the words of `other` over those that are there. Where two say different things that no
/// word can say together, the first is kept: this serves shapes and examples, not checks.
pub(super) fn merge(words: &mut Map<String, Value>, other: Map<String, Value>) {
    for (word, value) in other {
        let Some(existing) = words.get_mut(&word) else {
            words.insert(word, value);
            continue;
        };
        if *existing == value {
            continue;
        }
        match word.as_str() {
            "properties" | "patternProperties" => members(existing, value),
            "required" => union(existing, value),
            "enum" => intersect(existing, &value),
            "type" => types(existing, &value),
            "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" => {
                bound(existing, value, |new, old| new > old);
            }
            "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => {
                bound(existing, value, |new, old| new < old);
            }
            "items" | "additionalProperties" | "additionalItems" | "propertyNames" | "contains" => {
                *existing = together(existing, &value);
            }
            "not" => *existing = json!({"anyOf": [existing.clone(), value]}),
            _ => {}
        }
    }
}

fn members(existing: &mut Value, value: Value) {
    let (Some(existing), Value::Object(value)) = (existing.as_object_mut(), value) else {
        return;
    };
    for (key, schema) in value {
        match existing.get_mut(&key) {
            Some(old) => *old = together(old, &schema),
            None => {
                existing.insert(key, schema);
            }
        }
    }
}

/// Both, without those that say nothing.
fn together(a: &Value, b: &Value) -> Value {
    match (a, b) {
        (a, b) if a == b => a.clone(),
        (Value::Bool(true), other) | (other, Value::Bool(true)) => other.clone(),
        (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
        (Value::Array(_), _) => a.clone(),
        (_, Value::Array(_)) => b.clone(),
        (Value::Object(a), _) if a.is_empty() => b.clone(),
        (_, Value::Object(b)) if b.is_empty() => a.clone(),
        _ => both(a, b),
    }
}

fn union(existing: &mut Value, value: Value) {
    if let (Some(existing), Value::Array(value)) = (existing.as_array_mut(), value) {
        for name in value {
            if !existing.contains(&name) {
                existing.push(name);
            }
        }
    }
}

fn intersect(existing: &mut Value, value: &Value) {
    if let (Some(existing), Some(value)) = (existing.as_array_mut(), value.as_array()) {
        existing.retain(|it| value.contains(it));
    }
}

fn types(existing: &mut Value, value: &Value) {
    let list = |value: &Value| match value {
        Value::Array(names) => names.clone(),
        name => vec![name.clone()],
    };
    let (a, b) = (list(existing), list(value));
    let has = |names: &[Value], name: &Value| {
        names.contains(name) || (name == "integer" && names.contains(&json!("number")))
    };
    let mut common: Vec<Value> = a.iter().filter(|name| has(&b, name)).cloned().collect();
    for name in b.iter().filter(|name| has(&a, name)) {
        if !common.contains(name) {
            common.push(name.clone());
        }
    }
    *existing = match common.as_slice() {
        [only] => only.clone(),
        _ => Value::Array(common),
    };
}

fn bound(existing: &mut Value, value: Value, is_tighter: fn(f64, f64) -> bool) {
    if let (Some(old), Some(new)) = (existing.as_f64(), value.as_f64())
        && is_tighter(new, old)
    {
        *existing = value;
    }
}
