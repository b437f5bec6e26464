//! The sandbox: engines, linkers and the places for calls.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::fact::{Fact, Facts};
use crate::limits::Limits;

use super::bindings::Plugin;
use super::cache::CompileCache;
use super::direct::PageMap;
use super::state::State;
use super::ticker::{Pace, Running, Ticker};

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
        if limits.kept_instances > 0 && pages.is_none() {
            facts.record(Fact::Warned {
                topic: "kept_instances",
                detail: "this system does not tell which pages of memory were written \
                         (/proc/self/pagemap, page faults of a thread): each event has an instance \
                         made for it, which is slower; `limits.kept_instances` = 0 is the same \
                         without this warning"
                    .into(),
            });
        }
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

    /// What a guest that is still there at its second tick tells.
    pub(super) fn pace(&self) -> Arc<Pace> {
        self.ticker.pace()
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
        self.ticker.running()
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
