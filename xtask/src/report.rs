//! A run of several parts: all of them run even if one fails, and a table closes the run.

#![expect(
    clippy::print_stdout,
    reason = "the table is the result of the command"
)]

use std::time::{Duration, Instant};

use crate::say::{self, Failure, Outcome};

/// What has run so far.
pub(crate) struct Report {
    parts: Vec<Part>,
    begun: Instant,
}

struct Part {
    name: String,
    took: Duration,
    end: End,
}

enum End {
    Ok,
    Skipped(String),
    Failed,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            parts: Vec::new(),
            begun: Instant::now(),
        }
    }

    /// Runs one part, whatever became of those before, and hands back what it made.
    pub(crate) fn part<T>(&mut self, name: &str, run: impl FnOnce() -> Outcome<T>) -> Option<T> {
        say::note(format_args!("── {name}"));
        let begun = Instant::now();
        let outcome = run();
        let (end, value) = match outcome {
            Ok(value) => (End::Ok, Some(value)),
            Err(failure) => {
                say::failure(&failure);
                (End::Failed, None)
            }
        };
        self.parts.push(Part {
            name: name.to_owned(),
            took: begun.elapsed(),
            end,
        });
        value
    }

    /// Writes down a part that cannot run here, and why.
    pub(crate) fn skip(&mut self, name: &str, reason: &str) {
        let end = End::Skipped(reason.to_owned());
        self.parts.push(Part {
            name: name.to_owned(),
            took: Duration::ZERO,
            end,
        });
    }

    /// Prints the table; a failure if any part failed.
    pub(crate) fn close(self) -> Outcome {
        let width = self
            .parts
            .iter()
            .map(|part| part.name.chars().count())
            .max()
            .unwrap_or(0);
        println!();
        for Part { name, took, end } in &self.parts {
            let end = match end {
                End::Ok => "ok".to_owned(),
                End::Skipped(reason) => format!("skipped: {reason}"),
                End::Failed => "FAILED".to_owned(),
            };
            println!("{name:width$}  {:>12}  {end}", say::seconds(*took));
        }
        println!(
            "{:width$}  {:>12}",
            "all",
            say::seconds(self.begun.elapsed())
        );
        let failed: Vec<&str> = self
            .parts
            .iter()
            .filter(|part| matches!(part.end, End::Failed))
            .map(|part| part.name.as_str())
            .collect();
        if failed.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "{} of {} parts failed: {}",
            failed.len(),
            self.parts.len(),
            failed.join(", ")
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_after_a_failed_one_still_run() {
        let mut report = Report::new();
        report.part::<()>("first", || Err(Failure::new("broken")));
        let second = report.part("second", || Ok(2));
        assert_eq!(second, Some(2));
        report.skip("third", "not here");
        let failure = report.close().unwrap_err();
        assert_eq!(failure.to_string(), "1 of 3 parts failed: first");
    }
}
