//! What was told already: names that the contract lacks, once each, and violations, so many at a
//! time. A log that repeats itself for every event is one that nobody reads.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use fs7_contract::validator::Direction;

/// Violations that are told at once.
const VIOLATIONS_AT_ONCE: u32 = 100;
/// Time after which another one may be told.
const VIOLATION_EVERY: Duration = Duration::from_millis(100);

type Names = HashMap<Arc<str>, HashSet<Box<str>>>;

/// What was told of one contract.
pub(super) struct Told {
    /// Replaced when a name is added, which becomes rare: looking must cost nothing.
    inbound: ArcSwap<Names>,
    outbound: ArcSwap<Names>,
    names_max: usize,
    violations: Mutex<Violations>,
}

struct Violations {
    left: u32,
    since: Instant,
    untold: u64,
}

impl Told {
    pub(super) fn new(names_max: usize) -> Self {
        Self {
            inbound: ArcSwap::default(),
            outbound: ArcSwap::default(),
            names_max,
            violations: Mutex::new(Violations {
                left: VIOLATIONS_AT_ONCE,
                since: Instant::now(),
                untold: 0,
            }),
        }
    }

    /// Whether a name is new, and is to be told.
    pub(super) fn is_new(&self, direction: Direction, namespace: &Arc<str>, event: &str) -> bool {
        let names = match direction {
            Direction::Inbound => &self.inbound,
            Direction::Outbound | Direction::Ack => &self.outbound,
        };
        let is_known = |names: &Names| {
            names
                .get(namespace)
                .is_some_and(|names| names.contains(event))
        };
        if is_known(&names.load()) {
            return false;
        }
        let mut is_new = false;
        names.rcu(|known| {
            let mut next = Names::clone(known);
            let count: usize = next.values().map(HashSet::len).sum();
            is_new = count < self.names_max && !is_known(&next);
            if is_new {
                let events = next.entry(namespace.clone()).or_default();
                events.insert(event.into());
            }
            next
        });
        is_new
    }

    /// Whether a violation is to be told, and how many were not since the last.
    pub(super) fn violation(&self) -> Option<u64> {
        let mut violations = self
            .violations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let passed = now.saturating_duration_since(violations.since);
        let refill = passed.as_millis() / VIOLATION_EVERY.as_millis();
        if refill > 0 {
            let refill = u32::try_from(refill).unwrap_or(u32::MAX);
            violations.left = violations
                .left
                .saturating_add(refill)
                .min(VIOLATIONS_AT_ONCE);
            violations.since = now;
        }
        match violations.left.checked_sub(1) {
            Some(left) => {
                violations.left = left;
                Some(std::mem::take(&mut violations.untold))
            }
            None => {
                violations.untold += 1;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_once_in_each_direction_up_to_their_limit() {
        let told = Told::new(2);
        let namespace: Arc<str> = "/".into();
        let is_new = |direction, event| told.is_new(direction, &namespace, event);
        assert!(is_new(Direction::Inbound, "a"));
        assert!(!is_new(Direction::Inbound, "a"));
        assert!(is_new(Direction::Outbound, "a"));
        assert!(is_new(Direction::Inbound, "b"));
        assert!(!is_new(Direction::Inbound, "c"));
        assert!(!is_new(Direction::Inbound, "c"));
    }

    #[test]
    fn flood_of_violations_is_counted() {
        let told = Told::new(1);
        let flood = 10 * VIOLATIONS_AT_ONCE;
        let told_now = (0..flood).filter_map(|_| told.violation()).count() as u32;
        assert!(
            (VIOLATIONS_AT_ONCE..flood).contains(&told_now),
            "{told_now}"
        );
    }
}
