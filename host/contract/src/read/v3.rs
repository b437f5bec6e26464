//! AsyncAPI 3.0 and 3.1.

use super::common::{extension, plain, tags, texts, value};
use super::layers::{Layers, Wins, field};
use super::message::Reader;
use super::schema;
use crate::bundle::{At, Bundle};
use crate::model::{
    Action, Channel, Contract, Info, Message, Operation, Parameter, Reply, Server, Version,
};
use crate::place::Place;

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
        wins: Wins::Object,
    };
    let channels: Vec<Channel> = resolved(bundle, root_field("channels"))
        .map(|(key, at)| channel(&reader, &key, at))
        .collect();
    let operations = resolved(bundle, root_field("operations"))
        .filter_map(|(id, at)| operation(&reader, &channels, id, at))
        .collect();
    Contract {
        version,
        id: root_text("id"),
        info: root_field("info")
            .map(|at| info(bundle, &at))
            .unwrap_or_default(),
        servers: resolved(bundle, root_field("servers"))
            .map(|(key, at)| server(key, &at))
            .collect(),
        schemas: schemas(bundle, root_field("components")),
        channels,
        operations,
        default_content_type,
    }
}

/// The members of an object, references followed.
fn resolved<'a>(bundle: &'a Bundle, at: Option<At<'a>>) -> impl Iterator<Item = (String, At<'a>)> {
    let members = at.into_iter().flat_map(|at| at.members());
    members.filter_map(|(key, at)| Some((key.to_owned(), bundle.resolve(&at).ok()?)))
}

/// `components/schemas`. In 3.x one may stand in a multi-format schema object.
pub(super) fn schemas(
    bundle: &Bundle,
    components: Option<At<'_>>,
) -> Vec<(String, crate::model::Schema)> {
    let schemas = components.and_then(|components| field(bundle, &components, "schemas"));
    let members = schemas.into_iter().flat_map(|at| at.members());
    members
        .filter_map(|(key, at)| {
            let target = bundle.resolve(&at).ok()?;
            let inner = match target.node.get("schemaFormat") {
                Some(_) => target.get("schema")?,
                None => at,
            };
            Some((key.to_owned(), schema::extract(bundle, &inner)))
        })
        .collect()
}

fn info(bundle: &Bundle, at: &At<'_>) -> Info {
    Info {
        title: at.text("title").unwrap_or_default(),
        version: at.text("version").unwrap_or_default(),
        description: at.text("description"),
        terms_of_service: at.text("termsOfService"),
        contact: value(bundle, at, "contact"),
        license: value(bundle, at, "license"),
        tags: tags(bundle, field(bundle, at, "tags")),
        external_docs: value(bundle, at, "externalDocs"),
    }
}

fn server(key: String, at: &At<'_>) -> Server {
    let host = at.text("host").unwrap_or_default();
    Server {
        key,
        address: host + &at.text("pathname").unwrap_or_default(),
        protocol: at.text("protocol").unwrap_or_default(),
        title: at.text("title"),
        description: at.text("description"),
        place: at.place.clone(),
    }
}

fn channel(reader: &Reader<'_>, key: &str, at: At<'_>) -> Channel {
    let bundle = reader.bundle;
    let messages = field(bundle, &at, "messages");
    let messages = messages.into_iter().flat_map(|messages| messages.members());
    let address = match at.get("address") {
        Some(address) if address.node.is_null() => None,
        Some(address) => address.node.as_str().map(str::to_owned),
        None => None,
    };
    Channel {
        key: key.to_owned(),
        address,
        title: at.text("title"),
        summary: at.text("summary"),
        description: at.text("description"),
        parameters: resolved(bundle, field(bundle, &at, "parameters"))
            .map(|(name, at)| Parameter {
                name,
                description: at.text("description"),
                values: texts(at.get("enum")),
                default: at.text("default"),
            })
            .collect(),
        messages: messages
            .filter_map(|(key, message)| reader.message(&message, key))
            .collect(),
        tags: tags(bundle, field(bundle, &at, "tags")),
        bindings: value(bundle, &at, "bindings"),
        extension: extension(field(bundle, &at, "x-fs7")),
        place: at.place,
    }
}

fn operation(
    reader: &Reader<'_>,
    channels: &[Channel],
    id: String,
    at: At<'_>,
) -> Option<Operation> {
    let bundle = reader.bundle;
    let layers = Layers::new(bundle, at.clone(), Wins::Object);
    let action = match at.node.text("action")? {
        "receive" => Action::Receive,
        "send" => Action::Send,
        _ => return None,
    };
    let place = field(bundle, &at, "channel")?.place;
    let index = channel_at(channels, &place)?;
    let channel = channels.get(index)?;
    let extension = extension(layers.get("x-fs7")).over(&channel.extension);
    Some(Operation {
        action,
        channel: index,
        namespace: extension
            .namespace
            .clone()
            .unwrap_or_else(|| "/".to_owned()),
        event: channel
            .address
            .clone()
            .unwrap_or_else(|| channel.key.clone()),
        title: layers.text("title"),
        summary: layers.text("summary"),
        description: layers.text("description"),
        messages: messages(reader, &at, Some(channel)),
        reply: field(bundle, &at, "reply").map(|at| reply(reader, channels, at)),
        tags: tags(bundle, layers.get("tags")),
        bindings: layers.merged("bindings"),
        extension,
        place: at.place,
        id,
    })
}

fn channel_at(channels: &[Channel], place: &Place) -> Option<usize> {
    channels.iter().position(|channel| channel.place == *place)
}

/// The messages that an operation or a reply names; where it names none, all of its channel.
fn messages(reader: &Reader<'_>, at: &At<'_>, channel: Option<&Channel>) -> Vec<Message> {
    match field(reader.bundle, at, "messages") {
        Some(named) => named
            .items()
            .filter_map(|item| reader.message(&item, "message"))
            .collect(),
        None => channel
            .map(|channel| channel.messages.clone())
            .unwrap_or_default(),
    }
}

fn reply(reader: &Reader<'_>, channels: &[Channel], at: At<'_>) -> Reply {
    let place = field(reader.bundle, &at, "channel").map(|at| at.place);
    let channel = place.and_then(|place| channel_at(channels, &place));
    Reply {
        channel,
        messages: messages(reader, &at, channel.and_then(|index| channels.get(index))),
        place: at.place,
    }
}

/// What 2.x has at the top of the document and 3.x in `info`.
pub(super) fn info_2(bundle: &Bundle, root: &At<'_>) -> Info {
    let mut read = field(bundle, root, "info")
        .map(|at| info(bundle, &at))
        .unwrap_or_default();
    read.tags = tags(bundle, field(bundle, root, "tags"));
    read.external_docs = field(bundle, root, "externalDocs").map(|at| plain(bundle, &at));
    read
}
