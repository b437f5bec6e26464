//! Numbers: bounds and `multipleOf`.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::super::reason::{Finding, Reason};
use super::conjunction::Conjunction;
use super::view::View;

pub(super) fn compare(a: &Conjunction<'_>, b: View<'_>, at: &str, out: &mut Vec<Finding>) {
    const BOUNDS: [(&str, Side); 4] = [
        ("minimum", Side::Lower { is_open: false }),
        ("exclusiveMinimum", Side::Lower { is_open: true }),
        ("maximum", Side::Upper { is_open: false }),
        ("exclusiveMaximum", Side::Upper { is_open: true }),
    ];
    for (keyword, side) in BOUNDS {
        if let Some(Value::Number(bound)) = b.get(keyword)
            && !side.follows(a, bound)
        {
            out.push(Finding::new(at, Reason::bound(keyword, a, b)));
        }
    }
    if let Some(Value::Number(step)) = b.get("multipleOf") {
        let is_integer = !a.types().has_fractions();
        let follows = (is_integer && is_multiple(&Number::from(1), step))
            || numbers(a, "multipleOf").any(|own| is_multiple(own, step));
        if !follows {
            out.push(Finding::new(at, Reason::bound("multipleOf", a, b)));
        }
    }
}

#[derive(Clone, Copy)]
enum Side {
    Lower { is_open: bool },
    Upper { is_open: bool },
}

impl Side {
    /// Whether `a` keeps to the bound.
    fn follows(self, a: &Conjunction<'_>, bound: &Number) -> bool {
        let (closed, open, inward) = match self {
            Self::Lower { .. } => ("minimum", "exclusiveMinimum", Ordering::Greater),
            Self::Upper { .. } => ("maximum", "exclusiveMaximum", Ordering::Less),
        };
        let (Self::Lower { is_open } | Self::Upper { is_open }) = self;
        let keeps = |own: &Number, or_equal: bool| match order(own, bound) {
            Some(Ordering::Equal) => or_equal,
            Some(order) => order == inward,
            None => false,
        };
        numbers(a, closed).any(|own| keeps(own, !is_open))
            || numbers(a, open).any(|own| keeps(own, true))
            || (!a.types().has_fractions() && self.follows_in_integers(a, bound, (closed, open)))
    }

    /// Among integers, `> 2` is `>= 3`.
    fn follows_in_integers(
        self,
        a: &Conjunction<'_>,
        bound: &Number,
        (closed, open): (&str, &str),
    ) -> bool {
        let (Self::Lower { is_open } | Self::Upper { is_open }) = self;
        let step = if matches!(self, Self::Lower { .. }) {
            1
        } else {
            -1
        };
        let Some(bound) = whole(bound) else {
            return false;
        };
        let first = if is_open { bound + step } else { bound };
        let closed = numbers(a, closed).filter_map(whole);
        let open = numbers(a, open).filter_map(whole).map(|own| own + step);
        let mut own = closed.chain(open);
        own.any(|own| (own - first) * step >= 0)
    }
}

fn numbers<'c>(a: &'c Conjunction<'_>, keyword: &'c str) -> impl Iterator<Item = &'c Number> + 'c {
    a.keyword(keyword).filter_map(|value| match value {
        Value::Number(number) => Some(number),
        _ => None,
    })
}

/// The order of two numbers, exact for integers. None where they only seem equal.
pub(super) fn order(a: &Number, b: &Number) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (whole(a), whole(b)) {
        return Some(a.cmp(&b));
    }
    a.as_f64()?.partial_cmp(&b.as_f64()?)
}

fn whole(number: &Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
}

fn is_multiple(of: &Number, step: &Number) -> bool {
    match (whole(of), whole(step)) {
        (Some(of), Some(step)) => step != 0 && of % step == 0,
        // Decimal steps: only what is plainly the same, or a whole number of times.
        _ => match (of.as_f64(), step.as_f64()) {
            (Some(of), Some(step)) if step > 0.0 => {
                let times = of / step;
                times >= 1.0 && (times - times.round()).abs() < 1e-9
            }
            _ => false,
        },
    }
}
