//! Messages: in 3.0 a schema's format stands beside the schema.

use serde_json::{Value, json};

use super::{Conversion, Object, is_reference};

impl Conversion<'_> {
    /// A message, in `components` or in place.
    pub(super) fn message(&mut self, old: &Object, at: &str) -> Value {
        let mut new = self.with_traits(old);
        if let Some(id) = new.shift_remove("messageId")
            && !at.ends_with(&format!("/{}", id.as_str().unwrap_or_default()))
        {
            // Its name in 3.0 is its key; an inline message gets this one.
            if at.starts_with("/components/") {
                let words = format!("`messageId` {id} is not the message's key");
                self.warn(
                    at,
                    words,
                    "kept as `x-messageId`; in 3.0 the key names a message",
                );
                new.insert("x-messageId".into(), id);
            }
        }
        self.schema_format(&mut new, at);
        if let Some(Value::Array(traits)) = new.get_mut("traits") {
            let converted = std::mem::take(traits).into_iter().map(|layer| match layer {
                Value::Object(layer) if !is_reference(&layer) => self.message_trait(&layer, at),
                other => other,
            });
            *traits = converted.collect();
        }
        self.examples(&mut new, at);
        Value::Object(new)
    }

    fn schema_format(&mut self, message: &mut Object, at: &str) {
        let format = message
            .shift_remove("schemaFormat")
            .or_else(|| self.format_of_traits(message));
        let Some(format) = format else { return };
        let is_own = format
            .as_str()
            .is_some_and(|format| format.starts_with("application/vnd.aai.asyncapi"));
        if is_own {
            return;
        }
        match message.get_mut("payload") {
            Some(payload) => {
                let schema = payload.take();
                *payload = json!({ "schemaFormat": format, "schema": schema });
                self.moves
                    .push((format!("{at}/payload"), format!("{at}/payload/schema")));
            }
            None => {
                let words = format!("`schemaFormat` {format} without a payload");
                self.warn(at, words, "3.0 has it only beside a schema");
            }
        }
    }

    fn format_of_traits(&self, message: &Object) -> Option<Value> {
        let traits = message.get("traits")?.as_array()?;
        // The last one wins.
        let mut formats = traits.iter().rev();
        formats.find_map(|layer| self.resolved(layer, "").0.get("schemaFormat").cloned())
    }

    /// Examples: 3.0 knows `payload`, `headers`, `name` and `summary`.
    pub(super) fn examples(&mut self, message: &mut Object, at: &str) {
        let Some(Value::Array(examples)) = message.get_mut("examples") else {
            return;
        };
        let before = examples.len();
        examples.retain(|example| example.get("payload").or(example.get("headers")).is_some());
        let lost = before - examples.len();
        if examples.is_empty() {
            message.shift_remove("examples");
        }
        if lost > 0 {
            let words = format!("{lost} examples have neither `payload` nor `headers`");
            self.warn(at, words, "write them as `payload: …`");
        }
    }
}
