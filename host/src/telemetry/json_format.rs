//! Lines of the log file that come through tracing.

use std::fmt;
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::json_line::JsonLine;
use super::timestamp::Stamp;

/// Formats lines of the log file.
pub(super) struct JsonFormat;

impl<S, N> FormatEvent<S, N> for JsonFormat
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
        let mut bytes = Vec::with_capacity(512);
        let mut stamp = Stamp::default();
        let time = stamp.of(SystemTime::now());
        let mut fields = Fields {
            line: JsonLine::begin(&mut bytes, time, *metadata.level()),
            result: Ok(()),
        };
        event.record(&mut fields);
        fields.result?;
        fields.line.end(metadata.target());
        line.write_str(str::from_utf8(&bytes).map_err(|_| fmt::Error)?)
    }
}

/// Writes the fields of one event behind what the line has already.
struct Fields<'a> {
    line: JsonLine<'a>,
    result: fmt::Result,
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let written = self.line.debug(name(field), value);
        self.result = self.result.and(written);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.line.text(name(field), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.line.bool(name(field), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.line.number(name(field), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.line.number(name(field), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.line.float(name(field), value);
    }
}

fn name(field: &Field) -> &'static str {
    let name = field.name();
    name.strip_prefix("r#").unwrap_or(name)
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
            let subscriber = tracing_subscriber::registry().with(layer.event_format(JsonFormat));
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
