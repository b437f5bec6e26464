//! What the person at the terminal reads: steps, how long they took, and failures with a hint.

#![expect(
    clippy::print_stderr,
    reason = "this is the one place that speaks to the terminal"
)]

use std::fmt;
use std::time::{Duration, Instant};

/// Why a command stopped: what failed with what was expected, and what the reader can do.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    hint: Option<String>,
}

/// The end of every step.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Adds to an I/O error what was being done.
pub(crate) trait While<T> {
    /// `action` is a bare verb phrase such as "read the lock file".
    fn while_doing(self, action: impl fmt::Display) -> Outcome<T>;
}

impl<T> While<T> for std::io::Result<T> {
    fn while_doing(self, action: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure::new(format!("could not {action}: {error}")))
    }
}

/// One line about what is going on.
pub(crate) fn note(text: impl fmt::Display) {
    eprintln!("xtask: {text}");
}

/// The last word of a command that failed.
pub(crate) fn failure(failure: &Failure) {
    eprintln!("error: {failure}");
}

/// Runs one step that takes a while: says what begins, and how long it took.
pub(crate) fn step<T>(what: &str, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    note(format_args!("{what} …"));
    let begun = Instant::now();
    let outcome = run();
    let word = if outcome.is_ok() { "done" } else { "failed" };
    note(format_args!(
        "{what}: {word} in {}",
        seconds(begun.elapsed())
    ));
    outcome
}

/// `0.04 s`, `12.3 s`, `7 min 05 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        format!("{seconds:.2} s")
    } else if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else {
        let whole = duration.as_secs();
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well_at_every_size() {
        assert_eq!(seconds(Duration::from_millis(40)), "0.04 s");
        assert_eq!(seconds(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(seconds(Duration::from_secs(425)), "7 min 05 s");
    }

    #[test]
    fn failure_ends_with_its_hint() {
        let failure = Failure::new("no `node`").hint("install it");
        assert_eq!(failure.to_string(), "no `node`\nhint: install it");
    }
}
