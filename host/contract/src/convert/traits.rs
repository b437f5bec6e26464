//! Traits: in 2.x they win over the object, in 3.0 the object wins over them. Where both say
//! something, the object gets what 2.x makes of it.

use serde_json::Value;

use super::{Conversion, Object};

impl Conversion<'_> {
    /// The object with what its traits would change in it; its `traits` stay.
    pub(super) fn with_traits(&self, object: &Object) -> Object {
        let mut merged = object.clone();
        let traits = object.get("traits").and_then(Value::as_array);
        for layer in traits.into_iter().flatten() {
            let (Value::Object(layer), _) = self.resolved(layer, "") else {
                continue;
            };
            for (key, value) in layer {
                if let Some(own) = merged.get_mut(key) {
                    match key.as_str() {
                        "headers" | "bindings" => merge(own, self.resolved(value, "").0),
                        _ => *own = value.clone(),
                    }
                }
            }
        }
        merged
    }

    pub(super) fn operation_trait(&mut self, old: &Object, at: &str) -> Value {
        let mut new = old.clone();
        if new.shift_remove("operationId").is_some() {
            let words = "`operationId` of a trait has no place in 3.0";
            self.warn(at, words, "each operation keeps the id that it had");
        }
        if let Some(security) = self.security(old.get("security"), at) {
            new.insert("security".into(), security);
        }
        Value::Object(new)
    }

    pub(super) fn message_trait(&mut self, old: &Object, at: &str) -> Value {
        let mut new = old.clone();
        for key in ["messageId", "schemaFormat"] {
            if new.shift_remove(key).is_some() {
                let words = format!("`{key}` of a trait has no place in 3.0");
                self.warn(at, words, "write it into the messages that use the trait");
            }
        }
        self.examples(&mut new, at);
        Value::Object(new)
    }
}

/// JSON Merge Patch (RFC 7396, section 2).
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                match target.get_mut(key) {
                    Some(own) => merge(own, value),
                    None => {
                        target.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}
