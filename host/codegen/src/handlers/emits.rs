//! Typed emits: a function for each event that the contract lets handlers send.

use std::fmt::Write as _;

use fs7_contract::extension::Arguments;
use fs7_contract::model::{Action, Contract, Message, Operation};

use super::lower::Lowering;
use super::plan::{self, Planned};
use super::shape::{Item, Shape, resolve};
use super::types::{comment, literal, name};
use crate::names::{self, Taken};

/// Most events whose emits a plugin is given; those named after its own event come first.
const EMITS_MAX: usize = 40;

/// One event to emit.
pub(super) struct Emit<'a> {
    pub(super) operation: &'a Operation,
    pub(super) messages: Vec<&'a Message>,
    /// The function.
    pub(super) function: String,
    /// The constant with the event's name.
    constant: String,
    /// The type of the payload.
    pub(super) shape: Shape,
}

/// The emits of a plugin, with their types.
pub(super) fn of<'a>(
    contract: &'a Contract,
    planned: &Planned<'_>,
    types: &mut Lowering,
) -> Vec<Emit<'a>> {
    let prefix = format!("{}_", planned.event);
    let mut sends: Vec<&Operation> = contract
        .operations
        .iter()
        .filter(|it| it.action == Action::Send && it.namespace == planned.namespace)
        .collect();
    // What is named after another event is that one's plugin's to emit.
    let others: Vec<String> = contract
        .operations
        .iter()
        .filter(|it| it.action == Action::Receive && it.event != planned.event)
        .map(|it| format!("{}_", it.event))
        .collect();
    let is_others = |event: &str| others.iter().any(|other| event.starts_with(other.as_str()));
    sends.retain(|it| it.event.starts_with(&prefix) || !is_others(&it.event));
    sends.sort_by_key(|operation| !operation.event.starts_with(&prefix));
    let mut seen: Vec<&str> = Vec::new();
    sends.retain(|operation| {
        let is_new = !seen.contains(&operation.event.as_str());
        seen.push(&operation.event);
        is_new
    });
    sends.truncate(EMITS_MAX);
    let mut functions = Taken::default();
    let mut constants = Taken::with(&["EXAMPLE", "REPLY"]);
    sends
        .into_iter()
        .map(|operation| {
            let title = plan::title(operation);
            let messages: Vec<&Message> = operation.messages.iter().collect();
            let function = names::snake(title).trim_end_matches('_').to_owned();
            Emit {
                shape: payload(types, &format!("{title} payload"), &messages),
                operation,
                messages,
                function: functions.unique_snake(&format!("emit_{function}")),
                constant: constants.unique_snake(&names::upper(title)),
            }
        })
        .collect()
}

/// The type of one of some messages.
pub(super) fn payload(types: &mut Lowering, name: &str, messages: &[&Message]) -> Shape {
    let schema = |message: &Message| message.payload.as_ref().map(|it| it.value.clone());
    match messages {
        [] => types.named(name, None),
        [only] => {
            let shape = types.named(name, schema(only).as_ref());
            if let Some(words) = plan::words(&[&only.description, &only.summary, &only.title]) {
                types.describe(&shape, words);
            }
            shape
        }
        several => {
            let schemas: Vec<_> = several
                .iter()
                .map(|message| {
                    let payload = message.payload.as_ref().map(|it| &it.value);
                    (plan::label(message), payload)
                })
                .collect();
            types.one_of(name, &schemas)
        }
    }
}

impl Emit<'_> {
    /// Whether the event carries nothing.
    pub(super) fn is_bare(&self, items: &[Item]) -> bool {
        let described = self
            .messages
            .iter()
            .any(|message| message.payload.is_some() || message.foreign_format.is_some());
        !described || *resolve(items, &self.shape) == Shape::Null
    }

    /// The constant and the function.
    pub(super) fn text(&self, items: &[Item]) -> String {
        let event = &self.operation.event;
        let mut text = String::new();
        let shown = event.replace('`', "'");
        let _ = writeln!(text);
        text.push_str(&comment(
            &super::lower::lines(&format!("The event `{shown}`.")),
            "",
        ));
        let constant = &self.constant;
        let _ = writeln!(text, "pub const {constant}: &str = {};", literal(event));
        let room = self.operation.extension.room.as_deref();
        let receivers = match room {
            Some(room) => format!("the room `{}`", room.replace('`', "'")),
            None => "the sender".to_owned(),
        };
        let words = plan::words(&[&self.operation.summary, &self.operation.description]);
        let mut doc = super::lower::lines(&format!("Emits `{shown}` to {receivers}."));
        doc.extend(words.map(super::lower::lines).unwrap_or_default());
        let _ = writeln!(text);
        text.push_str(&comment(&doc, ""));
        let (pieces, parameters) = parameters(event);
        let mut signature = format!("pub fn {}(\n    context: &mut Context,\n", self.function);
        for parameter in &parameters {
            let _ = writeln!(signature, "    {parameter}: &str,");
        }
        let argument = if self.is_bare(items) {
            "Args::none()"
        } else {
            let _ = writeln!(signature, "    payload: {},", name(items, &self.shape));
            match self.operation.extension.arguments {
                Some(Arguments::List) => "Args::list(&payload)",
                _ => "payload",
            }
        };
        let event = if parameters.is_empty() {
            constant.clone()
        } else {
            format!("&format!({})", literal(&pieces))
        };
        let receiver = match room {
            Some(room) => format!("context.room({})", literal(room)),
            None => "context".to_owned(),
        };
        let _ = writeln!(
            text,
            "{signature}) -> Result<(), EffectError> {{\n    {receiver}.emit({event}, {argument})\n}}"
        );
        text
    }
}

/// An event's name as the text of `format!`, and the parameters in it.
fn parameters(event: &str) -> (String, Vec<String>) {
    let mut taken = Taken::with(&["context", "payload"]);
    let (mut text, mut parameters) = (String::new(), Vec::new());
    let mut rest = event;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((parameter, after)) = after.split_once('}') else {
            break;
        };
        let parameter = taken.unique_snake(&names::snake(parameter));
        text.push_str(&before.replace('}', "}}"));
        let _ = write!(text, "{{{parameter}}}");
        parameters.push(parameter);
        rest = after;
    }
    text.push_str(&rest.replace('{', "{{").replace('}', "}}"));
    (text, parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_an_event_become_those_of_a_function() {
        let check = |event: &str, text: &str, names: &[&str]| {
            let (found, parameters) = parameters(event);
            assert_eq!(
                (found.as_str(), parameters.as_slice()),
                (
                    text,
                    &*names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()
                )
            );
        };
        check("plain", "plain", &[]);
        check(
            "a/{streetlightId}/{type}",
            "a/{streetlight_id}/{type_}",
            &["streetlight_id", "type_"],
        );
        check("odd{", "odd{{", &[]);
        check("}{context}", "}}{context_2}", &["context_2"]);
    }
}
