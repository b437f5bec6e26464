//! The epoch's ticker: the thread that interrupts guests which compute.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use wasmtime::EngineWeak;

/// How often the epoch moves on while a guest computes: the longest time that it keeps a thread
/// from others, after the first two ticks.
pub(super) const TICK: Duration = Duration::from_micros(500);

/// The same while none has computed for long lately: each tick wakes a thread. Nearly all guests
/// have answered before the second one that finds them at work.
const CALM_TICK: Duration = Duration::from_millis(2);

/// Ticks without a guest after which the ticker sleeps until the next call.
const IDLE_TICKS: u32 = 200;

/// Ticks for which it goes on at full speed after a guest was found to compute.
const BUSY_TICKS: u32 = 400;

/// The time for which the ticker asks the system at once, in nanoseconds: the least that Linux gives.
const SLICE_NS: u64 = 100_000;

/// Bytes of a thread's attributes, as far as we know them.
const ATTRIBUTES_BYTES: u32 = size_of::<libc::sched_attr>() as u32;

/// How fast the ticker ticks.
#[derive(Default)]
pub(super) struct Pace {
    /// Whether a guest was still there at its second tick, since the ticker last looked.
    is_computing: AtomicBool,
}

impl Pace {
    /// A guest is still there at its second tick.
    pub(super) fn computes(&self) {
        self.is_computing.store(true, Ordering::Relaxed);
    }
}

/// The thread that moves the epoch of all engines on, asleep while no guest runs.
pub(super) struct Ticker {
    shared: Arc<Ticking>,
    thread: Thread,
}

struct Ticking {
    engines: Mutex<Vec<EngineWeak>>,
    running: AtomicUsize,
    pace: Arc<Pace>,
    asleep: AtomicBool,
    stopped: AtomicBool,
}

/// Keeps the ticker awake while it lives.
pub(super) struct Running<'a> {
    ticker: &'a Ticker,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.ticker.shared.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Ticker {
    /// Starts the thread.
    ///
    /// # Errors
    /// Fails when the system gives none.
    pub(super) fn start() -> std::io::Result<Self> {
        let shared = Arc::new(Ticking {
            engines: Mutex::new(Vec::new()),
            running: AtomicUsize::new(0),
            pace: Arc::default(),
            asleep: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        });
        let ticking = shared.clone();
        let thread = std::thread::Builder::new()
            .name("fs7-epoch".into())
            .spawn(move || ticking.run())?
            .thread()
            .clone();
        Ok(Self { shared, thread })
    }

    /// Moves this engine's epoch on from now on.
    pub(super) fn add(&self, engine: EngineWeak) {
        lock(&self.shared.engines).push(engine);
    }

    /// What a guest that is still there at its second tick tells.
    pub(super) fn pace(&self) -> Arc<Pace> {
        self.shared.pace.clone()
    }

    /// Guests that run at this moment.
    pub(super) fn running(&self) -> usize {
        self.shared.running.load(Ordering::Relaxed)
    }

    /// Keeps the ticker awake.
    pub(super) fn enter(&self) -> Running<'_> {
        // Sequentially consistent with `Ticking::run`: either it sees this call, or this sees
        // that it sleeps.
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.wake();
        }
        Running { ticker: self }
    }

    fn wake(&self) {
        self.shared.asleep.store(false, Ordering::SeqCst);
        self.thread.unpark();
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.wake();
    }
}

impl Ticking {
    fn run(&self) {
        be_prompt();
        let mut idle_ticks = 0;
        let mut busy_ticks = 0_u32;
        while !self.stopped.load(Ordering::SeqCst) {
            let tick = if busy_ticks > 0 { TICK } else { CALM_TICK };
            std::thread::park_timeout(tick);
            busy_ticks = if self.pace.is_computing.swap(false, Ordering::Relaxed) {
                BUSY_TICKS
            } else {
                busy_ticks.saturating_sub(1)
            };
            for engine in lock(&self.engines).iter() {
                if let Some(engine) = engine.upgrade() {
                    engine.increment_epoch();
                }
            }
            idle_ticks = if self.running.load(Ordering::SeqCst) == 0 {
                idle_ticks + 1
            } else {
                0
            };
            if idle_ticks >= IDLE_TICKS {
                self.sleep();
                idle_ticks = 0;
            }
        }
    }

    fn sleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        while self.running.load(Ordering::SeqCst) == 0
            && self.asleep.load(Ordering::SeqCst)
            && !self.stopped.load(Ordering::SeqCst)
        {
            std::thread::park();
        }
        self.asleep.store(false, Ordering::SeqCst);
    }
}

/// Asks the system to let this thread run as soon as it wakes: one that wants to run for a short
/// time only goes before one that computes (sched(7); `sched_runtime` of `sched_setattr(2)`, which
/// Linux heeds for ordinary threads from 6.12 on). Where the system has one processor for all, a
/// guest that computes would otherwise keep the ticker from it for some milliseconds at times. A
/// system that does not know of it ticks as well as it can.
#[expect(
    unsafe_code,
    reason = "there is no safe word for this system call in the crates that we have"
)]
fn be_prompt() {
    let (this_thread, no_flags) = (0, 0_u32);
    let mut attributes = libc::sched_attr {
        size: ATTRIBUTES_BYTES,
        sched_policy: 0,
        sched_flags: 0,
        sched_nice: 0,
        sched_priority: 0,
        sched_runtime: 0,
        sched_deadline: 0,
        sched_period: 0,
    };
    // SAFETY: the system writes as many bytes as it is told, all of which are ours.
    let told = unsafe {
        libc::syscall(
            libc::SYS_sched_getattr,
            this_thread,
            &raw mut attributes,
            ATTRIBUTES_BYTES,
            no_flags,
        )
    };
    // What an operator has chosen for the whole process stays: its niceness, or another policy.
    if told != 0 || attributes.sched_policy != libc::SCHED_OTHER.cast_unsigned() {
        return;
    }
    attributes.sched_runtime = SLICE_NS;
    // SAFETY: the system reads as many bytes as `size` says, all of which are there, and keeps none.
    unsafe {
        libc::syscall(
            libc::SYS_sched_setattr,
            this_thread,
            &raw const attributes,
            no_flags,
        );
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
