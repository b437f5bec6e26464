//! What the templates see.

mod snippet;

use std::collections::BTreeSet;

use fs7_contract::extension::{Arguments, Extension};
use fs7_contract::model::{Action, Channel, Contract, Message, Operation, Schema, Server, Tag};
use serde::Serialize;
use serde_json::Value;

use super::json::Registered;
use super::schema::{Row, rows};
use crate::sample;

/// A whole document.
#[derive(Debug, Serialize)]
pub(super) struct View {
    title: String,
    version: String,
    asyncapi: String,
    description: Option<String>,
    /// Words and where they lead.
    links: Vec<(String, Option<String>)>,
    tags: Vec<String>,
    servers: Vec<ServerView>,
    operations: Vec<OperationView>,
    /// Registered events that the contract does not name.
    unlisted: Vec<Registered>,
    is_running: bool,
    schemas: Vec<SchemaView>,
}

#[derive(Debug, Serialize)]
struct ServerView {
    key: String,
    url: String,
    title: Option<String>,
    description: Option<String>,
}

#[derive(Debug, Serialize)]
struct OperationView {
    anchor: String,
    id: String,
    event: String,
    namespace: String,
    action: &'static str,
    is_receive: bool,
    title: Option<String>,
    summary: Option<String>,
    description: Option<String>,
    channel_description: Option<String>,
    tags: Vec<String>,
    parameters: Vec<ParameterView>,
    facts: Vec<(&'static str, String)>,
    handler: Option<Registered>,
    messages: Vec<MessageView>,
    reply: Option<Vec<MessageView>>,
    usage: String,
}

#[derive(Debug, Serialize)]
struct ParameterView {
    name: String,
    description: Option<String>,
    values: Vec<String>,
    default: Option<String>,
}

#[derive(Debug, Serialize)]
struct MessageView {
    name: String,
    title: Option<String>,
    summary: Option<String>,
    description: Option<String>,
    content_type: String,
    foreign_format: Option<String>,
    rows: Vec<Row>,
    headers: Vec<Row>,
    examples: Vec<ExampleView>,
}

#[derive(Debug, Serialize)]
struct ExampleView {
    name: String,
    summary: Option<String>,
    payload: String,
}

#[derive(Debug, Serialize)]
struct SchemaView {
    anchor: String,
    name: String,
    description: Option<String>,
    rows: Vec<Row>,
}

impl View {
    pub(super) fn new(contract: &Contract, registered: Option<&[Registered]>) -> Self {
        let shared = Shared::of(contract);
        let mut anchors = BTreeSet::new();
        let serves =
            |operation: &Operation| registered?.iter().find(|it| it.answers(operation)).cloned();
        let operations = contract.operations.iter().map(|operation| {
            let anchor = free(&mut anchors, &format!("operation-{}", operation.id));
            OperationView::new(contract, operation, anchor, serves(operation), &shared)
        });
        let operations = operations.collect();
        let is_named = |it: &&Registered| contract.operations.iter().any(|op| it.answers(op));
        let schemas = shared.schemas.iter().map(|shared_schema| SchemaView {
            anchor: shared_schema.anchor.clone(),
            name: shared_schema.name.clone(),
            description: text(shared_schema.value, "description"),
            rows: rows(
                shared_schema.value,
                &Anchors {
                    root: shared_schema.root,
                    shared: &shared,
                },
            ),
        });
        Self {
            title: contract.info.title.clone(),
            version: contract.info.version.clone(),
            asyncapi: contract.version.to_string(),
            description: contract.info.description.clone(),
            links: links(contract),
            tags: names(&contract.info.tags),
            servers: contract.servers.iter().map(ServerView::new).collect(),
            operations,
            unlisted: registered
                .unwrap_or_default()
                .iter()
                .filter(|it| !is_named(it))
                .cloned()
                .collect(),
            is_running: registered.is_some(),
            schemas: schemas.collect(),
        }
    }
}

impl ServerView {
    fn new(server: &Server) -> Self {
        let url = if server.address.contains("://") {
            server.address.clone()
        } else {
            format!("{}://{}", server.protocol, server.address)
        };
        Self {
            key: server.key.clone(),
            url,
            title: server.title.clone(),
            description: server.description.clone(),
        }
    }
}

impl OperationView {
    fn new(
        contract: &Contract,
        operation: &Operation,
        anchor: String,
        handler: Option<Registered>,
        shared: &Shared<'_>,
    ) -> Self {
        let channel = contract.channel(operation);
        let messages =
            |all: &[Message]| all.iter().map(|it| MessageView::new(it, shared)).collect();
        Self {
            anchor,
            id: operation.id.clone(),
            event: operation.event.clone(),
            namespace: operation.namespace.clone(),
            action: operation.action.as_str(),
            is_receive: operation.action == Action::Receive,
            title: operation.title.clone(),
            summary: operation.summary.clone(),
            description: operation.description.clone(),
            channel_description: channel.and_then(|channel| channel.description.clone()),
            tags: names(&operation.tags),
            parameters: parameters(channel),
            facts: facts(&operation.extension),
            handler,
            messages: messages(&operation.messages),
            reply: operation
                .reply
                .as_ref()
                .map(|reply| messages(&reply.messages)),
            usage: snippet::usage(operation),
        }
    }
}

impl MessageView {
    fn new(message: &Message, shared: &Shared<'_>) -> Self {
        let table = |schema: &Option<Schema>| match schema {
            Some(schema) => rows(
                &schema.value,
                &Anchors {
                    root: &schema.value,
                    shared,
                },
            ),
            None => Vec::new(),
        };
        Self {
            name: message.name.clone().unwrap_or_else(|| message.key.clone()),
            title: message.title.clone(),
            summary: message.summary.clone(),
            description: message.description.clone(),
            content_type: message.content_type.clone(),
            foreign_format: message.foreign_format.clone(),
            rows: table(&message.payload),
            headers: table(&message.headers),
            examples: examples(message),
        }
    }
}

/// The contract's examples, else one that is made up.
fn examples(message: &Message) -> Vec<ExampleView> {
    let given = message.examples.iter().filter_map(|example| {
        Some(ExampleView {
            name: example.name.clone().unwrap_or_else(|| "Example".to_owned()),
            summary: example.summary.clone(),
            payload: format!("{:#}", example.payload.as_ref()?),
        })
    });
    let given: Vec<_> = given.collect();
    if !given.is_empty() || message.payload.is_none() {
        return given;
    }
    let made = sample::message(message).map(|payload| ExampleView {
        name: "Example, made up from the schema".to_owned(),
        summary: None,
        payload: format!("{payload:#}"),
    });
    made.into_iter().collect()
}

fn parameters(channel: Option<&Channel>) -> Vec<ParameterView> {
    let all = channel
        .map(|channel| channel.parameters.as_slice())
        .unwrap_or_default();
    let view = all.iter().map(|parameter| ParameterView {
        name: parameter.name.clone(),
        description: parameter.description.clone(),
        values: parameter.values.clone(),
        default: parameter.default.clone(),
    });
    view.collect()
}

/// `x-fs7`, the namespace aside.
fn facts(extension: &Extension) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(room) = &extension.room {
        facts.push(("Room", room.clone()));
    }
    if extension.volatile == Some(true) {
        let words = "yes: a client that cannot take it at once goes without it";
        facts.push(("Volatile", words.to_owned()));
    }
    if let Some(limit) = extension.rate_limit {
        facts.push((
            "Rate limit",
            format!(
                "{} events in {} ms, per connection",
                limit.events, limit.per_ms
            ),
        ));
    }
    if let Some(deadline_ms) = extension.deadline_ms {
        facts.push(("Deadline", format!("{deadline_ms} ms")));
    }
    if extension.arguments == Some(Arguments::List) {
        facts.push(("Payload", "the list of all arguments".to_owned()));
    }
    facts
}

fn links(contract: &Contract) -> Vec<(String, Option<String>)> {
    let info = &contract.info;
    let member = |value: &Option<Value>, key: &str| value.as_ref().and_then(|it| text(it, key));
    let mut links = Vec::new();
    let mut add = |what: &str, words: Option<String>, url: Option<String>| {
        if let Some(words) = words.or_else(|| url.clone()) {
            // Whoever reads the page follows nothing but the web and mail.
            let url = url.filter(|url| {
                ["http://", "https://", "mailto:"]
                    .iter()
                    .any(|start| url.starts_with(start))
            });
            links.push((format!("{what}: {words}"), url));
        }
    };
    let mail = member(&info.contact, "email").map(|address| format!("mailto:{address}"));
    let site = member(&info.contact, "url");
    add("Contact", member(&info.contact, "name"), site.or(mail));
    add(
        "License",
        member(&info.license, "name"),
        member(&info.license, "url"),
    );
    add("Terms of service", None, info.terms_of_service.clone());
    let docs = &info.external_docs;
    add(
        "Documentation",
        member(docs, "description"),
        member(docs, "url"),
    );
    links
}

/// Schemas that several messages may use, each with a section of its own.
pub(super) struct Shared<'c> {
    schemas: Vec<SharedSchema<'c>>,
}

struct SharedSchema<'c> {
    name: String,
    anchor: String,
    value: &'c Value,
    /// What its references are relative to.
    root: &'c Value,
}

impl<'c> Shared<'c> {
    fn of(contract: &'c Contract) -> Self {
        let mut shared = Self {
            schemas: Vec::new(),
        };
        let mut anchors = BTreeSet::new();
        for (name, schema) in &contract.schemas {
            shared.add(name, &schema.value, &schema.value, &mut anchors);
        }
        let operations = contract.operations.iter();
        let messages = operations.flat_map(|operation| {
            let replies = operation.reply.iter().flat_map(|reply| &reply.messages);
            operation.messages.iter().chain(replies)
        });
        let schemas = messages.flat_map(|message| message.payload.iter().chain(&message.headers));
        let all: Vec<_> = schemas
            .chain(contract.schemas.iter().map(|(_, schema)| schema))
            .collect();
        for schema in all {
            let definitions = schema.value.get("definitions").and_then(Value::as_object);
            for (name, definition) in definitions.into_iter().flatten() {
                shared.add(name, definition, &schema.value, &mut anchors);
            }
        }
        shared
    }

    fn add(
        &mut self,
        name: &str,
        value: &'c Value,
        root: &'c Value,
        anchors: &mut BTreeSet<String>,
    ) {
        if self.find(name, value).is_none() {
            self.schemas.push(SharedSchema {
                name: name.to_owned(),
                anchor: free(anchors, &format!("schema-{name}")),
                value,
                root,
            });
        }
    }

    fn find(&self, name: &str, value: &Value) -> Option<&SharedSchema<'c>> {
        self.schemas
            .iter()
            .find(|it| it.name == name && alike(it.value, value))
    }
}

/// Whether two schemas read the same, what they carry with them aside.
fn alike(one: &Value, two: &Value) -> bool {
    let (Value::Object(one), Value::Object(two)) = (one, two) else {
        return one == two;
    };
    let is_own = |(key, _): &(&String, &Value)| *key != "definitions";
    one.iter().filter(is_own).count() == two.iter().filter(is_own).count()
        && one
            .iter()
            .filter(is_own)
            .all(|(key, value)| two.get(key) == Some(value))
}

/// Finds the sections of referenced schemas.
pub(super) struct Anchors<'c> {
    root: &'c Value,
    shared: &'c Shared<'c>,
}

impl Anchors<'_> {
    /// The name of the schema that a `$ref` names, and the section that describes it.
    pub(super) fn of(&self, target: &str) -> Option<(String, Option<String>)> {
        let (name, value) = crate::schema::target(self.root, target)?;
        let anchor = self
            .shared
            .find(&name, value)
            .map(|found| found.anchor.clone());
        Some((name, anchor))
    }
}

/// An anchor that no other heading has.
fn free(taken: &mut BTreeSet<String>, wanted: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    let wanted: String = wanted
        .chars()
        .map(|it| if is_plain(it) { it } else { '-' })
        .collect();
    let mut anchor = wanted.clone();
    let mut number = 2_u32;
    while !taken.insert(anchor.clone()) {
        anchor = format!("{wanted}-{number}");
        number += 1;
    }
    anchor
}

fn names(tags: &[Tag]) -> Vec<String> {
    tags.iter().map(|tag| tag.name.clone()).collect()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}
