//! Objects: which properties must be there, which may, and what they hold.

use serde_json::Value;

use super::super::reason::{Finding, Reason};
use super::Subset;
use super::conjunction::Conjunction;
use super::string::{at_least, at_most};
use super::view::View;
use crate::place::push_token;

pub(super) fn compare<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: View<'s>,
    at: &str,
    out: &mut Vec<Finding>,
) {
    for name in strings(b.get("required")).filter(|name| !requires(a, name)) {
        out.push(Finding::new(&child(at, name), Reason::Required));
    }
    properties(subset, a, b, at, out);
    patterns(subset, a, b, at, out);
    further(subset, a, b, at, out);
    let known = closed_count(a);
    at_least("minProperties", required_count(a), a, b, at, out);
    at_most("maxProperties", known, a, b, at, out);
    names(subset, a, b, at, out);
    dependencies(subset, a, b, at, out);
}

/// What a property must fit.
pub(super) struct Property<'s> {
    pub(super) schema: Conjunction<'s>,
    is_named: bool,
    is_open: bool,
}

/// What the property `name` must fit. None where a pattern cannot be tried.
pub(super) fn property<'s>(
    subset: &mut Subset,
    views: &[View<'s>],
    name: &str,
) -> Option<Property<'s>> {
    let mut found = Property {
        schema: Conjunction::default(),
        is_named: false,
        is_open: true,
    };
    for view in views {
        let mut is_here = false;
        if let Some(schema) = view.get("properties").and_then(|all| all.get(name)) {
            found.schema.add(view.with(schema));
            is_here = true;
        }
        for (pattern, schema) in members(*view, "patternProperties") {
            if subset.matches(pattern, name)? {
                found.schema.add(view.with(schema));
                is_here = true;
            }
        }
        if !is_here && let Some(schema) = view.schema("additionalProperties") {
            found.is_open &= schema.accepts_all();
            found.schema.add(schema);
        }
        found.is_named |= is_here;
    }
    Some(found)
}

/// The properties that one of both names.
fn properties<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: View<'s>,
    at: &str,
    out: &mut Vec<Finding>,
) {
    let mut names: Vec<&str> = Vec::new();
    for view in a.views.iter().chain([&b]) {
        for (name, _) in members(*view, "properties") {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    for name in names {
        let pointer = child(at, name);
        let (Some(own), Some(wanted)) = (
            property(subset, &a.views, name),
            property(subset, &[b], name),
        ) else {
            out.push(Finding::new(
                &pointer,
                Reason::Unproven("patternProperties"),
            ));
            continue;
        };
        if own.schema.is_impossible() {
            continue;
        }
        if !own.is_named && own.is_open && !requires(a, name) {
            let is_required = strings(b.get("required")).any(|it| it == name);
            if !is_required {
                out.push(Finding::new(&pointer, Reason::Optional));
            }
            continue;
        }
        for schema in wanted.schema.views {
            subset.included(&own.schema, schema, &pointer, out);
        }
    }
}

/// `patternProperties` of `b`: the names are not known, so whatever may have one must fit.
fn patterns<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: View<'s>,
    at: &str,
    out: &mut Vec<Finding>,
) {
    for (pattern, schema) in members(b, "patternProperties") {
        let wanted = b.with(schema);
        let pointer = child(at, "*");
        let mut same = Conjunction::default();
        for view in &a.views {
            for (own_pattern, own) in members(*view, "patternProperties") {
                if own_pattern == pattern {
                    same.add(view.with(own));
                } else {
                    subset.included(&Conjunction::of(view.with(own)), wanted, &pointer, out);
                }
            }
        }
        if same.views.is_empty() {
            same = further_of(a);
        }
        subset.included(&same, wanted, &pointer, out);
    }
}

/// `additionalProperties` of `b`. Names that `a` lists are compared by name.
fn further<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: View<'s>,
    at: &str,
    out: &mut Vec<Finding>,
) {
    let Some(wanted) = b.schema("additionalProperties") else {
        return;
    };
    let pointer = child(at, "*");
    let patterns = b.get("patternProperties");
    for view in &a.views {
        for (pattern, own) in members(*view, "patternProperties") {
            if patterns.is_none_or(|patterns| patterns.get(pattern).is_none()) {
                subset.included(&Conjunction::of(view.with(own)), wanted, &pointer, out);
            }
        }
    }
    subset.included(&further_of(a), wanted, &pointer, out);
}

/// What properties must fit that no schema names.
fn further_of<'s>(a: &Conjunction<'s>) -> Conjunction<'s> {
    let mut further = Conjunction::default();
    for schema in a
        .views
        .iter()
        .filter_map(|view| view.schema("additionalProperties"))
    {
        further.add(schema);
    }
    further
}

fn names<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: View<'s>,
    at: &str,
    out: &mut Vec<Finding>,
) {
    let Some(wanted) = b.schema("propertyNames") else {
        return;
    };
    let own = a
        .views
        .iter()
        .filter_map(|view| view.schema("propertyNames"));
    let own: Vec<_> = own.collect();
    let follows = own
        .into_iter()
        .any(|own| subset.holds(&Conjunction::of(own), wanted));
    let listed = closed_names(a);
    let fits = |name: &&String| subset.accepts(wanted, &Value::String((*name).clone()));
    if !follows && !listed.is_some_and(|names| names.iter().all(fits)) {
        out.push(Finding::new(at, Reason::bound("propertyNames", a, b)));
    }
}

fn dependencies<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: View<'s>,
    at: &str,
    out: &mut Vec<Finding>,
) {
    for (name, wanted) in members(b, "dependencies") {
        let own = a.views.iter().filter_map(|view| {
            let own = view.get("dependencies")?.get(name)?;
            Some(view.with(own))
        });
        let own: Vec<_> = own.collect();
        let follows = if wanted.is_array() {
            let named = |list: &Value, name: &str| strings(Some(list)).any(|it| it == name);
            strings(Some(wanted))
                .all(|needed| requires(a, needed) || own.iter().any(|own| named(own.value, needed)))
        } else {
            let mut with_own = a.clone();
            own.iter()
                .filter(|own| !own.value.is_array())
                .for_each(|own| with_own.add(*own));
            subset.holds(&with_own, b.with(wanted))
        };
        let is_absent = property(subset, &a.views, name)
            .is_some_and(|property| property.schema.is_impossible());
        if !follows && !is_absent {
            out.push(Finding::new(
                &child(at, name),
                Reason::Unproven("dependencies"),
            ));
        }
    }
}

/// Whether values of `a` have the property for sure.
pub(super) fn requires(a: &Conjunction<'_>, name: &str) -> bool {
    a.keyword("required")
        .any(|list| strings(Some(list)).any(|it| it == name))
}

/// The names that `a` requires.
pub(super) fn required<'s>(a: &Conjunction<'s>) -> Vec<&'s str> {
    let mut names: Vec<_> = a
        .keyword("required")
        .flat_map(|list| strings(Some(list)))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn required_count(a: &Conjunction<'_>) -> u64 {
    required(a).len() as u64
}

/// The only names there can be, where one schema allows no others.
fn closed_names<'s>(a: &Conjunction<'s>) -> Option<Vec<&'s String>> {
    a.views.iter().find_map(|view| {
        let is_closed = view.get("additionalProperties") == Some(&Value::Bool(false));
        let has_patterns = members(*view, "patternProperties").next().is_some();
        (is_closed && !has_patterns)
            .then(|| members(*view, "properties").map(|(name, _)| name).collect())
    })
}

fn closed_count(a: &Conjunction<'_>) -> Option<u64> {
    closed_names(a).map(|names| names.len() as u64)
}

fn members<'s>(view: View<'s>, keyword: &str) -> impl Iterator<Item = (&'s String, &'s Value)> {
    let members = view.get(keyword).and_then(Value::as_object);
    members.into_iter().flatten()
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str)
}

fn child(at: &str, name: &str) -> String {
    let mut pointer = at.to_owned();
    push_token(&mut pointer, name);
    pointer
}
