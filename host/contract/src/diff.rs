//! What changed between two contracts, and whom it breaks.
//!
//! A contract is a promise in two directions. What clients send may only be asked for less
//! strictly than before, or a client that kept the old promise is refused: that breaks senders.
//! What clients receive (emits and acknowledgements) may only be promised more strictly, or a
//! client that reads by the old promise meets something new: that breaks receivers. Everything
//! else is safe. What cannot be proven safe counts as breaking, and its words say so.

mod operations;
mod payload;
mod reason;
mod subset;

#[cfg(test)]
mod tests;

use serde::{Serialize, Serializer};

use crate::model::{Action, Contract};
use crate::place::Place;

/// Whom a change breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Clients that send what the old contract asked for may be refused.
    BreakingForSenders,
    /// Clients that read what the old contract promised may meet something else.
    BreakingForReceivers,
    /// Nobody.
    Safe,
}

impl Kind {
    /// Whether somebody breaks.
    pub fn is_breaking(self) -> bool {
        self != Self::Safe
    }

    /// Its words in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BreakingForSenders => "breaking for senders",
            Self::BreakingForReceivers => "breaking for receivers",
            Self::Safe => "safe",
        }
    }
}

/// The event a change is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Subject {
    /// The Socket.IO namespace.
    pub namespace: String,
    /// The event's name.
    pub event: String,
    /// Who sends it.
    #[serde(rename = "action", serialize_with = "action_word")]
    pub action: Action,
    /// The operation's id in the new contract, in the old one where the new one has none.
    pub operation: String,
}

fn action_word<S: Serializer>(action: &Action, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(action.as_str())
}

/// The part of an operation that a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The operation itself.
    Operation,
    /// What the event carries.
    Payload,
    /// What its acknowledgement carries.
    Reply,
}

impl Part {
    /// Its word in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Payload => "payload",
            Self::Reply => "reply",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whom it breaks.
    pub kind: Kind,
    /// The event; none for what concerns the whole contract.
    pub subject: Option<Subject>,
    /// The part of the operation.
    pub part: Part,
    /// JSON pointer (RFC 6901) in the payload or the reply, `*` standing for any item or any
    /// further property; empty for the whole.
    pub pointer: String,
    /// What changed, without a full stop.
    pub words: String,
    /// Where it stood in the old contract.
    pub old: Option<Place>,
    /// Where it stands in the new contract.
    pub new: Option<Place>,
}

impl Change {
    /// The change with its event on one line: `receive user_signed_up, payload at /email: …`.
    pub fn sentence(&self) -> String {
        let mut sentence = String::new();
        if let Some(subject) = &self.subject {
            sentence.push_str(subject.action.as_str());
            sentence.push(' ');
            if subject.namespace != "/" {
                sentence.push_str(&subject.namespace);
                sentence.push(' ');
            }
            sentence.push_str(&subject.event);
            if self.part != Part::Operation {
                sentence.push_str(", ");
                sentence.push_str(self.part.as_str());
            }
            if !self.pointer.is_empty() {
                sentence.push_str(" at ");
                sentence.push_str(&self.pointer);
            }
            sentence.push_str(": ");
        }
        sentence.push_str(&self.words);
        sentence
    }
}

/// The changes from `old` to `new`: breaking ones first, then in the order of the contracts.
pub fn diff(old: &Contract, new: &Contract) -> Vec<Change> {
    let mut changes = operations::compare(old, new);
    changes.sort_by_key(|change| !change.kind.is_breaking());
    changes
}

/// Whether nobody breaks.
pub fn is_safe(changes: &[Change]) -> bool {
    !changes.iter().any(|change| change.kind.is_breaking())
}
