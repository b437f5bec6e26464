//! Arrays: items, counts, `contains`, `uniqueItems`.

use serde_json::Value;

use super::super::reason::{Finding, Reason};
use super::Subset;
use super::conjunction::Conjunction;
use super::string::{at_least, at_most, count};
use super::view::View;

/// Leading items that are compared one by one, at most.
const PREFIX_MAX: usize = 256;

pub(super) fn compare<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: View<'s>,
    at: &str,
    out: &mut Vec<Finding>,
) {
    at_least("minItems", 0, a, b, at, out);
    at_most("maxItems", None, a, b, at, out);
    let items_max = a.keyword("maxItems").filter_map(count).min();
    let is_unique = |value: &Value| value == &Value::Bool(true);
    if b.get("uniqueItems").is_some_and(is_unique)
        && !a.keyword("uniqueItems").any(is_unique)
        && items_max.is_none_or(|items| items > 1)
    {
        out.push(Finding::new(at, Reason::bound("uniqueItems", a, b)));
    }
    items(subset, a, b, items_max, (at, out));
    contains(subset, a, b, at, out);
}

fn items<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: View<'s>,
    items_max: Option<u64>,
    (at, out): (&str, &mut Vec<Finding>),
) {
    if b.get("items").is_none() {
        return;
    }
    let prefix = |view: &View<'s>| view.schemas("items").map_or(0, |list| list.len());
    let longest = a
        .views
        .iter()
        .map(prefix)
        .max()
        .unwrap_or(0)
        .max(prefix(&b));
    if longest > PREFIX_MAX {
        out.push(Finding::new(at, Reason::Unproven("items")));
        return;
    }
    let reaches = |index: usize| items_max.is_none_or(|items| (index as u64) < items);
    for index in (0..longest).filter(|index| reaches(*index)) {
        if let Some(wanted) = item(b, index) {
            let own = item_of(a, index);
            subset.included(&own, wanted, &format!("{at}/{index}"), out);
        }
    }
    if let Some(wanted) = item(b, longest)
        && reaches(longest)
    {
        let own = item_of(a, longest);
        subset.included(&own, wanted, &format!("{at}/*"), out);
    }
}

/// The schema of the item at `index`, where there is one.
fn item(view: View<'_>, index: usize) -> Option<View<'_>> {
    match view.get("items")? {
        Value::Array(list) => match list.get(index) {
            Some(schema) => Some(view.with(schema)),
            None => view.schema("additionalItems"),
        },
        schema => Some(view.with(schema)),
    }
}

fn item_of<'s>(a: &Conjunction<'s>, index: usize) -> Conjunction<'s> {
    let mut conjunction = Conjunction::default();
    for schema in a.views.iter().filter_map(|view| item(*view, index)) {
        conjunction.add(schema);
    }
    conjunction
}

fn contains<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: View<'s>,
    at: &str,
    out: &mut Vec<Finding>,
) {
    let Some(wanted) = b.schema("contains") else {
        return;
    };
    let own: Vec<_> = a
        .views
        .iter()
        .filter_map(|view| view.schema("contains"))
        .collect();
    let has_one = a
        .keyword("minItems")
        .filter_map(count)
        .any(|items| items > 0);
    let follows = own
        .into_iter()
        .any(|own| subset.holds(&Conjunction::of(own), wanted))
        || (has_one && subset.holds(&item_of(a, 0), wanted));
    if !follows {
        out.push(Finding::new(at, Reason::bound("contains", a, b)));
    }
}
