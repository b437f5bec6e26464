//! JSON as TypeScript writes it.

use std::fmt::Write as _;

use serde_json::Value;

/// Deeper values are cut off with `null`: no document that a person wrote is as deep.
const DEPTH_MAX: usize = 100;

/// Text in single quotes, safe in a `<script>` of a page too.
pub(super) fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    let mut before = ' ';
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str("\\'"),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            // `</script>` would end the script, `<!--` begin a comment.
            '/' if before == '<' => quoted.push_str("\\/"),
            '!' if before == '<' => quoted.push_str("\\x21"),
            other if is_invisible(other) => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    // Writing into a `String` cannot fail.
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
            other => quoted.push(other),
        }
        before = character;
    }
    quoted.push('\'');
    quoted
}

/// Control characters, and those that end a line or turn the direction of what follows.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A member's name: bare where the language allows it.
pub(super) fn key(name: &str) -> String {
    let mut characters = name.chars();
    let begins = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_' || first == '$');
    let bare = begins && characters.all(|it| it.is_ascii_alphanumeric() || it == '_' || it == '$');
    if bare { name.to_owned() } else { string(name) }
}

/// A member's name in an object, where a bare `__proto__` would set the prototype.
fn member(name: &str) -> String {
    if name == "__proto__" {
        "['__proto__']".to_owned()
    } else {
        key(name)
    }
}

/// A value over several lines, whose first begins at `indent` columns.
pub(super) fn value(value: &Value, indent: usize) -> String {
    let mut text = String::new();
    write_value(&mut text, value, indent, 0);
    text
}

fn write_value(text: &mut String, value: &Value, indent: usize, depth: usize) {
    let inner = " ".repeat(indent + 2);
    let outer = " ".repeat(indent);
    match value {
        _ if depth > DEPTH_MAX => text.push_str("null"),
        Value::String(words) => text.push_str(&string(words)),
        Value::Array(items) if !items.is_empty() => {
            text.push_str("[\n");
            for item in items {
                text.push_str(&inner);
                write_value(text, item, indent + 2, depth + 1);
                text.push_str(",\n");
            }
            text.push_str(&outer);
            text.push(']');
        }
        Value::Object(members) if !members.is_empty() => {
            text.push_str("{\n");
            for (name, item) in members {
                text.push_str(&inner);
                text.push_str(&member(name));
                text.push_str(": ");
                write_value(text, item, indent + 2, depth + 1);
                text.push_str(",\n");
            }
            text.push_str(&outer);
            text.push('}');
        }
        // Numbers, words and what is empty read the same in both languages.
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_for_a_script_in_a_page() {
        for (text, expected) in [
            ("it's", r"'it\'s'"),
            ("a\\b\n", r"'a\\b\n'"),
            ("</script><!--", r"'<\/script><\x21--'"),
            ("\u{2028}\u{202e}\0", r"'\u2028\u202e\u0000'"),
            ("größe 名", "'größe 名'"),
        ] {
            assert_eq!(string(text), expected);
        }
    }

    #[test]
    fn names_are_bare_where_they_can_be() {
        for (name, expected) in [
            ("user_id", "user_id"),
            ("$ref", "$ref"),
            ("class", "class"),
            ("", "''"),
            ("1st", "'1st'"),
            ("a-b", "'a-b'"),
            ("größe", "'größe'"),
        ] {
            assert_eq!(key(name), expected);
        }
    }

    #[test]
    fn values_read_the_same_in_both_languages() {
        let given = serde_json::json!({"a": [1, {}], "__proto__": null, "b c": "x"});
        let expected = "{\n  a: [\n    1,\n    {},\n  ],\n  ['__proto__']: null,\n  'b c': 'x',\n}";
        assert_eq!(value(&given, 0), expected);
    }
}
