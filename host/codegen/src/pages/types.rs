//! TypeScript types from JSON Schema (draft 7).
//!
//! Our own, because no crate that is kept up does it: those on crates.io turn Rust types into
//! TypeScript (`ts-rs`, `specta`, `typeshare`) or JSON Schema into Rust (`typify`,
//! `schemafy`).

mod doc;
mod expression;
mod graph;

use std::collections::HashMap;

use fs7_contract::model::Message;
use serde_json::{Map, Value};

use self::expression::Scope;
use crate::names::{Taken, pascal};

pub(super) use self::doc::comment;

/// Names that declarations must leave to the language and to the templates.
const KEPT: [&str; 8] = [
    "Arguments",
    "Array",
    "Operations",
    "OperationName",
    "Record",
    "Object",
    "String",
    "Promise",
];

/// The types that were declared so far.
pub(super) struct Types {
    taken: Taken,
    /// By name in the contract and everything that the schema reaches.
    schemas: HashMap<(String, String), String>,
    /// By name and payload.
    payloads: HashMap<(String, String), String>,
    declarations: Vec<Declaration>,
}

/// An exported type.
pub(super) struct Declaration {
    /// Its name.
    pub(super) name: String,
    /// With its comment.
    pub(super) text: String,
}

impl Default for Types {
    fn default() -> Self {
        Self {
            taken: Taken::with(&KEPT),
            schemas: HashMap::new(),
            payloads: HashMap::new(),
            declarations: Vec::new(),
        }
    }
}

impl Types {
    /// The declarations, in the order in which they were needed.
    pub(super) fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }

    /// The type of what any of these messages carries; `fallback` names those without a name.
    /// `unknown` where the contract says nothing.
    pub(super) fn union(&mut self, messages: &[Message], fallback: &str) -> String {
        let mut each: Vec<String> = Vec::new();
        for message in messages {
            let one = self.payload(message, fallback);
            if !each.contains(&one) {
                each.push(one);
            }
        }
        if each.is_empty() || each.iter().any(|it| it == "unknown") {
            return "unknown".to_owned();
        }
        each.join(" | ")
    }

    fn payload(&mut self, message: &Message, fallback: &str) -> String {
        let Some(schema) = message.payload.as_ref().map(|it| &it.value) else {
            return "unknown".to_owned();
        };
        let definitions = schema.get("definitions").and_then(Value::as_object);
        let empty = Map::new();
        let names = self.declare(definitions.unwrap_or(&empty), schema);
        let scope = Scope::new(&names);
        if graph::is_plain_reference(schema) || schema.is_boolean() {
            return scope.expression(schema, 0);
        }
        let key = message.key.as_str();
        let base = match pascal(if key.is_empty() { fallback } else { key }) {
            base if base.ends_with("Payload") => base,
            base => format!("{base}Payload"),
        };
        let identity = (base, schema.to_string());
        if let Some(name) = self.payloads.get(&identity) {
            return name.clone();
        }
        let name = self.taken.unique(&identity.0);
        let title = message.title.as_deref().or(message.summary.as_deref());
        let text = scope.declaration(&name, schema, title);
        self.declarations.push(Declaration {
            name: name.clone(),
            text,
        });
        self.payloads.insert(identity, name.clone());
        name
    }

    /// Declares what a schema reaches, once for all messages that reach the same. The result
    /// gives the type of each definition.
    fn declare(
        &mut self,
        definitions: &Map<String, Value>,
        schema: &Value,
    ) -> HashMap<String, String> {
        let mut names = HashMap::new();
        let mut fresh = Vec::new();
        for definition in graph::reached(schema, definitions) {
            let identity = (
                definition.clone(),
                graph::signature(&definition, definitions),
            );
            let name = match self.schemas.get(&identity) {
                Some(name) => name.clone(),
                None => {
                    let name = self.taken.unique(&pascal(&definition));
                    self.schemas.insert(identity, name.clone());
                    fresh.push(definition.clone());
                    name
                }
            };
            names.insert(definition, name);
        }
        for definition in fresh {
            let (Some(name), Some(schema)) = (names.get(&definition), definitions.get(&definition))
            else {
                continue;
            };
            let circle = graph::circle(&definition, definitions);
            let text = Scope::within(&names, &circle).declaration(name, schema, None);
            self.declarations.push(Declaration {
                name: name.clone(),
                text,
            });
        }
        names
    }
}
