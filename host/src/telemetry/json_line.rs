//! Log lines as JSON objects, one on a line: `timestamp`, `level`, `message`, the fields of the
//! fact in their order, `target`.
//!
//! It is the shape of tracing-subscriber's own JSON lines with flat fields, written straight into
//! the line. Theirs goes through a serializer that checks every piece for UTF-8; with two lines
//! per event that was a tenth of what an event costs (docs/bench.md).

use std::fmt;
use std::io::Write as _;
use std::time::Duration;

use tracing::Level;

use super::timestamp;

/// A line that is written; in `bytes` may stand others before it.
pub(super) struct JsonLine<'a> {
    bytes: &'a mut Vec<u8>,
}

impl<'a> JsonLine<'a> {
    /// Begins a line of that time.
    pub(super) fn begin(bytes: &'a mut Vec<u8>, time: &[u8], level: Level) -> Self {
        bytes.extend_from_slice(b"{\"timestamp\":\"");
        bytes.extend_from_slice(time);
        bytes.extend_from_slice(b"\",\"level\":\"");
        bytes.extend_from_slice(level.as_str().as_bytes());
        bytes.push(b'"');
        Self { bytes }
    }

    /// A text.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        self.bytes.push(b'"');
        escape(self.bytes, text.as_bytes());
        self.bytes.push(b'"');
    }

    /// A text in which nothing is special.
    pub(super) fn word(&mut self, name: &str, word: &[u8]) {
        self.name(name);
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(word);
        self.bytes.push(b'"');
    }

    /// What a value's `Debug` writes, as a text.
    pub(super) fn debug(&mut self, name: &str, value: &dyn fmt::Debug) -> fmt::Result {
        self.name(name);
        self.bytes.push(b'"');
        fmt::write(&mut Escaped(self.bytes), format_args!("{value:?}"))?;
        self.bytes.push(b'"');
        Ok(())
    }

    /// `true` or `false`.
    pub(super) fn bool(&mut self, name: &str, value: bool) {
        self.plain(name, if value { "true" } else { "false" });
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &str, number: impl itoa::Integer) {
        self.plain(name, itoa::Buffer::new().format(number));
    }

    /// Any number; JSON has none that is not finite (RFC 8259, section 6).
    pub(super) fn float(&mut self, name: &str, number: f64) {
        self.name(name);
        if number.is_finite() {
            // Memory takes everything.
            let _ = write!(self.bytes, "{number:?}");
        } else {
            self.bytes.extend_from_slice(b"null");
        }
    }

    /// A duration in microseconds.
    pub(super) fn duration_us(&mut self, name: &str, duration: Duration) {
        self.name(name);
        timestamp::write_us(self.bytes, duration);
    }

    /// Ends the line, which came from there: a path of modules.
    pub(super) fn end(mut self, target: &str) {
        self.word("target", target.as_bytes());
        self.bytes.extend_from_slice(b"}\n");
    }

    fn plain(&mut self, name: &str, value: &str) {
        self.name(name);
        self.bytes.extend_from_slice(value.as_bytes());
    }

    /// Names are those of Rust's fields: nothing in them is special.
    fn name(&mut self, name: &str) {
        self.bytes.extend_from_slice(b",\"");
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b"\":");
    }
}

/// Text inside a JSON string.
struct Escaped<'a>(&'a mut Vec<u8>);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.0, text.as_bytes());
        Ok(())
    }
}

/// Appends text as it stands in a JSON string (RFC 8259, section 7).
fn escape(line: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while has_special(rest)
        && let Some(at) = rest.iter().position(is_special)
    {
        let (plain, special) = rest.split_at(at);
        line.extend_from_slice(plain);
        let Some((special, after)) = special.split_first() else {
            return;
        };
        match special {
            b'"' => line.extend_from_slice(b"\\\""),
            b'\\' => line.extend_from_slice(b"\\\\"),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            b'\t' => line.extend_from_slice(b"\\t"),
            control => {
                // Memory takes everything.
                let _ = write!(line, "\\u{control:04x}");
            }
        }
        rest = after;
    }
    line.extend_from_slice(rest);
}

/// Whether a JSON string cannot have the byte as it is.
fn is_special(byte: &u8) -> bool {
    *byte < 0x20 || *byte == b'"' || *byte == b'\\'
}

/// Whether one of the bytes is special: eight at a time, the last eight as they come.
fn has_special(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk::<8>() else {
        return text.iter().any(is_special);
    };
    let (eights, _) = text.as_chunks::<8>();
    any_special(*last) || eights.iter().any(|eight| any_special(*eight))
}

/// Whether one of eight bytes is special. The limit is taken from all of them at once: the
/// lowest byte that is below it, if any, borrows and so sets its highest bit. Bytes beyond ASCII
/// have that bit anyway, and are masked.
fn any_special(bytes: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(bytes);
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGHS;
    let equal = |other: u8| below(word ^ (ONES * u64::from(other)), 1);
    (below(word, 0x20) | equal(b'"') | equal(b'\\')) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_were_wherever_something_special_stands() {
        let check = |text: &str| {
            let mut bytes = Vec::new();
            let mut line = JsonLine { bytes: &mut bytes };
            line.text("a", text);
            let json = format!("{{{}}}", String::from_utf8(bytes).unwrap().split_off(1));
            let read: std::collections::BTreeMap<String, String> =
                serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}"));
            assert_eq!(read["a"], text, "{json}");
        };
        for length in 0..20 {
            check(&"a".repeat(length));
            for (at, special) in (0..=length).flat_map(|at| (0..=0xff).map(move |byte| (at, byte)))
            {
                let mut text = "a".repeat(length);
                text.insert(at, char::from(special));
                check(&text);
                text.insert_str(at / 2, "\"é");
                check(&text);
            }
        }
    }
}
