//! The lines that every event leaves, on their way to where all log lines go: the log file and
//! the console. What they look like and who gets them is as if they came through tracing.

use std::time::SystemTime;

use tracing::Level;

use super::json_line::JsonLine;
use super::text_line::TextLine;
use super::timestamp::Stamp;
use super::{CONSOLE_LEVEL, Console, Sinks, console, line_writer};
use crate::fact::log::TARGET;
use crate::fact::log::per_event::{Line, Value};

/// Who gets which lines.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// The level of the log file.
    pub(super) file_level: Level,
    /// Whether the console shows any.
    pub(super) console: Console,
}

/// Puts lines together, one after the other.
#[derive(Default)]
pub(super) struct EventLines {
    stamp: Stamp,
    json: Vec<u8>,
    text: Vec<u8>,
}

impl EventLines {
    /// Writes one line to those who want it.
    pub(super) fn write(&mut self, sinks: &Sinks, line: &Line<'_>) {
        self.format(sinks.wanted, SystemTime::now(), line);
        if !self.json.is_empty() {
            line_writer::write(&sinks.log_file, line.level, &self.json);
        }
        if !self.text.is_empty() {
            console::take(&self.text);
        }
    }

    /// The line as JSON and as text, each of them empty where nobody wants it.
    fn format(&mut self, wanted: Wanted, time: SystemTime, line: &Line<'_>) {
        self.json.clear();
        self.text.clear();
        let time = self.stamp.of(time);
        if line.level <= wanted.file_level {
            write_json(&mut self.json, time, line);
        }
        if wanted.console == Console::Lines && line.level <= CONSOLE_LEVEL {
            write_text(&mut self.text, time, line);
        }
    }
}

fn write_json(bytes: &mut Vec<u8>, time: &[u8], line: &Line<'_>) {
    let mut json = JsonLine::begin(bytes, time, line.level);
    json.word("message", line.message.as_bytes());
    for (name, value) in line.fields {
        match value {
            Value::Word(word) => json.word(name, word.as_bytes()),
            Value::Text(text) | Value::Shown(text) => json.text(name, text),
            Value::Id(id) => json.word(name, id),
            Value::Number(number) => json.number(name, *number),
            Value::Us(duration) => json.duration_us(name, *duration),
            Value::Absent => {}
        }
    }
    json.end(TARGET);
}

fn write_text(bytes: &mut Vec<u8>, time: &[u8], line: &Line<'_>) {
    let mut text = TextLine::begin(bytes, time, line.level, line.message);
    for (name, value) in line.fields {
        match value {
            Value::Word(word) => text.word(name, word),
            Value::Text(quoted) => text.debug(name, quoted),
            Value::Shown(shown) => text.plain(name, shown.as_bytes()),
            Value::Id(id) => text.plain(name, id),
            Value::Number(number) => text.number(name, *number),
            Value::Us(duration) => text.duration_us(name, *duration),
            Value::Absent => {}
        }
    }
    text.end();
}

#[cfg(test)]
mod tests;
