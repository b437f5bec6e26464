//! JSON as text within Rust's.

use serde_json::Value;

use super::lower::is_unseen;

/// On one line.
pub(super) fn line(value: &Value) -> String {
    visible(&spaced(value))
}

/// With a space after each comma and colon.
fn spaced(value: &Value) -> String {
    let member = |(key, value): (&String, &Value)| {
        format!("{}: {}", Value::from(key.as_str()), spaced(value))
    };
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(spaced).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

/// Over as many lines as people like.
pub(super) fn pretty(value: &Value) -> String {
    visible(&serde_json::to_string_pretty(value).unwrap_or_default())
}

/// As a raw string of Rust.
pub(super) fn raw(value: &Value) -> String {
    let text = pretty(value);
    let mut marks = String::from("#");
    while text.contains(&format!("\"{marks}")) {
        marks.push('#');
    }
    format!("r{marks}\"{text}\"{marks}")
}

/// Characters that the compiler refuses in texts are written by number; they stand only within
/// JSON's strings.
fn visible(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if character != '\n' && is_unseen(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

/// How many values there are within a value, itself included.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        _ => 1,
    }
}
