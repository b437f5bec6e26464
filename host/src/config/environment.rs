//! `.env` and the environment: the variables that fs7 knows, and no others.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use super::error::{ConfigError, Problem};

/// The variables that are settings.
const NAMES: [&str; 9] = [
    "API_KEY",
    "SESSION_SECRET",
    "PREVIOUS_SESSION_SECRET",
    "LOG_LEVEL",
    "HOST",
    "PORT",
    "EVENTS_DIR",
    "LOG_DIR",
    "CONTRACT",
];
/// The file's name.
const FILE: &str = ".env";

/// The process's own variables.
pub(super) fn of_process() -> Result<BTreeMap<String, String>, ConfigError> {
    let mut values = BTreeMap::new();
    for name in NAMES {
        match std::env::var(name) {
            Ok(text) => drop(values.insert(name.to_owned(), text)),
            Err(std::env::VarError::NotPresent) => {}
            Err(std::env::VarError::NotUnicode(_)) => {
                let problem =
                    Problem::wrong("environment", name, "UTF-8 text", "other bytes".to_owned());
                return Err(ConfigError::Problems(vec![problem]));
            }
        }
    }
    Ok(values)
}

/// Whether the process's terminal may be given colours.
pub(super) fn wants_colour() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The variables of `.env` in the working directory. The process's environment stays as it is.
pub(super) fn read_dotenv(
    work_dir: &Path,
    problems: &mut Vec<Problem>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let path = work_dir.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => return Err(ConfigError::Read { path, source }),
    };
    let mut values = BTreeMap::new();
    for item in dotenvy::from_read_iter(text.as_bytes()) {
        match item {
            Ok((name, value)) if NAMES.contains(&name.as_str()) => {
                values.insert(name, value);
            }
            Ok(_) => {}
            Err(error) => problems.push(unreadable(&text, &error)),
        }
    }
    Ok(values)
}

/// Says which line is wrong, without its text: it may hold the key.
fn unreadable(text: &str, error: &dotenvy::Error) -> Problem {
    // What comes back is the line or its value alone.
    let number = match error {
        dotenvy::Error::LineParse(part, _) if !part.trim().is_empty() => text
            .lines()
            .position(|line| line.trim_end().ends_with(part.trim_end())),
        _ => None,
    };
    let place = number.map_or_else(|| FILE.to_owned(), |index| format!("{FILE}:{}", index + 1));
    Problem::syntax(place, "expected NAME=value, with quotes around spaces")
}
