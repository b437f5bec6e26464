//! From a place to line and column.

use std::ops::Range;
use std::path::PathBuf;

use super::Bundle;
use crate::diagnostic::Diagnostic;
use crate::place::{Place, tokens};

/// Where a finding stands, for people and editors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: PathBuf,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column behind the end.
    pub end_column: usize,
    /// Bytes of the text.
    pub span: Range<usize>,
}

impl Bundle {
    /// Where a finding stands. A place that is not there is shown at what is nearest above it.
    pub fn locate(&self, diagnostic: &Diagnostic) -> Location {
        let place = &diagnostic.place;
        let span = match &diagnostic.span {
            Some(span) => span.clone(),
            None => self.span(place, diagnostic.at_key),
        };
        let text = self.text(place.file);
        let (line, column) = position(text, span.start);
        let (end_line, end_column) = position(text, span.end);
        Location {
            path: self.path(place.file).to_owned(),
            line,
            column,
            end_line,
            end_column,
            span,
        }
    }

    fn span(&self, place: &Place, at_key: bool) -> Range<usize> {
        let Some(root) = self.file(place.file) else {
            return 0..0;
        };
        let mut node = root.node;
        let mut span = first_line(self.text(place.file), &node.span);
        for token in tokens(&place.pointer) {
            let Some(next) = node.step(&token) else {
                return span;
            };
            let key = node.member(&token).map(|member| member.key_span.clone());
            // A collection is shown by its key: its own text may be half the file.
            let is_large = next.is_object() || !next.items().is_empty();
            span = match key {
                Some(key) if at_key || is_large || next.span.is_empty() => key,
                _ => first_line(self.text(place.file), &next.span),
            };
            node = next;
        }
        span
    }
}

/// The part of a span that stands on its first line.
fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let shown = text.get(span.clone()).unwrap_or_default();
    let length = shown.lines().next().map_or(0, str::len);
    span.start..span.start + length
}

/// Line and column of a byte, from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..text.floor_char_boundary(at)).unwrap_or_default();
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}
