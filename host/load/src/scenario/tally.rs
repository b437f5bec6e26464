//! The figures of events and their answers: only those count that were due in the window.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Barrier;

use crate::error::LoadError;
use crate::measure::Recorder;
use crate::progress::{Counts, count, read};
use crate::report::{Load, Shares};

/// How long after the end answers are waited for.
const GRACE: Duration = Duration::from_secs(10);

/// When events are sent and which are measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// The load begins.
    pub(super) start: Instant,
    /// Measuring begins.
    pub(super) from: Instant,
    /// Nothing is sent any more.
    pub(super) until: Instant,
    /// Nothing is waited for any more.
    pub(super) end: Instant,
}

impl Window {
    /// One that begins now.
    pub(super) fn now(warmup: Duration, duration: Duration) -> Self {
        let start = Instant::now();
        let from = start + warmup;
        let until = from + duration;
        Self {
            start,
            from,
            until,
            end: until + GRACE,
        }
    }

    /// Whether what was due at this moment is measured.
    pub(super) fn has(&self, due: Instant) -> bool {
        due >= self.from && due < self.until
    }
}

/// What is counted and measured.
pub(super) struct Tally {
    /// When.
    pub(super) window: Window,
    counts: Arc<Counts>,
    latency: Recorder,
    late: Recorder,
    sent: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    /// Done on each connection.
    shares: Vec<AtomicU64>,
    /// When the last answer came, in microseconds since measuring began.
    last: AtomicU64,
    start: Barrier,
}

impl Tally {
    /// An empty one for so many connections.
    pub(super) fn new(
        window: Window,
        counts: &Arc<Counts>,
        connections: usize,
    ) -> Result<Self, LoadError> {
        Ok(Self {
            window,
            counts: counts.clone(),
            latency: Recorder::new()?,
            late: Recorder::new()?,
            sent: AtomicU64::new(0),
            done: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            shares: (0..connections).map(|_| AtomicU64::new(0)).collect(),
            last: AtomicU64::new(0),
            start: Barrier::new(connections),
        })
    }

    /// Waits until all clients are there, so that none is served alone at first.
    pub(super) async fn begin(&self) {
        self.start.wait().await;
    }

    /// An event that was due then leaves now.
    pub(super) fn sent(&self, who: usize, due: Instant) {
        count(&self.counts.sent);
        if self.window.has(due) {
            count(&self.sent);
            self.late.record(who, due.elapsed());
        }
    }

    /// It has come to its end, well.
    pub(super) fn done(&self, who: usize, due: Instant) {
        count(&self.counts.done);
        if self.window.has(due) {
            count(&self.done);
            self.shares.get(who).into_iter().for_each(count);
            self.latency.record(who, due.elapsed());
            let last = self.window.from.elapsed().as_micros();
            let last = u64::try_from(last).unwrap_or(u64::MAX);
            self.last.fetch_max(last, Ordering::Relaxed);
        }
    }

    /// It has failed.
    pub(super) fn failed(&self, due: Instant, code: &str) {
        self.counts.fail(code);
        if self.window.has(due) {
            count(&self.failed);
        }
    }

    /// A connection has ended without being asked to, and with it so many events.
    pub(super) fn lost(&self, dues: impl Iterator<Item = Instant>) {
        count(&self.counts.lost);
        for due in dues {
            self.failed(due, crate::connection::LOST);
        }
    }

    /// The figures.
    pub(super) fn load(&self, rate: Option<f64>, latency_is: &'static str) -> Load {
        let asked = self.window.until - self.window.from;
        // Answers that come after the end belong to the time that they took.
        let seconds = asked
            .max(Duration::from_micros(read(&self.last)))
            .as_secs_f64();
        let done = read(&self.done);
        Load {
            seconds,
            rate_asked: rate,
            sent: read(&self.sent),
            done,
            failed: read(&self.failed),
            per_second: if seconds > 0.0 {
                done as f64 / seconds
            } else {
                0.0
            },
            latency_is,
            shares: Shares::of(self.shares.iter().map(read).collect()),
            latency_us: self.latency.quantiles(),
            late_us: rate.and_then(|_| self.late.quantiles()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_due_in_the_window_is_measured() {
        let counts = Arc::new(Counts::default());
        let mut window = Window::now(Duration::ZERO, Duration::from_secs(60));
        window.from += Duration::from_secs(10);
        let tally = Tally::new(window, &counts, 2).unwrap();
        for due in [window.start, window.from, window.until] {
            tally.sent(0, due);
            tally.done(0, due);
            tally.failed(due, "busy");
        }
        let load = tally.load(Some(1.0), "");
        assert_eq!((load.sent, load.done, load.failed), (1, 1, 1));
        assert_eq!(load.latency_us.unwrap().count, 1);
        let shares = load.shares.unwrap();
        assert_eq!((shares.least, shares.median, shares.most), (0, 1, 1));
        assert_eq!(load.late_us.unwrap().count, 1);
        assert_eq!(read(&counts.sent), 3);
        assert_eq!(counts.errors()["busy"], 3);
    }

    #[test]
    fn latency_counts_from_when_it_was_due() {
        let counts = Arc::new(Counts::default());
        let mut window = Window::now(Duration::ZERO, Duration::from_secs(60));
        // The generator or the server was stuck for 5 s.
        window.from -= Duration::from_secs(5);
        let tally = Tally::new(window, &counts, 2).unwrap();
        tally.sent(0, window.from);
        tally.done(0, window.from);
        let load = tally.load(Some(1.0), "");
        assert!(load.latency_us.unwrap().min >= 4_990_000);
        assert!(load.late_us.unwrap().min >= 4_990_000);
    }
}
