//! References to what has moved.

use serde_json::Value;

use crate::bundle::decode;
use crate::emit::{Form, Kind, fragment};

/// Rewrites every reference whose target, or something around it, stands elsewhere now. The
/// longest match counts.
pub(super) fn rewrite(document: &mut Value, moves: &[(String, String)]) {
    walk(document, Form::One(Kind::Document), moves);
}

fn walk(value: &mut Value, form: Form, moves: &[(String, String)]) {
    match value {
        Value::Object(members) => {
            if form != Form::Data
                && !matches!(form, Form::Map(_))
                && let Some(Value::String(reference)) = members.get_mut("$ref")
            {
                if let Some(moved) = moved(reference, moves) {
                    *reference = moved;
                }
                return;
            }
            for (key, member) in members {
                walk(member, form.member(key), moves);
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| walk(item, form.item(), moves)),
        _ => {}
    }
}

fn moved(reference: &str, moves: &[(String, String)]) -> Option<String> {
    let pointer = decode(reference.strip_prefix('#')?);
    let fits = moves.iter().filter_map(|(old, new)| {
        let rest = pointer.strip_prefix(old.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some((old.len(), new, rest))
    });
    let (_, new, rest) = fits.max_by_key(|(length, ..)| *length)?;
    Some(fragment(&format!("{new}{rest}")))
}
