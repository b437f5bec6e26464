//! One event in both contracts, part by part.

use super::super::payload::{self, Way};
use super::{About, Change, Kind, Part, Side};
use crate::extension::Arguments;
use crate::model::{Action, Message, Operation, Parameter, Reply};

pub(super) fn compare(about: &About, before: &[Side<'_>], after: &[Side<'_>]) -> Vec<Change> {
    let Some((old, new)) = before.first().zip(after.first()) else {
        return Vec::new();
    };
    let way = match about.subject.action {
        Action::Receive => Way::FromClients,
        Action::Send => Way::ToClients,
    };
    let mut changes = Vec::new();
    let mut say = |kind, words: String| changes.push(about.change(kind, Part::Operation, words));
    extension(old.operation, new.operation, way, &mut say);
    parameters(*old, *new, way, &mut say);
    if old.operation.id != new.operation.id {
        let (from, to) = (&old.operation.id, &new.operation.id);
        say(
            Kind::Safe,
            format!("the operation was called `{from}` and is now `{to}`"),
        );
    }
    if documentation(*old) != documentation(*new) {
        say(Kind::Safe, "is described differently".to_owned());
    }
    let sent = Messages {
        part: Part::Payload,
        old: messages(before),
        new: messages(after),
        way,
    };
    changes.extend(sent.compare(about));
    changes.extend(reply(about, before, after, way));
    changes
}

fn breaking(way: Way) -> Kind {
    match way {
        Way::FromClients => Kind::BreakingForSenders,
        Way::ToClients => Kind::BreakingForReceivers,
    }
}

fn messages(sides: &[Side<'_>]) -> Vec<Message> {
    let all = sides.iter().flat_map(|side| &side.operation.messages);
    all.cloned().collect()
}

/// `x-fs7`: what it asks of clients or promises them. A namespace makes another event.
fn extension(old: &Operation, new: &Operation, way: Way, say: &mut impl FnMut(Kind, String)) {
    let (before, after) = (&old.extension, &new.extension);
    let (list_before, list_after) = (
        before.arguments.unwrap_or_default(),
        after.arguments.unwrap_or_default(),
    );
    if list_before != list_after {
        let word = |arguments| match arguments {
            Arguments::Payload => "the one argument",
            Arguments::List => "the list of all arguments",
        };
        let (from, to) = (word(list_before), word(list_after));
        let words = format!("the payload described {from} and now describes {to}");
        say(breaking(way), words);
    }
    if before.room != after.room {
        let words = |room: &Option<String>| match room {
            Some(room) => format!("to the room `{room}` only"),
            None => "to whoever the handler names".to_owned(),
        };
        let kind = if after.room.is_some() {
            breaking(way)
        } else {
            Kind::Safe
        };
        let (from, to) = (words(&before.room), words(&after.room));
        say(kind, format!("emits went {from} and now go {to}"));
    }
    let (was_volatile, is_volatile) = (
        before.volatile.unwrap_or_default(),
        after.volatile.unwrap_or_default(),
    );
    if was_volatile != is_volatile {
        let (kind, words) = if is_volatile {
            let words = "clients that cannot take it at once got it later and now go without";
            (breaking(way), words)
        } else {
            let words = "clients that cannot take it at once went without and now get it later";
            (Kind::Safe, words)
        };
        say(kind, words.to_owned());
    }
    if before.rate_limit != after.rate_limit {
        let is_looser = match (before.rate_limit, after.rate_limit) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(old), Some(new)) => {
                let rate = |events: u32, other_ms: u64| u128::from(events) * u128::from(other_ms);
                new.events >= old.events
                    && rate(new.events, old.per_ms) >= rate(old.events, new.per_ms)
            }
        };
        let word = |limit: Option<crate::extension::RateLimit>| match limit {
            Some(limit) => format!("{} events in {} ms", limit.events, limit.per_ms),
            None => "none".to_owned(),
        };
        let kind = if is_looser { Kind::Safe } else { breaking(way) };
        let (from, to) = (word(before.rate_limit), word(after.rate_limit));
        say(kind, format!("the rate limit was {from} and is now {to}"));
    }
    if before.deadline_ms != after.deadline_ms {
        let word = |limit: Option<u64>| limit.map_or("none".to_owned(), |ms| format!("{ms} ms"));
        let (from, to) = (word(before.deadline_ms), word(after.deadline_ms));
        say(
            Kind::Safe,
            format!("the handler's deadline was {from} and is now {to}"),
        );
    }
}

/// What may stand for the `{parameters}` of the event's name.
fn parameters(old: Side<'_>, new: Side<'_>, way: Way, say: &mut impl FnMut(Kind, String)) {
    let of = |side: Side<'_>| {
        side.contract
            .channel(side.operation)
            .map(|it| it.parameters.clone())
            .unwrap_or_default()
    };
    let (before, after) = (of(old), of(new));
    let find = |list: &[Parameter], name: &str| {
        list.iter()
            .find(|it| it.name == name)
            .map(|it| it.values.clone())
            .unwrap_or_default()
    };
    // No values: any.
    let takes = |wide: &[String], narrow: &[String]| {
        wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|it| wide.contains(it)))
    };
    let mut names: Vec<_> = before.iter().chain(&after).map(|it| &it.name).collect();
    names.sort();
    names.dedup();
    for name in names {
        let (from, to) = (find(&before, name), find(&after, name));
        let is_safe = match way {
            Way::FromClients => takes(&to, &from),
            Way::ToClients => takes(&from, &to),
        };
        if !(takes(&to, &from) && takes(&from, &to)) {
            let word = |values: &[String]| match values {
                [] => "anything".to_owned(),
                values => format!("`{}`", values.join("`, `")),
            };
            let words = format!(
                "`{{{name}}}` of the name was {} and is now {}",
                word(&from),
                word(&to)
            );
            say(if is_safe { Kind::Safe } else { breaking(way) }, words);
        }
    }
}

/// All that only people read.
fn documentation(side: Side<'_>) -> impl PartialEq {
    let channel = side.contract.channel(side.operation).map(|it| {
        let parameters: Vec<_> = it
            .parameters
            .iter()
            .map(|it| (it.name.clone(), it.description.clone(), it.default.clone()))
            .collect();
        (
            it.title.clone(),
            it.summary.clone(),
            it.description.clone(),
            it.tags.clone(),
            parameters,
        )
    });
    let operation = side.operation;
    (
        channel,
        operation.title.clone(),
        operation.summary.clone(),
        operation.description.clone(),
        operation.tags.clone(),
        operation.bindings.clone(),
    )
}

fn reply(about: &About, before: &[Side<'_>], after: &[Side<'_>], way: Way) -> Vec<Change> {
    let find = |sides: &[Side<'_>]| -> Option<Reply> {
        sides.iter().find_map(|side| side.operation.reply.clone())
    };
    // Whoever receives the event answers it.
    let back = match way {
        Way::FromClients => Way::ToClients,
        Way::ToClients => Way::FromClients,
    };
    match (find(before), find(after)) {
        (Some(old), Some(new)) => {
            let about = About {
                old: Some(old.place),
                new: Some(new.place),
                subject: about.subject.clone(),
            };
            let messages = Messages {
                part: Part::Reply,
                old: old.messages,
                new: new.messages,
                way: back,
            };
            messages.compare(&about)
        }
        (Some(_), None) => {
            vec![about.change(breaking(back), Part::Reply, "the acknowledgement is gone")]
        }
        (None, Some(_)) => vec![about.change(Kind::Safe, Part::Reply, "is described now")],
        (None, None) => Vec::new(),
    }
}

/// The messages of one part of an event.
struct Messages {
    part: Part,
    old: Vec<Message>,
    new: Vec<Message>,
    way: Way,
}

impl Messages {
    fn compare(&self, about: &About) -> Vec<Change> {
        let place = |messages: &[Message]| {
            let message = messages.first()?;
            let payload = message.payload.as_ref().map(|schema| &schema.place);
            Some(payload.unwrap_or(&message.place).clone())
        };
        let about = About {
            subject: about.subject.clone(),
            old: place(&self.old).or_else(|| about.old.clone()),
            new: place(&self.new).or_else(|| about.new.clone()),
        };
        let formats = |messages: &[Message]| -> Vec<(Option<String>, String)> {
            let all = messages.iter();
            all.map(|it| (it.foreign_format.clone(), it.content_type.clone()))
                .collect()
        };
        let differences = payload::compare(&self.old, &self.new, self.way);
        let is_alike = differences.is_empty();
        let mut changes: Vec<Change> = differences
            .into_iter()
            .map(|it| Change {
                pointer: it.pointer,
                ..about.change(
                    if it.is_breaking {
                        breaking(self.way)
                    } else {
                        Kind::Safe
                    },
                    self.part,
                    it.words,
                )
            })
            .collect();
        if is_alike && formats(&self.old) != formats(&self.new) {
            let words = "`contentType` or `schemaFormat` changed, which cannot be proven safe";
            changes.push(about.change(breaking(self.way), self.part, words));
        } else if is_alike && described(&self.old) != described(&self.new) {
            let words = "is described differently; what fits is the same";
            changes.push(about.change(Kind::Safe, self.part, words));
        }
        changes
    }
}

/// All of messages that only people read, and their schemas as they are written.
fn described(messages: &[Message]) -> impl PartialEq {
    let all = messages.iter().map(|message| {
        let headers = message.headers.as_ref().map(|schema| schema.value.clone());
        let examples: Vec<_> = message
            .examples
            .iter()
            .map(|it| {
                (
                    it.name.clone(),
                    it.summary.clone(),
                    it.payload.clone(),
                    it.headers.clone(),
                )
            })
            .collect();
        let words = [
            &message.name,
            &message.title,
            &message.summary,
            &message.description,
        ]
        .map(Clone::clone);
        let payload = payload::payload(message).clone();
        (
            words,
            payload,
            headers,
            examples,
            message.tags.clone(),
            message.bindings.clone(),
        )
    });
    all.collect::<Vec<_>>()
}
