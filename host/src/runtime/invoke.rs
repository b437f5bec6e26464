//! One call of a guest: its store, its deadline, and what its end means.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::ResourceTable;
use wasmtime::{Store, Trap, UpdateDeadline};

use crate::effect::{Delivery, Effect, EffectScope, EffectSink};
use crate::event::{Args, Event};
use crate::outcome::{Code, Failure, FailureKind, Outcome, Rejection};
use crate::turn::Turn;

use super::bindings::{Plugin, types};
use super::convert;
use super::direct::{self, Direct, Escape};
use super::handler::{Body, GRACE, Handler, Warm, deadline_after};
use super::inspect;
use super::limiter::MemoryLimiter;
use super::outbox::{Outbox, OverLimit};
use super::state::State;
use super::ticker::TICK;

/// What a call is told besides its event.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The generation of the registry in which the handler was found.
    pub generation: u64,
    /// The contract's deadline, where it names one: it shortens the handler's.
    pub deadline: Option<Duration>,
}

/// What came of one call.
#[derive(Debug)]
pub struct Invocation {
    /// Replied, rejected or failed.
    pub outcome: Outcome,
    /// What is still to be committed: empty unless replied.
    pub effects: Vec<Effect>,
    /// What became of the emits that the guest flushed itself.
    pub flushed: Delivery,
    /// The guest's peak memory in bytes.
    pub peak_memory_bytes: usize,
    /// Log lines beyond the limit.
    pub log_lines_dropped: u32,
}

/// What wasmtime says when a guest hands over more than it may in one call; it has no type for it.
const HOSTCALL_FUEL: &str = "fuel allocated for hostcalls has been exhausted";

/// The guest ran into its deadline.
#[derive(Debug, thiserror::Error)]
#[error("the deadline passed")]
pub(super) struct DeadlinePassed;

/// How long one event may take, and who says so.
#[derive(Clone, Copy)]
struct Limit {
    time: Duration,
    source: &'static str,
}

impl Limit {
    fn new(own: Duration, contract: Option<Duration>) -> Self {
        match contract {
            Some(time) if time < own => Self {
                time,
                source: "`deadline_ms` of the contract",
            },
            _ => Self {
                time: own,
                source: "limit `deadline_ms`",
            },
        }
    }
}

/// How an event is given to a guest.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    limit: Limit,
    /// When this attempt must be over.
    deadline: Instant,
    /// The way without a component, where that is to be taken.
    direct: Option<&'a Direct>,
    /// Whether an instance that has answered before will do.
    may_reuse: bool,
}

/// A component has no way out of itself.
const ESCAPED: &str = "the component did not answer";

type GuestAnswer = wasmtime::Result<Result<Option<types::Reply>, types::Rejection>>;

impl Handler {
    /// Lets the guest answer one event. Effects are gathered, not committed, except emits that
    /// the guest flushed.
    pub async fn invoke(
        &self,
        event: &Event,
        call: Call,
        sink: &Arc<dyn EffectSink>,
    ) -> Invocation {
        let limit = Limit::new(self.limits.deadline, call.deadline);
        let Some(_place) = self.sandbox.place(event.is_patient).await else {
            return Invocation::refused(Rejection::at_limit(
                Code::Busy,
                "calls",
                "too many events are in handlers (limit `calls`); try again later",
            ));
        };
        let attempt = Attempt {
            limit,
            deadline: deadline_after(limit.time),
            direct: self.direct.as_ref().filter(|direct| direct.is_worth_it()),
            may_reuse: true,
        };
        if let Some(invocation) = self.attempt(event, call, sink, attempt).await {
            return invocation;
        }
        if let Some(direct) = &self.direct {
            direct.escaped();
            if !direct.is_worth_it() && self.limits.reuse_events.is_none() {
                self.forget_idle();
            }
        }
        // The guest begins anew, and has all its time for it.
        let again = Attempt {
            limit,
            deadline: deadline_after(limit.time),
            direct: None,
            may_reuse: false,
        };
        let invocation = self.attempt(event, call, sink, again).await;
        invocation.unwrap_or_else(|| Invocation::failed(Failure::new(FailureKind::Host, ESCAPED)))
    }

    /// One run of the guest. `None`: the event escaped, and nothing came of it.
    async fn attempt(
        &self,
        event: &Event,
        call: Call,
        sink: &Arc<dyn EffectSink>,
        attempt: Attempt<'_>,
    ) -> Option<Invocation> {
        let limit = attempt.limit;
        let mut warm = match self.ready_instance(attempt).await {
            Ok(warm) => warm,
            Err((error, _)) if error.is::<Escape>() => return None,
            Err((error, refused)) => {
                let failure = self.failure(&error, Some(&refused), limit);
                return Some(Invocation::failed(failure));
            }
        };
        self.begin_event(warm.store.data_mut(), event, call.generation, sink);
        warm.store.set_epoch_deadline(1);
        let answer = self.handle(&mut warm, event, attempt.deadline).await;
        if answer.as_ref().is_err_and(wasmtime::Error::is::<Escape>) {
            warm.store.data().log.forget();
            return None;
        }
        Some(self.end_event(warm, answer, limit))
    }

    /// An instance that is reused or was put back, or one that is made now.
    async fn ready_instance(&self, attempt: Attempt<'_>) -> Result<Warm, (wasmtime::Error, bool)> {
        let is_kept =
            self.limits.reuse_events.is_some() || attempt.direct.is_some_and(Direct::renews);
        if is_kept
            && attempt.may_reuse
            && let Some(mut warm) = self.take_idle()
        {
            warm.store.data_mut().deadline = attempt.deadline;
            return Ok(warm);
        }
        let mut store = self.store(attempt.deadline);
        let instantiated = match attempt.direct {
            Some(direct) => direct
                .instantiate(&mut store)
                .map(|guest| Body::Direct(Box::new(guest))),
            None => {
                // Boxed, as all of a component's own way is: a direct event is spared its bytes.
                let instantiated = Box::pin(self.pre.instantiate_async(&mut store));
                until(attempt.deadline, instantiated)
                    .await
                    .map(Body::Component)
            }
        };
        match instantiated {
            Ok(body) => Ok(Warm {
                store,
                body,
                answered: 0,
                place: None,
            }),
            Err(error) => Err((error, store.data().limiter.refused())),
        }
    }

    pub(super) fn store(&self, deadline: Instant) -> Store<State> {
        let state = State {
            deadline,
            output_bytes: self.limits.output_bytes,
            outbox: Outbox::closed(),
            log: self.log(),
            limiter: MemoryLimiter::new(self.limits.memory_bytes),
            wasi: None,
            table: ResourceTable::new(),
            ticks: 0,
            direct: None,
        };
        let mut store = Store::new(self.pre.engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(self.hostcall_fuel());
        store.set_epoch_deadline(1);
        let pace = self.sandbox.pace();
        store.epoch_deadline_callback(move |mut context| {
            let state = context.data_mut();
            if Instant::now() >= state.deadline {
                return Err(DeadlinePassed.into());
            }
            // The first tick may have come when the guest had only just begun.
            state.ticks = state.ticks.saturating_add(1);
            let computes = state.ticks > 1;
            if computes {
                pace.computes();
            }
            if let Some(update) = direct::out_of_turn(state) {
                return update;
            }
            if !computes {
                return Ok(UpdateDeadline::Continue(1));
            }
            direct::moves(state);
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(stand_back())))
        });
        store
    }

    /// Bytes that the host copies out of the guest in one call: no more than a reply may hold,
    /// with room for the lists around it.
    fn hostcall_fuel(&self) -> usize {
        self.limits.output_bytes.saturating_mul(4).max(1 << 20)
    }

    /// Calls `handle`. The epoch ends a guest that computes; the outer timeout ends one that
    /// waits in a host function, by dropping its call. A direct guest has none to wait in.
    async fn handle(&self, warm: &mut Warm, event: &Event, deadline: Instant) -> GuestAnswer {
        match &warm.body {
            Body::Direct(guest) => {
                warm.store.data().log.hold();
                let fuel = self.hostcall_fuel();
                guest.handle(&mut warm.store, event, fuel).await
            }
            Body::Component(plugin) => {
                Box::pin(handle_whole(&mut warm.store, plugin, event, deadline)).await
            }
        }
    }

    fn begin_event(
        &self,
        state: &mut State,
        event: &Event,
        generation: u64,
        sink: &Arc<dyn EffectSink>,
    ) {
        let scope = EffectScope {
            namespace: event.namespace.clone(),
            origin: event.origin.clone(),
        };
        state.outbox = Outbox::open(
            scope,
            sink.clone(),
            self.limits.effects,
            self.limits.effects_bytes,
        );
        state.limiter.begin_event();
        state.ticks = 0;
        state
            .log
            .begin_event(event.id, generation, self.limits.log_lines);
    }

    fn end_event(&self, mut warm: Warm, answer: GuestAnswer, limit: Limit) -> Invocation {
        let state = warm.store.data_mut();
        let answered = answer.map(|answer| self.outcome(answer, &state.outbox));
        let (effects, flushed) = state.outbox.close();
        let mut invocation = Invocation {
            outcome: Outcome::Replied(None),
            effects: Vec::new(),
            flushed,
            peak_memory_bytes: state.limiter.peak_bytes(),
            log_lines_dropped: state.log.end_event(),
        };
        match answered {
            Ok(outcome) => {
                invocation.outcome = outcome;
                if matches!(invocation.outcome, Outcome::Replied(_)) {
                    invocation.effects = effects;
                }
                if let (Some(direct), Body::Direct(_)) = (&self.direct, &warm.body) {
                    direct.succeeded();
                }
                // An instance that trapped is never asked again; this one did not.
                if self.limits.reuse_events.is_some() {
                    warm.answered += 1;
                    self.give_back(warm);
                } else {
                    self.keep_renewed(warm);
                }
            }
            Err(error) => {
                let refused = warm.store.data().limiter.refused();
                invocation.outcome = Outcome::Failed(self.failure(&error, Some(&refused), limit));
            }
        }
        invocation
    }

    fn outcome(
        &self,
        answer: Result<Option<types::Reply>, types::Rejection>,
        outbox: &Outbox,
    ) -> Outcome {
        let reply = match answer {
            Ok(None) => return Outcome::Replied(None),
            Ok(Some(reply)) => convert::args(reply.args, reply.attachments),
            Err(rejection) => return self.rejected(convert::rejection(rejection)),
        };
        match self.check_reply(&reply, outbox) {
            Ok(()) => Outcome::Replied(Some(reply)),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    fn rejected(&self, rejection: Rejection) -> Outcome {
        let bytes = rejection.message.len()
            + rejection
                .violations
                .iter()
                .map(|violation| {
                    violation.pointer.len() + violation.rule.len() + violation.message.len()
                })
                .sum::<usize>();
        if bytes > self.limits.output_bytes {
            return Outcome::Failed(self.too_large("the rejection", bytes));
        }
        Outcome::Rejected(rejection)
    }

    fn check_reply(&self, reply: &Args, outbox: &Outbox) -> Result<(), Failure> {
        if reply.bytes() > self.limits.output_bytes {
            return Err(self.too_large("the reply", reply.bytes()));
        }
        if outbox.surely_acks(reply) {
            return Ok(());
        }
        convert::check_args(reply)
            .map_err(|reason| Failure::new(FailureKind::InvalidReply, format!("reply: {reason}")))
    }

    fn too_large(&self, what: &str, bytes: usize) -> Failure {
        let limit = self.limits.output_bytes;
        Failure::new(
            FailureKind::Output,
            format!("{what} takes {bytes} bytes, more than {limit} (limit `output_bytes`)"),
        )
    }

    /// What the end of a call without an answer means.
    fn failure(
        &self,
        error: &wasmtime::Error,
        memory_refused: Option<&bool>,
        limit: Limit,
    ) -> Failure {
        let detail = inspect::chain(error);
        if error.is::<DeadlinePassed>() {
            let Limit { time, source } = limit;
            let words = format!("no answer within {} ms ({source})", time.as_millis());
            return Failure::new(FailureKind::Deadline, words);
        }
        if let Some(over) = error.downcast_ref::<OverLimit>() {
            return Failure::new(over.kind, over.to_string());
        }
        if detail.contains(HOSTCALL_FUEL) {
            let limit = self.limits.output_bytes;
            let words = format!("far more than {limit} bytes at once (limit `output_bytes`)");
            return Failure::new(FailureKind::Output, words);
        }
        if error.downcast_ref::<Trap>() == Some(&Trap::StackOverflow) {
            return Failure::new(FailureKind::Stack, detail);
        }
        if memory_refused == Some(&true) {
            let limit = self.limits.memory_bytes;
            return Failure::new(
                FailureKind::Memory,
                format!("more than {limit} bytes wanted (limit `guest_memory_bytes`): {detail}"),
            );
        }
        if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
            return Failure::new(
                FailureKind::Trap,
                format!("the guest exited with code {}", exit.0),
            );
        }
        let kind = if error.is::<Trap>() {
            FailureKind::Trap
        } else {
            FailureKind::Host
        };
        Failure::new(kind, detail)
    }
}

impl Invocation {
    fn refused(rejection: Rejection) -> Self {
        Self::ended(Outcome::Rejected(rejection))
    }

    fn failed(failure: Failure) -> Self {
        Self::ended(Outcome::Failed(failure))
    }

    fn ended(outcome: Outcome) -> Self {
        Self {
            outcome,
            effects: Vec::new(),
            flushed: Delivery::default(),
            peak_memory_bytes: 0,
            log_lines_dropped: 0,
        }
    }
}

/// How often a guest that has used up its tick lets others go first before it goes on. An event
/// takes as many turns from the network and back to it: it was read, it is handled, its answer is
/// put into packets, and these are written.
const STAND_BACK_TURNS: usize = 4;

/// Lets others go first after a whole tick: all tasks that are ready, then those that the network
/// wakes, and those that they wake. A guest that computes would otherwise keep a thread without
/// other work from looking at the network for several ticks, and each event waiting for a tick
/// at every turn. Where others keep the thread for a tick one turn is enough: the tick may have
/// passed while the system let another program run, and the guest has a deadline.
async fn stand_back() {
    let since = Instant::now();
    for _ in 0..STAND_BACK_TURNS {
        let mut turn = Turn::default();
        poll_fn(|context| turn.poll(context)).await;
        if since.elapsed() >= TICK {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Lets a whole component answer.
async fn handle_whole(
    store: &mut Store<State>,
    plugin: &Plugin,
    event: &Event,
    deadline: Instant,
) -> GuestAnswer {
    let occurrence = event.id.to_string();
    let attachments: Vec<&[u8]> = event.args.attachments.iter().map(AsRef::as_ref).collect();
    let event = convert::event(event, &occurrence, &attachments);
    let handler = plugin.fs7_plugin_handler();
    until(deadline, handler.call_handle(store, event)).await
}

/// Waits for what a guest does, but not for ever.
pub(super) async fn until<T>(
    deadline: Instant,
    work: impl Future<Output = wasmtime::Result<T>>,
) -> wasmtime::Result<T> {
    let limit = deadline.checked_add(GRACE).unwrap_or(deadline);
    tokio::time::timeout_at(limit.into(), work)
        .await
        .unwrap_or_else(|_| Err(DeadlinePassed.into()))
}
