//! The one reader of facts: a thread that logs and counts them, so that the way of an event
//! pays for neither.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::fact::Facts;

use super::event_lines::EventLines;
use super::metrics::Metrics;

/// How often the queue is looked at while facts come in.
const BUSY_WAIT: Duration = Duration::from_millis(5);

/// How long the thread may sleep while none come in; the next fact wakes it.
const IDLE_WAIT: Duration = Duration::from_secs(60);

/// Looks without a fact after which the thread sleeps long.
const IDLE_LOOKS: u32 = 20;

/// The running thread.
pub struct FactWriter {
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FactWriter {
    /// Starts the thread.
    ///
    /// # Errors
    /// Fails when the system gives no thread.
    pub fn start(facts: Facts, metrics: Arc<Metrics>) -> std::io::Result<Self> {
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = stopping.clone();
        let thread = std::thread::Builder::new()
            .name("fs7-facts".into())
            .spawn(move || run(&facts, &metrics, &stop))?;
        Ok(Self {
            stopping,
            thread: Some(thread),
        })
    }

    /// Writes what is recorded and ends the thread.
    pub fn stop(mut self) {
        self.join();
    }

    fn join(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

impl Drop for FactWriter {
    fn drop(&mut self) {
        self.join();
    }
}

fn run(facts: &Facts, metrics: &Metrics, stopping: &AtomicBool) {
    super::gather();
    let mut lines = EventLines::default();
    let mut idle_looks = 0;
    loop {
        let is_last = stopping.load(Ordering::SeqCst);
        let mut count = 0_u32;
        while let Some(fact) = facts.take() {
            metrics.count(&fact);
            fact.log(|line| super::write(&mut lines, line));
            count = count.saturating_add(1);
        }
        if count > 0 {
            idle_looks = 0;
            metrics.upkeep();
            super::flush();
        } else {
            idle_looks += 1;
        }
        if is_last {
            return;
        }
        if idle_looks < IDLE_LOOKS {
            std::thread::park_timeout(BUSY_WAIT);
        } else {
            facts.wait(IDLE_WAIT);
        }
    }
}
