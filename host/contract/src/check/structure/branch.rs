//! Which of several alternatives was meant.
//!
//! Nearly everything in an AsyncAPI document is either a reference or an object, and some objects
//! come in several kinds. A value that fits none of them gets the findings of the one that its
//! author had in mind, not those of all.

use serde_json::Value;

use super::explain::{Finding, Sign, either, none_of, shown, type_name};
use crate::words;

/// The findings of the alternative that was meant for `value`, which stands at `pointer`.
pub(super) fn meant(branches: Vec<Vec<Finding>>, pointer: &str, value: &Value) -> Vec<Finding> {
    let is_reference =
        |branch: &Vec<Finding>| branch.iter().any(|found| found.sign == Sign::Reference);
    let wants_reference = value.get("$ref").is_some();
    let branches = prefer(branches, |branch| is_reference(branch) == wants_reference);
    if let Some(merged) = of_types(&branches, pointer, value) {
        return vec![merged];
    }
    let branches = prefer(branches, |branch| {
        !branch.iter().any(|found| is_type_of(found, pointer))
    });
    if let Some(merged) = of_values(&branches, pointer, value) {
        return vec![merged];
    }
    let branches = prefer(branches, |branch| {
        !branch.iter().any(|found| is_kind_of(found, pointer))
    });
    if let Some(merged) = of_missing(&branches, pointer) {
        return vec![merged];
    }
    branches
        .into_iter()
        .min_by_key(|branch| (own(branch, pointer), branch.len()))
        .unwrap_or_default()
}

/// The branches that satisfy a condition; all of them where none does.
fn prefer(
    branches: Vec<Vec<Finding>>,
    is_good: impl Fn(&Vec<Finding>) -> bool,
) -> Vec<Vec<Finding>> {
    if branches.iter().any(&is_good) {
        branches.into_iter().filter(is_good).collect()
    } else {
        branches
    }
}

/// Whether the value itself has the wrong type for the branch.
fn is_type_of(found: &Finding, pointer: &str) -> bool {
    found.pointer == pointer && matches!(found.sign, Sign::Type(_))
}

/// Whether a field of the value says that it is of another kind, as `type: http` does.
fn is_kind_of(found: &Finding, pointer: &str) -> bool {
    let parent = found.pointer.rsplit_once('/').map(|(parent, _)| parent);
    parent == Some(pointer) && matches!(found.sign, Sign::Value(_))
}

/// Number of findings about the value's own fields rather than about what stands deeper.
fn own(branch: &[Finding], pointer: &str) -> usize {
    let is_own = |found: &&Finding| {
        let parent = found.pointer.rsplit_once('/').map(|(parent, _)| parent);
        found.pointer == pointer || (parent == Some(pointer) && found.at_key)
    };
    branch.iter().filter(is_own).count()
}

/// One finding where the value has the wrong type for every branch.
fn of_types(branches: &[Vec<Finding>], pointer: &str, value: &Value) -> Option<Finding> {
    let mut types: Vec<String> = Vec::new();
    let mut first = None;
    for branch in branches {
        let found = branch.iter().find(|found| is_type_of(found, pointer))?;
        first = first.or(Some(found));
        let Sign::Type(expected) = &found.sign else {
            return None;
        };
        types.extend(expected.iter().cloned());
    }
    let types = distinct(types);
    Some(Finding {
        rule: "wrong-type",
        message: format!("expected {}, found {}", either(&types), type_name(value)),
        sign: Sign::Type(types),
        ..first?.clone()
    })
}

/// One finding where the same field says in every branch that the value is of another kind.
fn of_values(branches: &[Vec<Finding>], pointer: &str, value: &Value) -> Option<Finding> {
    let mut options: Vec<String> = Vec::new();
    let mut first: Option<&Finding> = None;
    for branch in branches {
        let is_it = |found: &&Finding| {
            let same = first.is_none_or(|first| first.pointer == found.pointer);
            same && (is_kind_of(found, pointer) || found.pointer == pointer)
        };
        let found = branch.iter().find(is_it)?;
        let Sign::Value(expected) = &found.sign else {
            return None;
        };
        first = first.or(Some(found));
        options.extend(expected.iter().cloned());
    }
    let first = first?;
    let options = distinct(options);
    let field = first.pointer.strip_prefix(pointer).unwrap_or_default();
    let found = shown(value.pointer(field).unwrap_or(value));
    Some(Finding {
        message: none_of(&found, &options),
        help: near(value.pointer(field).unwrap_or(value), &options),
        sign: Sign::Value(options),
        ..first.clone()
    })
}

/// One finding where every branch misses a field, and nothing else.
fn of_missing(branches: &[Vec<Finding>], pointer: &str) -> Option<Finding> {
    let mut names: Vec<String> = Vec::new();
    let mut first = None;
    for branch in branches {
        let [found] = branch.as_slice() else {
            return None;
        };
        let Sign::Missing(missing) = &found.sign else {
            return None;
        };
        if found.pointer != pointer {
            return None;
        }
        first = first.or(Some(found));
        names.extend(missing.iter().cloned());
    }
    let first = first?;
    let names = distinct(names);
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let subject = first.message.split(" needs ").next().unwrap_or("it");
    Some(Finding {
        message: format!("{subject} needs {}", either(&quoted)),
        sign: Sign::Missing(names),
        ..first.clone()
    })
}

fn near(value: &Value, options: &[String]) -> Option<String> {
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let near = words::nearest(value.as_str()?, &options)?;
    Some(format!("did you mean `{near}`?"))
}

fn distinct(mut names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}
