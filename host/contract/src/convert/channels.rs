//! Channels and operations: in 2.x an operation stands in its channel, with its messages; in 3.0
//! a channel holds the messages, and operations refer to both.

use serde_json::{Value, json};

use super::{Conversion, Object, copy, copy_extensions, is_reference};
use crate::emit;
use crate::model::{Action, Operation};
use crate::place::push_token;

impl Conversion<'_> {
    /// All channels and all operations.
    pub(super) fn channels(&mut self) -> (Object, Object) {
        let (mut channels, mut operations) = (Object::new(), Object::new());
        let source = self.source;
        let contract = self.contract;
        let members = source.get("channels").and_then(Value::as_object);
        for (index, (key, value)) in members.into_iter().flatten().enumerate() {
            let mut at = "/channels".to_owned();
            push_token(&mut at, key);
            let (Value::Object(old), old_at) = self.detached(value, &at) else {
                continue;
            };
            let mut messages = Object::new();
            for (word, action) in [("publish", Action::Receive), ("subscribe", Action::Send)] {
                let read = contract.operations.iter();
                let mut read = read.filter(|it| it.channel == index && it.action == action);
                let (Some(Value::Object(operation)), Some(read)) = (old.get(word), read.next())
                else {
                    continue;
                };
                let operation_at = format!("{old_at}/{word}");
                let names = self.messages_of(operation, read, &operation_at, (key, &mut messages));
                let new = self.operation(operation, read, &operation_at, (key, &names));
                operations.insert(read.id.clone(), new);
            }
            let mut channel = self.channel(&old, &old_at);
            channel.insert("messages".into(), Value::Object(messages));
            let mut ordered = Object::new();
            ordered.insert("address".into(), json!(key));
            copy(
                &channel,
                &mut ordered,
                &["description", "servers", "parameters", "messages"],
            );
            ordered.extend(channel.into_iter().filter(|(name, _)| name != "address"));
            channels.insert(key.clone(), Value::Object(ordered));
        }
        (channels, operations)
    }

    /// A value of its own: what a reference names, and where.
    fn detached(&self, value: &Value, at: &str) -> (Value, String) {
        let (value, at) = self.resolved(value, at);
        (value.clone(), at)
    }

    /// A channel without its operations.
    fn channel(&mut self, old: &Object, at: &str) -> Object {
        let mut new = Object::new();
        copy(old, &mut new, &["description"]);
        if let Some(Value::Array(names)) = old.get("servers") {
            let names = names.iter().filter_map(Value::as_str);
            let servers = names.map(|name| json!({ "$ref": emit::reference(&["servers", name]) }));
            new.insert("servers".into(), servers.collect());
        }
        if let Some(parameters) = old.get("parameters") {
            let at = format!("{at}/parameters");
            new.insert(
                "parameters".into(),
                self.map(parameters, &at, Self::parameter),
            );
        }
        copy(old, &mut new, &["bindings"]);
        copy_extensions(old, &mut new);
        new
    }

    /// A channel in `components`: its operations went with the channels that refer to it.
    pub(super) fn unused_channel(&mut self, old: &Object, at: &str) -> Value {
        let reference = emit::fragment(at);
        let used = self.source.get("channels").and_then(Value::as_object);
        let is_used = used
            .into_iter()
            .flatten()
            .any(|(_, channel)| channel.get("$ref").and_then(Value::as_str) == Some(&reference));
        if !is_used && (old.contains_key("publish") || old.contains_key("subscribe")) {
            let words =
                "the operations of a channel that no channel refers to have no place in 3.0";
            self.warn(at, words, "refer to it from `channels`");
        }
        Value::Object(self.channel(old, at))
    }

    /// A parameter: 3.0 has texts only, with `enum`, `default` and `examples`.
    pub(super) fn parameter(&mut self, old: &Object, at: &str) -> Value {
        let mut new = Object::new();
        copy(old, &mut new, &["description"]);
        let schema = old.get("schema").map(|schema| self.detached(schema, at).0);
        if let Some(Value::Object(schema)) = schema {
            let mut lost = Vec::new();
            for (keyword, value) in schema {
                match (keyword.as_str(), &value) {
                    ("enum" | "examples", Value::Array(values)) => {
                        let values = values.iter().map(text);
                        new.insert(keyword, values.collect());
                    }
                    ("default", value) => {
                        new.insert(keyword, text(value));
                    }
                    ("description", value) => {
                        new.entry(keyword).or_insert_with(|| value.clone());
                    }
                    ("type", value) if value == "string" => {}
                    ("title", _) => lost.push("title".to_owned()),
                    (keyword, value) => lost.push(format!("{keyword}: {value}")),
                }
            }
            if !lost.is_empty() {
                let words = format!("a parameter in 3.0 cannot say `{}`", lost.join("`, `"));
                self.warn(
                    at,
                    words,
                    "list the values in `enum`, or say it in the description",
                );
            }
        }
        copy(old, &mut new, &["location"]);
        copy_extensions(old, &mut new);
        Value::Object(new)
    }

    fn operation(
        &mut self,
        old: &Object,
        read: &Operation,
        at: &str,
        (channel, names): (&str, &[String]),
    ) -> Value {
        let merged = self.with_traits(old);
        let mut new = Object::new();
        new.insert("action".into(), json!(read.action.as_str()));
        let channel_reference = emit::reference(&["channels", channel]);
        new.insert("channel".into(), json!({ "$ref": channel_reference }));
        copy(&merged, &mut new, &["summary", "description"]);
        if let Some(security) = self.security(merged.get("security"), at) {
            new.insert("security".into(), security);
        }
        copy(&merged, &mut new, &["tags", "externalDocs", "bindings"]);
        if let Some(Value::Array(traits)) = merged.get("traits") {
            let traits = traits.iter().map(|layer| match layer {
                Value::Object(layer) if !is_reference(layer) => self.operation_trait(layer, at),
                other => other.clone(),
            });
            new.insert("traits".into(), traits.collect());
        }
        let messages = names.iter().map(
            |name| json!({ "$ref": emit::reference(&["channels", channel, "messages", name]) }),
        );
        new.insert("messages".into(), messages.collect());
        copy_extensions(&merged, &mut new);
        Value::Object(new)
    }

    /// Puts the messages of an operation into its channel; their names there.
    fn messages_of(
        &mut self,
        operation: &Object,
        read: &Operation,
        at: &str,
        (channel, messages): (&str, &mut Object),
    ) -> Vec<String> {
        let Some(message) = operation.get("message") else {
            return Vec::new();
        };
        let at = format!("{at}/message");
        let (target, target_at) = self.detached(message, &at);
        let found: Vec<(Value, String)> = match target.get("oneOf").and_then(Value::as_array) {
            Some(several) => several
                .iter()
                .enumerate()
                .map(|(index, message)| (message.clone(), format!("{target_at}/oneOf/{index}")))
                .collect(),
            None => vec![(message.clone(), at)],
        };
        let mut names = Vec::new();
        for (index, (message, at)) in found.into_iter().enumerate() {
            let wanted = read.messages.get(index).map(|read| read.key.clone());
            let wanted = wanted.unwrap_or_else(|| format!("message{}", index + 1));
            let converted = match &message {
                Value::Object(inline) if !is_reference(inline) => self.message(inline, &at),
                other => other.clone(),
            };
            let name = free(messages, &wanted, &converted);
            if !is_reference_value(&message) {
                let mut new_at = String::from("/channels");
                push_token(&mut new_at, channel);
                new_at.push_str("/messages");
                push_token(&mut new_at, &name);
                if let Some(moved) = self
                    .moves
                    .iter_mut()
                    .find(|(old, _)| *old == format!("{at}/payload"))
                {
                    moved.1 = format!("{new_at}/payload/schema");
                }
                self.moves.push((at, new_at));
            }
            messages.insert(name.clone(), converted);
            names.push(name);
        }
        names
    }
}

fn is_reference_value(value: &Value) -> bool {
    value.as_object().is_some_and(is_reference)
}

/// A name in the channel: that of an equal message, else one that is not taken.
fn free(messages: &Object, wanted: &str, message: &Value) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2_u32;
    while messages.get(&name).is_some_and(|other| other != message) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

/// A value as a text: 3.0 has no other values of parameters.
fn text(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(text),
        other => json!(other.to_string()),
    }
}
