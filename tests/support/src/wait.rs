//! The one waiter of the tests. It waits for something to be true, never for time to pass, and
//! says in its failure what it waited for and what it saw last.

use std::fmt::Display;
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take. Far more than it ever should: a slow machine is no failure.
pub const LIMIT: Duration = Duration::from_secs(60);
/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(5);

/// Looks until `look` gives a value. A look that gives none says what it saw instead.
///
/// # Panics
/// When that takes longer than [`LIMIT`].
#[track_caller]
pub fn until<T, S: Display>(what: &str, mut look: impl FnMut() -> Result<T, S>) -> T {
    let started = Instant::now();
    loop {
        match look() {
            Ok(value) => return value,
            Err(seen) if started.elapsed() > LIMIT => {
                panic!("waited {LIMIT:?} for {what}; last seen: {seen}")
            }
            Err(_) => thread::sleep(EVERY),
        }
    }
}

/// Looks until a condition holds.
///
/// # Panics
/// When that takes longer than [`LIMIT`].
#[track_caller]
pub fn until_true(what: &str, mut holds: impl FnMut() -> bool) {
    until(what, || if holds() { Ok(()) } else { Err("it is not so") });
}

/// Lets time pass: a slow network, and nothing that a test waits for.
pub fn delay(duration: Duration) {
    thread::sleep(duration);
}
