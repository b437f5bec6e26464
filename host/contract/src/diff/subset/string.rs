//! Strings: lengths, `pattern`, `format`, content. And whatever else only counts up or reads the
//! same.

use serde_json::Value;

use super::super::reason::{Finding, Reason};
use super::conjunction::Conjunction;
use super::view::View;

pub(super) fn compare(a: &Conjunction<'_>, b: View<'_>, at: &str, out: &mut Vec<Finding>) {
    at_least("minLength", 0, a, b, at, out);
    at_most("maxLength", None, a, b, at, out);
    for keyword in ["pattern", "format", "contentEncoding", "contentMediaType"] {
        if let Some(value) = b.get(keyword)
            && !a.keyword(keyword).any(|own| own == value)
        {
            out.push(Finding::new(at, Reason::bound(keyword, a, b)));
        }
    }
}

/// A lower limit on a count; `known` is what `a` has by other keywords.
pub(super) fn at_least(
    keyword: &'static str,
    known: u64,
    a: &Conjunction<'_>,
    b: View<'_>,
    at: &str,
    out: &mut Vec<Finding>,
) {
    let Some(limit) = b.get(keyword).and_then(count) else {
        return;
    };
    let own = a.keyword(keyword).filter_map(count).max().unwrap_or(0);
    if own.max(known) < limit {
        out.push(Finding::new(at, Reason::bound(keyword, a, b)));
    }
}

/// An upper limit on a count; `known` is what `a` has by other keywords.
pub(super) fn at_most(
    keyword: &'static str,
    known: Option<u64>,
    a: &Conjunction<'_>,
    b: View<'_>,
    at: &str,
    out: &mut Vec<Finding>,
) {
    let Some(limit) = b.get(keyword).and_then(count) else {
        return;
    };
    let own = a.keyword(keyword).filter_map(count).chain(known).min();
    if own.is_none_or(|own| own > limit) {
        out.push(Finding::new(at, Reason::bound(keyword, a, b)));
    }
}

/// A count: draft 7 allows `3.0` too.
pub(super) fn count(value: &Value) -> Option<u64> {
    let from_float = || {
        let number = value.as_f64()?;
        (number >= 0.0 && number.fract() == 0.0 && number < 9e15).then_some(number as u64)
    };
    value.as_u64().or_else(from_float)
}
