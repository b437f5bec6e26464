//! Whether two schemas have no value in common, as far as it is plain.

use super::super::reason::Types;
use super::Subset;
use super::conjunction::Conjunction;
use super::object;

/// How deep properties are looked into.
const DEPTH_MAX: u32 = 8;

/// Whether no value fits both. `false` where it cannot be told.
pub(super) fn disjoint<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: &Conjunction<'s>,
    depth: u32,
) -> bool {
    if a.is_impossible() || b.is_impossible() {
        return true;
    }
    let types = a.types().both(b.types());
    if types.is_empty() || excludes_listed(subset, a, b) || excludes_listed(subset, b, a) {
        return true;
    }
    if depth >= DEPTH_MAX {
        return false;
    }
    if types == Types::OBJECT && differs_in_property(subset, a, b, depth) {
        return true;
    }
    let all_branches = |subset: &mut Subset, split: &Conjunction<'s>, other: &Conjunction<'s>| {
        let branches = split.split_once();
        branches.is_some_and(|branches| {
            (branches.iter()).all(|branch| disjoint(subset, branch, other, depth + 1))
        })
    };
    all_branches(subset, b, a) || all_branches(subset, a, b)
}

/// Whether `a` lists its values and `b` takes none of them.
fn excludes_listed<'s>(subset: &mut Subset, a: &Conjunction<'s>, b: &Conjunction<'s>) -> bool {
    let Some(values) = a.finite() else {
        return false;
    };
    values
        .iter()
        .all(|value| b.views.iter().any(|view| !subset.accepts(*view, value)))
}

/// Whether a property that is there for sure cannot fit both.
fn differs_in_property<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: &Conjunction<'s>,
    depth: u32,
) -> bool {
    let names = object::required(a).into_iter().chain(object::required(b));
    for name in names.collect::<Vec<_>>() {
        let own = object::property(subset, &a.views, name);
        let other = object::property(subset, &b.views, name);
        if let (Some(own), Some(other)) = (own, other)
            && disjoint(subset, &own.schema, &other.schema, depth + 1)
        {
            return true;
        }
    }
    false
}
