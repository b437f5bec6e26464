//! AsyncAPI 2.0 to 2.6.

use super::common::{extension, tags, texts, unique, value};
use super::layers::{Layers, Wins, field};
use super::message::Reader;
use super::v3::{info_2, schemas};
use crate::bundle::{At, Bundle};
use crate::model::{Action, Channel, Contract, Message, Operation, Parameter, Server, Version};

/// The words of 2.x: what clients publish is what a handler receives.
const ACTIONS: [(&str, Action); 2] = [("publish", Action::Receive), ("subscribe", Action::Send)];

/// Reads a document whose form has been checked.
pub(super) fn contract(bundle: &Bundle, version: Version) -> Contract {
    let root = bundle.root();
    let root_field = |key: &str| root.as_ref().and_then(|root| field(bundle, root, key));
    let root_text = |key: &str| root.as_ref().and_then(|root| root.text(key));
    let default_content_type =
        root_text("defaultContentType").unwrap_or_else(|| "application/json".to_owned());
    let reader = Reader {
        bundle,
        default_content_type: &default_content_type,
        wins: Wins::Traits,
    };
    let mut channels = Vec::new();
    let mut operations: Vec<Operation> = Vec::new();
    let items = root_field("channels")
        .into_iter()
        .flat_map(|at| at.members());
    for (key, at) in items {
        // The `$ref` of a channel item names another one (2.x, "Channel Item Object").
        let Ok(at) = bundle.resolve(&at) else {
            continue;
        };
        let mut channel = channel(bundle, key, &at);
        for (word, action) in ACTIONS {
            let Some(found) = field(bundle, &at, word) else {
                continue;
            };
            let taken = |id: &str| operations.iter().any(|operation| operation.id == id);
            let has_both = at.node.get("publish").is_some() && word == "subscribe";
            let fallback = if has_both {
                format!("{key}_subscribe")
            } else {
                key.to_owned()
            };
            let layers = Layers::new(bundle, found.clone(), Wins::Traits);
            let id = unique(&layers.text("operationId").unwrap_or(fallback), taken);
            let operation = operation(
                &reader,
                &channel,
                channels.len(),
                action,
                id,
                &layers,
                found,
            );
            channel.messages.extend(operation.messages.iter().cloned());
            operations.push(operation);
        }
        channels.push(channel);
    }
    Contract {
        version,
        id: root_text("id"),
        info: root
            .as_ref()
            .map(|root| info_2(bundle, root))
            .unwrap_or_default(),
        servers: servers(bundle, root_field("servers")),
        schemas: schemas(bundle, root_field("components")),
        channels,
        operations,
        default_content_type,
    }
}

fn servers(bundle: &Bundle, at: Option<At<'_>>) -> Vec<Server> {
    let members = at.into_iter().flat_map(|at| at.members());
    members
        .filter_map(|(key, at)| {
            let at = bundle.resolve(&at).ok()?;
            Some(Server {
                key: key.to_owned(),
                address: at.text("url").unwrap_or_default(),
                protocol: at.text("protocol").unwrap_or_default(),
                title: None,
                description: at.text("description"),
                place: at.place,
            })
        })
        .collect()
}

fn channel(bundle: &Bundle, key: &str, at: &At<'_>) -> Channel {
    let parameters = field(bundle, at, "parameters");
    let parameters = parameters.into_iter().flat_map(|at| at.members());
    Channel {
        key: key.to_owned(),
        address: Some(key.to_owned()),
        title: None,
        summary: None,
        description: at.text("description"),
        parameters: parameters
            .filter_map(|(name, at)| {
                let at = bundle.resolve(&at).ok()?;
                let schema = field(bundle, &at, "schema");
                let within = |key: &str| schema.as_ref().and_then(|schema| schema.get(key));
                let default = within("default").and_then(|at| at.node.as_str().map(str::to_owned));
                Some(Parameter {
                    name: name.to_owned(),
                    description: at.text("description"),
                    values: texts(within("enum")),
                    default,
                })
            })
            .collect(),
        messages: Vec::new(),
        tags: Vec::new(),
        bindings: value(bundle, at, "bindings"),
        extension: extension(field(bundle, at, "x-fs7")),
        place: at.place.clone(),
    }
}

fn operation(
    reader: &Reader<'_>,
    channel: &Channel,
    index: usize,
    action: Action,
    id: String,
    layers: &Layers<'_>,
    at: At<'_>,
) -> Operation {
    let extension = extension(layers.get("x-fs7")).over(&channel.extension);
    Operation {
        action,
        channel: index,
        namespace: extension
            .namespace
            .clone()
            .unwrap_or_else(|| "/".to_owned()),
        event: channel.key.clone(),
        title: None,
        summary: layers.text("summary"),
        description: layers.text("description"),
        messages: messages(reader, &at, &id),
        reply: None,
        tags: tags(reader.bundle, layers.get("tags")),
        bindings: layers.merged("bindings"),
        extension,
        place: at.place,
        id,
    }
}

/// `message`: one, or `oneOf` several.
fn messages<'a>(reader: &Reader<'a>, at: &At<'a>, id: &str) -> Vec<Message> {
    let Some(message) = at.get("message") else {
        return Vec::new();
    };
    let resolved = reader.bundle.resolve(&message).ok();
    let several = resolved.as_ref().and_then(|message| message.get("oneOf"));
    match several {
        Some(several) => several
            .items()
            .enumerate()
            .filter_map(|(index, item)| reader.message(&item, &format!("{id}Message{}", index + 1)))
            .collect(),
        None => reader
            .message(&message, &format!("{id}Message"))
            .into_iter()
            .collect(),
    }
}
