//! The console: log lines for people on standard error. It is never waited for: when whoever
//! reads it has stopped reading, lines are dropped, for logging runs ahead of everything else.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tracing_subscriber::fmt::MakeWriter;

/// Most that is written at a time: a pipe that reports room takes that much without blocking
/// (POSIX, `PIPE_BUF`).
const WRITE_BYTES_MAX: usize = 4_096;
/// How long one write may wait for its reader; the next ones do not wait until it reads again.
const WAIT_MS: i64 = 100;

/// Whether the last write found no room.
static IS_STUCK: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Lines of this thread that wait for company; `None`: they go at once.
    static GATHERED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Standard error as a place for log lines. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct ConsoleWriter;

impl<'a> MakeWriter<'a> for ConsoleWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for ConsoleWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        take(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes one line. A console that is gone or stuck is no error: the log file has the line.
pub(super) fn take(line: &[u8]) {
    GATHERED.with_borrow_mut(|gathered| match gathered {
        Some(gathered) => {
            if gathered.len() + line.len() > WRITE_BYTES_MAX {
                write_out(gathered);
                gathered.clear();
            }
            gathered.extend_from_slice(line);
        }
        None => write_out(line),
    });
}

/// From now on lines of this thread are gathered until there are many, or `flush`.
pub(super) fn gather() {
    GATHERED.set(Some(Vec::with_capacity(WRITE_BYTES_MAX)));
}

/// Writes out what this thread has gathered.
pub(super) fn flush() {
    GATHERED.with_borrow_mut(|gathered| {
        if let Some(gathered) = gathered
            && !gathered.is_empty()
        {
            write_out(gathered);
            gathered.clear();
        }
    });
}

/// Tells something on the console that the log itself cannot carry.
pub(super) fn tell(words: &str) {
    write_out(format!("warning: {words}\n").as_bytes());
}

/// Writes whole lines, of one that is too long only its beginning.
fn write_out(lines: &[u8]) {
    if !is_writable() {
        return;
    }
    let mut stderr = io::stderr().lock();
    let _ = match lines.get(..WRITE_BYTES_MAX - 1) {
        Some(start) if lines.len() > WRITE_BYTES_MAX => stderr.write_all(&[start, b"\n"].concat()),
        _ => stderr.write_all(lines),
    };
}

fn is_writable() -> bool {
    let wait_ms = if IS_STUCK.load(Ordering::Relaxed) {
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
    IS_STUCK.store(!ready, Ordering::Relaxed);
    ready
}

/// What this thread has gathered.
#[cfg(test)]
pub(super) fn gathered() -> Vec<u8> {
    GATHERED.with_borrow(|gathered| gathered.clone().unwrap_or_default())
}
