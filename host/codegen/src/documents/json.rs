//! The document of a running server: the contract, which handler serves which operation, and the
//! registered events that it does not name.

use fs7_contract::emit;
use fs7_contract::model::{Action, Contract, Operation};
use fs7_contract::validator::Template;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Beside an operation: who serves it.
const HANDLER: &str = "x-fs7-handler";
/// Beside an operation that is registered and not in the contract: `true`.
const UNLISTED: &str = "x-fs7-unlisted";

/// An event with the handler that answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// The Socket.IO namespace.
    pub namespace: String,
    /// The event's name.
    pub event: String,
    /// The handler's name.
    pub handler: String,
    /// The handler's own version.
    pub version: String,
    /// The generation in which this version began to serve.
    pub generation: u64,
}

impl Registered {
    /// Whether this is who answers an operation.
    pub(super) fn answers(&self, operation: &Operation) -> bool {
        let fits = || {
            let template = Template::parse(&operation.event, &[]);
            template.is_some_and(|template| template.fits(&self.event))
        };
        operation.action == Action::Receive
            && operation.namespace == self.namespace
            && (operation.event == self.event || fits())
    }

    fn extension(&self) -> Value {
        json!({ "name": self.handler, "version": self.version, "generation": self.generation })
    }
}

/// An AsyncAPI 3 document with `x-fs7-handler` at each operation that a handler serves, and with
/// an operation for each registered event that it does not name: its payload is anything, and it
/// is marked `x-fs7-unlisted`. `contract` is what was read from `document`; without one, every
/// event is such an event.
pub fn with_handlers(
    mut document: Value,
    contract: Option<&Contract>,
    registered: &[Registered],
) -> Value {
    let operations = contract.map_or(&[][..], |contract| &contract.operations);
    for operation in operations {
        let handler = registered.iter().find(|it| it.answers(operation));
        if let Some(handler) = handler
            && let Some(Value::Object(at)) = document
                .get_mut("operations")
                .and_then(|all| all.get_mut(&operation.id))
        {
            at.insert(HANDLER.into(), handler.extension());
        }
    }
    for unlisted in registered
        .iter()
        .filter(|it| !operations.iter().any(|op| it.answers(op)))
    {
        add(&mut document, unlisted);
    }
    document
}

fn add(document: &mut Value, event: &Registered) {
    let name = match event.namespace.as_str() {
        "/" => event.event.clone(),
        namespace => format!("{namespace} {}", event.event),
    };
    let Some(channels) = section(document, "channels") else {
        return;
    };
    let channel_key = free(channels, &name);
    let mut channel = Map::new();
    channel.insert("address".into(), json!(event.event));
    let words = "Registered; the contract does not name it.";
    channel.insert("description".into(), json!(words));
    channel.insert("messages".into(), json!({ "payload": { "payload": {} } }));
    if event.namespace != "/" {
        channel.insert("x-fs7".into(), json!({ "namespace": event.namespace }));
    }
    channels.insert(channel_key.clone(), Value::Object(channel));
    let pointer = emit::reference(&["channels", &channel_key]);
    let Some(operations) = section(document, "operations") else {
        return;
    };
    let key = free(operations, &name);
    operations.insert(
        key,
        json!({
            "action": "receive",
            "channel": { "$ref": pointer },
            "messages": [{ "$ref": format!("{pointer}/messages/payload") }],
            HANDLER: event.extension(),
            UNLISTED: true,
        }),
    );
}

fn section<'d>(document: &'d mut Value, name: &str) -> Option<&'d mut Map<String, Value>> {
    let members = document.as_object_mut()?;
    members
        .entry(name)
        .or_insert_with(|| json!({}))
        .as_object_mut()
}

fn free(taken: &Map<String, Value>, wanted: &str) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2_u32;
    while taken.contains_key(&name) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}
