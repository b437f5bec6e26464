//! Tests of a plugin without server and without WebAssembly: build an event, let the plugin answer
//! it, look at the outcome.
//!
//! ```
//! use fs7_sdk::prelude::*;
//! use fs7_sdk::test;
//!
//! fs7_sdk::handlers! { "enter" => enter }
//!
//! fn enter(context: &mut Context, room: String) -> Result<(), Rejection> {
//!     context.join(&room)?;
//!     context.everyone().except_sender().emit("entered", room)?;
//!     Ok(())
//! }
//!
//! let outcome = test::message("enter").arg("lobby").run::<Handlers>();
//! assert_eq!(outcome.reply(), Ok(json!([])));
//! assert_eq!(outcome.rooms_joined(), ["lobby"]);
//! assert_eq!(outcome.emits()[0].args, json!(["lobby"]));
//!
//! let outcome = test::message("enter").arg(7).run::<Handlers>();
//! let rejection = outcome.rejection().expect("a number is no room");
//! assert_eq!(rejection.violations[0].rule, "type");
//! assert!(outcome.effects().is_empty());
//! ```
//!
//! A panic of the handler is a panic of the test.

use crate::host::recording;
use crate::{
    Args, Event, EventKind, Level, Member, Origin, Plugin, Principal, Rejection, Target, binary,
    plugin,
};
use serde::Serialize;
use serde_json::Value;

/// The connection that events of this module come from unless told otherwise.
pub const CONNECTION_ID: &str = "connection-1";

/// An event with this name, from a socket that waits for the acknowledgement.
pub fn message(name: &str) -> EventBuilder {
    EventBuilder::new(EventKind::Message, name)
}

/// A connection that asks to join; [`arg`](EventBuilder::arg) gives its auth payload.
pub fn connect() -> EventBuilder {
    EventBuilder::new(EventKind::Connect, "connect")
}

/// A connection that left; [`arg`](EventBuilder::arg) gives the reason.
pub fn disconnect() -> EventBuilder {
    EventBuilder::new(EventKind::Disconnect, "disconnect")
}

/// An event in the making.
#[derive(Debug, Clone)]
#[must_use = "nothing happens before `run`"]
pub struct EventBuilder {
    event: Event,
    /// Why an argument could not be written; the outcome then fails with it.
    fault: Option<String>,
}

impl EventBuilder {
    fn new(kind: EventKind, name: &str) -> Self {
        let event = Event {
            occurrence_id: "occurrence-1".to_owned(),
            kind,
            namespace: "/".to_owned(),
            name: name.to_owned(),
            args: "[]".to_owned(),
            attachments: Vec::new(),
            wants_ack: kind == EventKind::Message,
            origin: Origin::Socket(CONNECTION_ID.to_owned()),
            principal: Principal::Anonymous,
            received_at_ms: 0,
            traceparent: None,
        };
        Self { event, fault: None }
    }

    /// Sends the event in another namespace than `/`.
    pub fn namespace(mut self, namespace: &str) -> Self {
        namespace.clone_into(&mut self.event.namespace);
        self
    }

    /// Adds one argument.
    pub fn arg(mut self, value: impl Serialize) -> Self {
        let attachments = std::mem::take(&mut self.event.attachments);
        let (text, attachments) = binary::sending(attachments, || serde_json::to_string(&value));
        self.event.attachments = attachments;
        match text {
            Ok(text) => {
                let args = &mut self.event.args;
                args.pop();
                args.push_str(if args.len() > 1 { "," } else { "" });
                args.push_str(&text);
                args.push(']');
            }
            Err(error) => self.fault = Some(error.to_string()),
        }
        self
    }

    /// Sends these arguments and no others, byte for byte.
    pub fn args(mut self, args: Args) -> Self {
        self.event.args = args.text().to_owned();
        self.event.attachments = args.attachments().to_vec();
        self
    }

    /// Changes anything else of the event: its origin, its principal, the time.
    pub fn with(mut self, change: impl FnOnce(&mut Event)) -> Self {
        change(&mut self.event);
        self
    }

    /// Lets the plugin answer.
    pub fn run<P: Plugin>(self) -> Outcome {
        let Self { event, fault } = self;
        let (result, recording) = recording::record(|| match fault {
            Some(fault) => Err(Rejection::failed(fault)),
            None => plugin::handle::<P>(event),
        });
        Outcome {
            result,
            calls: recording.effects,
            log: recording.log,
        }
    }
}

/// How an event ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    result: Result<Args, Rejection>,
    /// Everything the handler asked for, in order.
    calls: Vec<Effect>,
    log: Vec<LogLine>,
}

impl Outcome {
    /// The arguments of the acknowledgement as a JSON array, or the rejection.
    pub fn reply(&self) -> Result<Value, &Rejection> {
        self.result.as_ref().map(Args::to_value)
    }

    /// The arguments of the acknowledgement with their attachments; `None` after a rejection.
    pub fn reply_args(&self) -> Option<&Args> {
        self.result.as_ref().ok()
    }

    /// The rejection, if the event was rejected.
    pub fn rejection(&self) -> Option<&Rejection> {
        self.result.as_ref().err()
    }

    /// The effects that the host commits, in order: all after success; after a rejection only the
    /// emits that were flushed.
    pub fn effects(&self) -> Vec<&Effect> {
        if self.result.is_ok() {
            return self.calls.iter().collect();
        }
        let flushed = self
            .calls
            .iter()
            .rposition(|call| *call == Effect::Flush)
            .unwrap_or(0);
        let kept = |call: &&Effect| matches!(call, Effect::Emit(_) | Effect::Flush);
        self.calls.iter().take(flushed + 1).filter(kept).collect()
    }

    /// The emits that leave, in order.
    pub fn emits(&self) -> Vec<&Emit> {
        self.pick(|effect| match effect {
            Effect::Emit(emit) => Some(emit),
            _ => None,
        })
    }

    /// The rooms that the sender joins.
    pub fn rooms_joined(&self) -> Vec<&str> {
        self.pick(|effect| match effect {
            Effect::Join {
                member: Member::Sender,
                room,
            } => Some(room.as_str()),
            _ => None,
        })
    }

    /// The rooms that the sender leaves.
    pub fn rooms_left(&self) -> Vec<&str> {
        self.pick(|effect| match effect {
            Effect::Leave {
                member: Member::Sender,
                room,
            } => Some(room.as_str()),
            _ => None,
        })
    }

    fn pick<'a, T>(&'a self, choose: impl Fn(&'a Effect) -> Option<T>) -> Vec<T> {
        self.effects().into_iter().filter_map(choose).collect()
    }

    /// The log lines, in order.
    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// Whether a log line holds this text.
    pub fn logged(&self, text: &str) -> bool {
        self.log.iter().any(|line| line.message.contains(text))
    }
}

/// One thing that a handler asked the host for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An emit.
    Emit(Emit),
    /// A connection joins a room.
    Join {
        /// The connection.
        member: Member,
        /// The room.
        room: String,
    },
    /// A connection leaves a room.
    Leave {
        /// The connection.
        member: Member,
        /// The room.
        room: String,
    },
    /// A connection's stay in the namespace ends.
    Disconnect {
        /// The connection.
        member: Member,
    },
    /// The emits up to here leave at once.
    Flush,
}

/// One emit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emit {
    /// Who receives it.
    pub target: Target,
    /// The event's name.
    pub name: String,
    /// Its arguments; compare with a JSON array: `emit.args == json!([1])`.
    pub args: Args,
}

/// One log line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How severe it is.
    pub level: Level,
    /// Where it comes from: the module's path.
    pub context: String,
    /// The text.
    pub message: String,
}

#[cfg(test)]
mod tests;
