//! Log lines as JSON objects, one on a line: `timestamp`, `level`, `message`, the fields of the
//! fact in their order, `target`.
//!
//! It is the shape of tracing-subscriber's own JSON lines with flat fields, written straight into
//! the line. Theirs goes through a serializer that checks every piece for UTF-8; with two lines
//! per event that was a tenth of what an event costs (docs/bench.md).

use std::fmt::{self, Write as _};
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::timestamp;

/// Formats lines of the log file.
pub(super) struct JsonLine;

impl<S, N> FormatEvent<S, N> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        line.write_str("{\"timestamp\":\"")?;
        timestamp::write_rfc3339_us(&mut line, SystemTime::now())?;
        line.write_str("\",\"level\":\"")?;
        line.write_str(metadata.level().as_str())?;
        line.write_char('"')?;
        let mut fields = Fields {
            line: &mut line,
            result: Ok(()),
        };
        event.record(&mut fields);
        fields.result?;
        line.write_str(",\"target\":")?;
        write_text(&mut line, metadata.target())?;
        line.write_str("}\n")
    }
}

/// Writes the fields of one event behind what the line has already.
struct Fields<'a, W> {
    line: &'a mut W,
    result: fmt::Result,
}

impl<W: fmt::Write> Fields<'_, W> {
    /// A field, unless one before it could not be written.
    fn field(&mut self, field: &Field, value: impl FnOnce(&mut W) -> fmt::Result) {
        if self.result.is_err() {
            return;
        }
        // Names are those of Rust identifiers.
        let name = field.name();
        let name = name.strip_prefix("r#").unwrap_or(name);
        self.result = self
            .line
            .write_str(",\"")
            .and_then(|()| self.line.write_str(name))
            .and_then(|()| self.line.write_str("\":"))
            .and_then(|()| value(self.line));
    }
}

impl<W: fmt::Write> Visit for Fields<'_, W> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.field(field, |line| {
            line.write_char('"')?;
            write!(Escaped(line), "{value:?}")?;
            line.write_char('"')
        });
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field, |line| write_text(line, value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.field(field, |line| {
            line.write_str(if value { "true" } else { "false" })
        });
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.field(field, |line| write!(line, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.field(field, |line| write!(line, "{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.field(field, |line| {
            if value.is_finite() {
                write!(line, "{value:?}")
            } else {
                // JSON has no other numbers (RFC 8259, section 6).
                line.write_str("null")
            }
        });
    }
}

fn write_text(line: &mut impl fmt::Write, text: &str) -> fmt::Result {
    line.write_char('"')?;
    Escaped(&mut *line).write_str(text)?;
    line.write_char('"')
}

/// Text inside a JSON string (RFC 8259, section 7).
struct Escaped<'a, W>(&'a mut W);

impl<W: fmt::Write> fmt::Write for Escaped<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
        let mut rest = text;
        while let Some(at) = rest.bytes().position(is_special) {
            // What is special is ASCII: a boundary of characters lies on either side.
            let (plain, special) = rest.split_at(at);
            self.0.write_str(plain)?;
            let (special, after) = special.split_at(1);
            match special {
                "\"" => self.0.write_str("\\\"")?,
                "\\" => self.0.write_str("\\\\")?,
                "\n" => self.0.write_str("\\n")?,
                "\r" => self.0.write_str("\\r")?,
                "\t" => self.0.write_str("\\t")?,
                control => {
                    for byte in control.bytes() {
                        write!(self.0, "\\u{byte:04x}")?;
                    }
                }
            }
            rest = after;
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The line of what is logged, by our formatter or by the one whose shape it has.
    fn line_of(is_ours: bool, log: impl FnOnce()) -> String {
        let lines = Lines::default();
        let written = lines.clone();
        let writer = move || written.clone();
        let layer = tracing_subscriber::fmt::layer().with_writer(writer);
        if is_ours {
            let subscriber = tracing_subscriber::registry().with(layer.event_format(JsonLine));
            tracing::subscriber::with_default(subscriber, log);
        } else {
            let json = layer.json().flatten_event(true).with_current_span(false);
            let json = json.with_span_list(false);
            let subscriber = tracing_subscriber::registry().with(json);
            tracing::subscriber::with_default(subscriber, log);
        }
        let text = lines.0.lock().unwrap().clone();
        String::from_utf8(text).unwrap()
    }

    fn log_everything() {
        let nothing: Option<&str> = None;
        let every: String = (0..=0xff).map(char::from).collect();
        let error: &(dyn std::error::Error + 'static) = &fmt::Error;
        tracing::info!(
            text = "a \"quoted\" \\ path\n\tand ünïcödé 🦀",
            every = %every,
            shown = %format_args!("{}\u{1}", 7),
            debugged = ?["a", "b\n"],
            r#type = "keyword",
            yes = true,
            count = u64::MAX,
            below = i64::MIN,
            whole = 1.0,
            part = 0.1,
            tiny = 1e-9,
            huge = 1e22,
            none = nothing,
            not_a_number = f64::NAN,
            error,
            "something {}", "happened"
        );
    }

    #[test]
    fn lines_have_the_shape_of_the_librarys() {
        let [ours, theirs] = [true, false].map(|is_ours| line_of(is_ours, log_everything));
        assert!(ours.ends_with("}\n"), "{ours}");
        assert_eq!(ours.lines().count(), 1, "{ours}");
        // In their order, but for the time.
        let parse = |line: &str| {
            let mut line: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
            let time = line.insert("timestamp".to_owned(), serde_json::Value::Null);
            let time = time.unwrap().as_str().unwrap().len();
            (time, line.into_iter().collect::<Vec<_>>())
        };
        assert_eq!(parse(&ours), parse(&theirs));
    }
}
