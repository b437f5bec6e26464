//! Reads one table of `fs7.toml` key by key and gathers what is wrong, each with its line.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;

/// A settings file and what has been found wrong in it so far.
pub(super) struct Source<'a> {
    /// The file as messages name it.
    pub(super) name: String,
    /// Its text, to find lines in.
    pub(super) text: &'a str,
    /// What is wrong.
    pub(super) problems: RefCell<Vec<Problem>>,
}

impl Source<'_> {
    /// Notes a problem.
    pub(super) fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// `fs7.toml:12`.
    pub(super) fn place(&self, span: &Range<usize>) -> String {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("{}:{line}", self.name)
    }
}

/// A value and where it stands.
pub(super) struct Found<'a> {
    /// The value.
    pub(super) value: &'a DeValue<'a>,
    /// `fs7.toml:12`.
    pub(super) place: String,
    /// The key with its table: `limits.deadline_ms`.
    pub(super) key: String,
}

/// One table while it is read.
pub(super) struct Section<'a> {
    source: &'a Source<'a>,
    name: String,
    table: Option<&'a DeTable<'a>>,
    known: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// A table by its name; the file itself has an empty one.
    pub(super) fn new(
        source: &'a Source<'a>,
        name: impl Into<String>,
        table: Option<&'a DeTable<'a>>,
    ) -> Self {
        Self {
            source,
            name: name.into(),
            table,
            known: Vec::new(),
        }
    }

    /// The value of a key, which is known from now on.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Found<'a>> {
        self.known.push(key);
        let value = self.table?.get(key)?;
        Some(self.found(key, value))
    }

    /// A whole number within bounds, both of which count.
    pub(super) fn number<T: TryFrom<u64>>(
        &mut self,
        key: &'static str,
        least: u64,
        most: u64,
        default: T,
    ) -> T {
        self.number_where(key, least, most, "").unwrap_or(default)
    }

    /// The same without a default; `reason` says where the bounds come from.
    pub(super) fn number_where<T: TryFrom<u64>>(
        &mut self,
        key: &'static str,
        least: u64,
        most: u64,
        reason: &str,
    ) -> Option<T> {
        let found = self.take(key)?;
        let number = integer(found.value).filter(|number| (least..=most).contains(number));
        let converted = number.and_then(|number| T::try_from(number).ok());
        if converted.is_none() {
            let expected = format!("a whole number from {least} to {most}{reason}");
            self.wrong(&found, &expected);
        }
        converted
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, key: &'static str, default: bool) -> bool {
        let Some(found) = self.take(key) else {
            return default;
        };
        found.value.as_bool().unwrap_or_else(|| {
            self.wrong(&found, "`true` or `false`");
            default
        })
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        default: T,
    ) -> T {
        let Some(found) = self.take(key) else {
            return default;
        };
        let chosen = found.value.as_str().and_then(|text| {
            let mut known = words.iter();
            known.find(|(word, _)| *word == text)
        });
        if let Some((_, value)) = chosen {
            return *value;
        }
        let names: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let expected = match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => String::new(),
        };
        self.wrong(&found, &expected);
        default
    }

    /// Text that is not empty.
    pub(super) fn text(&mut self, key: &'static str, expected: &str) -> Option<String> {
        let found = self.take(key)?;
        let text = found.value.as_str().filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(&found, expected);
        }
        text.map(str::to_owned)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        let found = self.take(key)?;
        let items = found.value.as_array().and_then(|items| {
            items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect()
        });
        if items.is_none() {
            self.wrong(&found, "a list of texts");
        }
        items
    }

    /// A table in this one.
    pub(super) fn section(&mut self, key: &'static str) -> Self {
        let table = self.take(key).and_then(|found| {
            let table = found.value.as_table();
            if table.is_none() {
                self.wrong(&found, "a table");
            }
            table
        });
        Self::new(self.source, key, table)
    }

    /// Every entry of this table, whatever its key.
    pub(super) fn entries(&self) -> Vec<(String, Found<'a>)> {
        let entries = self.table.into_iter().flat_map(|table| table.iter());
        entries
            .map(|(key, value)| {
                let key = key.get_ref().to_string();
                let found = self.found(&key, value);
                (key, found)
            })
            .collect()
    }

    /// Notes a value that is not what it must be.
    pub(super) fn wrong(&self, found: &Found<'_>, expected: &str) {
        let words = describe(found.value);
        self.source.report(Problem::wrong(
            found.place.clone(),
            &found.key,
            expected,
            words,
        ));
    }

    /// Notes every key that was not asked for.
    pub(super) fn finish(self) {
        for key in self.table.into_iter().flat_map(|table| table.keys()) {
            if !self.known.contains(&key.get_ref().as_ref()) {
                let place = self.source.place(&key.span());
                let problem = Problem::unknown(place, key.get_ref(), &self.name, &self.known);
                self.source.report(problem);
            }
        }
    }

    fn found(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Found<'a> {
        let key = if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        };
        Found {
            value: value.get_ref(),
            place: self.source.place(&value.span()),
            key,
        }
    }
}

fn integer(value: &DeValue<'_>) -> Option<u64> {
    let integer = value.as_integer()?;
    u64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// What was found, in words. Keys are never shown: `api_key` is checked by its own rule.
fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text `{text}`"),
        DeValue::Integer(number) => format!("`{}`", number.as_str()),
        DeValue::Float(number) => format!("`{}`", number.as_str()),
        DeValue::Boolean(value) => format!("`{value}`"),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
