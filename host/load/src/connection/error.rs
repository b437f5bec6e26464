//! Why a connection was not opened, and how one ended.

use std::io;

use serde_json::Value;

/// The code under which lost connections are counted.
pub(crate) const LOST: &str = "connection_lost";
/// Longest text of a server in an error, in characters.
const SHOWN_MAX: usize = 200;

/// The connection has ended, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Lost(pub(crate) String);

/// Why a client is not in.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nobody accepted the TCP connection.
    #[error("connect")]
    Dial(#[source] io::Error),
    /// The server answered the handshake with another status.
    #[error("the server answered {status}: {body}")]
    Http {
        /// The status.
        status: u16,
        /// The beginning of the body.
        body: String,
    },
    /// The namespace refused the client.
    #[error("the server refused the client: {message}")]
    Refused {
        /// The message of the CONNECT_ERROR packet.
        message: String,
    },
    /// Something else came than the protocol has there.
    #[error("expected {expected}, found `{found}`")]
    Unexpected {
        /// What.
        expected: &'static str,
        /// The beginning of what came.
        found: String,
    },
    /// The connection ended first.
    #[error("the connection ended: {0}")]
    Lost(String),
    /// Nothing came in time.
    #[error("not let in within {seconds} s")]
    Late {
        /// How long it was waited.
        seconds: u64,
    },
}

impl From<Lost> for OpenError {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost.0)
    }
}

impl OpenError {
    /// A refusal, from the packet's JSON.
    pub(crate) fn refused(data: &str) -> Self {
        let message = serde_json::from_str::<Value>(data)
            .ok()
            .and_then(|data| Some(data.get("message")?.as_str()?.to_owned()));
        Self::Refused {
            message: shown(message.as_deref().unwrap_or(data)),
        }
    }

    /// Something unexpected.
    pub(crate) fn unexpected(expected: &'static str, found: &str) -> Self {
        Self::Unexpected {
            expected,
            found: shown(found),
        }
    }

    /// An answer with another status.
    pub(crate) fn http(status: u16, body: &[u8]) -> Self {
        Self::Http {
            status,
            body: shown(&String::from_utf8_lossy(body)),
        }
    }

    /// Under what it is counted: for refusals the text before the colon, which is a code on fs7.
    pub(crate) fn code(&self) -> String {
        match self {
            Self::Dial(error) => format!("tcp_{}", kind(error)),
            Self::Http { status, .. } => format!("http_{status}"),
            Self::Refused { message } => {
                let code = message.split(':').next().unwrap_or_default();
                code.replace(' ', "_")
            }
            Self::Unexpected { .. } => "protocol".to_owned(),
            Self::Lost(_) => LOST.to_owned(),
            Self::Late { .. } => "late".to_owned(),
        }
    }

    /// Whether the token is at fault: another one may do.
    pub(crate) fn is_of_token(&self) -> bool {
        let codes = ["token_invalid", "token_expired", "token_used"];
        codes.contains(&self.code().as_str())
    }

    /// Whether the same attempt may succeed later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Dial(_) | Self::Lost(_) | Self::Late { .. } => true,
            Self::Http { status, .. } => *status == 429 || *status >= 500,
            Self::Refused { .. } => {
                let code = self.code();
                [
                    "busy",
                    "rate_limited",
                    "shutting_down",
                    "connections_per_principal",
                ]
                .contains(&code.as_str())
            }
            Self::Unexpected { .. } => false,
        }
    }
}

fn kind(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "refused",
        io::ErrorKind::ConnectionReset => "reset",
        io::ErrorKind::TimedOut => "timed_out",
        io::ErrorKind::AddrNotAvailable => "no_address_left",
        _ => "failed",
    }
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_codes_and_may_pass() {
        let refused = |message: &str| OpenError::refused(&format!("{{\"message\":\"{message}\"}}"));
        for (error, code, is_of_token, is_passing) in [
            (refused("token_used: x"), "token_used", true, false),
            (refused("busy: later"), "busy", false, true),
            (
                refused("Invalid namespace"),
                "Invalid_namespace",
                false,
                false,
            ),
            (OpenError::http(503, b"x"), "http_503", false, true),
            (OpenError::http(429, b"x"), "http_429", false, true),
            (OpenError::http(403, b"x"), "http_403", false, false),
            (OpenError::Lost("x".into()), "connection_lost", false, true),
            (OpenError::Late { seconds: 1 }, "late", false, true),
            (OpenError::unexpected("a", "b"), "protocol", false, false),
            (
                OpenError::Dial(io::ErrorKind::ConnectionRefused.into()),
                "tcp_refused",
                false,
                true,
            ),
        ] {
            assert_eq!(error.code(), code);
            assert_eq!(error.is_of_token(), is_of_token, "{code}");
            assert_eq!(error.is_passing(), is_passing, "{code}");
        }
    }
}
