//! From a contract to its checks.

use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::extension::Arguments;
use crate::model::{Action, Contract, Message, Operation, Parameter};

use super::form::Form;
use super::{Check, Checks, Events, Names, Received, Sent, Template};

impl Checks {
    /// Compiles everything that the contract says.
    ///
    /// # Errors
    /// With every schema that is none.
    pub fn compile(contract: &Contract) -> Result<Self, Vec<Diagnostic>> {
        let mut checks = Self::default();
        let mut diagnostics = Vec::new();
        let mut has_volatile = false;
        for operation in &contract.operations {
            let payload = compile_check(operation, &operation.messages, &mut diagnostics);
            let ack = operation
                .reply
                .as_ref()
                .filter(|reply| !reply.messages.is_empty())
                .map(|reply| compile_check(operation, &reply.messages, &mut diagnostics));
            let parameters = contract
                .channel(operation)
                .map_or(&[][..], |channel| &channel.parameters);
            let events = checks.events_of(&operation.namespace);
            match operation.action {
                Action::Receive => {
                    let entry = received(operation, payload, ack);
                    events
                        .received
                        .add(operation, parameters, entry, merge_received);
                }
                Action::Send => {
                    let entry = sent(operation, payload);
                    has_volatile |= entry.is_volatile;
                    events.sent.add(operation, parameters, entry, merge_sent);
                }
            }
        }
        checks.has_volatile = has_volatile;
        if diagnostics.is_empty() {
            Ok(checks)
        } else {
            Err(diagnostics)
        }
    }

    fn events_of(&mut self, namespace: &str) -> &mut Events {
        let known = |(name, _): &(Box<str>, Events)| **name == *namespace;
        let index = self.namespaces.iter().position(known).unwrap_or_else(|| {
            self.namespaces.push((namespace.into(), Events::default()));
            self.namespaces.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or pushed just now")]
        &mut self.namespaces[index].1
    }
}

impl<T> Names<T> {
    /// Adds an operation; where another one has the same name, they are one event.
    fn add(
        &mut self,
        operation: &Operation,
        parameters: &[Parameter],
        entry: T,
        merge: impl FnOnce(&mut T, T),
    ) {
        match Template::parse(&operation.event, parameters) {
            Some(template) => {
                let mut known = self.templates.iter_mut();
                match known.find(|(other, _)| *other == template) {
                    Some((_, first)) => merge(first, entry),
                    None => self.templates.push((template, entry)),
                }
            }
            None => match self.literal.get_mut(operation.event.as_str()) {
                Some(first) => merge(first, entry),
                None => drop(self.literal.insert(operation.event.as_str().into(), entry)),
            },
        }
    }
}

fn compile_check(
    operation: &Operation,
    messages: &[Message],
    diagnostics: &mut Vec<Diagnostic>,
) -> Check {
    let mut forms = Vec::new();
    for message in messages {
        match Form::compile(message) {
            Ok(form) => forms.push(form),
            // A component that several operations use is told once.
            Err(diagnostic) if diagnostics.contains(&diagnostic) => {}
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    // An operation without messages says nothing of its arguments.
    if messages.is_empty() {
        forms.push(Form::Anything);
    }
    Check {
        arguments: operation.extension.arguments.unwrap_or(Arguments::Payload),
        forms,
    }
}

fn received(operation: &Operation, payload: Check, ack: Option<Check>) -> Received {
    let extension = &operation.extension;
    Received {
        event: operation.event.as_str().into(),
        payload,
        ack,
        rate_limit: extension.rate_limit,
        deadline: extension.deadline_ms.map(Duration::from_millis),
    }
}

fn sent(operation: &Operation, payload: Check) -> Sent {
    Sent {
        event: operation.event.as_str().into(),
        payload,
        rooms: operation.extension.room.clone().map(|room| vec![room]),
        is_volatile: operation.extension.volatile.unwrap_or_default(),
    }
}

fn merge_received(first: &mut Received, other: Received) {
    first.payload.forms.extend(other.payload.forms);
    match (&mut first.ack, other.ack) {
        (Some(first), Some(other)) => first.forms.extend(other.forms),
        (first, other) => *first = first.take().or(other),
    }
    first.rate_limit = first.rate_limit.or(other.rate_limit);
    first.deadline = first.deadline.or(other.deadline);
}

fn merge_sent(first: &mut Sent, other: Sent) {
    first.payload.forms.extend(other.payload.forms);
    // Nothing is lost that one of them promises.
    first.is_volatile &= other.is_volatile;
    first.rooms = match (first.rooms.take(), other.rooms) {
        (Some(mut rooms), Some(others)) => {
            rooms.extend(others);
            Some(rooms)
        }
        _ => None,
    };
}
