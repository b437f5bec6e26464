//! The guard of one event: holds its emits and its acknowledgement against the contract before
//! anything is committed, those that the guest flushes at the flush.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use fs7_contract::validator::{Check, Direction, Misfit, Violations};

use crate::config::settings::Mode;
use crate::effect::{Delivery, Effect, EffectScope, EffectSink, Emit};
use crate::event::{Args, Event, EventKind, OccurrenceId};
use crate::fact::{ContractViolation, Fact, Facts};
use crate::outcome::{Failure, FailureKind, Outcome, Rejection};

use super::LoadedContract;
use super::judge;

/// Longest text of a violation in a fact, in bytes.
const TEXT_BYTES_MAX: usize = 512;

/// Stands for the handler where there is none: an application sent it over HTTP.
const OPERATOR: &str = "api";

/// A sink that lets through what the contract allows.
pub(crate) struct Guard {
    contract: Arc<LoadedContract>,
    inner: Arc<dyn EffectSink>,
    facts: Facts,
    occurrence: OccurrenceId,
    handler: Arc<str>,
    namespace: Arc<str>,
    /// The event's name; none for a hook, of which the contract says nothing.
    event: Option<Arc<str>>,
    /// Whether the acknowledgement is known to fit.
    ack_fits: AtomicBool,
    /// Why a flush was refused: the event fails for it.
    refused: Mutex<Option<Failure>>,
}

impl Guard {
    /// A guard for one event; none where there is nothing for it to do.
    pub(crate) fn new(
        contract: &Arc<LoadedContract>,
        event: &Event,
        handler: &Arc<str>,
        inner: &Arc<dyn EffectSink>,
        facts: &Facts,
    ) -> Option<Arc<Self>> {
        let rules = &contract.rules;
        let is_idle = rules.outbound == Mode::Off && rules.ack == Mode::Off;
        if is_idle && !contract.checks.has_volatile() {
            return None;
        }
        Some(Arc::new(Self {
            contract: contract.clone(),
            inner: inner.clone(),
            facts: facts.clone(),
            occurrence: event.id,
            handler: handler.clone(),
            namespace: event.namespace.clone(),
            event: (event.kind == EventKind::Message).then(|| event.name.clone()),
            ack_fits: AtomicBool::new(false),
            refused: Mutex::new(None),
        }))
    }

    /// The outcome in the light of the contract: a failure where something breaks it that must
    /// not, and then nothing is to be committed.
    pub(crate) fn judge(&self, event: &Event, outcome: Outcome, effects: &mut [Effect]) -> Outcome {
        if matches!(outcome, Outcome::Failed(_)) {
            return outcome;
        }
        let refused = self.refused().take();
        if let Some(failure) = refused {
            return Outcome::Failed(failure);
        }
        let Outcome::Replied(reply) = &outcome else {
            return outcome;
        };
        self.mark(effects);
        let checked = self
            .check_emits(effects)
            .and_then(|()| self.check_ack(event, reply.as_ref()));
        match checked {
            Ok(()) => outcome,
            Err(failure) => Outcome::Failed(failure),
        }
    }

    /// Marks emits that the contract calls volatile.
    fn mark(&self, effects: &mut [Effect]) {
        if !self.contract.checks.has_volatile() {
            return;
        }
        for effect in effects {
            if let Effect::Emit(emit) = effect {
                let sent = self.contract.checks.sent(&self.namespace, &emit.name);
                emit.is_volatile = sent.is_some_and(|sent| sent.is_volatile);
            }
        }
    }

    fn check_emits(&self, effects: &[Effect]) -> Result<(), Failure> {
        let mode = self.contract.rules.outbound;
        if mode == Mode::Off {
            return Ok(());
        }
        for effect in effects {
            let Effect::Emit(emit) = effect else { continue };
            let found = self
                .contract
                .emit_violations(&self.namespace, emit, &self.facts);
            if let Some(violations) = found {
                self.told(Direction::Outbound, mode, &emit.name, &violations)?;
            }
        }
        Ok(())
    }

    fn check_ack(&self, event: &Event, reply: Option<&Args>) -> Result<(), Failure> {
        let mode = self.contract.rules.ack;
        // A reply that nobody waits for is not missed.
        let is_moot = reply.is_none() && !event.wants_ack;
        if mode == Mode::Off || is_moot || self.ack_fits.load(Ordering::Relaxed) {
            return Ok(());
        }
        match self.contract.ack_violations(event, reply) {
            Some(violations) => self.told(Direction::Ack, mode, &event.name, &violations),
            None => Ok(()),
        }
    }

    /// Tells of a violation; in the mode `strict` it is a failure.
    fn told(
        &self,
        direction: Direction,
        mode: Mode,
        event: &str,
        violations: &Violations,
    ) -> Result<(), Failure> {
        let about = About {
            direction,
            mode,
            occurrence: self.occurrence,
            handler: &self.handler,
            namespace: &self.namespace,
            event,
        };
        self.contract
            .tell_violations(about, violations, &self.facts);
        if mode != Mode::Strict {
            return Ok(());
        }
        let what = match direction {
            Direction::Ack => "the reply",
            _ => "the emit",
        };
        let first = violations
            .list
            .first()
            .map(judge::words)
            .unwrap_or_default();
        let rule = violations
            .list
            .first()
            .map_or("", |first| first.rule.as_str());
        let detail = format!("{what} `{event}` does not fit the contract ({rule}): {first}");
        Err(Failure::new(FailureKind::Contract, detail))
    }

    fn refused(&self) -> std::sync::MutexGuard<'_, Option<Failure>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Commits what the guest flushes. Of a flush with an emit that is refused nothing goes out, and
/// neither does anything after it.
impl EffectSink for Guard {
    fn commit(&self, scope: &EffectScope, mut effects: Vec<Effect>) -> Delivery {
        self.mark(&mut effects);
        let mut refused = self.refused();
        if refused.is_some() {
            return Delivery::default();
        }
        if let Err(failure) = self.check_emits(&effects) {
            *refused = Some(failure);
            return Delivery::default();
        }
        drop(refused);
        self.inner.commit(scope, effects)
    }

    fn surely_takes(&self, _scope: &EffectScope, name: &str, args: &Args) -> bool {
        self.contract.rules.outbound != Mode::Off
            && self
                .contract
                .checks
                .sent(&self.namespace, name)
                .is_some_and(|sent| surely_fits(&sent.payload, args))
    }

    /// Asked once, for the one acknowledgement of the event.
    fn surely_acks(&self, args: &Args) -> bool {
        let fits = self.contract.rules.ack != Mode::Off
            && self
                .event
                .as_ref()
                .and_then(|event| self.contract.checks.received(&self.namespace, event))
                .and_then(|received| received.ack.as_ref())
                .is_some_and(|check| surely_fits(check, args));
        self.ack_fits.store(fits, Ordering::Relaxed);
        fits
    }
}

/// Whether arguments of which the contract says something fit it, as one walk tells.
fn surely_fits(check: &Check, args: &Args) -> bool {
    !check.is_open() && check.surely_fits(&args.text, args.attachments.len())
}

/// What a violation is about.
struct About<'a> {
    direction: Direction,
    mode: Mode,
    occurrence: OccurrenceId,
    handler: &'a Arc<str>,
    namespace: &'a Arc<str>,
    event: &'a str,
}

impl LoadedContract {
    /// Records arguments of a client that do not fit and that are let through.
    pub(crate) fn tell_inbound(
        &self,
        event: &Event,
        handler: &Arc<str>,
        found: &Violations,
        facts: &Facts,
    ) {
        let about = About {
            direction: Direction::Inbound,
            mode: self.rules.inbound,
            occurrence: event.id,
            handler,
            namespace: &event.namespace,
            event: &event.name,
        };
        self.tell_violations(about, found, facts);
    }

    /// Holds what somebody with the API key sends against the contract, as emits of handlers are.
    ///
    /// # Errors
    /// With every violation, where emits are held strictly.
    pub(crate) fn admit_sent(
        &self,
        namespace: &Arc<str>,
        emit: &Emit,
        facts: &Facts,
    ) -> Result<(), Rejection> {
        let mode = self.rules.outbound;
        if mode == Mode::Off {
            return Ok(());
        }
        let Some(found) = self.emit_violations(namespace, emit, facts) else {
            return Ok(());
        };
        if mode == Mode::Strict {
            return Err(judge::rejection(Misfit::Contract(found)));
        }
        let about = About {
            direction: Direction::Outbound,
            mode,
            occurrence: OccurrenceId::next(),
            handler: &Arc::from(OPERATOR),
            namespace,
            event: &emit.name,
        };
        self.tell_violations(about, &found, facts);
        Ok(())
    }

    /// Records a violation, unless there are too many at a time.
    fn tell_violations(&self, about: About<'_>, found: &Violations, facts: &Facts) {
        let (Some(untold), Some(first)) = (self.told.violation(), found.list.first()) else {
            return;
        };
        let cut = |text: &str| {
            let end = text.floor_char_boundary(TEXT_BYTES_MAX);
            text.get(..end).unwrap_or_default().to_owned()
        };
        facts.record(Fact::ContractViolation(Box::new(ContractViolation {
            occurrence: about.occurrence,
            direction: about.direction.as_str(),
            mode: about.mode.as_str(),
            handler: about.handler.clone(),
            namespace: about.namespace.clone(),
            event: about.event.into(),
            pointer: cut(&first.pointer),
            rule: cut(&first.rule),
            message: cut(&first.message),
            violations: found.list.len() + found.more,
            untold,
        })));
    }
}
