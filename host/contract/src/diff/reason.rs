//! Why one schema does not include another, and the words for it.

mod types;

use serde_json::Value;

use super::subset::{Conjunction, View};
pub(super) use types::Types;

/// Values that are named in words, at most.
const VALUES_MAX: usize = 5;
/// Characters of one value in words, at most.
const VALUE_CHARS_MAX: usize = 40;

/// A place in the payload where `a` accepts what `b` does not.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    pub(super) pointer: String,
    pub(super) reason: Reason,
}

/// Which of the two sides of a comparison is the new contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// `b` is new: it is stricter than before.
    Stricter,
    /// `a` is new: it is laxer than before.
    Laxer,
}

/// What `b` asks for and `a` does not give.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reason {
    /// The types.
    Types { a: Types, b: Types },
    /// Values that `a` lists and `b` does not take.
    Values(Vec<Value>),
    /// `b` takes these values only.
    Limited(Vec<Value>),
    /// The property must be there.
    Required,
    /// Nothing may be there.
    Forbidden,
    /// A property that `a` does not name, and need not be there: nobody breaks.
    Optional,
    /// A keyword with another value.
    Keyword {
        name: &'static str,
        a: Option<Value>,
        b: Option<Value>,
    },
    /// An alternative of `a` that fits none of `b`.
    Alternative(Option<String>),
    /// It may be included: nobody can tell.
    Unproven(&'static str),
    /// The schemas are too large to compare.
    TooLarge,
}

impl Finding {
    pub(super) fn new(pointer: &str, reason: Reason) -> Self {
        Self {
            pointer: pointer.to_owned(),
            reason,
        }
    }

    /// Whether it only tells of something, and proves nothing.
    pub(super) fn is_note(&self) -> bool {
        self.reason == Reason::Optional
    }

    /// What changed from the old contract to the new.
    pub(super) fn words(&self, age: Age) -> String {
        let is_stricter = age == Age::Stricter;
        match &self.reason {
            Reason::Types { a, b } => {
                let (old, new) = if is_stricter { (a, b) } else { (b, a) };
                format!("the type was {old} and is now {new}")
            }
            Reason::Values(values) => {
                let (one, many) = match is_stricter {
                    true => ("is no longer allowed", "are no longer allowed"),
                    false => ("is a new value", "are new values"),
                };
                let verb = if values.len() == 1 { one } else { many };
                format!("{} {verb}", list(values))
            }
            Reason::Limited(values) if is_stricter => {
                format!("only {} may be there now", list(values))
            }
            Reason::Limited(values) => format!("no longer only {}", list(values)),
            Reason::Required if is_stricter => "is required now".to_owned(),
            Reason::Required => "is no longer required".to_owned(),
            Reason::Forbidden => self.forbidden(is_stricter),
            Reason::Optional if is_stricter => "optional property added".to_owned(),
            Reason::Optional => "optional property removed".to_owned(),
            Reason::Keyword { name, a, b } => {
                let (old, new) = if is_stricter { (a, b) } else { (b, a) };
                keyword(name, old.as_ref(), new.as_ref())
            }
            Reason::Alternative(label) => {
                let label = label
                    .as_ref()
                    .map_or_else(String::new, |label| format!(" {label}"));
                match is_stricter {
                    true => format!("the alternative{label} is no longer allowed"),
                    false => format!("there is a new alternative{label}"),
                }
            }
            Reason::Unproven(name) => {
                format!("`{name}` changed in a way that cannot be proven safe")
            }
            Reason::TooLarge => "too large to be compared, so nothing is proven safe".to_owned(),
        }
    }

    fn forbidden(&self, is_stricter: bool) -> String {
        let words = match (self.pointer.ends_with("/*"), is_stricter) {
            (true, true) => "further properties or items are no longer allowed",
            (true, false) => "further properties or items are allowed now",
            (false, true) => "is no longer allowed",
            (false, false) => "is allowed now and was not before",
        };
        words.to_owned()
    }
}

impl Reason {
    /// A keyword that `b` has, and `a` in none of its schemas as strictly.
    pub(super) fn bound(name: &'static str, a: &Conjunction<'_>, b: View<'_>) -> Self {
        Self::Keyword {
            name,
            a: a.keyword(name).next().cloned(),
            b: b.get(name).cloned(),
        }
    }
}

fn keyword(name: &str, old: Option<&Value>, new: Option<&Value>) -> String {
    const UNCOMPARED: [&str; 6] = [
        "pattern",
        "format",
        "contains",
        "propertyNames",
        "contentEncoding",
        "contentMediaType",
    ];
    let mut words = match (old, new) {
        (None, Some(new)) => format!("`{name}` {} is new", shown(new)),
        (Some(old), None) => format!("`{name}` {} is gone", shown(old)),
        (Some(old), Some(new)) => format!("`{name}` was {} and is now {}", shown(old), shown(new)),
        (None, None) => format!("`{name}` changed"),
    };
    if old.is_some() && new.is_some() && UNCOMPARED.contains(&name) {
        words.push_str(", which cannot be proven safe");
    }
    words
}

fn list(values: &[Value]) -> String {
    let mut words: Vec<_> = values.iter().take(VALUES_MAX).map(shown).collect();
    if values.len() > VALUES_MAX {
        words.push(format!("{} more", values.len() - VALUES_MAX));
    }
    words.join(", ")
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut short: String = text.chars().take(VALUE_CHARS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("`{short}`")
}
