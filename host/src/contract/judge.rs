//! The judgements: one event, one emit, one acknowledgement against the contract.

use std::sync::Arc;
use std::time::Instant;

use fs7_contract::validator::{self, Check, Direction, Misfit, Received, Violations};

use crate::config::settings::Unknown;
use crate::effect::{Emit, Target};
use crate::event::{Args, Event, EventKind};
use crate::fact::{Fact, Facts};
use crate::outcome::{Code, Rejection, Violation};

use crate::rate::{Buckets, ceil_ms};

use super::LoadedContract;

/// The rule of an emit that goes elsewhere than to its room.
const ROOM_RULE: &str = "x-fs7/room";
/// The rule of an emit that the contract does not name, where it must.
const UNKNOWN_RULE: &str = "unknown-event";

impl LoadedContract {
    /// Whether an event may be sent at all. One that the contract does not name is told once, or
    /// refused.
    ///
    /// # Errors
    /// `unknown_event`, with `contract.unknown = "refuse"`.
    pub(crate) fn admit_name(
        &self,
        event: &Event,
        received: Option<&Received>,
        facts: &Facts,
    ) -> Result<(), Rejection> {
        if received.is_some() || event.kind != EventKind::Message {
            return Ok(());
        }
        if self.rules.unknown == Unknown::Refuse {
            let title = &self.document.info.title;
            let message = format!("the contract `{title}` does not name `{}`", event.name);
            return Err(Rejection::new(Code::UnknownEvent, message));
        }
        self.tell_unknown(Direction::Inbound, &event.namespace, &event.name, facts);
        Ok(())
    }

    /// Whether the sender may send another one of this event by now.
    ///
    /// # Errors
    /// `rate_limited`, with the time after which it may.
    pub(crate) fn admit_rate(
        event: &Event,
        received: Option<&Received>,
        shared: &Buckets,
    ) -> Result<(), Rejection> {
        let Some((received, limit)) =
            received.and_then(|received| Some((received, received.rate_limit?)))
        else {
            return Ok(());
        };
        let buckets = event.buckets.as_deref().unwrap_or(shared);
        let taken = buckets.take(&event.namespace, &received.event, limit, Instant::now());
        taken.map_err(|wait| {
            let retry_after_ms = ceil_ms(wait);
            let message = format!(
                "at most {} of these events in {} ms; try again in {retry_after_ms} ms",
                limit.events, limit.per_ms
            );
            Rejection {
                retry_after_ms: Some(retry_after_ms),
                ..Rejection::new(Code::RateLimited, message)
            }
        })
    }

    /// Checks the arguments that a client sent; that they are JSON too.
    ///
    /// # Errors
    /// With every violation.
    pub(crate) fn check_inbound(&self, args: &Args, received: &Received) -> Result<(), Misfit> {
        self.verify(&received.payload, args)
    }

    /// What an emit does not keep to; nothing where it may go its way unseen.
    pub(super) fn emit_violations(
        &self,
        namespace: &Arc<str>,
        emit: &Emit,
        facts: &Facts,
    ) -> Option<Violations> {
        let Some(sent) = self.checks.sent(namespace, &emit.name) else {
            if self.rules.unknown == Unknown::Refuse {
                let message = "the contract does not name this event";
                return Some(one(UNKNOWN_RULE, message.to_owned()));
            }
            self.tell_unknown(Direction::Outbound, namespace, &emit.name, facts);
            return None;
        };
        let stray = sent.rooms.as_ref().filter(|rooms| match &emit.target {
            Target::Room(room, _) => !rooms.contains(room),
            _ => true,
        });
        if let Some(rooms) = stray {
            let to = target_words(&emit.target);
            let message = format!(
                "expected to go to the room `{}`, goes to {to}",
                rooms.join("` or `")
            );
            return Some(one(ROOM_RULE, message));
        }
        if emit.surely_fits || sent.payload.is_open() {
            return None;
        }
        violations(self.verify(&sent.payload, &emit.args))
    }

    /// What an acknowledgement does not keep to.
    pub(super) fn ack_violations(&self, event: &Event, reply: Option<&Args>) -> Option<Violations> {
        let check = self.received(event)?.ack.as_ref()?;
        if check.is_open() {
            return None;
        }
        match reply {
            Some(args) => violations(self.verify(check, args)),
            None => violations(check.verify("[]", 0, self.violations_max)),
        }
    }

    fn verify(&self, check: &Check, args: &Args) -> Result<(), Misfit> {
        check.verify(&args.text, args.attachments.len(), self.violations_max)
    }

    fn tell_unknown(&self, direction: Direction, namespace: &Arc<str>, event: &str, facts: &Facts) {
        if self.told.is_new(direction, namespace, event) {
            facts.record(Fact::ContractUnknownEvent {
                direction: direction.as_str(),
                namespace: namespace.clone(),
                event: event.into(),
                warns: self.rules.unknown == Unknown::Warn,
            });
        }
    }
}

/// The refusal that a client reads.
pub(crate) fn rejection(misfit: Misfit) -> Rejection {
    let violations = match misfit {
        Misfit::Syntax(words) => return Rejection::new(Code::InvalidPayload, words),
        Misfit::Contract(violations) => violations,
    };
    let Violations { list, more } = violations;
    let count = list.len() + more;
    let first = list.first().map(words).unwrap_or_default();
    let message = match (count, more) {
        (0 | 1, _) => format!("the payload does not fit the contract: {first}"),
        (_, 0) => format!(
            "the payload does not fit the contract: {first} and {} more",
            count - 1
        ),
        (_, more) => format!(
            "the payload does not fit the contract: {first} and {} more, of which the last {more} \
             are not listed",
            count - 1
        ),
    };
    Rejection {
        violations: list
            .into_iter()
            .map(|violation| Violation {
                pointer: violation.pointer,
                rule: violation.rule,
                message: violation.message,
            })
            .collect(),
        ..Rejection::new(Code::InvalidPayload, message)
    }
}

/// A violation with its place.
pub(super) fn words(violation: &validator::Violation) -> String {
    match violation.pointer.as_str() {
        "" => violation.message.clone(),
        pointer => format!("`{pointer}` {}", violation.message),
    }
}

/// Text that is no JSON was refused when the guest gave it.
fn violations(verified: Result<(), Misfit>) -> Option<Violations> {
    match verified {
        Ok(()) => None,
        Err(Misfit::Contract(violations)) => Some(violations),
        Err(Misfit::Syntax(words)) => Some(one("json", words)),
    }
}

fn one(rule: &str, message: String) -> Violations {
    Violations {
        list: vec![validator::Violation {
            pointer: String::new(),
            rule: rule.to_owned(),
            message,
        }],
        more: 0,
    }
}

fn target_words(target: &Target) -> String {
    match target {
        Target::Sender => "the sender".into(),
        Target::Socket(_) => "one connection".into(),
        Target::Room(room, _) => format!("the room `{room}`"),
        Target::Everyone(_) => "everyone".into(),
    }
}
