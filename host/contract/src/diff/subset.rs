//! Whether every value that one schema accepts is accepted by another (JSON Schema draft 7), and
//! if not, why.
//!
//! The left side `a` is a conjunction: a schema with its `$ref` followed and its `allOf` laid
//! open. The right side `b` is taken apart keyword by keyword, and each keyword must follow from
//! the left. Where it does not, the left is split along its alternatives and each is tried alone.
//! Recursive schemas end at a pair that is being compared already, which may then be assumed.
//!
//! One thing is softer than logic: a property that only one side names is an optional property
//! that came or went, as long as the other side says nothing of further properties. By logic, an
//! open schema accepts any value there, and every new property would break somebody.

mod alternatives;
mod array;
mod conjunction;
mod disjoint;
mod number;
mod object;
mod string;
mod values;
mod view;

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::reason::{Finding, Reason};
use conjunction::types_of;
pub(super) use conjunction::{Conjunction, Label};
pub(super) use view::View;

/// Pairs of schemas that one comparison looks at, at most: alternatives within alternatives grow
/// without bound otherwise. What is left then counts as not proven.
const STEPS_MAX: u32 = 50_000;
/// How deep schemas may stand within each other, for the sake of the stack.
const DEPTH_MAX: u32 = 96;

type Pair = (Vec<usize>, Vec<usize>, usize);

/// One comparison with what it remembers.
pub(super) struct Subset {
    assumed: HashSet<Pair>,
    steps: u32,
    depth: u32,
    validators: HashMap<usize, Option<jsonschema::Validator>>,
    patterns: HashMap<String, Option<jsonschema::Validator>>,
    same_roots: HashMap<(usize, usize), bool>,
}

impl Subset {
    pub(super) fn new() -> Self {
        Self {
            assumed: HashSet::new(),
            steps: STEPS_MAX,
            depth: 0,
            validators: HashMap::new(),
            patterns: HashMap::new(),
            same_roots: HashMap::new(),
        }
    }

    /// Why `a` is not included in `b`; nothing where it is.
    pub(super) fn included<'s>(
        &mut self,
        a: &Conjunction<'s>,
        b: View<'s>,
        at: &str,
        out: &mut Vec<Finding>,
    ) {
        let Some(b) = b.resolved() else {
            out.push(Finding::new(at, Reason::Unproven("$ref")));
            return;
        };
        if a.is_impossible() || b.accepts_all() || self.is_part(a, b) {
            return;
        }
        if b.value == &Value::Bool(false) {
            out.push(Finding::new(at, Reason::Forbidden));
            return;
        }
        let pair = (a.addresses(), a.split.clone(), b.address());
        if self.assumed.contains(&pair) {
            return;
        }
        if self.steps == 0 || self.depth >= DEPTH_MAX {
            out.push(Finding::new(at, Reason::TooLarge));
            return;
        }
        self.steps -= 1;
        self.depth += 1;
        self.assumed.insert(pair.clone());
        self.compare(a, b, at, out);
        self.assumed.remove(&pair);
        self.depth -= 1;
    }

    /// Whether `a` is included in `b` by logic alone.
    fn holds<'s>(&mut self, a: &Conjunction<'s>, b: View<'s>) -> bool {
        let mut findings = Vec::new();
        self.included(a, b, "", &mut findings);
        findings.is_empty()
    }

    fn compare<'s>(&mut self, a: &Conjunction<'s>, b: View<'s>, at: &str, out: &mut Vec<Finding>) {
        let mut direct = Vec::new();
        self.constraints(a, b, at, &mut direct);
        if direct.iter().all(Finding::is_note) {
            out.append(&mut direct);
            return;
        }
        let Some(branches) = a.split_once() else {
            out.append(&mut direct);
            return;
        };
        for branch in branches {
            self.included(&branch, b, at, out);
        }
    }

    /// Each keyword of `b` in its turn.
    fn constraints<'s>(
        &mut self,
        a: &Conjunction<'s>,
        b: View<'s>,
        at: &str,
        out: &mut Vec<Finding>,
    ) {
        if let Some(values) = a.finite() {
            let lost: Vec<_> = values
                .into_iter()
                .filter(|value| !self.accepts(b, value))
                .cloned()
                .collect();
            if !lost.is_empty() {
                out.push(Finding::new(at, Reason::Values(lost)));
            }
            return;
        }
        let before = a.types();
        if let Some(declared) = b.get("type") {
            let after = types_of(declared);
            if !before.is_within(after) {
                out.push(Finding::new(
                    at,
                    Reason::Types {
                        a: before,
                        b: after,
                    },
                ));
                if before.both(after).is_empty() {
                    return;
                }
            }
        }
        values::limited(a, b, at, out);
        if before.has_numbers() {
            number::compare(a, b, at, out);
        }
        if before.has_strings() {
            string::compare(a, b, at, out);
        }
        if before.has_arrays() {
            array::compare(self, a, b, at, out);
        }
        if before.has_objects() {
            object::compare(self, a, b, at, out);
        }
        alternatives::compare(self, a, b, at, out);
    }

    /// Whether `b` stands in `a` as it is.
    fn is_part(&mut self, a: &Conjunction<'_>, b: View<'_>) -> bool {
        a.views.iter().any(|view| self.same(*view, b))
    }

    /// Whether two schemas read the same, and mean the same by their references.
    fn same(&mut self, a: View<'_>, b: View<'_>) -> bool {
        if a.address() == b.address() {
            return true;
        }
        if a.value != b.value {
            return false;
        }
        if !a.has_reference() {
            return true;
        }
        let roots = (view::address(a.root), view::address(b.root));
        *self
            .same_roots
            .entry(roots)
            .or_insert_with(|| a.root.get("definitions") == b.root.get("definitions"))
    }
}
