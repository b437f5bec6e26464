//! The two lines that every event leaves: as data, which the reader of facts writes itself.
//! Tracing's way of a line, through callsite, dispatch, layers and formatting by visitors, took
//! four times the instructions (docs/bench.md).

use std::time::Duration;

use tracing::Level;

use super::super::{EventEnded, Fact, GuestLevel};

use Value::{Absent, Id, Number, Shown, Text, Us, Word};

/// A line of the log.
pub(crate) struct Line<'a> {
    /// How severe.
    pub(crate) level: Level,
    /// What happened.
    pub(crate) message: &'static str,
    /// Names and values, in their order.
    pub(crate) fields: &'a [(&'static str, Value<'a>)],
}

/// The value of a field.
pub(crate) enum Value<'a> {
    /// A word of the host's own, of letters, digits and underscores; quoted like a text.
    Word(&'static str),
    /// A text, quoted wherever it is written.
    Text(&'a str),
    /// A text that people read as it is.
    Shown(&'a str),
    /// The digits of an occurrence's id.
    Id([u8; 28]),
    /// A whole number.
    Number(u64),
    /// A duration, in microseconds.
    Us(Duration),
    /// None: the field is not written.
    Absent,
}

fn text(text: Option<&str>) -> Value<'_> {
    text.map_or(Absent, Text)
}

fn word(word: Option<&'static str>) -> Value<'static> {
    word.map_or(Absent, Word)
}

impl Fact {
    /// The line of `GuestLogged`.
    pub(super) fn guest_logged(&self, write: impl FnOnce(&Line<'_>)) {
        let Self::GuestLogged {
            occurrence,
            handler,
            generation,
            level,
            context,
            message,
        } = self
        else {
            return;
        };
        let id = occurrence.map_or(Shown(""), |id| Id(id.digits()));
        write(&Line {
            level: match level {
                GuestLevel::Trace => Level::TRACE,
                GuestLevel::Debug => Level::DEBUG,
                GuestLevel::Info => Level::INFO,
                GuestLevel::Warn => Level::WARN,
                GuestLevel::Error | GuestLevel::Critical => Level::ERROR,
            },
            message: "handler logged",
            fields: &[
                ("fact", Word("guest_logged")),
                ("handler", Shown(handler)),
                ("generation", Number(*generation)),
                ("occurrence_id", id),
                ("context", Shown(context)),
                ("text", Shown(message)),
            ],
        });
    }
}

/// The line of `EventEnded`.
pub(super) fn ended(ended: &EventEnded, write: impl FnOnce(&Line<'_>)) {
    let EventEnded {
        occurrence,
        namespace,
        event,
        origin,
        connection,
        handler,
        generation,
        outcome,
        code,
        detail,
        limit,
        duration,
        peak_memory_bytes,
        delivered,
        undelivered,
        log_lines_dropped,
        traceparent,
    } = ended;
    let connection = connection.as_ref().map(|id| id.as_str());
    write(&Line {
        // A handler that breaks down is its author's business, and nothing is wrong with the host.
        level: match *outcome {
            "failed" => Level::WARN,
            _ => Level::DEBUG,
        },
        message: "event ended",
        fields: &[
            ("fact", Word("event_ended")),
            ("occurrence_id", Id(occurrence.digits())),
            ("namespace", Shown(namespace)),
            ("event", Shown(event)),
            ("origin", Word(origin)),
            ("connection", text(connection)),
            ("handler", text(handler.as_deref())),
            ("generation", Number(*generation)),
            ("outcome", Word(outcome)),
            ("code", word(*code)),
            ("detail", text(detail.as_deref())),
            ("limit", word(*limit)),
            ("duration_us", Us(*duration)),
            ("peak_memory_bytes", Number(*peak_memory_bytes as u64)),
            ("delivered", Number((*delivered).into())),
            ("undelivered", Number((*undelivered).into())),
            ("log_lines_dropped", Number((*log_lines_dropped).into())),
            ("traceparent", text(traceparent.as_deref())),
        ],
    });
}
