//! Hands formatted log lines to the log file.

use std::io::{self, Write};
use std::sync::Arc;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use super::log_file::LogFile;

/// The log file as the formatter sees it.
pub(super) struct LineWriter(pub(super) Arc<LogFile>);

/// One line on its way; the formatter hands it over whole.
pub(super) struct Line<'a> {
    log: &'a LogFile,
    level: Level,
}

/// Gives a line to the log file. Warnings and errors are written at once: they may be the last
/// words.
pub(super) fn write(log: &LogFile, level: Level, line: &[u8]) {
    log.write_line(line);
    if level <= Level::WARN {
        log.flush();
    }
}

impl<'a> MakeWriter<'a> for LineWriter {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line {
            log: &self.0,
            level: Level::INFO,
        }
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Line<'a> {
        Line {
            log: &self.0,
            level: *event.level(),
        }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        write(self.log, self.level, line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.log.flush();
        Ok(())
    }
}
