//! How a command ends: its exit code and, where it failed, the words for it.

use std::process::ExitCode;

use crate::app::AppError;
use crate::config::error::ConfigError;
use crate::telemetry::TelemetryError;

/// How a command ended without failing, as its exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All that was asked for is done.
    Done,
    /// Not all of it; the words have been printed.
    Failed,
    /// The command line is wrong.
    Usage,
    /// No server runs in this directory.
    NoServer,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::FAILURE,
            Exit::Usage => Self::from(2),
            Exit::NoServer => Self::from(3),
        }
    }
}

/// What a command comes to.
pub(crate) type CommandResult = Result<Exit, Failure>;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What went wrong; nothing where nobody is there to read it.
    pub(crate) error: Option<anyhow::Error>,
    /// What to do about it.
    pub(crate) hint: Option<String>,
    /// The exit code.
    pub(crate) exit: Exit,
}

impl Failure {
    /// A failure in its own words.
    pub(crate) fn new(words: impl Into<String>) -> Self {
        anyhow::Error::msg(words.into()).into()
    }

    /// The command line is wrong, in these words.
    pub(crate) fn usage(words: impl Into<String>) -> Self {
        Self::new(words).with_exit(Exit::Usage)
    }

    /// The reader of standard output has gone, as `fs7 … | head` does: nothing is left to do.
    pub(crate) fn reader_gone() -> Self {
        Self {
            error: None,
            hint: None,
            exit: Exit::Done,
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The same with another exit code.
    #[must_use]
    pub(crate) fn with_exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// The error and its causes, each once, on one line.
    pub(crate) fn words(&self) -> Option<String> {
        let error = self.error.as_ref()?;
        let mut words: Vec<String> = Vec::new();
        for cause in error.chain().map(ToString::to_string) {
            // Some libraries print the cause within the error.
            if !words.last().is_some_and(|before| before.ends_with(&cause)) {
                words.push(cause);
            }
        }
        Some(words.join(": "))
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self {
            error: Some(error),
            hint: None,
            exit: Exit::Failed,
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let hint = error.hint();
        Self {
            error: Some(error.into()),
            hint,
            exit: Exit::Failed,
        }
    }
}

impl From<TelemetryError> for Failure {
    fn from(error: TelemetryError) -> Self {
        let hint = error.hint();
        Self {
            error: Some(error.into()),
            hint,
            exit: Exit::Failed,
        }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let hint = error.hint();
        Self {
            error: Some(error.into()),
            hint,
            exit: Exit::Failed,
        }
    }
}
