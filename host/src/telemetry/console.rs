//! The console: log lines for people on standard error. It is never waited for: when whoever
//! reads it has stopped reading, lines are dropped, for logging runs ahead of everything else.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tracing_subscriber::fmt::MakeWriter;

/// Longest console line: a pipe that reports room takes that much without blocking (POSIX,
/// `PIPE_BUF`).
const LINE_BYTES_MAX: usize = 4_096;
/// How long one line may wait for its reader; the next ones do not wait until it reads again.
const WAIT_MS: i64 = 100;

/// Standard error as a place for log lines. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct ConsoleWriter {
    stuck: Arc<AtomicBool>,
}

impl ConsoleWriter {
    fn writable(&self) -> bool {
        let wait_ms = if self.stuck.load(Ordering::Relaxed) {
            0
        } else {
            WAIT_MS
        };
        let wait = Timespec {
            tv_sec: 0,
            tv_nsec: wait_ms * 1_000_000,
        };
        let stderr = io::stderr();
        let mut polled = [PollFd::new(&stderr, PollFlags::OUT)];
        let ready = poll(&mut polled, Some(&wait)).is_ok_and(|count| count > 0);
        self.stuck.store(!ready, Ordering::Relaxed);
        ready
    }
}

impl<'a> MakeWriter<'a> for ConsoleWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for ConsoleWriter {
    /// Takes one line. A console that is gone or stuck is no error: the log file has the line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.writable() {
            let mut stderr = io::stderr().lock();
            let _ = match line.get(..LINE_BYTES_MAX - 1) {
                Some(start) if line.len() > LINE_BYTES_MAX => {
                    stderr.write_all(&[start, b"\n"].concat())
                }
                _ => stderr.write_all(line),
            };
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Tells something on the console that the log itself cannot carry.
pub(super) fn tell(words: &str) {
    let _ = ConsoleWriter::default().write(format!("warning: {words}\n").as_bytes());
}
