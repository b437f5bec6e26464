//! The sandbox: engines, linkers, the epoch's ticker and the places for calls.

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig,
};

use crate::fact::{Fact, Facts};
use crate::limits::Limits;

use super::bindings::Plugin;
use super::cache::CompileCache;
use super::direct::PageMap;
use super::state::State;

/// How often the epoch moves on while a guest computes: the longest time that it keeps a thread
/// from others, after its first tick.
pub(super) const TICK: Duration = Duration::from_millis(1);

/// The first tick of a guest where none has computed for long lately: most guests have answered by
/// then, and each tick wakes a thread.
const CALM_TICK: Duration = Duration::from_millis(4);

/// Ticks without a guest after which the ticker sleeps until the next call.
const IDLE_TICKS: u32 = 200;

/// Ticks for which it goes on at full speed after a guest was still there at one.
const BUSY_TICKS: u32 = 200;

/// Memory that a pooled slot keeps resident between two events, in bytes: what a small Rust
/// guest touches. Zeroing it is cheaper than giving it back and faulting it in again.
const KEEP_RESIDENT_BYTES: usize = 64 << 10;

/// Core instances of one component in the pool: the guest, its adapter and the shims between.
const CORE_INSTANCES: u32 = 8;

/// Most slots of the pool besides those for calls: each is 4 GiB of address space.
const SPARE_SLOTS_MAX: u32 = 1_000;

/// Largest stack of a guest in bytes; wasmtime's own default.
const STACK_BYTES: usize = 512 << 10;

/// Stack of a call in bytes: the guest's and that of the host functions it calls.
const ASYNC_STACK_BYTES: usize = 1 << 20;

/// Everything that handlers of one process share.
pub struct Sandbox {
    pub(super) pooled: Option<Kit>,
    on_demand: OnceLock<Option<Kit>>,
    pub(super) cache: Option<CompileCache>,
    pub(super) facts: Facts,
    pub(super) limits: Limits,
    /// Where instances can be put back after an event.
    pub(super) pages: Option<Arc<PageMap>>,
    kept: Arc<Semaphore>,
    calls: Semaphore,
    ticker: Ticker,
}

/// An engine and the imports that it offers.
#[derive(Clone)]
pub(super) struct Kit {
    pub(super) engine: Engine,
    pub(super) linker: Arc<Linker<State>>,
    /// Tells compiled code of this engine from that of others.
    pub(super) fingerprint: u64,
}

impl Sandbox {
    /// Makes the engines ready. Where the system refuses the pool's address space, handlers run
    /// on instances made on demand, which is slower, and a fact says so.
    ///
    /// # Errors
    /// Fails when no engine at all can be made.
    pub fn new(
        limits: Limits,
        cache: Option<CompileCache>,
        facts: Facts,
    ) -> wasmtime::Result<Arc<Self>> {
        let pooled = match Kit::new(pooled_config(&limits)) {
            Ok(kit) => Some(kit),
            Err(error) => {
                facts.record(Fact::Warned {
                    topic: "pool",
                    detail: format!(
                        "no pool of instances ({error:#}); handlers run on demand, slower; \
                         a smaller `limits.calls` needs less address space"
                    ),
                });
                None
            }
        };
        let calls = limits.calls.clamp(1, Semaphore::MAX_PERMITS);
        let pages = (limits.kept_instances > 0).then(PageMap::open).flatten();
        let sandbox = Self {
            pooled,
            on_demand: OnceLock::new(),
            cache,
            facts,
            pages: pages.map(Arc::new),
            kept: Arc::new(Semaphore::new(limits.kept_instances)),
            limits,
            calls: Semaphore::new(calls),
            ticker: Ticker::start()?,
        };
        if let Some(kit) = &sandbox.pooled {
            sandbox.ticker.add(kit.engine.weak());
        } else if sandbox.on_demand().is_none() {
            return Kit::new(base_config()).map(|_| Arc::new(sandbox));
        }
        Ok(Arc::new(sandbox))
    }

    /// The engine for guests that live long or do not fit into the pool.
    pub(super) fn on_demand(&self) -> Option<&Kit> {
        self.on_demand
            .get_or_init(|| {
                let kit = Kit::new(base_config()).ok()?;
                self.ticker.add(kit.engine.weak());
                Some(kit)
            })
            .as_ref()
    }

    /// A place for one call: at once, or within `limits.call_wait_ms`, or not at all. Who is
    /// patient waits for it in any case.
    pub(super) async fn place(&self, is_patient: bool) -> Option<Place<'_>> {
        let permit = match self.calls.try_acquire() {
            Ok(permit) => permit,
            Err(_) if is_patient => self.calls.acquire().await.ok()?,
            Err(_) => {
                let wait = Duration::from_millis(self.limits.call_wait_ms);
                tokio::time::timeout(wait, self.calls.acquire())
                    .await
                    .ok()?
                    .ok()?
            }
        };
        Some(Place {
            _permit: permit,
            _running: self.running(),
        })
    }

    /// A place between events for an instance that is put back, until it is dropped.
    pub(super) fn keep(&self) -> Option<OwnedSemaphorePermit> {
        self.kept.clone().try_acquire_owned().ok()
    }

    /// Instances that are put back after each event, at this moment.
    pub fn kept_instances(&self) -> usize {
        let free = self.kept.available_permits();
        self.limits.kept_instances.saturating_sub(free)
    }

    /// What a guest that is still there at a tick tells.
    pub(super) fn pace(&self) -> Arc<Pace> {
        self.ticker.shared.pace.clone()
    }

    /// Keeps the ticker awake.
    pub(super) fn running(&self) -> Running<'_> {
        self.ticker.enter()
    }

    /// The host's limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Calls in handlers at this moment.
    pub fn calls_in_flight(&self) -> usize {
        self.ticker.shared.running.load(Ordering::Relaxed)
    }
}

/// The right to run one guest.
pub(super) struct Place<'a> {
    _permit: SemaphorePermit<'a>,
    _running: Running<'a>,
}

impl Kit {
    fn new(config: Config) -> wasmtime::Result<Self> {
        let engine = Engine::new(&config)?;
        let mut linker = Linker::<State>::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        Plugin::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        #[expect(
            deprecated,
            reason = "SipHash with fixed keys is what is wanted: equal across processes"
        )]
        let mut hasher = std::hash::SipHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self {
            fingerprint: hasher.finish(),
            engine,
            linker: Arc::new(linker),
        })
    }
}

fn base_config() -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .epoch_interruption(true)
        // Components are stripped: frames without names help nobody, and what a guest says when
        // it panics is in the log.
        .wasm_backtrace_max_frames(None)
        .max_wasm_stack(STACK_BYTES)
        .async_stack_size(ASYNC_STACK_BYTES);
    config
}

fn pooled_config(limits: &Limits) -> Config {
    let calls = u32::try_from(limits.calls)
        .unwrap_or(u32::MAX)
        .clamp(1, 100_000);
    let kept = u32::try_from(limits.kept_instances).unwrap_or(u32::MAX);
    let slots = calls.saturating_add(kept).saturating_add(spare_slots());
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .total_memories(slots)
        .max_memories_per_component(1)
        .total_tables(slots.saturating_mul(4))
        .max_tables_per_component(4)
        .total_stacks(slots)
        .max_memory_size(limits.guest_memory_bytes.next_multiple_of(64 << 10))
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(KEEP_RESIDENT_BYTES)
        .async_stack_keep_resident(KEEP_RESIDENT_BYTES)
        .pagemap_scan(Enabled::Auto);
    let mut config = base_config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// Slots besides those for calls: `describe` runs outside the places for calls, on as many files
/// at a time as there are processors.
fn spare_slots() -> u32 {
    let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    u32::try_from(processors)
        .unwrap_or(u32::MAX)
        .saturating_mul(2)
        .saturating_add(8)
        .min(SPARE_SLOTS_MAX)
}

/// How fast the ticker ticks.
#[derive(Default)]
pub(super) struct Pace {
    /// Whether a guest was still there at a tick, since the ticker last looked.
    is_computing: AtomicBool,
}

impl Pace {
    /// A guest is still there at a tick.
    pub(super) fn computes(&self) {
        self.is_computing.store(true, Ordering::Relaxed);
    }
}

/// The thread that moves the epoch of all engines on, asleep while no guest runs.
struct Ticker {
    shared: Arc<Ticking>,
    thread: Thread,
}

struct Ticking {
    engines: std::sync::Mutex<Vec<EngineWeak>>,
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
    fn start() -> std::io::Result<Self> {
        let shared = Arc::new(Ticking {
            engines: std::sync::Mutex::new(Vec::new()),
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

    fn add(&self, engine: EngineWeak) {
        lock(&self.shared.engines).push(engine);
    }

    fn enter(&self) -> Running<'_> {
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

fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
