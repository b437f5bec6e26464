//! Log lines for people, as tracing-subscriber's compact format has them without colours and
//! targets: time, level, message, fields.

use std::io::Write as _;
use std::time::Duration;

use tracing::Level;

use super::timestamp;

/// A line that is written.
pub(super) struct TextLine<'a> {
    bytes: &'a mut Vec<u8>,
}

impl<'a> TextLine<'a> {
    /// Begins a line of that time.
    pub(super) fn begin(bytes: &'a mut Vec<u8>, time: &[u8], level: Level, message: &str) -> Self {
        bytes.extend_from_slice(time);
        let level = level.as_str();
        // All are as wide as the widest.
        bytes.extend_from_slice(if level.len() < 5 { b"  " } else { b" " });
        bytes.extend_from_slice(level.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(message.as_bytes());
        Self { bytes }
    }

    /// A text in which nothing is special, between quotation marks.
    pub(super) fn word(&mut self, name: &str, word: &str) {
        self.name(name);
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(word.as_bytes());
        self.bytes.push(b'"');
    }

    /// What a text's `Debug` writes.
    pub(super) fn debug(&mut self, name: &str, text: &str) {
        self.name(name);
        // Memory takes everything.
        let _ = write!(self.bytes, "{text:?}");
    }

    /// A text as it is.
    pub(super) fn plain(&mut self, name: &str, text: &[u8]) {
        self.name(name);
        self.bytes.extend_from_slice(text);
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &str, number: u64) {
        self.plain(name, itoa::Buffer::new().format(number).as_bytes());
    }

    /// A duration in microseconds.
    pub(super) fn duration_us(&mut self, name: &str, duration: Duration) {
        self.name(name);
        timestamp::write_us(self.bytes, duration);
    }

    /// Ends the line.
    pub(super) fn end(self) {
        self.bytes.push(b'\n');
    }

    fn name(&mut self, name: &str) {
        self.bytes.push(b' ');
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(b'=');
    }
}
