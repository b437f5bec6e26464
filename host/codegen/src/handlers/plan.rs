//! Which plugins a contract asks for: one for each event that clients send.

use fs7_contract::extension::Arguments;
use fs7_contract::model::{Action, Contract, Message, Operation, Reply};

use crate::names::{self, Taken};

/// Names that Socket.IO keeps for itself: no event can have them.
const RESERVED_EVENTS: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];
/// Longest event whose name is also its plugin's.
const PLAIN_CHARS_MAX: usize = 40;

/// The plugins, and what could not become one.
pub(super) struct Plan<'a> {
    pub(super) plugins: Vec<Planned<'a>>,
    pub(super) notes: Vec<String>,
}

/// One plugin: everything that the contract says about its event.
pub(super) struct Planned<'a> {
    pub(super) package: String,
    pub(super) namespace: &'a str,
    pub(super) event: &'a str,
    pub(super) arguments: Arguments,
    pub(super) operation: &'a Operation,
    pub(super) messages: Vec<&'a Message>,
    pub(super) replies: Vec<&'a Reply>,
}

impl Planned<'_> {
    /// The messages of the reply.
    pub(super) fn reply_messages(&self) -> Vec<&Message> {
        let mut messages: Vec<&Message> = Vec::new();
        for message in self.replies.iter().flat_map(|reply| &reply.messages) {
            push(&mut messages, message);
        }
        messages
    }
}

/// The plugins of a contract.
pub(super) fn plan(contract: &Contract) -> Plan<'_> {
    let mut plan = Plan {
        plugins: Vec::new(),
        notes: Vec::new(),
    };
    let mut taken = Taken::default();
    for operation in &contract.operations {
        if operation.action != Action::Receive {
            continue;
        }
        let Operation { id, event, .. } = operation;
        if RESERVED_EVENTS.contains(&event.as_str()) {
            let words =
                format!("no plugin for `{id}`: Socket.IO keeps the event `{event}` for itself");
            plan.notes.push(words);
            continue;
        }
        let known = plan
            .plugins
            .iter_mut()
            .find(|it| it.event == event && it.namespace == operation.namespace);
        if let Some(planned) = known {
            // Two plugins cannot answer one event.
            for message in &operation.messages {
                push(&mut planned.messages, message);
            }
            planned.replies.extend(&operation.reply);
            let package = &planned.package;
            plan.notes.push(format!(
                "`{id}` is answered by `{package}`: both name the event `{event}`"
            ));
            continue;
        }
        if operation.has_parameters() {
            plan.notes.push(format!(
                "`{id}`: the event `{event}` has parameters, and handlers answer events by their exact names"
            ));
        }
        let mut messages = Vec::new();
        for message in &operation.messages {
            push(&mut messages, message);
        }
        plan.plugins.push(Planned {
            package: taken.unique_snake(&names::package(title(operation))),
            namespace: &operation.namespace,
            event,
            arguments: operation.extension.arguments.unwrap_or_default(),
            operation,
            messages,
            replies: operation.reply.iter().collect(),
        });
    }
    plan
}

/// What a plugin, its function and its types are named after: the event where that is a plain name,
/// else the operation.
pub(super) fn title(operation: &Operation) -> &str {
    let Operation { id, event, .. } = operation;
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    let plain = event.chars().all(is_plain) && event.chars().count() <= PLAIN_CHARS_MAX;
    let named = plain && event.chars().any(char::is_alphanumeric);
    if named { event } else { id }
}

/// Adds a message that is not there yet.
fn push<'a>(messages: &mut Vec<&'a Message>, message: &'a Message) {
    let same = |known: &&Message| known.key == message.key && known.place == message.place;
    if !messages.iter().any(same) {
        messages.push(message);
    }
}

/// What a message is called among others.
pub(super) fn label(message: &Message) -> String {
    let name = message.name.as_ref().or(message.title.as_ref());
    name.filter(|name| !names::words(name).is_empty() && name.len() <= PLAIN_CHARS_MAX)
        .unwrap_or(&message.key)
        .clone()
}

/// The first of some texts that says something.
pub(super) fn words<'a>(texts: &[&'a Option<String>]) -> Option<&'a str> {
    let texts = texts.iter().filter_map(|text| text.as_deref());
    texts.map(str::trim).find(|text| !text.is_empty())
}
