//! What is written of a contract: one page for each operation, each name found and made unique.

mod examples;
mod names;

use fs7_contract::extension::Arguments;
use fs7_contract::model::{Action, Contract, Message, Operation};
use serde_json::{Value, json};

use self::names::Names;
use super::types::Types;

/// Everything that the templates are filled with.
pub(super) struct Plan {
    /// The contract's title.
    pub(super) title: String,
    /// One page for each operation, in the order of the contract.
    pub(super) pages: Vec<Page>,
    /// The types that they name.
    pub(super) types: Types,
}

/// One operation.
pub(super) struct Page {
    /// What `useOperation` takes.
    pub(super) name: String,
    /// The name as a type is named: `OnUserSignedUp`.
    pub(super) component: String,
    /// The name as files are named, without ending.
    pub(super) stem: String,
    /// Whether clients send.
    pub(super) is_receive: bool,
    /// Whether the payload is the list of all arguments.
    pub(super) is_list: bool,
    /// The type of the arguments of `send`.
    pub(super) send: String,
    /// The type of an acknowledgement.
    pub(super) reply: String,
    /// The type of what arrives.
    pub(super) received: String,
    /// `OperationFacts`.
    pub(super) facts: Value,
    /// The list of `MessageFacts`.
    pub(super) messages: Value,
    /// `Example`.
    pub(super) example: Value,
    /// Defaults of the parameters by name; none where the event has no parameters.
    pub(super) parameters: Option<Value>,
    /// Summary and description, for the comment above its types.
    pub(super) about: Vec<String>,
}

/// An event that comes from the server and belongs to an operation.
struct Observed<'a> {
    event: String,
    is_list: bool,
    /// None: an event that the contract does not name.
    operation: Option<&'a Operation>,
}

impl Plan {
    pub(super) fn of(contract: &Contract) -> Self {
        let mut types = Types::default();
        let mut names = Names::default();
        let pages = contract
            .operations
            .iter()
            .map(|operation| page(contract, operation, &mut names, &mut types))
            .collect();
        Self {
            title: contract.info.title.clone(),
            pages,
            types,
        }
    }
}

fn page(contract: &Contract, operation: &Operation, names: &mut Names, types: &mut Types) -> Page {
    let named = names.of(contract, operation);
    let is_receive = operation.action == Action::Receive;
    let is_list = is_list(operation);
    let observed = observed(contract, operation);
    let send = send_type(operation, &named.component, is_list, types);
    let reply = operation.reply.as_ref().map(|it| it.messages.as_slice());
    let reply = types.union(
        reply.unwrap_or_default(),
        &format!("{}Reply", named.component),
    );
    let received = received_type(&observed, &named.component, types);
    let parameters = parameters(contract, operation);
    Page {
        is_receive,
        is_list,
        send,
        reply,
        received,
        facts: facts(operation, &named.component, &observed, &parameters),
        messages: operation.messages.iter().map(message_facts).collect(),
        example: examples::of(operation, &observed, &parameters),
        parameters: operation.has_parameters().then(|| defaults(&parameters)),
        about: [&operation.summary, &operation.description]
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        name: named.name,
        component: named.component,
        stem: named.stem,
    }
}

fn is_list(operation: &Operation) -> bool {
    operation.extension.arguments == Some(Arguments::List)
}

/// Where the contract describes no arguments, any will do.
fn send_type(operation: &Operation, component: &str, is_list: bool, types: &mut Types) -> String {
    if operation.action == Action::Send {
        return String::new();
    }
    let payload = types.union(&operation.messages, component);
    match payload.as_str() {
        _ if is_list => format!("Arguments<{payload}>"),
        "unknown" | "null" => format!("[payload?: {payload}]"),
        _ => format!("[payload: {payload}]"),
    }
}

fn received_type(observed: &[Observed<'_>], component: &str, types: &mut Types) -> String {
    let mut each: Vec<String> = Vec::new();
    for emitted in observed {
        let messages = emitted.operation.map(|it| it.messages.as_slice());
        let one = types.union(
            messages.unwrap_or_default(),
            &format!("{component}Received"),
        );
        if !each.contains(&one) {
            each.push(one);
        }
    }
    if each.iter().any(|it| it == "unknown") {
        return "unknown".to_owned();
    }
    each.join(" | ")
}

/// What comes from the server and belongs to the operation. Of one that is sent by the server it
/// is its own event. AsyncAPI has no word for what a handler emits when it answers an event, so
/// what belongs to one that clients send goes by name: emits of the same name, and of the name
/// with `_ack` behind it, which the handlers emit whether the contract names it or not.
fn observed<'a>(contract: &'a Contract, operation: &'a Operation) -> Vec<Observed<'a>> {
    let emitted = |operation: &'a Operation| Observed {
        event: operation.event.clone(),
        is_list: is_list(operation),
        operation: Some(operation),
    };
    if operation.action == Action::Send {
        return vec![emitted(operation)];
    }
    let acknowledgement = format!("{}_ack", operation.event);
    let mut found: Vec<Observed<'_>> = contract
        .operations
        .iter()
        .filter(|it| it.action == Action::Send && it.namespace == operation.namespace)
        .filter(|it| it.event == operation.event || it.event == acknowledgement)
        .map(emitted)
        .collect();
    if found.iter().all(|it| it.event != acknowledgement) {
        found.push(Observed {
            event: acknowledgement,
            is_list: false,
            operation: None,
        });
    }
    found
}

/// A parameter of the event's name.
struct Parameter {
    name: String,
    description: Option<String>,
    values: Vec<String>,
    default: Option<String>,
}

/// The parameters in the order of the name: also those that the contract does not describe.
fn parameters(contract: &Contract, operation: &Operation) -> Vec<Parameter> {
    let described = contract
        .channel(operation)
        .map(|it| it.parameters.as_slice());
    let mut found: Vec<Parameter> = Vec::new();
    let pieces = operation.event.split('{').skip(1);
    for name in pieces
        .filter_map(|it| it.split_once('}'))
        .map(|(name, _)| name)
    {
        if name.is_empty() || found.iter().any(|it| it.name == name) {
            continue;
        }
        let described = described
            .unwrap_or_default()
            .iter()
            .find(|it| it.name == name);
        found.push(Parameter {
            name: name.to_owned(),
            description: described.and_then(|it| it.description.clone()),
            values: described.map(|it| it.values.clone()).unwrap_or_default(),
            default: described.and_then(|it| it.default.clone()),
        });
    }
    found
}

fn defaults(parameters: &[Parameter]) -> Value {
    parameters
        .iter()
        .map(|it| {
            (
                it.name.clone(),
                it.default.clone().unwrap_or_default().into(),
            )
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn facts(
    operation: &Operation,
    component: &str,
    observed: &[Observed<'_>],
    parameters: &[Parameter],
) -> Value {
    let observed = observed.iter();
    let parameters = parameters.iter().map(|it| {
        without_nulls(json!({
            "name": it.name,
            "description": it.description,
            "values": it.values,
            "default": it.default,
        }))
    });
    without_nulls(json!({
        "action": operation.action.as_str(),
        "title": operation.title.as_deref().unwrap_or(component),
        "summary": operation.summary,
        "namespace": operation.namespace,
        "event": operation.event,
        "list": is_list(operation),
        "parameters": parameters.collect::<Vec<_>>(),
        "observed": observed
            .map(|it| json!({"event": it.event, "list": it.is_list}))
            .collect::<Vec<_>>(),
    }))
}

fn message_facts(message: &Message) -> Value {
    let title = message.title.as_ref().or(message.name.as_ref());
    without_nulls(json!({
        "title": title.unwrap_or(&message.key),
        "summary": message.summary,
        "schema": message.payload.as_ref().map_or(Value::Bool(true), |it| it.value.clone()),
    }))
}

/// An optional member is absent, and never `null`.
fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, member| !member.is_null());
    }
    value
}
