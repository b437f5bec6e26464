//! Operations of two contracts, matched by namespace, event and direction.

mod around;
mod parts;

use std::collections::BTreeSet;

use super::{Change, Kind, Part, Subject};
use crate::model::{Action, Contract, Operation};
use crate::place::Place;

/// What makes an operation the same one: what travels on the wire.
type Key<'c> = (&'c str, &'c str, Action);

/// An operation with its contract.
#[derive(Clone, Copy)]
struct Side<'c> {
    contract: &'c Contract,
    operation: &'c Operation,
}

pub(super) fn compare(old: &Contract, new: &Contract) -> Vec<Change> {
    let mut changes = around::compare(old, new);
    let mut seen = BTreeSet::new();
    for operation in old.operations.iter().chain(&new.operations) {
        if seen.insert(key(operation)) {
            changes.extend(event(old, new, key(operation)));
        }
    }
    changes
}

fn key(operation: &Operation) -> Key<'_> {
    (&operation.namespace, &operation.event, operation.action)
}

/// The operations of one event in one direction: a contract may have several.
fn sides<'c>(contract: &'c Contract, wanted: Key<'_>) -> Vec<Side<'c>> {
    let operations = contract.operations.iter();
    operations
        .filter(|operation| key(operation) == wanted)
        .map(|operation| Side {
            contract,
            operation,
        })
        .collect()
}

fn event(old: &Contract, new: &Contract, key: Key<'_>) -> Vec<Change> {
    let (before, after) = (sides(old, key), sides(new, key));
    let (first_before, first_after) = (before.first(), after.first());
    let (Some(first_before), Some(first_after)) = (first_before, first_after) else {
        return came_or_went(&before, &after);
    };
    let about = About {
        subject: subject(first_after.operation),
        old: Some(first_before.operation.place.clone()),
        new: Some(first_after.operation.place.clone()),
    };
    parts::compare(&about, &before, &after)
}

fn came_or_went(before: &[Side<'_>], after: &[Side<'_>]) -> Vec<Change> {
    let gone = before.iter().map(|side| {
        let (kind, words) = match side.operation.action {
            Action::Receive => (
                Kind::BreakingForSenders,
                "the event is gone: nobody promises to handle it any more",
            ),
            Action::Send => (
                Kind::BreakingForReceivers,
                "the event is gone: nobody promises to emit it any more",
            ),
        };
        let about = About {
            subject: subject(side.operation),
            old: Some(side.operation.place.clone()),
            new: None,
        };
        about.change(kind, Part::Operation, words)
    });
    let added = after.iter().map(|side| {
        let about = About {
            subject: subject(side.operation),
            old: None,
            new: Some(side.operation.place.clone()),
        };
        about.change(Kind::Safe, Part::Operation, "the event is new")
    });
    gone.chain(added).collect()
}

fn subject(operation: &Operation) -> Subject {
    Subject {
        namespace: operation.namespace.clone(),
        event: operation.event.clone(),
        action: operation.action,
        operation: operation.id.clone(),
    }
}

/// What changes of one event have in common.
#[derive(Clone)]
struct About {
    subject: Subject,
    old: Option<Place>,
    new: Option<Place>,
}

impl About {
    fn change(&self, kind: Kind, part: Part, words: impl Into<String>) -> Change {
        Change {
            kind,
            subject: Some(self.subject.clone()),
            part,
            pointer: String::new(),
            words: words.into(),
            old: self.old.clone(),
            new: self.new.clone(),
        }
    }
}
