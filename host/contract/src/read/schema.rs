//! Schemas taken out of a document, so that they need nothing around them.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::common::unique;
use crate::bundle::{At, Bundle, Lost};
use crate::model::Schema;
use crate::place::{Place, tokens};
use crate::source::{Data, Member, Node};

/// Takes a schema out of its document. See [`Schema`] for what comes of its references.
pub(crate) fn extract(bundle: &Bundle, at: &At<'_>) -> Schema {
    let mut extraction = Extraction {
        bundle,
        names: HashMap::new(),
        taken: own_definitions(at),
        waiting: VecDeque::new(),
    };
    let mut value = extraction.whole(at);
    let mut definitions = Map::new();
    while let Some((name, place)) = extraction.waiting.pop_front() {
        if let Some(target) = bundle.get(&place) {
            definitions.insert(name, extraction.whole(&target));
        }
    }
    if let Value::Object(members) = &mut value
        && !definitions.is_empty()
    {
        let own = members
            .entry("definitions")
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(own) = own {
            own.extend(definitions);
        }
    }
    Schema {
        value,
        place: at.place.clone(),
    }
}

/// Whether nothing in a schema is replaced or left out.
fn stays(node: &Node) -> bool {
    let is_taken = |member: &Member| {
        let key = member.key.as_str();
        matches!(key, "$ref" | "$id" | "$schema" | "id") && member.value.as_str().is_some()
    };
    let stays_member = |member: &Member| !is_taken(member) && stays(&member.value);
    node.members().iter().all(stays_member) && node.items().iter().all(stays)
}

fn own_definitions(at: &At<'_>) -> Vec<String> {
    let own = at.node.get("definitions");
    let members = own.map(|own| own.members()).unwrap_or_default();
    members.iter().map(|member| member.key.clone()).collect()
}

struct Extraction<'a> {
    bundle: &'a Bundle,
    names: HashMap<Place, String>,
    taken: Vec<String>,
    /// Referenced schemas that are not taken out yet.
    waiting: VecDeque<(String, Place)>,
}

impl Extraction<'_> {
    /// A schema from its top. Most need no second look at any of their parts.
    fn whole(&mut self, at: &At<'_>) -> Value {
        if stays(at.node) {
            at.node.to_value()
        } else {
            self.schema(at)
        }
    }

    fn schema(&mut self, at: &At<'_>) -> Value {
        if at.node.reference().is_some() {
            return self.reference(at);
        }
        let Data::Object(_) = &at.node.data else {
            return at.node.to_value();
        };
        let mut object = Map::new();
        for (key, member) in at.members() {
            let value = match key {
                // They would change what references are relative to, or which draft is meant.
                "$id" | "$schema" | "id" if member.node.as_str().is_some() => continue,
                "additionalItems"
                | "additionalProperties"
                | "contains"
                | "else"
                | "if"
                | "not"
                | "propertyNames"
                | "then" => self.schema(&member),
                "items" if !member.node.items().is_empty() => self.list(&member),
                "items" => self.schema(&member),
                "allOf" | "anyOf" | "oneOf" => self.list(&member),
                "definitions" | "$defs" | "patternProperties" | "properties" => self.map(&member),
                "dependencies" => self.dependencies(&member),
                _ => member.node.to_value(),
            };
            object.insert(key.to_owned(), value);
        }
        Value::Object(object)
    }

    fn list(&mut self, at: &At<'_>) -> Value {
        Value::Array(at.items().map(|item| self.schema(&item)).collect())
    }

    fn map(&mut self, at: &At<'_>) -> Value {
        let members = at.members();
        Value::Object(
            members
                .map(|(key, at)| (key.to_owned(), self.schema(&at)))
                .collect(),
        )
    }

    /// Schemas, or lists of names.
    fn dependencies(&mut self, at: &At<'_>) -> Value {
        let members = at.members().map(|(key, at)| {
            let value = match at.node.data {
                Data::Array(_) => at.node.to_value(),
                _ => self.schema(&at),
            };
            (key.to_owned(), value)
        });
        Value::Object(members.collect())
    }

    fn reference(&mut self, at: &At<'_>) -> Value {
        let target = match self.bundle.resolve(at) {
            Ok(target) => target,
            Err(Lost::MetaSchema) => return at.node.to_value(),
            // It has been reported; nothing can be said about such a value.
            Err(Lost::Missing | Lost::Cycle) => return Value::Bool(true),
        };
        let name = match self.names.get(&target.place) {
            Some(name) => name.clone(),
            None => self.name(target.place),
        };
        let mut pointer = String::from("#/definitions");
        crate::place::push_token(&mut pointer, &name);
        json!({ "$ref": percent_encoded(&pointer) })
    }

    fn name(&mut self, place: Place) -> String {
        let wanted = wanted_name(self.bundle, &place);
        let name = unique(&wanted, |name| self.taken.iter().any(|taken| taken == name));
        self.taken.push(name.clone());
        self.waiting.push_back((name.clone(), place.clone()));
        self.names.insert(place, name.clone());
        name
    }
}

/// The key under `components/schemas`, or whatever the pointer ends in, or the file's stem.
fn wanted_name(bundle: &Bundle, place: &Place) -> String {
    let mut parts: Vec<_> = tokens(&place.pointer).collect();
    let last = parts.pop();
    let parent = parts.pop();
    match (last, parent) {
        // The payload of a message is called as the message is.
        (Some(last), Some(parent)) if last == "payload" => parent.into_owned(),
        (Some(last), Some(parent)) if last.parse::<usize>().is_ok() => format!("{parent}_{last}"),
        (Some(last), _) if !last.is_empty() => last.into_owned(),
        _ => bundle
            .path(place.file)
            .file_stem()
            .unwrap_or(Path::new("schema").as_os_str())
            .to_string_lossy()
            .into_owned(),
    }
}

/// A fragment may hold few characters as they are (RFC 3986, section 3.5).
fn percent_encoded(pointer: &str) -> String {
    let mut encoded = String::with_capacity(pointer.len());
    for byte in pointer.bytes() {
        if byte.is_ascii_alphanumeric() || b"#/-._~!$&'()*+,;=:@?".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
