//! Texts on the fast way: as they stand between their quotes.

use super::formats::Format;
use super::{Kinds, Range, Shape};

/// What a text must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextRules {
    /// In characters.
    pub(super) length: Range,
    pub(super) format: Option<Format>,
}

/// A text between its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted<'t> {
    /// With its escapes.
    pub(super) raw: &'t str,
    /// Bytes that would go if each escape were one byte, and so one character.
    pub(super) surplus: usize,
}

impl Shape {
    pub(super) fn allows_text(&self, text: Quoted<'_>) -> bool {
        self.allows(Kinds::STRING, |values| {
            text.plain()
                .is_some_and(|text| values.texts.iter().any(|value| **value == *text))
        }) && self.text.as_ref().is_none_or(|rules| rules.has(text))
    }
}

impl<'t> Quoted<'t> {
    /// The text, where it is written without escapes.
    pub(super) fn plain(self) -> Option<&'t str> {
        (self.surplus == 0).then_some(self.raw)
    }
}

impl TextRules {
    fn has(&self, text: Quoted<'_>) -> bool {
        self.length.has_characters(text)
            && self
                .format
                .is_none_or(|format| text.plain().is_some_and(|text| format.has(text)))
    }
}

impl Range {
    /// Counts characters only where their bytes do not say enough.
    fn has_characters(self, text: Quoted<'_>) -> bool {
        let bytes = text.raw.len().saturating_sub(text.surplus);
        // A character has one to four bytes, and an escape counts as one.
        if bytes.div_ceil(4) as u64 >= self.min && bytes as u64 <= self.max {
            return true;
        }
        let characters = text.raw.chars().count().saturating_sub(text.surplus);
        self.has(characters as u64)
    }
}
