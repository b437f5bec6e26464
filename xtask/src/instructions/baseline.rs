//! The baseline's file: with what was counted, and the counts.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::say::{Failure, Outcome, While as _};

/// Counts, and with what they were counted.
#[derive(Debug, PartialEq)]
pub(crate) struct Baseline {
    /// Compiler, counter, processor.
    pub(crate) tools: String,
    /// Instructions for each event, by scenario.
    pub(crate) counts: Vec<(String, f64)>,
}

impl Baseline {
    /// Reads a file as [`Baseline::write`] writes it.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let hint = "`cargo xtask instructions --write` makes one";
        let text = fs::read_to_string(path)
            .while_doing(format_args!("read {}", path.display()))
            .map_err(|failure| failure.hint(hint))?;
        Self::parse(&text).ok_or_else(|| {
            let what = format!(
                "{}: expected `tools` and counts, one on a line",
                path.display()
            );
            Failure::new(what).hint(hint)
        })
    }

    /// Writes the file.
    pub(crate) fn write(&self, path: &Path) -> Outcome {
        fs::write(path, self.text()).while_doing(format_args!("write {}", path.display()))
    }

    /// The count of a scenario.
    pub(crate) fn get(&self, name: &str) -> Option<f64> {
        let mut counts = self.counts.iter();
        counts.find(|(of, _)| of == name).map(|(_, count)| *count)
    }

    fn text(&self) -> String {
        let mut text = format!("{{\n  \"tools\": \"{}\"", self.tools);
        for (name, count) in &self.counts {
            let _ = write!(text, ",\n  \"{name}\": {count:.1}");
        }
        text.push_str("\n}\n");
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let mut tools = None;
        let mut counts = Vec::new();
        for line in text.lines() {
            let Some((name, value)) = line.trim().split_once("\": ") else {
                continue;
            };
            let name = name.strip_prefix('"')?;
            let value = value.trim_end_matches(',');
            if name == "tools" {
                tools = Some(value.trim_matches('"').to_owned());
            } else {
                counts.push((name.to_owned(), value.parse().ok()?));
            }
        }
        (!counts.is_empty()).then_some(Self {
            tools: tools?,
            counts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let baseline = Baseline {
            tools: "rustc 1.95.0, valgrind-3.19.0, x86_64".into(),
            counts: vec![("decode".into(), 4_362.2), ("encode".into(), 3_494.0)],
        };
        assert_eq!(Baseline::parse(&baseline.text()), Some(baseline));
        assert_eq!(Baseline::parse("{}"), None);
    }
}
