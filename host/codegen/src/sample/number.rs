//! Numbers within bounds.

use serde_json::{Map, Number, Value};

/// What is counted from where no bound says otherwise.
const FIRST: i128 = 1;

/// A whole number within the bounds; the `number`-th, where values must differ.
pub(super) fn integer(words: &Map<String, Value>, number: usize) -> Option<Value> {
    let step = bound(words, "multipleOf").unwrap_or(1.0);
    let (low, high) = bounds(words);
    let low = low.map(|(low, open)| if open { low.floor() + 1.0 } else { low.ceil() });
    let high = high.map(|(high, open)| {
        if open {
            high.ceil() - 1.0
        } else {
            high.floor()
        }
    });
    let start = match (exact(words, "minimum"), low, high) {
        (Some(exact), Some(low), _) if low == exact as f64 => exact,
        (_, Some(low), _) => (low as i128).max(if low <= 1.0 { FIRST } else { i128::MIN }),
        (_, None, Some(high)) => FIRST.min(high as i128),
        (_, None, None) => FIRST,
    };
    let number = i128::try_from(number).ok()?;
    // Bounds may lie at the ends of what a number can be.
    let mut value = start.saturating_add(number);
    if let Some(high) = high
        && value > high as i128
    {
        value = low.map_or(high as i128, |low| low as i128);
        let room = (high as i128)
            .saturating_sub(value)
            .max(0)
            .saturating_add(1);
        value = value.saturating_add(number % room);
    }
    if step.fract() == 0.0 && step >= 1.0 {
        let step = step as i128;
        let up = value.rem_euclid(step);
        if up != 0 {
            value = value.saturating_add(step - up);
        }
    }
    let whole = i64::try_from(value)
        .map(Number::from)
        .or_else(|_| u64::try_from(value).map(Number::from));
    match whole {
        Ok(number) => Some(Value::Number(number)),
        Err(_) => Number::from_f64(value as f64).map(Value::Number),
    }
}

/// A number within the bounds.
pub(super) fn number(words: &Map<String, Value>, number: usize) -> Option<Value> {
    let (low, high) = bounds(words);
    let within = |value: f64| {
        low.is_none_or(|(low, open)| value > low || (!open && value == low))
            && high.is_none_or(|(high, open)| value < high || (!open && value == high))
    };
    let (low, high) = (low.map(|it| it.0), high.map(|it| it.0));
    let offset = number as f64;
    let mut candidates = vec![1.5 + offset, 1.0 + offset];
    match (low, high) {
        (Some(low), Some(high)) => {
            candidates.push(low + (high - low) * (1.0 + offset) / (2.0 + offset));
            candidates.extend([low, high]);
        }
        (Some(low), None) => candidates.extend([low.ceil() + 1.0 + offset, low, low * 2.0]),
        (None, Some(high)) => candidates.extend([high.floor() - 1.0 - offset, high, high * 2.0]),
        (None, None) => {}
    }
    if let Some(step) = bound(words, "multipleOf").filter(|step| *step > 0.0) {
        let from = low.unwrap_or(0.0);
        candidates = (0_u8..4)
            .map(|more| ((from / step).ceil() + f64::from(more) + offset) * step)
            .collect();
    }
    let value = candidates.into_iter().find(|value| within(*value))?;
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return Some(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number)
}

/// A bound and whether it is excluded.
type Bound = Option<(f64, bool)>;

fn bounds(words: &Map<String, Value>) -> (Bound, Bound) {
    // In draft 4, which some documents still speak, the exclusive words are booleans.
    let is_open = |word: &str| words.get(word).and_then(Value::as_bool).unwrap_or(false);
    let low = tighter(
        bound(words, "minimum").map(|it| (it, is_open("exclusiveMinimum"))),
        bound(words, "exclusiveMinimum").map(|it| (it, true)),
        |new, old| new >= old,
    );
    let high = tighter(
        bound(words, "maximum").map(|it| (it, is_open("exclusiveMaximum"))),
        bound(words, "exclusiveMaximum").map(|it| (it, true)),
        |new, old| new <= old,
    );
    (low, high)
}

fn tighter(a: Bound, b: Bound, is_tighter: fn(f64, f64) -> bool) -> Bound {
    match (a, b) {
        (Some(a), Some(b)) => Some(if is_tighter(b.0, a.0) { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn bound(words: &Map<String, Value>, word: &str) -> Option<f64> {
    words.get(word)?.as_f64()
}

/// A bound that is a whole number of 64 bits, without the loss of a float.
fn exact(words: &Map<String, Value>, word: &str) -> Option<i128> {
    let value = words.get(word)?;
    value
        .as_i64()
        .map(i128::from)
        .or_else(|| value.as_u64().map(i128::from))
}
