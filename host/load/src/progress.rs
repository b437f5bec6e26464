//! What has happened so far, and a line of it per second for whoever looks on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

/// How often a line is said.
const EVERY: Duration = Duration::from_secs(1);
/// Codes of errors that are told apart; more are counted as `other`.
const CODES_MAX: usize = 64;

/// Counts that all tasks of a run share.
#[derive(Default)]
pub(crate) struct Counts {
    /// Connections that are open.
    pub(crate) open: AtomicU64,
    /// Connections that ended without being asked to.
    pub(crate) lost: AtomicU64,
    /// Pings that were answered.
    pub(crate) pings: AtomicU64,
    /// What was sent, warm-up included.
    pub(crate) sent: AtomicU64,
    /// What came to its end well, warm-up included.
    pub(crate) done: AtomicU64,
    /// What failed, warm-up included.
    pub(crate) failed: AtomicU64,
    errors: Mutex<BTreeMap<String, u64>>,
}

impl Counts {
    /// Counts a failure by its code.
    pub(crate) fn fail(&self, code: &str) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        self.note(code, 1);
    }

    /// Counts errors by their code, without a failure.
    pub(crate) fn note(&self, code: &str, count: u64) {
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = errors.contains_key(code) || errors.len() < CODES_MAX;
        let code = if is_known { code } else { "other" };
        *errors.entry(code.to_owned()).or_default() += count;
    }

    /// Errors so far, by code.
    pub(crate) fn errors(&self) -> BTreeMap<String, u64> {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        errors.clone()
    }
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Takes one away.
pub(crate) fn uncount(counter: &AtomicU64) {
    counter.fetch_sub(1, Ordering::Relaxed);
}

/// How much it counts.
pub(crate) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// Says lines until it is dropped.
pub(crate) struct Progress {
    task: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to say lines, where anybody wants them.
    pub(crate) fn start(counts: &Arc<Counts>, say: Option<fn(&str)>) -> Self {
        let counts = counts.clone();
        let task = say.map(|say| {
            tokio::spawn(async move {
                let started = Instant::now();
                let mut ticks = tokio::time::interval(EVERY);
                ticks.tick().await;
                let mut before = 0;
                loop {
                    ticks.tick().await;
                    let done = read(&counts.done);
                    say(&line(
                        &counts,
                        started.elapsed(),
                        done.saturating_sub(before),
                    ));
                    before = done;
                }
            })
        });
        Self { task }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

fn line(counts: &Counts, elapsed: Duration, per_second: u64) -> String {
    format!(
        "{:>4} s  {} open  {} sent  {} done ({per_second}/s)  {} failed  {} lost",
        elapsed.as_secs(),
        read(&counts.open),
        read(&counts.sent),
        read(&counts.done),
        read(&counts.failed),
        read(&counts.lost),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_by_code_and_codes_are_bounded() {
        let counts = Counts::default();
        for number in 0..200 {
            counts.fail(&format!("code_{number}"));
        }
        counts.fail("code_0");
        let errors = counts.errors();
        assert_eq!(read(&counts.failed), 201);
        assert_eq!(errors.values().sum::<u64>(), 201);
        assert_eq!(errors["code_0"], 2);
        assert_eq!(errors["other"], 136);
        assert_eq!(
            line(&counts, Duration::from_secs(3), 7),
            "   3 s  0 open  0 sent  0 done (7/s)  201 failed  0 lost"
        );
    }
}
