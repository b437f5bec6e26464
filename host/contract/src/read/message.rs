//! Messages.

use std::borrow::Cow;

use super::common::{plain, tags};
use super::layers::{Layers, Wins, field, merge_patch};
use super::schema;
use crate::bundle::{At, Bundle};
use crate::model::{Example, Message, Schema};
use crate::place::tokens;

/// What a message takes from its document.
pub(super) struct Reader<'a> {
    pub(super) bundle: &'a Bundle,
    pub(super) default_content_type: &'a str,
    pub(super) wins: Wins,
}

impl<'a> Reader<'a> {
    /// The message at `at`, references followed; `key` where nothing better names it. None where
    /// the reference leads nowhere.
    pub(super) fn message(&self, at: &At<'a>, key: &str) -> Option<Message> {
        let object = self.bundle.resolve(at).ok()?;
        let layers = Layers::new(self.bundle, object.clone(), self.wins);
        let format = match self.wins {
            Wins::Traits => layers.text("schemaFormat"),
            Wins::Object => {
                field(self.bundle, &object, "payload").and_then(|at| at.text("schemaFormat"))
            }
        };
        let foreign_format = format.filter(|format| !is_json_schema(format));
        let payload = match &foreign_format {
            Some(_) => None,
            None => object.get("payload").and_then(|at| self.schema(at)),
        };
        Some(Message {
            key: self.key(&object, key),
            name: layers.text("name"),
            title: layers.text("title"),
            summary: layers.text("summary"),
            description: layers.text("description"),
            content_type: layers
                .text("contentType")
                .unwrap_or_else(|| self.default_content_type.to_owned()),
            payload,
            headers: self.headers(&layers),
            foreign_format,
            examples: self.examples(&layers),
            tags: tags(self.bundle, layers.get("tags")),
            bindings: layers.merged("bindings"),
            place: object.place,
        })
    }

    /// A schema: in 3.x it may stand in a multi-format schema object. A reference to one is kept,
    /// for it names the schema.
    fn schema(&self, at: At<'a>) -> Option<Schema> {
        if self.wins == Wins::Object {
            let target = self.bundle.resolve(&at).ok()?;
            if target.node.get("schemaFormat").is_some() {
                let inner = target.get("schema")?;
                return Some(schema::extract(self.bundle, &inner));
            }
        }
        Some(schema::extract(self.bundle, &at))
    }

    fn headers(&self, layers: &Layers<'a>) -> Option<Schema> {
        let mut all: Vec<Schema> = layers
            .all("headers")
            .filter_map(|at| self.schema(at))
            .collect();
        let mut headers = all.pop()?;
        while let Some(over) = all.pop() {
            merge_patch(&mut headers.value, over.value);
            headers.place = over.place;
        }
        Some(headers)
    }

    fn examples(&self, layers: &Layers<'a>) -> Vec<Example> {
        let Some(examples) = layers.get("examples") else {
            return Vec::new();
        };
        let example = |at: At<'a>| Example {
            name: at.text("name"),
            summary: at.text("summary"),
            payload: at.get("payload").map(|at| plain(self.bundle, &at)),
            headers: at.get("headers").map(|at| plain(self.bundle, &at)),
            place: at.place,
        };
        examples.items().map(example).collect()
    }

    /// The key in `components/messages` or in a channel's `messages`, else the message's own
    /// names, else `fallback`.
    fn key(&self, object: &At<'a>, fallback: &str) -> String {
        let parts: Vec<Cow<'_, str>> = tokens(&object.place.pointer).collect();
        if let [.., parent, key] = parts.as_slice()
            && parent == "messages"
            && key.parse::<usize>().is_err()
        {
            return key.to_string();
        }
        object
            .text("messageId")
            .or_else(|| object.text("name"))
            .unwrap_or_else(|| fallback.to_owned())
    }
}

/// Whether a `schemaFormat` is JSON Schema draft 7 or AsyncAPI's superset of it.
fn is_json_schema(format: &str) -> bool {
    let name = format.split(';').next().unwrap_or_default().trim();
    matches!(
        name,
        "application/vnd.aai.asyncapi"
            | "application/vnd.aai.asyncapi+json"
            | "application/vnd.aai.asyncapi+yaml"
            | "application/schema+json"
            | "application/schema+yaml"
    )
}
