//! Between the wire's text and our nouns: names split off and put back, no tree built.

use std::borrow::Cow;

use serde::Serialize;
use socketioxide_core::Str;

use crate::event::Args;

/// Splits `["name",a,b]` into the name and `[a,b]`. The text must begin with an array whose
/// first element is a string; the rest is not looked at here. The name is given unescaped.
pub(in crate::gateway) fn split_name(text: &str) -> Option<(Cow<'_, str>, String)> {
    let inner = text.trim_start().strip_prefix('[')?.trim_start();
    let (name, rest) = plain_name(inner).or_else(|| escaped_name(inner))?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix(',').unwrap_or(rest);
    let mut args = String::with_capacity(rest.len() + 1);
    args.push('[');
    args.push_str(rest);
    Some((name, args))
}

/// The string that the text begins with, where it stands for itself, and what follows.
fn plain_name(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let text = text.strip_prefix('"')?;
    let end = text.bytes().position(is_escaped)?;
    let rest = text.get(end..)?.strip_prefix('"')?;
    Some((Cow::Borrowed(text.get(..end)?), rest))
}

/// The string that the text begins with, whatever it holds, and what follows.
fn escaped_name(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut names = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let name = names.next()?.ok()?;
    Some((Cow::Owned(name), text.get(names.byte_offset()..)?))
}

/// What cannot stand in a JSON string as it is (RFC 8259, section 7).
fn is_escaped(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..b' ')
}

/// Puts a name before checked arguments: `["name",a,b]`.
pub(in crate::gateway) fn join_name(name: &str, args: &Args) -> Str {
    let inner = args
        .text
        .trim()
        .strip_prefix('[')
        .unwrap_or_default()
        .trim_start();
    let mut text = String::with_capacity(name.len() + inner.len() + "[\"\",".len());
    text.push('[');
    if name.bytes().any(is_escaped) {
        text.push_str(&serde_json::to_string(name).unwrap_or_default());
    } else {
        text.push('"');
        text.push_str(name);
        text.push('"');
    }
    if inner != "]" {
        text.push(',');
    }
    text.push_str(inner);
    Str::from(text)
}

/// One argument as the wire has it: `[value]`.
pub(in crate::gateway) fn one_argument(value: &impl Serialize) -> String {
    let mut text = String::from("[");
    text.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".into()));
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_off_and_the_rest_stays_as_it_was() {
        let table = [
            (r#"["a"]"#, "a", "[]"),
            (r#"["a",1]"#, "a", "[1]"),
            (r#"["a", 1.00 ,{"b":[2]}]"#, "a", r#"[ 1.00 ,{"b":[2]}]"#),
            (r#" [ "a" , null ]"#, "a", "[ null ]"),
            (r#"["a,b\"c]",1]"#, "a,b\"c]", "[1]"),
            (r#"["\u00fc",1]"#, "ü", "[1]"),
            (r#"["a" ]"#, "a", "[]"),
            (r#"["ü","a"]"#, "ü", r#"["a"]"#),
            (r#"["",1]"#, "", "[1]"),
        ];
        for (text, name, args) in table {
            assert_eq!(split_name(text), Some((name.into(), args.into())), "{text}");
        }
        for text in ["", "[]", "[1]", "{}", "[\"a", "[\"a\u{1}\"]", "null"] {
            assert_eq!(split_name(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_is_put_back() {
        let table = [
            ("a", "[]", r#"["a"]"#),
            ("a", "[ ]", r#"["a"]"#),
            ("a\"", "[1,2]", r#"["a\"",1,2]"#),
            ("ü\n", "[1]", r#"["ü\n",1]"#),
        ];
        for (name, args, text) in table {
            assert_eq!(join_name(name, &Args::from_text(args)).as_str(), text);
        }
    }
}
