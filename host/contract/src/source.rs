//! Text to a tree whose every value knows where it stands: YAML 1.2 (core schema) and JSON.

mod json;
mod node;
mod scalar;
mod yaml;

use std::ops::Range;
use std::path::Path;

pub use node::{Data, Member, Node};

/// Deepest nesting of a document. Everything that walks a tree recurses.
pub const DEPTH_MAX: usize = 100;

/// Most values in one file, aliases expanded: a few lines of YAML can stand for billions.
pub const NODES_MAX: usize = 500_000;

/// Why a text is no tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The rule's name.
    pub rule: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Bytes of the text.
    pub span: Range<usize>,
}

impl SyntaxError {
    pub(crate) fn new(rule: &'static str, message: impl Into<String>, span: Range<usize>) -> Self {
        Self {
            rule,
            message: message.into(),
            help: None,
            span,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What a text parsed to: the tree as far as it goes, and everything that is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The tree; none where the text cannot be read at all.
    pub root: Option<Node>,
    /// What is wrong, in the order of the text.
    pub errors: Vec<SyntaxError>,
}

/// Parses a file: JSON where its name ends in `.json`, or has no ending known here and its text
/// begins like an object; YAML otherwise.
pub fn parse(path: &Path, text: &str) -> Parsed {
    if is_json(path, text) {
        json::parse(text)
    } else {
        yaml::parse(text)
    }
}

fn is_json(path: &Path, text: &str) -> bool {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("json") => true,
        Some("yaml" | "yml") => false,
        _ => text.trim_start().starts_with('{'),
    }
}

/// Reports the keys of an object that stand there twice.
fn repeated_key(name: &str, span: Range<usize>) -> SyntaxError {
    SyntaxError::new(
        "duplicate-key",
        format!("`{name}` stands twice in this object"),
        span,
    )
    .help("remove one of the two, or give it another name")
}

#[cfg(test)]
mod tests;
