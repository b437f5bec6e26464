//! What a guest writes: log lines through `wasi:logging`, stdout and stderr, capped per event.

use std::sync::{Arc, Mutex, PoisonError};

use crate::event::OccurrenceId;
use crate::fact::{Fact, Facts, GuestLevel};

/// Where the lines of one event go. Shared with the streams of WASI.
#[derive(Clone)]
pub(super) struct GuestLog {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    facts: Facts,
    handler: Arc<str>,
    generation: u64,
    occurrence: Option<OccurrenceId>,
    lines_left: usize,
    line_bytes: usize,
    dropped: u32,
    streams: [Vec<u8>; 2],
    /// The context of the line before: nearly always that of the next one, too.
    context: Arc<str>,
    /// Lines that wait for the event's end, if they do. Its room stays for the next event.
    held: Vec<Fact>,
    is_held: bool,
}

/// Lines for which an instance keeps room between events.
const HELD_KEPT: usize = 8;

/// Which of the two standard streams.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    /// Standard output: lines at level info.
    Stdout,
    /// Standard error: lines at level warn.
    Stderr,
}

impl GuestLog {
    /// A log for one handler.
    pub(super) fn new(facts: Facts, handler: Arc<str>, lines: usize, line_bytes: usize) -> Self {
        Self {
            inner: Arc::new(Mutex::new(Inner {
                facts,
                handler,
                generation: 0,
                occurrence: None,
                lines_left: lines,
                line_bytes,
                dropped: 0,
                streams: [Vec::new(), Vec::new()],
                context: Arc::default(),
                held: Vec::new(),
                is_held: false,
            })),
        }
    }

    /// Makes the log ready for an event.
    pub(super) fn begin_event(&self, occurrence: OccurrenceId, generation: u64, lines: usize) {
        self.with(|inner| {
            inner.occurrence = Some(occurrence);
            inner.generation = generation;
            inner.lines_left = lines;
            inner.dropped = 0;
        });
    }

    /// Lines wait for the event's end from now on, so that they can be forgotten.
    pub(super) fn hold(&self) {
        self.with(|inner| inner.is_held = true);
    }

    /// Forgets the lines that wait.
    pub(super) fn forget(&self) {
        self.with(|inner| {
            inner.is_held = false;
            inner.held.clear();
        });
    }

    /// Ends an event: what stands in the streams without a line feed becomes a line. Gives the
    /// number of lines beyond the limit.
    pub(super) fn end_event(&self) -> u32 {
        self.with(|inner| {
            for stream in [Stream::Stdout, Stream::Stderr] {
                inner.finish_line(stream);
            }
            inner.is_held = false;
            for line in inner.held.drain(..) {
                inner.facts.record(line);
            }
            inner.held.shrink_to(HELD_KEPT);
            inner.dropped
        })
    }

    /// Writes one line.
    pub(super) fn line(&self, level: GuestLevel, context: &str, message: &str) {
        self.with(|inner| inner.line(level, context, message));
    }

    /// Takes bytes of a standard stream; each line feed ends a line.
    pub(super) fn bytes(&self, stream: Stream, bytes: &[u8]) {
        self.with(|inner| inner.bytes(stream, bytes));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    fn line(&mut self, level: GuestLevel, context: &str, message: &str) {
        if self.lines_left == 0 {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        self.lines_left -= 1;
        if *self.context != *context {
            self.context = Arc::from(cut(context, 256));
        }
        let line = Fact::GuestLogged {
            occurrence: self.occurrence,
            handler: self.handler.clone(),
            generation: self.generation,
            level,
            context: self.context.clone(),
            message: cut(message, self.line_bytes),
        };
        if self.is_held {
            self.held.push(line);
        } else {
            self.facts.record(line);
        }
    }

    fn buffer(&mut self, stream: Stream) -> &mut Vec<u8> {
        let [stdout, stderr] = &mut self.streams;
        match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
        }
    }

    fn bytes(&mut self, stream: Stream, bytes: &[u8]) {
        for (index, part) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if index > 0 {
                self.finish_line(stream);
            }
            let line_bytes = self.line_bytes;
            let buffer = self.buffer(stream);
            let room = line_bytes.saturating_sub(buffer.len());
            buffer.extend(part.iter().take(room));
        }
    }

    fn finish_line(&mut self, stream: Stream) {
        let line = std::mem::take(self.buffer(stream));
        if line.is_empty() {
            return;
        }
        let (level, context) = match stream {
            Stream::Stdout => (GuestLevel::Info, "stdout"),
            Stream::Stderr => (GuestLevel::Warn, "stderr"),
        };
        self.line(level, context, &String::from_utf8_lossy(&line));
    }
}

/// The text, or its beginning up to `bytes` with an ellipsis.
fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes);
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(facts: &Facts) -> Vec<String> {
        std::iter::from_fn(|| facts.take())
            .map(|fact| match fact {
                Fact::GuestLogged {
                    context, message, ..
                } => format!("{context}: {message}"),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn streams_become_lines_and_the_rest_is_counted() {
        let facts = Facts::new(100, 1 << 20);
        let log = GuestLog::new(facts.clone(), Arc::from("h"), 3, 8);
        log.begin_event(OccurrenceId::next(), 1, 3);
        log.bytes(Stream::Stdout, b"one\ntw");
        log.bytes(Stream::Stderr, b"oops\n\n");
        log.bytes(Stream::Stdout, b"o 12345678\nfour\nfive");
        assert_eq!(log.end_event(), 2);
        assert_eq!(
            lines(&facts),
            ["stdout: one", "stderr: oops", "stdout: two 1234"]
        );
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        assert_eq!(cut("äöü", 3), "ä…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
