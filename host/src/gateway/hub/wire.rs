//! Between the wire's text and our nouns: names split off and put back, no tree built.

use serde::Serialize;
use socketioxide_core::Str;

use crate::event::Args;

/// Splits `["name",a,b]` into the name and `[a,b]`. The text must begin with an array whose
/// first element is a string; the rest is not looked at here. The name is given unescaped.
pub(in crate::gateway) fn split_name(text: &str) -> Option<(String, String)> {
    let inner = text.trim_start().strip_prefix('[')?.trim_start();
    let mut names = serde_json::Deserializer::from_str(inner).into_iter::<String>();
    let name = names.next()?.ok()?;
    let rest = inner.get(names.byte_offset()..)?.trim_start();
    let args = match rest.strip_prefix(',') {
        Some(args) => {
            let mut text = String::with_capacity(args.len() + 1);
            text.push('[');
            text.push_str(args);
            text
        }
        None => format!("[{rest}"),
    };
    Some((name, args))
}

/// Puts a name before checked arguments: `["name",a,b]`.
pub(in crate::gateway) fn join_name(name: &str, args: &Args) -> Str {
    let inner = args
        .text
        .trim()
        .strip_prefix('[')
        .unwrap_or_default()
        .trim_start();
    let name = serde_json::to_string(name).unwrap_or_default();
    let mut text = String::with_capacity(name.len() + inner.len() + 2);
    text.push('[');
    text.push_str(&name);
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
        ];
        for (text, name, args) in table {
            assert_eq!(split_name(text), Some((name.into(), args.into())), "{text}");
        }
        for text in ["", "[]", "[1]", "{}", "[\"a", "null"] {
            assert_eq!(split_name(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_is_put_back() {
        let table = [
            ("a", "[]", r#"["a"]"#),
            ("a", "[ ]", r#"["a"]"#),
            ("a\"", "[1,2]", r#"["a\"",1,2]"#),
        ];
        for (name, args, text) in table {
            assert_eq!(join_name(name, &Args::from_text(args)).as_str(), text);
        }
    }
}
