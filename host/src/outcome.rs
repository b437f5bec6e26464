//! The outcome: the one end of an event, and the words that its sender reads.

use serde::Serialize;

use crate::event::{Args, OccurrenceId};

/// Machine-readable reason of a refusal. Each has one HTTP status; both are part of the
/// interface and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Nobody answers this event.
    UnknownEvent,
    /// The arguments are not what they must be.
    InvalidPayload,
    /// The handler said no.
    Rejected,
    /// The sender may not do this.
    Forbidden,
    /// The host is at a limit; try again later.
    Busy,
    /// Too many events in too short a time.
    RateLimited,
    /// A message beyond the size limit.
    TooLarge,
    /// The handler did not answer in time.
    DeadlineExceeded,
    /// The handler ended without an answer.
    HandlerFailed,
    /// One of the six names that Socket.IO reserves, or one that begins with `fs7:`.
    ReservedEvent,
    /// The API key is missing or wrong.
    Unauthorized,
    /// The request, or what it names, is not one that the interface knows.
    NotFound,
    /// A reconnect token that is none of this server's.
    TokenInvalid,
    /// A reconnect token whose time is over.
    TokenExpired,
    /// A reconnect token that was used before.
    TokenUsed,
    /// The path does not take this method.
    MethodNotAllowed,
}

impl Code {
    /// The code as clients read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownEvent => "unknown_event",
            Self::InvalidPayload => "invalid_payload",
            Self::Rejected => "rejected",
            Self::Forbidden => "forbidden",
            Self::Busy => "busy",
            Self::RateLimited => "rate_limited",
            Self::TooLarge => "too_large",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::HandlerFailed => "handler_failed",
            Self::ReservedEvent => "reserved_event",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not_found",
            Self::TokenInvalid => "token_invalid",
            Self::TokenExpired => "token_expired",
            Self::TokenUsed => "token_used",
            Self::MethodNotAllowed => "method_not_allowed",
        }
    }

    /// The HTTP status that stands for the code.
    pub fn status(self) -> u16 {
        match self {
            Self::UnknownEvent | Self::NotFound => 404,
            Self::InvalidPayload => 422,
            Self::Rejected => 409,
            Self::Forbidden => 403,
            Self::Busy => 503,
            Self::RateLimited => 429,
            Self::TooLarge => 413,
            Self::DeadlineExceeded => 504,
            Self::HandlerFailed => 500,
            Self::ReservedEvent => 400,
            Self::Unauthorized | Self::TokenInvalid => 401,
            Self::TokenExpired | Self::TokenUsed => 410,
            Self::MethodNotAllowed => 405,
        }
    }

    /// The code in a few words, the `title` of RFC 9457.
    pub fn title(self) -> &'static str {
        match self {
            Self::UnknownEvent => "Unknown event",
            Self::InvalidPayload => "Invalid payload",
            Self::Rejected => "Rejected",
            Self::Forbidden => "Forbidden",
            Self::Busy => "Busy",
            Self::RateLimited => "Rate limited",
            Self::TooLarge => "Too large",
            Self::DeadlineExceeded => "Deadline exceeded",
            Self::HandlerFailed => "Handler failed",
            Self::ReservedEvent => "Reserved event",
            Self::Unauthorized => "Unauthorized",
            Self::NotFound => "Not found",
            Self::TokenInvalid => "Token invalid",
            Self::TokenExpired => "Token expired",
            Self::TokenUsed => "Token used",
            Self::MethodNotAllowed => "Method not allowed",
        }
    }
}

/// One thing wrong with the arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// JSON pointer (RFC 6901) into the arguments.
    pub pointer: String,
    /// The rule's name.
    pub rule: String,
    /// The rule in words.
    pub message: String,
}

/// The refusal of one event, in words that are safe to show to its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Machine-readable reason.
    pub code: Code,
    /// Words for people.
    pub message: String,
    /// What was wrong in detail; mostly empty.
    pub violations: Vec<Violation>,
    /// When it may be tried again, in milliseconds from now, where that is known.
    pub retry_after_ms: Option<u64>,
    /// The limit that was reached, by its name in the settings.
    pub limit: Option<&'static str>,
}

impl Rejection {
    /// A refusal without details.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            violations: Vec::new(),
            retry_after_ms: None,
            limit: None,
        }
    }

    /// A refusal because a limit was reached.
    pub fn at_limit(code: Code, limit: &'static str, message: impl Into<String>) -> Self {
        Self {
            limit: Some(limit),
            ..Self::new(code, message)
        }
    }

    /// The object that acks, `error_event` and HTTP responses carry.
    pub fn body(&self, occurrence: OccurrenceId) -> ErrorBody<'_> {
        ErrorBody {
            status: "error",
            code: self.code.as_str(),
            message: &self.message,
            errors: &self.violations,
            retry_after_ms: self.retry_after_ms,
            limit: self.limit,
            occurrence_id: occurrence.to_string(),
        }
    }
}

/// What a client reads of a failure.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorBody<'a> {
    /// Always `error`.
    pub status: &'static str,
    /// Machine-readable reason.
    pub code: &'static str,
    /// Words for people.
    pub message: &'a str,
    /// What was wrong in detail.
    pub errors: &'a [Violation],
    /// When it may be tried again, in milliseconds from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The limit that was reached, by its name in the settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<&'static str>,
    /// Joins this answer with the log.
    pub occurrence_id: String,
}

/// How a handler broke down, as logs and metrics name it. Senders read only
/// `handler_failed` or `deadline_exceeded`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The guest trapped: a panic, an abort, an exit.
    Trap,
    /// The guest did not answer within the deadline.
    Deadline,
    /// The guest asked for more memory than it may have and could not go on.
    Memory,
    /// The guest's stack ran out.
    Stack,
    /// The reply or an argument list is over the output limit.
    Output,
    /// More effects, or larger ones, than one event may have.
    Effects,
    /// The reply is not what the wire can carry.
    InvalidReply,
    /// The reply, or an emit, is not what the contract says.
    Contract,
    /// The host could not run the guest at all.
    Host,
}

impl FailureKind {
    /// The kind's name in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::Deadline => "deadline",
            Self::Memory => "memory",
            Self::Stack => "stack",
            Self::Output => "output",
            Self::Effects => "effects",
            Self::InvalidReply => "invalid_reply",
            Self::Contract => "contract",
            Self::Host => "host",
        }
    }

    /// The limit that was reached, where it was one, by its name in the settings.
    pub fn limit(self) -> Option<&'static str> {
        match self {
            Self::Deadline => Some("deadline_ms"),
            Self::Memory => Some("guest_memory_bytes"),
            Self::Output => Some("output_bytes"),
            Self::Effects => Some("effects"),
            _ => None,
        }
    }
}

/// A breakdown of a handler: one event is lost, nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind.
    pub kind: FailureKind,
    /// For the log: internals that no client sees.
    pub detail: String,
}

impl Failure {
    /// A failure with its detail.
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }

    /// What the sender reads.
    pub fn rejection(&self) -> Rejection {
        match self.kind {
            FailureKind::Deadline => {
                Rejection::new(Code::DeadlineExceeded, "the handler did not answer in time")
            }
            _ => Rejection::new(
                Code::HandlerFailed,
                "the handler failed; the log has the reason",
            ),
        }
    }
}

/// The one end of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The handler accepted the event; its effects are committed.
    Replied(Option<Args>),
    /// The host or the handler said no.
    Rejected(Rejection),
    /// The handler broke down.
    Failed(Failure),
}

impl Outcome {
    /// The outcome's name in logs and metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Replied(_) => "replied",
            Self::Rejected(_) => "rejected",
            Self::Failed(_) => "failed",
        }
    }

    /// What went wrong, as its sender reads it; `None` for a reply.
    pub fn rejection(&self) -> Option<Rejection> {
        match self {
            Self::Replied(_) => None,
            Self::Rejected(rejection) => Some(rejection.clone()),
            Self::Failed(failure) => Some(failure.rejection()),
        }
    }
}
