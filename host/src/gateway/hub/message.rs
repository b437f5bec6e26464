//! What is sent to clients: an event's text as Socket.IO has it, put together and checked once,
//! shared by all who receive it.

use bytes::Bytes;
use socketioxide_core::Str;

use crate::event::Args;
use crate::session::Payload;

use super::wire;

/// The event that plain text is.
pub(in crate::gateway) const TEXT_EVENT: &str = "message";
/// The control event that tells a client which session it has.
pub(in crate::gateway) const SESSION: &str = "fs7:session";
/// The control event that gives a client new tokens.
pub(in crate::gateway) const TOKENS: &str = "fs7:tokens";
/// The control event that tells a client why its stay ends.
pub(in crate::gateway) const CLOSING: &str = "fs7:closing";

/// One event on its way out. Cheap to clone but for its attachments' list.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    text: Str,
    attachments: Vec<Bytes>,
}

impl Message {
    /// An event with checked arguments.
    pub(in crate::gateway) fn new(name: &str, args: &Args) -> Self {
        Self {
            text: wire::join_name(name, args),
            attachments: args.attachments.clone(),
        }
    }

    /// An event of the host's own with one argument.
    pub(in crate::gateway) fn control(name: &str, value: &impl serde::Serialize) -> Self {
        Self::new(name, &Args::from_text(wire::one_argument(value)))
    }

    /// `["name",a,b]`, shared.
    pub(in crate::gateway) fn shared_text(&self) -> Str {
        self.text.clone()
    }

    /// Bytes of text and attachments.
    pub(in crate::gateway) fn bytes(&self) -> usize {
        self.text.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }
}

impl Payload for Message {
    fn restore(text: String, attachments: Vec<Bytes>) -> Self {
        Self {
            text: Str::from(text),
            attachments,
        }
    }

    fn text(&self) -> &str {
        self.text.as_str()
    }

    fn attachments(&self) -> &[Bytes] {
        &self.attachments
    }
}
