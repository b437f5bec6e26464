//! A handler: a component that was compiled, checked and asked what it answers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::Store;
use wasmtime::component::Component;

use crate::config::settings::{HandlerSettings, Instances};
use crate::event;
use crate::fact::Fact;
use crate::limits::Limits;

use super::bindings::{Plugin, PluginPre};
use super::cache::Miss;
use super::describe::describe;
use super::direct::{Direct, Guest, Plan};
use super::engine::{Kit, Sandbox};
use super::guest_log::GuestLog;
use super::inspect::{self, LoadError};
use super::state::State;

/// Events that one reused instance answers unless the settings say otherwise.
const REUSE_EVENTS: u32 = 1_000;

/// Instances of one handler that wait for work at a time.
pub(super) const IDLE_INSTANCES_MAX: usize = 16;

/// One event that a handler answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subscription {
    /// The Socket.IO namespace.
    pub namespace: Arc<str>,
    /// The event's name; `connect` and `disconnect` are the hooks.
    pub event: Arc<str>,
}

/// What a component says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The handler's name.
    pub name: Arc<str>,
    /// Its version, for people.
    pub version: String,
    /// What it answers.
    pub subscriptions: Vec<Subscription>,
}

/// The limits of one handler.
#[derive(Clone, Copy, Debug)]
pub struct HandlerLimits {
    /// How long one event may take.
    pub deadline: Duration,
    /// Memory in bytes.
    pub memory_bytes: usize,
    /// Reply or emit in bytes.
    pub output_bytes: usize,
    /// Effects in number.
    pub effects: usize,
    /// Effects in bytes.
    pub effects_bytes: usize,
    /// Log lines.
    pub log_lines: usize,
    /// Log line in bytes.
    pub log_line_bytes: usize,
    /// Events that one instance answers: `None`, a fresh one for each.
    pub reuse_events: Option<u32>,
}

impl HandlerLimits {
    /// The host's limits with one handler's settings over them.
    pub fn new(limits: &Limits, settings: &HandlerSettings) -> Self {
        let reuse = settings.reuse_events.unwrap_or(REUSE_EVENTS).max(1);
        Self {
            deadline: Duration::from_millis(settings.deadline_ms.unwrap_or(limits.deadline_ms)),
            memory_bytes: settings
                .memory_bytes
                .unwrap_or(limits.guest_memory_bytes)
                .min(limits.guest_memory_bytes),
            output_bytes: limits.output_bytes,
            effects: limits.effects,
            effects_bytes: limits.effects_bytes,
            log_lines: limits.log_lines,
            log_line_bytes: limits.log_line_bytes,
            reuse_events: (settings.instances == Instances::Reuse).then_some(reuse),
        }
    }
}

/// A component that answers events.
pub struct Handler {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) pre: PluginPre<State>,
    /// The shorter way, for a component of the usual shape.
    pub(super) direct: Option<Direct>,
    pub(super) limits: HandlerLimits,
    pub(super) idle: Mutex<Vec<Warm>>,
    name: Arc<str>,
    description: Description,
    sha256: String,
}

/// An instance that is reused or put back, between two events.
pub(super) struct Warm {
    pub(super) store: Store<State>,
    pub(super) body: Body,
    pub(super) answered: u32,
    /// Its place in the pool between events (limit `kept_instances`), where it is put back.
    pub(super) place: Option<OwnedSemaphorePermit>,
}

/// An instance, by the way in which it is run.
pub(super) enum Body {
    /// The whole component.
    Component(Plugin),
    /// Its module alone.
    Direct(Box<Guest>),
}

impl Handler {
    /// Compiles a file's bytes, or takes the compiled code from the cache, checks its world
    /// and asks it to describe itself. Takes tens of milliseconds of processor time: not for a
    /// thread that serves.
    ///
    /// # Errors
    /// Fails with what was expected and what was found.
    pub async fn load(
        sandbox: Arc<Sandbox>,
        file_stem: &str,
        bytes: &[u8],
        settings: &HandlerSettings,
    ) -> Result<Self, LoadError> {
        inspect::check_header(bytes)?;
        let limits = HandlerLimits::new(&sandbox.limits, settings);
        let sha256 = sha256_hex(bytes);
        let plan = Plan::of(bytes).filter(|_| settings.direct);
        let exported = plan.as_ref().map(|plan| plan.exported(bytes));
        let code = Code {
            file: bytes,
            whole: exported.as_deref().unwrap_or(bytes),
        };
        let (kit, component) = compile(&sandbox, code, limits.reuse_events.is_some())?;
        inspect::check_world(&kit, &component)?;
        let instance = kit
            .linker
            .instantiate_pre(&component)
            .map_err(|error| inspect::check_imports(&kit, &component, &error))?;
        let pre = PluginPre::new(instance).map_err(|error| {
            LoadError::new(
                format!(
                    "the functions of `fs7:plugin/handler@{}`",
                    inspect::WORLD_VERSION
                ),
                inspect::chain(&error),
                "build the handler with the SDK of this host",
            )
        })?;
        let mut handler = Self {
            name: Arc::from(file_stem),
            description: Description {
                name: Arc::from(file_stem),
                version: String::new(),
                subscriptions: Vec::new(),
            },
            sandbox,
            pre,
            direct: None,
            limits,
            idle: Mutex::new(Vec::new()),
            sha256,
        };
        let described = describe(&handler).await?;
        handler.description = described.description;
        let map = handler.sandbox.pages.clone();
        handler.direct = plan.zip(described.module).and_then(|(plan, module)| {
            Direct::new(plan, &module, limits.reuse_events.is_some(), map).ok()
        });
        check_description(&handler.description, handler.sandbox.limits.subscriptions)?;
        Ok(handler)
    }

    /// What the component says of itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// SHA-256 of the file, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether the next event is answered by the component's module alone.
    pub fn is_direct(&self) -> bool {
        self.direct.as_ref().is_some_and(Direct::is_worth_it)
    }

    /// Events that the module alone could not answer, and the component did.
    pub fn escapes(&self) -> u64 {
        self.direct.as_ref().map_or(0, Direct::escapes)
    }

    pub(super) fn log(&self) -> GuestLog {
        GuestLog::new(
            self.sandbox.facts.clone(),
            self.name.clone(),
            self.limits.log_lines,
            self.limits.log_line_bytes,
        )
    }

    pub(super) fn take_idle(&self) -> Option<Warm> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    pub(super) fn give_back(&self, warm: Warm) {
        let spent = self
            .limits
            .reuse_events
            .is_none_or(|events| warm.answered >= events);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if !spent && idle.len() < IDLE_INSTANCES_MAX {
            idle.push(warm);
        }
    }

    /// Keeps an instance that has answered its one event, put back to what it was before.
    pub(super) fn keep_renewed(&self, mut warm: Warm) {
        let (Some(direct), Body::Direct(guest)) = (&self.direct, &mut warm.body) else {
            return;
        };
        if !direct.renews() {
            return;
        }
        warm.place = warm.place.or_else(|| self.sandbox.keep());
        if warm.place.is_none() || !direct.renew(guest, &mut warm.store) {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at under the lock: `forget_idle` comes after the last event that was worth it.
        if direct.is_worth_it() && idle.len() < IDLE_INSTANCES_MAX {
            idle.push(warm);
        }
    }

    /// Gives up the instances that wait, as nobody will ask for them.
    pub(super) fn forget_idle(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let given_up = std::mem::take(&mut *idle);
        drop(idle);
        drop(given_up);
    }
}

/// SHA-256 of bytes, in hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is compiled.
#[derive(Clone, Copy)]
struct Code<'a> {
    /// The file's bytes.
    file: &'a [u8],
    /// Those, and what its plan adds to them.
    whole: &'a [u8],
}

/// Compiles for the pool, or on demand where the guest is to live long or does not fit.
fn compile(
    sandbox: &Sandbox,
    code: Code<'_>,
    lives_long: bool,
) -> Result<(Kit, Component), LoadError> {
    let host = |found: &str| LoadError::new("a working sandbox", found, "see the log");
    let pooled = sandbox.pooled.as_ref().filter(|_| !lives_long);
    if let Some(kit) = pooled {
        match compile_for(sandbox, kit, code) {
            Ok(component) => return Ok((kit.clone(), component)),
            // A component of another shape than the pool's slots, such as a JavaScript or
            // Python guest, is not wrong.
            Err(error) if is_pool_limit(&error) => {}
            Err(error) => return Err(inspect::not_valid(code.file, &error)),
        }
    }
    let kit = sandbox.on_demand().ok_or_else(|| host("none"))?;
    compile_for(sandbox, kit, code)
        .map(|component| (kit.clone(), component))
        .map_err(|error| inspect::not_valid(code.file, &error))
}

/// wasmtime has no type for it; its message names the allocator's limit.
fn is_pool_limit(error: &wasmtime::Error) -> bool {
    let text = inspect::chain(error);
    text.contains("limit of")
        || text.contains("exceeds the configured")
        || text.contains("allocator")
}

fn compile_for(
    sandbox: &Sandbox,
    kit: &Kit,
    Code { whole, .. }: Code<'_>,
) -> wasmtime::Result<Component> {
    let Some(cache) = &sandbox.cache else {
        return Component::from_binary(&kit.engine, whole);
    };
    // Of what is compiled, not of the file: with a plan and without one the code differs.
    let name = format!("{}-{:016x}", sha256_hex(whole), kit.fingerprint);
    let refused = |detail: String| sandbox.facts.record(Fact::CompileCacheRefused { detail });
    match cache.get(&name) {
        Ok(code) => match deserialize(kit, &code) {
            Ok(component) => return Ok(component),
            Err(error) => refused(format!("{name}: {}", inspect::chain(&error))),
        },
        Err(Miss::Absent) => {}
        Err(Miss::Refused(detail)) => refused(detail),
    }
    let component = Component::from_binary(&kit.engine, whole)?;
    let stored = component
        .serialize()
        .and_then(|code| cache.put(&name, &code).map_err(wasmtime::Error::from));
    if let Err(error) = stored {
        refused(format!("{name} not stored: {}", inspect::chain(&error)));
    }
    Ok(component)
}

#[expect(
    unsafe_code,
    reason = "wasmtime cannot know where compiled code comes from; we do: `CompileCache::get` \
              gives only bytes whose HMAC proves that this host wrote them for this component \
              and this compiler"
)]
fn deserialize(kit: &Kit, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: see the reason above; `deserialize` itself refuses code of another version or of
    // other settings.
    unsafe { Component::deserialize(&kit.engine, code) }
}

fn check_description(description: &Description, limit: usize) -> Result<(), LoadError> {
    let refuse = |expected: &str, found: String| {
        Err(LoadError::new(
            expected,
            found,
            "correct what `describe` returns",
        ))
    };
    let Description { name, version, .. } = description;
    if name.len().max(version.len()) > event::NAME_BYTES_MAX {
        let found = format!("{} and {} bytes", name.len(), version.len());
        return refuse("a name and a version of at most 256 bytes", found);
    }
    if description.subscriptions.is_empty() {
        return refuse(
            "a handler that answers at least one event",
            "no event".into(),
        );
    }
    if description.subscriptions.len() > limit {
        let found = format!(
            "{} events (limit `subscriptions`: {limit})",
            description.subscriptions.len()
        );
        return refuse("fewer events in one handler", found);
    }
    let mut seen = std::collections::HashSet::new();
    for subscription in &description.subscriptions {
        let Subscription { namespace, event } = subscription;
        if !namespace.starts_with('/')
            || namespace.contains(',')
            || namespace.len() > event::NAME_BYTES_MAX
        {
            return refuse(
                "a namespace that begins with `/` and has no comma",
                format!("`{namespace}`"),
            );
        }
        let is_hook = &**event == "connect" || &**event == "disconnect";
        if event.is_empty() || event.len() > event::NAME_BYTES_MAX {
            return refuse(
                "an event name of 1 to 256 bytes",
                format!("{} bytes", event.len()),
            );
        }
        if event::is_reserved(event) && !is_hook {
            return refuse(
                "an event name that Socket.IO does not reserve",
                format!("`{event}`"),
            );
        }
        if !seen.insert(subscription) {
            return refuse(
                "each event once",
                format!("`{event}` in `{namespace}` twice"),
            );
        }
    }
    Ok(())
}

/// How long after the deadline a call that waits in a host function is given up.
pub(super) const GRACE: Duration = Duration::from_millis(20);

/// The moment by which a call must be over.
pub(super) fn deadline_after(duration: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(duration).unwrap_or(now)
}
