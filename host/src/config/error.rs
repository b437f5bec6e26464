//! What can be wrong with settings, in words that say where, what was expected and what was found.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Similarity from which a known key is offered for an unknown one.
const SIMILARITY_MIN: f64 = 0.8;

/// Why there are no settings to start with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The working directory is gone.
    #[error("find the working directory")]
    WorkDir(#[source] io::Error),
    /// A file cannot be read.
    #[error("read `{}`", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Settings that are unknown or wrong: all of them.
    #[error("{}", join(.0))]
    Problems(Vec<Problem>),
    /// The host is neither an address nor a name that has one.
    #[error("host `{host}` has no address")]
    Host {
        /// The host.
        host: String,
        /// What the resolver said.
        #[source]
        source: Option<io::Error>,
    },
    /// Others can reach the address, and there is no key to keep them out.
    #[error("no API key is set, and others can reach {address}")]
    NoApiKey {
        /// The address.
        address: SocketAddr,
    },
    /// Something in `.fs7/` cannot be made or read.
    #[error("{action} `{}`", path.display())]
    State {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The key file is open to others, so the key may be known to them.
    #[error("`{}` can be read by others (mode {mode:03o}, expected 600)", path.display())]
    KeyExposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The key file holds no key.
    #[error("`{}` does not hold an API key", path.display())]
    KeyUnusable {
        /// The file.
        path: PathBuf,
    },
}

impl ConfigError {
    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Problems(problems) => {
                let hints: Vec<_> =
                    problems.iter().filter_map(|problem| problem.hint.clone()).collect();
                (!hints.is_empty()).then(|| hints.join("\n"))
            }
            Self::Host { .. } => {
                Some("give `--host` an IP address, such as 127.0.0.1 or 0.0.0.0".to_owned())
            }
            Self::NoApiKey { .. } => Some(
                "set `API_KEY` in the environment or in .env, or listen on 127.0.0.1, where a key is made by itself".to_owned(),
            ),
            Self::KeyExposed { path, .. } => Some(format!(
                "remove `{0}` to get a new key, or keep the key with `chmod 600 {0}`",
                path.display()
            )),
            Self::KeyUnusable { path } => {
                Some(format!("remove `{}` to get a new key", path.display()))
            }
            Self::State { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("fs7 writes fastsocket.pid and .fs7/ into the working directory: start it in a directory of yours".to_owned())
            }
            Self::State { .. } | Self::WorkDir(_) | Self::Read { .. } => None,
        }
    }
}

/// One thing that is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    place: String,
    words: String,
    hint: Option<String>,
}

impl Problem {
    /// A value that is not what it must be; `found` carries its own back-ticks.
    pub(super) fn wrong(
        place: impl Into<String>,
        key: &str,
        expected: &str,
        found: impl Into<String>,
    ) -> Self {
        let words = format!("`{key}`: expected {expected}, found {}", found.into());
        Self {
            place: place.into(),
            words,
            hint: None,
        }
    }

    /// A key that nobody knows, with those that could have been meant.
    pub(super) fn unknown(
        place: impl Into<String>,
        key: &str,
        section: &str,
        known: &[&str],
    ) -> Self {
        let section = if section.is_empty() {
            String::new()
        } else {
            format!(" in [{section}]")
        };
        let words = format!(
            "unknown key `{key}`{section}; known keys: {}",
            known.join(", ")
        );
        let near = |candidate: &str| strsim::jaro_winkler(key, candidate);
        let hint = known
            .iter()
            .max_by(|a, b| near(a).total_cmp(&near(b)))
            .filter(|best| near(best) >= SIMILARITY_MIN)
            .map(|best| format!("did you mean `{best}`?"));
        Self {
            place: place.into(),
            words,
            hint,
        }
    }

    /// Text that cannot be read at all.
    pub(super) fn syntax(place: impl Into<String>, words: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            words: words.into(),
            hint: None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.words)
    }
}

/// One problem on the line itself, several below each other.
fn join(problems: &[Problem]) -> String {
    match problems {
        [only] => only.to_string(),
        several => several.iter().fold(
            format!("{} settings are wrong", several.len()),
            |text, problem| format!("{text}\n  {problem}"),
        ),
    }
}
