//! Texts: of a format, of a length, matching a pattern.

use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::{Map, Value, json};

use super::{Maker, is_valid};

/// A text where anything will do.
pub(super) const ANY: &str = "text";
/// Longest text that is made up.
const CHARS_MAX: usize = 10_000;
/// How often a part of a pattern is repeated beyond what it must be.
const REPEATS_MAX: u32 = 80;

/// A text of each format that a schema can ask for.
const FORMATS: [(&str, &[&str]); 20] = [
    (
        "date-time",
        &["2026-01-31T12:00:00Z", "2026-02-01T08:30:00Z"],
    ),
    ("date", &["2026-01-31", "2026-02-01"]),
    ("time", &["12:00:00Z", "08:30:00Z"]),
    ("duration", &["PT1H", "PT2H"]),
    ("email", &["ann@example.com", "bob@example.com"]),
    ("idn-email", &["ann@example.com", "bob@example.com"]),
    ("hostname", &["example.com", "www.example.com"]),
    ("idn-hostname", &["example.com", "www.example.com"]),
    ("ipv4", &["192.0.2.1", "192.0.2.2"]),
    ("ipv6", &["2001:db8::1", "2001:db8::2"]),
    ("uri", &["https://example.com/", "https://example.com/2"]),
    ("uri-reference", &["https://example.com/", "/2"]),
    ("iri", &["https://example.com/", "https://example.com/2"]),
    ("iri-reference", &["https://example.com/", "/2"]),
    ("uri-template", &["https://example.com/{id}", "/{id}"]),
    (
        "uuid",
        &[
            "123e4567-e89b-12d3-a456-426614174000",
            "123e4567-e89b-12d3-a456-426614174001",
        ],
    ),
    ("json-pointer", &["/a/b", "/a/c"]),
    ("relative-json-pointer", &["0/a", "1/a"]),
    ("regex", &["^[a-z]+$", "^[0-9]+$"]),
    ("byte", &["dGV4dA==", "bW9yZQ=="]),
];

impl Maker<'_> {
    pub(super) fn text(&mut self, words: &Map<String, Value>) -> Option<Value> {
        let own: Map<String, Value> = words
            .iter()
            .filter(|(word, _)| !matches!(word.as_str(), "not" | "if" | "then" | "else"))
            .map(|(word, value)| (word.clone(), value.clone()))
            .collect();
        let own = Value::Object(own);
        let found = candidates(words, self.number)
            .into_iter()
            .map(Value::from)
            .find(|text| is_valid(&own, text));
        found.or_else(|| words.contains_key("not").then(|| json!(ANY)))
    }
}

/// Texts that may do, best first.
fn candidates(words: &Map<String, Value>, number: usize) -> Vec<String> {
    let length = |word: &str| {
        let count = words.get(word)?.as_f64()?;
        Some(count.clamp(0.0, CHARS_MAX as f64) as usize)
    };
    let least = length("minLength").unwrap_or(0);
    let most = length("maxLength").unwrap_or(CHARS_MAX).max(least);
    let mut texts = Vec::new();
    if let Some(format) = words.get("format").and_then(Value::as_str) {
        texts.extend(of_format(format, number, least));
    }
    if let Some(pattern) = words.get("pattern").and_then(Value::as_str) {
        texts.extend(repeated(pattern, least, number));
        texts
            .extend((0..=REPEATS_MAX as usize).filter_map(|more| matching(pattern, more + number)));
        texts.extend(["a", "A", "1", "a1", "A1", "abc123", "Abc-123"].map(str::to_owned));
    }
    let plain = match number {
        0 => ANY.to_owned(),
        _ => format!("{ANY}{}", number + 1),
    };
    let padded: String = plain
        .chars()
        .chain(std::iter::repeat('x'))
        .take(least)
        .collect();
    texts.push(if padded.len() > plain.len() {
        padded
    } else {
        plain.clone()
    });
    let number = number.to_string();
    texts.push(
        number
            .chars()
            .rev()
            .chain(plain.chars())
            .take(most)
            .collect(),
    );
    texts.push(plain.chars().take(most).collect());
    texts
}

fn of_format(format: &str, number: usize, least: usize) -> Vec<String> {
    let known = FORMATS.iter().find(|(name, _)| *name == format);
    let mut texts: Vec<String> = known
        .into_iter()
        .flat_map(|(_, texts)| texts.iter().cycle().skip(number).take(2))
        .map(|text| (*text).to_owned())
        .collect();
    let fill = |room: usize| "x".repeat(least.saturating_sub(room).min(CHARS_MAX));
    match format {
        // The part before the sign takes 64 characters, a part of a host name 63.
        "email" | "idn-email" if least > 0 && least < 70 => {
            texts.push(format!("{}@example.com", fill(12)));
        }
        "uri" | "iri" | "uri-reference" | "iri-reference" if least > 0 => {
            texts.push(format!("https://example.com/{}", fill(20)));
        }
        "hostname" if least > 0 && least < 70 => texts.push(format!("{}.example.com", fill(12))),
        _ => {}
    }
    if number > 1 {
        texts.insert(
            0,
            format!("{}{number}", texts.first().map_or("", String::as_str)),
        );
    }
    texts
}

/// Texts that match a pattern and are at least so long.
fn repeated(pattern: &str, least: usize, number: usize) -> Vec<String> {
    (0..=CHARS_MAX)
        .step_by(1)
        .take(least.saturating_mul(2).clamp(1, 400))
        .filter_map(|more| matching(pattern, more + number))
        .filter(|text| text.chars().count() >= least)
        .take(1)
        .collect()
}

/// A text that a pattern matches, as far as it is understood; with `more`, another or a longer.
pub(super) fn matching(pattern: &str, more: usize) -> Option<String> {
    let tree = regex_syntax::ParserBuilder::new()
        .build()
        .parse(pattern)
        .ok()?;
    let mut text = String::new();
    let more = u32::try_from(more).ok()?;
    write(&tree, more, &mut text);
    Some(text)
}

/// Whether a pattern matches a name, as a schema has it.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    is_valid(&json!({"pattern": pattern}), &json!(name))
}

fn write(tree: &Hir, more: u32, text: &mut String) {
    if text.len() > CHARS_MAX {
        return;
    }
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.extend(pick(class, more)),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let count = repetition.min.saturating_add(more).min(most);
            for _ in 0..count {
                write(&repetition.sub, more, text);
                if text.len() > CHARS_MAX {
                    return;
                }
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, more, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, more, text)),
        HirKind::Alternation(ways) => {
            let index = more as usize % ways.len().max(1);
            if let Some(way) = ways.get(index) {
                write(way, more, text);
            }
        }
    }
}

/// A character of a class: a plain one where there is one, the `more`-th of them.
fn pick(class: &Class, more: u32) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .map(|it| (it.start(), it.end()))
            .collect(),
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .map(|it| (char::from(it.start()), char::from(it.end())))
            .collect(),
    };
    let holds = |letter: &char| {
        ranges
            .iter()
            .any(|(from, to)| (from..=to).contains(&letter))
    };
    let plain: Vec<char> = ('a'..='z')
        .chain('A'..='Z')
        .chain('0'..='9')
        .filter(holds)
        .collect();
    match plain.get(more as usize % plain.len().max(1)) {
        Some(letter) => Some(*letter),
        None => ranges.first().map(|(from, _)| *from),
    }
}
