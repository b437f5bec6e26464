//! One line of the log: chosen by its level, and written for people.

use serde_json::Value;
use tracing::Level;

use super::super::failure::Failure;
use super::super::output;
use crate::cli::ShowArgs;
use crate::config;

/// What stands first in a line for people, or is of no use to them.
const OWN_FIELDS: [&str; 5] = ["timestamp", "level", "message", "target", "fact"];

/// Which lines are shown, and how.
pub(crate) struct Show {
    json: bool,
    level: Option<Level>,
}

impl Show {
    /// Takes the flags over.
    ///
    /// # Errors
    /// When the level is none.
    pub(crate) fn new(args: &ShowArgs) -> Result<Self, Failure> {
        let level = args.level.as_deref().map(|text| {
            config::parse_level(text).map_err(|expected| {
                Failure::new(format!("`--level`: expected {expected}, found `{text}`"))
            })
        });
        Ok(Self {
            json: args.json,
            level: level.transpose()?,
        })
    }

    /// The line as it is shown, or nothing when it is not.
    pub(crate) fn line(&self, line: &str) -> Option<String> {
        let parsed: Option<Value> = serde_json::from_str(line).ok();
        if let Some(least) = self.level {
            let level = parsed
                .as_ref()
                .and_then(|fields| fields.get("level")?.as_str());
            let level = level.and_then(|text| text.parse::<Level>().ok())?;
            if level > least {
                return None;
            }
        }
        if self.json {
            return Some(line.to_owned());
        }
        Some(
            parsed
                .as_ref()
                .and_then(for_people)
                .unwrap_or_else(|| output::printable(line)),
        )
    }
}

/// `2026-11-21T09:10:59Z  INFO message key=value`.
fn for_people(fields: &Value) -> Option<String> {
    let fields = fields.as_object()?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut line = format!(
        "{} {:>5} {}",
        text("timestamp"),
        text("level"),
        text("message")
    );
    for (name, value) in fields
        .iter()
        .filter(|(name, _)| !OWN_FIELDS.contains(&name.as_str()))
    {
        let value = match value {
            Value::String(text) if is_plain(text) => text.clone(),
            other => other.to_string(),
        };
        line.push_str(&format!(" {name}={value}"));
    }
    Some(output::printable(&line))
}

/// Whether a value reads well without quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(level: Option<&str>, json: bool, line: &str, expected: Option<&str>) {
        let args = ShowArgs {
            json,
            level: level.map(str::to_owned),
        };
        assert_eq!(
            Show::new(&args).unwrap().line(line).as_deref(),
            expected,
            "{line}"
        );
    }

    #[test]
    fn lines_are_written_for_people_or_left_as_they_are() {
        let line = r#"{"timestamp":"T","level":"INFO","message":"event ended","event":"a","detail":"two words","n":3,"target":"fs7"}"#;
        check(
            None,
            false,
            line,
            Some(r#"T  INFO event ended event=a detail="two words" n=3"#),
        );
        check(None, true, line, Some(line));
        check(
            None,
            false,
            "no JSON \u{1b}[31m",
            Some("no JSON \\u{1b}[31m"),
        );
        let steering = r#"{"timestamp":"T","level":"WARN","message":"a\u001b[2Jb"}"#;
        check(None, false, steering, Some("T  WARN a\\u{1b}[2Jb"));
    }

    #[test]
    fn level_keeps_what_is_below_away() {
        let warn = r#"{"level":"WARN","message":"m"}"#;
        check(Some("info"), true, warn, Some(warn));
        check(Some("WARNING"), true, warn, Some(warn));
        check(Some("error"), true, warn, None);
        check(Some("trace"), true, "no JSON", None);
        assert!(
            Show::new(&ShowArgs {
                json: false,
                level: Some("loud".into())
            })
            .is_err()
        );
    }
}
