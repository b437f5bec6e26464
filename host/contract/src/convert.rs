//! Brings AsyncAPI 2 and folders of JSON Schemas to AsyncAPI 3.
//!
//! 2.x speaks from the side of the client: what clients `publish` is what the application
//! `receive`s, and what they `subscribe` to is what it `send`s. Whatever 3.0 has no place for is
//! told as a warning.

mod bindings;
mod channels;
mod messages;
mod references;
mod schemas;
mod security;
mod servers;
mod traits;

use serde_json::{Map, Value, json};

use crate::bundle::Bundle;
use crate::diagnostic::Diagnostic;
use crate::emit;
use crate::model::Contract;
use crate::place::{FileId, Place};

pub use schemas::{Note, SchemaFile, Schemas, from_schemas};

/// The version that is written.
const VERSION: &str = "3.0.0";

type Object = Map<String, Value>;

/// What came of a document.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The AsyncAPI 3.0 document.
    pub document: Value,
    /// What could not be carried over, with its place in the old document.
    pub warnings: Vec<Diagnostic>,
}

/// Brings an AsyncAPI 2 document to 3.0: all its files in one. None where its first file cannot
/// be read.
pub fn from_2(bundle: &Bundle, contract: &Contract) -> Option<Converted> {
    let source = emit::bundled(bundle)?;
    let mut conversion = Conversion {
        source: &source,
        contract,
        moves: Vec::new(),
        warnings: Vec::new(),
    };
    let mut document = conversion.document();
    references::rewrite(&mut document, &conversion.moves);
    conversion.settle_bindings(&mut document);
    Some(Converted {
        document,
        warnings: conversion.warnings,
    })
}

/// A document of any version as AsyncAPI 3, in one file; `null` where its first file cannot be
/// read.
pub fn to_3(bundle: &Bundle, contract: &Contract) -> Value {
    let document = match contract.version.major {
        2 => from_2(bundle, contract).map(|converted| converted.document),
        _ => emit::bundled(bundle),
    };
    document.unwrap_or_default()
}

struct Conversion<'a> {
    source: &'a Value,
    contract: &'a Contract,
    /// Pointers of the old document and where the same stands in the new one.
    moves: Vec<(String, String)>,
    warnings: Vec<Diagnostic>,
}

impl Conversion<'_> {
    fn document(&mut self) -> Value {
        let source = self.source;
        let empty = Object::new();
        let old = source.as_object().unwrap_or(&empty);
        let (channels, operations) = self.channels();
        let mut new = Object::new();
        new.insert("asyncapi".into(), json!(VERSION));
        copy(old, &mut new, &["id"]);
        new.insert("info".into(), info(old));
        copy(old, &mut new, &["defaultContentType"]);
        if let Some(servers) = old.get("servers") {
            let convert = |it: &mut Self, server: &Object, at: &str| it.server(server, at);
            new.insert("servers".into(), self.map(servers, "/servers", convert));
        }
        new.insert("channels".into(), Value::Object(channels));
        new.insert("operations".into(), Value::Object(operations));
        if let Some(Value::Object(components)) = old.get("components") {
            new.insert("components".into(), self.components(components));
        }
        const KNOWN: [&str; 9] = [
            "asyncapi",
            "id",
            "info",
            "defaultContentType",
            "servers",
            "channels",
            "components",
            "tags",
            "externalDocs",
        ];
        let further = old.iter().filter(|(key, _)| !KNOWN.contains(&key.as_str()));
        new.extend(further.map(|(key, value)| (key.clone(), value.clone())));
        Value::Object(new)
    }

    fn components(&mut self, old: &Object) -> Value {
        let mut new = Object::new();
        for (section, members) in old {
            let at = format!("/components/{section}");
            let convert: fn(&mut Self, &Object, &str) -> Value = match section.as_str() {
                "servers" => Self::server,
                "channels" => Self::unused_channel,
                "messages" => Self::message,
                "parameters" => Self::parameter,
                "securitySchemes" => |_, scheme, _| security::scheme(scheme),
                "operationTraits" => Self::operation_trait,
                "messageTraits" => Self::message_trait,
                _ => |_, other, _| Value::Object(other.clone()),
            };
            let mut members = self.map(members, &at, convert);
            if section == "messages"
                && let Value::Object(messages) = &mut members
            {
                // A list of messages is no message in 3.0; it was laid open where it is used.
                messages.retain(|_, message| message.get("oneOf").is_none());
            }
            new.insert(section.clone(), members);
        }
        Value::Object(new)
    }

    /// Converts each member that is no reference.
    fn map(
        &mut self,
        members: &Value,
        at: &str,
        convert: impl Fn(&mut Self, &Object, &str) -> Value,
    ) -> Value {
        let Value::Object(members) = members else {
            return members.clone();
        };
        let converted = members.iter().map(|(key, value)| {
            let mut pointer = at.to_owned();
            crate::place::push_token(&mut pointer, key);
            let value = match value {
                Value::Object(object) if !is_reference(object) => convert(self, object, &pointer),
                other => other.clone(),
            };
            (key.clone(), value)
        });
        Value::Object(converted.collect())
    }

    /// The value with its references followed, and where it stands.
    fn resolved<'v>(&'v self, value: &'v Value, at: &str) -> (&'v Value, String) {
        let (mut value, mut at) = (value, at.to_owned());
        for _ in 0..64 {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                break;
            };
            let pointer = crate::bundle::decode(reference.strip_prefix('#').unwrap_or_default());
            let Some(target) = self.source.pointer(&pointer) else {
                break;
            };
            (value, at) = (target, pointer);
        }
        (value, at)
    }

    fn warn(&mut self, at: &str, message: impl Into<String>, help: &str) {
        let place = Place {
            file: FileId(0),
            pointer: at.to_owned(),
        };
        let warning = Diagnostic::warning("not-in-asyncapi-3", place, message).help(help);
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// `info` with what stands at the top in 2.x.
fn info(document: &Object) -> Value {
    let mut info = match document.get("info") {
        Some(Value::Object(info)) => info.clone(),
        _ => Object::new(),
    };
    copy(document, &mut info, &["tags", "externalDocs"]);
    Value::Object(info)
}

/// Copies the members that are there.
fn copy(from: &Object, to: &mut Object, keys: &[&str]) {
    for key in keys {
        if let Some(value) = from.get(*key) {
            to.insert((*key).to_owned(), value.clone());
        }
    }
}

/// Copies the extensions.
fn copy_extensions(from: &Object, to: &mut Object) {
    let extensions = from.iter().filter(|(key, _)| key.starts_with("x-"));
    to.extend(extensions.map(|(key, value)| (key.clone(), value.clone())));
}

fn is_reference(object: &Object) -> bool {
    object.get("$ref").is_some_and(Value::is_string)
}
