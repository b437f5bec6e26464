//! What a schema says about itself, as lines of a doc comment.

use serde_json::{Map, Value};

/// Longest list of values that is shown.
const VALUES_MAX: usize = 12;

/// The lines for a type.
pub(super) fn of_type(schema: &Value) -> Vec<String> {
    schema.as_object().map(of_words).unwrap_or_default()
}

/// The lines for a type whose schema was laid flat.
pub(super) fn of_words(words: &Map<String, Value>) -> Vec<String> {
    let text = |word: &str| words.get(word).and_then(Value::as_str);
    text("description").map(lines).unwrap_or_default()
}

/// The lines for a field: also what its type does not tell.
pub(super) fn of_field(words: &Map<String, Value>) -> Vec<String> {
    let text = |word: &str| words.get(word).and_then(Value::as_str);
    let mut doc = text("description").map(lines).unwrap_or_default();
    if let Some(format) = text("format") {
        doc.extend(lines(&format!("Format: `{format}`.")));
    }
    let is_text = |value: &Value| value.is_string() || value.is_null();
    match words.get("enum").and_then(Value::as_array) {
        Some(values) if !values.iter().all(is_text) => {
            let shown: Vec<String> = values
                .iter()
                .take(VALUES_MAX)
                .map(|value| format!("`{value}`"))
                .collect();
            let more = if values.len() > VALUES_MAX {
                ", …"
            } else {
                ""
            };
            doc.extend(lines(&format!("One of {}{more}.", shown.join(", "))));
        }
        _ => {}
    }
    match words.get("const") {
        Some(value) if !value.is_string() => doc.extend(lines(&format!("Always `{value}`."))),
        _ => {}
    }
    if words.get("deprecated") == Some(&Value::Bool(true)) {
        doc.push("Deprecated.".to_owned());
    }
    doc
}

/// A text as lines that a comment can hold: without what would steer the reader's eye, and
/// without code that would be tested.
pub(in crate::handlers) fn lines(text: &str) -> Vec<String> {
    let clean = |line: &str| -> String {
        let visible = line.chars().map(|character| match character {
            '\t' => ' ',
            other => other,
        });
        let text: String = visible.filter(|it| !is_unseen(*it)).collect();
        text.trim().replace("```", "'''").replace("~~~", "'''")
    };
    let mut lines: Vec<String> = text
        .split([
            '\n', '\r', '\u{2028}', '\u{2029}', '\u{85}', '\u{b}', '\u{c}',
        ])
        .map(clean)
        .collect();
    lines.dedup_by(|a, b| a.is_empty() && b.is_empty());
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    while lines.first().is_some_and(String::is_empty) {
        lines.remove(0);
    }
    lines
}

/// Control characters, and those that turn the direction of a text: the compiler refuses them.
pub(in crate::handlers) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
