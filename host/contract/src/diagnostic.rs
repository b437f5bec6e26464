//! What is wrong with a document: rule, place, words, and what to do.

use std::ops::Range;

use crate::place::Place;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document is no contract: exit code 1.
    Error,
    /// It is one, and somebody may be surprised.
    Warning,
}

impl Severity {
    /// Its word in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule's name: stable, lower case with hyphens, for example `unresolved-reference`.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: names what was expected and what was found. No full stop at the end.
    pub message: String,
    /// What to do, where there is something to do.
    pub help: Option<String>,
    /// The value it is about; a missing field is reported at the object that lacks it.
    pub place: Place,
    /// Whether the key of the value is meant rather than the value.
    pub at_key: bool,
    /// Bytes of the file, where the place has no value (syntax errors).
    pub span: Option<Range<usize>>,
}

impl Diagnostic {
    /// An error about the value at `place`.
    pub fn error(rule: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: Severity::Error,
            message: message.into(),
            help: None,
            place,
            at_key: false,
            span: None,
        }
    }

    /// A warning about the value at `place`.
    pub fn warning(rule: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(rule, place, message)
        }
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// About the key of the value, not the value.
    #[must_use]
    pub fn at_key(mut self) -> Self {
        self.at_key = true;
        self
    }

    /// About these bytes of the file.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }
}
