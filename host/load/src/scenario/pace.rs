//! The pace of an open loop: a thread that says to clients in turn when their next event is due,
//! whatever became of those before. Timers of the runtime are good for milliseconds only; a thread
//! that sleeps is good for tenths of one.

use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::tally::Tally;

/// Events that are due and have not left, per client; more fail as `generator_behind`.
const DUES_MAX: usize = 1_024;

/// When events are due, for one client.
pub(super) type Dues = mpsc::Receiver<Instant>;

/// Begins to say when events are due, to so many clients, until the window's end.
pub(super) fn start(rate: f64, clients: usize, tally: &std::sync::Arc<Tally>) -> Vec<Dues> {
    let (senders, receivers): (Vec<_>, Vec<_>) =
        (0..clients).map(|_| mpsc::channel(DUES_MAX)).unzip();
    let tally = tally.clone();
    // It ends by itself at the window's end, and nobody waits for it.
    drop(tokio::task::spawn_blocking(move || {
        for (number, sender) in (0_u64..).zip(senders.iter().cycle()) {
            let due = tally.window.start + after(rate, number);
            if due >= tally.window.until || senders.iter().all(mpsc::Sender::is_closed) {
                return;
            }
            let wait = due.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                thread::sleep(wait);
            }
            // A client that is gone has its events fail too: they were asked for.
            if let Err(error) = sender.try_send(due) {
                let code = match error {
                    mpsc::error::TrySendError::Full(_) => "generator_behind",
                    mpsc::error::TrySendError::Closed(_) => "client_gone",
                };
                tally.failed(due, code);
            }
        }
    }));
    receivers
}

/// When the event of this number is due, after the start.
fn after(rate: f64, number: u64) -> Duration {
    Duration::try_from_secs_f64(number as f64 / rate).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_due_at_even_distances() {
        assert_eq!(after(1_000.0, 0), Duration::ZERO);
        assert_eq!(after(1_000.0, 1), Duration::from_millis(1));
        assert_eq!(after(0.5, 3), Duration::from_secs(6));
        // No error adds up over a day.
        let day = 86_400 * 3_000;
        assert_eq!(after(3_000.0, day), Duration::from_secs(86_400));
    }
}
