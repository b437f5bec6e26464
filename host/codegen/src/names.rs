//! Names of a contract as names of the Rust language: words are found, put together in the
//! language's manner, and made legal and unique.

use std::collections::HashSet;

/// Words of the language, also those that it only reserves. No name of ours is one of them.
#[rustfmt::skip]
const KEYWORDS: [&str; 52] = [
    "_", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while",
];
/// Longest name that is made; what is longer is cut.
const NAME_CHARS_MAX: usize = 48;

/// Whether this is a word of the Rust language.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word) || word == "yield"
}

/// The words of a name: `userID-2 x` has `user`, `id`, `2` and `x`. Characters that no name can
/// hold separate words; where nothing else is left they become words of their own, by number.
pub(crate) fn words(name: &str) -> Vec<String> {
    let words = split(name, is_letter);
    if !words.is_empty() || name.is_empty() {
        return words;
    }
    name.chars()
        .take(8)
        .map(|character| match symbol(character) {
            Some(word) => word.to_owned(),
            None => format!("u{:x}", u32::from(character)),
        })
        .collect()
}

/// The words, where `is_letter` says which characters a word can hold.
fn split(name: &str, is_letter: impl Fn(char) -> bool) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    let mut characters = name.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        if !is_letter(character) {
            open = false;
            before = ' ';
            continue;
        }
        let begins = character.is_uppercase()
            && (!before.is_uppercase()
                || characters.peek().is_some_and(|next| next.is_lowercase()));
        let lower: String = character
            .to_lowercase()
            .filter(|it| is_letter(*it))
            .collect();
        match words.last_mut() {
            Some(word) if open && !begins => word.push_str(&lower),
            _ => words.push(lower),
        }
        open = true;
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Letters and digits of scripts in which a name cannot be written in two ways: the compiler
/// takes both for one.
fn is_letter(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || (character.is_alphabetic()
            && matches!(u32::from(character),
                0xC0..=0x17F | 0x391..=0x3A9 | 0x3B1..=0x3C9 | 0x410..=0x44F
                | 0x3041..=0x3096 | 0x30A1..=0x30FA | 0x4E00..=0x9FFF | 0xAC00..=0xD7A3))
}

/// The word of a sign that stands alone in many documents.
fn symbol(character: char) -> Option<&'static str> {
    Some(match character {
        '+' => "plus",
        '-' => "minus",
        '*' => "star",
        '/' => "slash",
        '%' => "percent",
        '#' => "hash",
        '<' => "less",
        '>' => "greater",
        '=' => "equal",
        '"' => "quote",
        '\\' => "backslash",
        ' ' => "space",
        '.' => "dot",
        _ => return None,
    })
}

/// As a function or a field is named: `user_id`; never a word of the language.
pub(crate) fn snake(name: &str) -> String {
    let joined = cut(&words(name).join("_"));
    let legal = match joined.chars().next() {
        None => "empty".to_owned(),
        Some(first) if first.is_numeric() => format!("n{joined}"),
        Some(_) => joined,
    };
    if is_keyword(&legal) {
        format!("{legal}_")
    } else {
        legal
    }
}

/// As a constant is named: `USER_ID`.
pub(crate) fn upper(name: &str) -> String {
    snake(name).trim_end_matches('_').to_uppercase()
}

/// As a type is named: `UserId`; never a word of the language.
pub(crate) fn pascal(name: &str) -> String {
    let capital = |word: &String| {
        let mut characters = word.chars();
        let first = characters.next().map(capital).unwrap_or_default();
        first + characters.as_str()
    };
    let joined = cut(&words(name).iter().map(capital).collect::<String>());
    match joined.chars().next() {
        None => "Empty".to_owned(),
        Some(first) if first.is_numeric() => format!("N{joined}"),
        Some(_) if joined == "Self" => "SelfValue".to_owned(),
        Some(_) => joined,
    }
}

/// The capital of a letter, where it is one letter too: `ß` stays.
fn capital(letter: char) -> String {
    let upper: String = letter.to_uppercase().collect();
    if upper.chars().count() == 1 {
        upper
    } else {
        letter.to_string()
    }
}

/// As a package is named: ASCII, a letter first.
pub(crate) fn package(name: &str) -> String {
    let joined = cut(&split(name, |it| it.is_ascii_alphanumeric()).join("_"));
    let legal = match joined.chars().next() {
        None => "event".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("event_{joined}"),
        Some(_) => joined,
    };
    let taken = [
        "alloc",
        "core",
        "proc_macro",
        "std",
        "test",
        "serde",
        "serde_json",
        "fs7_sdk",
        "build",
        "deps",
        "examples",
        "incremental",
        "target",
    ];
    if is_keyword(&legal) || taken.contains(&legal.as_str()) {
        format!("{legal}_event")
    } else {
        legal
    }
}

fn cut(name: &str) -> String {
    let cut: String = name.chars().take(NAME_CHARS_MAX).collect();
    cut.trim_end_matches('_').to_owned()
}

/// Names that are in use; [`Taken::unique`] finds one that is not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken(HashSet<String>);

impl Taken {
    /// With names that nothing may bear.
    pub(crate) fn with(names: &[&str]) -> Self {
        Self(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// The name, where it is in use with the first free number behind it.
    pub(crate) fn unique(&mut self, name: &str) -> String {
        self.numbered(name, "")
    }

    /// The same with `_` before the number.
    pub(crate) fn unique_snake(&mut self, name: &str) -> String {
        self.numbered(name, "_")
    }

    fn numbered(&mut self, name: &str, between: &str) -> String {
        let mut candidate = name.to_owned();
        let mut number = 1_usize;
        while !self.0.insert(candidate.clone()) {
            number += 1;
            candidate = format!("{}{between}{number}", name.trim_end_matches('_'));
        }
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_names_of_the_language() {
        for (name, field, kind) in [
            ("user_id", "user_id", "UserId"),
            ("userID", "user_id", "UserId"),
            ("HTTPServer2", "http_server2", "HttpServer2"),
            ("type", "type_", "Type"),
            ("self", "self_", "SelfValue"),
            ("1st", "n1st", "N1st"),
            ("", "empty", "Empty"),
            ("-", "minus", "Minus"),
            ("größe", "größe", "Größe"),
            ("ß", "ß", "ß"),
            ("名前", "名前", "名前"),
            ("😀", "u1f600", "U1f600"),
            ("a\u{301}", "a", "A"),
            ("a.b/c", "a_b_c", "ABC"),
            ("_", "u5f", "U5f"),
            ("__proto__", "proto", "Proto"),
        ] {
            assert_eq!(snake(name), field, "{name}");
            assert_eq!(pascal(name), kind, "{name}");
        }
    }

    #[test]
    fn packages_have_ascii_names() {
        for (name, expected) in [
            ("user_signed_up", "user_signed_up"),
            ("größe", "gr_e"),
            ("test", "test_event"),
            ("2fa", "event_2fa"),
            ("😀", "event"),
        ] {
            assert_eq!(package(name), expected);
        }
    }

    #[test]
    fn taken_names_get_a_number() {
        let mut taken = Taken::with(&["String"]);
        assert_eq!(taken.unique("String"), "String2");
        assert_eq!(taken.unique("String"), "String3");
        assert_eq!(taken.unique_snake("type_"), "type_");
        assert_eq!(taken.unique_snake("type_"), "type_2");
    }
}
