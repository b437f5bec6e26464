//! Findings for people and machines.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use fs7_contract::Bundle;
use fs7_contract::bundle::Location;
use fs7_contract::diagnostic::{Diagnostic, Severity};
use serde_json::{Value, json};

use super::output;

/// Columns of an excerpt: longer lines are cut around what is meant.
const WIDTH: usize = 120;
/// Bytes of one line that are looked at, on either side of what is meant.
const LINE_BYTES_MAX: usize = 2000;

/// Whether colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Coloured,
}

impl Style {
    /// For standard output: colours where a person looks at it and wants them.
    pub(super) fn of_stdout() -> Self {
        Self::of(std::io::stdout().is_terminal())
    }

    /// For standard error.
    pub(super) fn of_stderr() -> Self {
        Self::of(std::io::stderr().is_terminal())
    }

    fn of(is_terminal: bool) -> Self {
        if is_terminal && crate::config::wants_colour() {
            Self::Coloured
        } else {
            Self::Plain
        }
    }
}

/// The findings with excerpts of their files, in the order given, each with an empty line behind.
pub(super) fn text(bundle: &Bundle, findings: &[Diagnostic], style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(WIDTH);
    let mut text = String::new();
    for finding in findings {
        let location = bundle.locate(finding);
        let message = output::printable(&finding.message);
        let help = finding.help.as_deref().map(output::printable);
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let path = output::printable(&location.path.display().to_string());
        let excerpt = Excerpt::of(bundle.text(finding.place.file), &location);
        let title = level.primary_title(&*message).id(finding.rule);
        let mut group = Group::with_title(title);
        group = match &excerpt {
            Some(excerpt) => group.element(
                Snippet::source(&*excerpt.text)
                    .line_start(excerpt.line)
                    .path(&path)
                    .annotation(AnnotationKind::Primary.span(excerpt.span.clone())),
            ),
            None => group.element(annotate_snippets::Origin::path(&*path)),
        };
        if let Some(help) = &help {
            group = group.element(Level::HELP.message(&**help));
        }
        let rendered = renderer.render(&[group]);
        text.push_str(&match &excerpt {
            Some(excerpt) => excerpt.placed(&rendered, &path, &location),
            None => rendered,
        });
        text.push_str("\n\n");
    }
    text
}

/// The lines around a finding.
struct Excerpt {
    text: String,
    line: usize,
    /// Bytes of `text`.
    span: std::ops::Range<usize>,
}

impl Excerpt {
    fn of(text: &str, location: &Location) -> Option<Self> {
        let span = location.span.start.min(text.len())..location.span.end.min(text.len());
        if text.is_empty() {
            return None;
        }
        let line_start = text.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
        let rest = text.get(span.start..)?;
        let line_end = span.start + rest.find('\n').unwrap_or(rest.len());
        let from =
            text.ceil_char_boundary(line_start.max(span.start.saturating_sub(LINE_BYTES_MAX)));
        let to = text.floor_char_boundary(line_end.min(span.start + LINE_BYTES_MAX));
        let end = span.end.clamp(span.start, to.max(span.start));
        Some(Self {
            text: text.get(from..to)?.to_owned(),
            line: location.line,
            span: span.start - from..end - from,
        })
    }

    /// The rendered finding with the column of the file, where its line was cut.
    fn placed(&self, rendered: &str, path: &str, location: &Location) -> String {
        let before = self.text.get(..self.span.start).unwrap_or_default();
        let place = |column: usize| format!("{path}:{}:{column}", location.line);
        rendered.replacen(
            &place(before.chars().count() + 1),
            &place(location.column),
            1,
        )
    }
}

/// The findings for machines: the documented shape.
pub(super) fn json(bundle: &Bundle, findings: &[Diagnostic]) -> Value {
    let list = findings.iter().map(|finding| {
        let location = bundle.locate(finding);
        json!({
            "rule": finding.rule,
            "severity": finding.severity.as_str(),
            "message": finding.message,
            "help": finding.help,
            "file": location.path.display().to_string(),
            "line": location.line,
            "column": location.column,
            "end_line": location.end_line,
            "end_column": location.end_column,
            "pointer": finding.place.pointer,
        })
    });
    list.collect()
}

/// `2 errors and 1 warning`.
pub(super) fn counts(findings: &[Diagnostic]) -> String {
    let count = |severity| findings.iter().filter(|it| it.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let mut words = String::new();
    for (count, word) in [(errors, "error"), (warnings, "warning")] {
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            let and = if words.is_empty() { "" } else { " and " };
            let _ = write!(words, "{and}{count} {word}{plural}");
        }
    }
    words
}
