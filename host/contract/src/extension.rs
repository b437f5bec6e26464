//! `x-fs7`: what AsyncAPI has no word for.

use serde::{Deserialize, Serialize};

/// What `x-fs7` of a channel or an operation says; each member is optional.
/// Its JSON Schema is [`SCHEMA`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Extension {
    /// The Socket.IO namespace, with its slash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// `send` operations: the room that emits of this event go to, and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// `send` operations: whether a client that cannot take such an event at once goes without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volatile: Option<bool>,
    /// `receive` operations: events that one connection may send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// `receive` operations: how long the handler may take, in milliseconds; it shortens the
    /// deadline of the settings and never lengthens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// What the payload describes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Arguments>,
}

/// Events that one connection may send, as a token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Events in `per_ms`, and the most at once.
    pub events: u32,
    /// The time in which they are allowed, in milliseconds.
    pub per_ms: u64,
}

/// What the payload of a message describes: a Socket.IO event carries a list of arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arguments {
    /// The one argument; an event without arguments carries `null`. The default.
    #[default]
    Payload,
    /// The array of all arguments.
    List,
}

impl Extension {
    /// This extension with whatever it leaves open taken from `below`.
    #[must_use]
    pub fn over(self, below: &Self) -> Self {
        Self {
            namespace: self.namespace.or_else(|| below.namespace.clone()),
            room: self.room.or_else(|| below.room.clone()),
            volatile: self.volatile.or(below.volatile),
            rate_limit: self.rate_limit.or(below.rate_limit),
            deadline_ms: self.deadline_ms.or(below.deadline_ms),
            arguments: self.arguments.or(below.arguments),
        }
    }
}

/// The JSON Schema of `x-fs7` (draft 7).
pub const SCHEMA: &str = include_str!("extension.schema.json");
