//! A stay: one connection in one namespace, whatever it speaks. The order of things that all edges
//! keep stands here: the connect hook and its effects, answers, the disconnect hook.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::dispatch::{Commit, dispatch};
use crate::effect::{Effect, EffectScope};
use crate::event::{Args, Event, EventKind, Moment, Origin};
use crate::fact::Fact;
use crate::outcome::{Code, ErrorBody, Outcome, Rejection};

use super::hub::{Admission, Expected, Hub, Leave, Namespace, Peer, Sent, one_argument};
use super::socketio::SocketGateway;

/// One connection in one namespace.
pub(super) struct Stay {
    pub(super) namespace: Arc<Namespace>,
    /// As what it was let in: the id that handlers know, and who it is.
    pub(super) admission: Admission,
    phase: Mutex<Phase>,
    /// Held while the connect hook's effects are committed, which come before any other.
    joining: Mutex<()>,
    /// They have been: each event looks here first.
    has_joined: AtomicBool,
    /// Whether a connect hook has let it in.
    is_greeted: AtomicBool,
}

/// How far the stay has come.
enum Phase {
    /// Let in, and not told so. Holds the connect hook's effects, and the namespace open.
    Accepted(
        Vec<Effect>,
        #[expect(dead_code, reason = "held for its drop")] Expected,
    ),
    /// A member of the namespace.
    Joined,
    /// Over.
    Left,
}

impl Stay {
    pub(super) fn new(namespace: Arc<Namespace>, admission: Admission, expected: Expected) -> Self {
        Self {
            namespace,
            admission,
            phase: Mutex::new(Phase::Accepted(Vec::new(), expected)),
            joining: Mutex::new(()),
            has_joined: AtomicBool::new(false),
            is_greeted: AtomicBool::new(false),
        }
    }

    /// Asks the connect hook, with the client's own words; keeps what it wants done until the
    /// client has joined. For handlers a session that is resumed never went away.
    ///
    /// # Errors
    /// With the hook's refusal.
    pub(super) async fn ask_hook(
        &self,
        gateway: &SocketGateway,
        args: Args,
    ) -> Result<(), Rejection> {
        if self.admission.is_resumed() {
            return Ok(());
        }
        // As long as an event may take: a place, and the handler's time.
        let limits = &gateway.limits;
        let wait = Duration::from_millis(limits.call_wait_ms.saturating_add(limits.deadline_ms));
        if !gateway.hub.has_parted(&self.admission.id, wait).await {
            let words = "the disconnect hook of the session's end has not run yet (limit `calls`); \
                         try again later";
            return Err(Rejection::at_limit(Code::Busy, "calls", words));
        }
        if !gateway.answers(&self.namespace.path, "connect") {
            return Ok(());
        }
        let event = self.hook(EventKind::Connect, args);
        let _in_flight = gateway.in_flight.enter();
        let ended = dispatch(&gateway.host, &event, Commit::ByEdge).await;
        if let Some(rejection) = ended.outcome.rejection() {
            return Err(rejection);
        }
        let has_left = match &mut *self.lock() {
            Phase::Accepted(kept, _) => {
                *kept = ended.effects;
                self.is_greeted.store(true, Ordering::SeqCst);
                false
            }
            Phase::Joined => false,
            Phase::Left => true,
        };
        if has_left {
            // It went while the hook ran, and whoever saw it go could not know.
            self.part(gateway, "transport close").await;
        }
        Ok(())
    }

    /// The disconnect hook of a client that a connect hook has let in and that went before it
    /// could come in; once.
    pub(super) fn owed_hook(&self) -> Option<Event> {
        let mut phase = self.lock();
        let is_owed =
            matches!(*phase, Phase::Accepted(..)) && self.is_greeted.load(Ordering::SeqCst);
        if !is_owed {
            return None;
        }
        *phase = Phase::Left;
        Some(self.farewell("transport close"))
    }

    /// Runs the disconnect hook.
    async fn part(&self, gateway: &SocketGateway, reason: &'static str) {
        if gateway.answers(&self.namespace.path, "disconnect") {
            dispatch(&gateway.host, &self.farewell(reason), Commit::Now).await;
        }
    }

    /// The event of the disconnect hook.
    fn farewell(&self, reason: &str) -> Event {
        let args = Args::from_text(one_argument(&reason));
        self.hook(EventKind::Disconnect, args)
    }

    /// Makes the connection a member and commits the connect hook's effects, once.
    pub(super) fn join(&self, hub: &Hub, peer: impl FnOnce() -> Arc<dyn Peer>) {
        if self.has_joined.load(Ordering::Acquire) {
            return;
        }
        let _joining = self.joining.lock().unwrap_or_else(PoisonError::into_inner);
        let effects = {
            let mut phase = self.lock();
            let Phase::Accepted(effects, _) = &mut *phase else {
                return;
            };
            let effects = std::mem::take(effects);
            hub.enter(&self.namespace, &self.admission, peer());
            *phase = Phase::Joined;
            effects
        };
        if !effects.is_empty() {
            hub.commit_for(&self.scope(), effects);
        }
        self.has_joined.store(true, Ordering::Release);
    }

    /// Ends the stay, and runs the disconnect hook with the reason where that was the end.
    /// `is_final`: somebody wanted it to end; otherwise a session waits for its client.
    pub(super) async fn end(
        &self,
        gateway: &SocketGateway,
        peer: &Arc<dyn Peer>,
        reason: &'static str,
        is_final: bool,
    ) {
        if let Leave::Over(_parting) = self.leave(&gateway.hub, peer, is_final) {
            self.part(gateway, reason).await;
        }
        gateway.end_if_empty(&self.namespace);
    }

    fn leave(&self, hub: &Hub, peer: &Arc<dyn Peer>, is_final: bool) -> Leave {
        let mut phase = self.lock();
        let was = std::mem::replace(&mut *phase, Phase::Left);
        match was {
            Phase::Joined => {}
            // The connect hook has let it in, and it never came: for handlers it was there.
            Phase::Accepted(..) if self.is_greeted.load(Ordering::SeqCst) => {
                return Leave::Over(None);
            }
            Phase::Accepted(..) | Phase::Left => return Leave::Stale,
        }
        hub.leave(&self.namespace, &self.admission.id, peer, is_final)
    }

    /// An event that the client has sent.
    pub(super) fn message(&self, name: &str, args: Args, received: Moment) -> Event {
        Event {
            principal: self.admission.principal,
            ..Event::received(
                self.namespace.path.clone(),
                Arc::from(name),
                args,
                self.origin(),
                received,
            )
        }
    }

    /// The event of a connect or disconnect hook.
    fn hook(&self, kind: EventKind, args: Args) -> Event {
        let name = if kind == EventKind::Connect {
            "connect"
        } else {
            "disconnect"
        };
        Event {
            kind,
            wants_ack: false,
            ..self.message(name, args, Moment::now())
        }
    }

    /// Exactly one acknowledgement for who wants one, by `ack`; who does not hears of failures
    /// only.
    pub(super) fn answer(
        &self,
        gateway: &SocketGateway,
        peer: &dyn Peer,
        event: &Event,
        outcome: Outcome,
        ack: Option<&dyn Fn(Answer<'_>) -> Sent>,
    ) {
        let (sent, what) = match (outcome, ack) {
            (Outcome::Replied(reply), Some(ack)) => {
                let args = reply.unwrap_or_else(|| Args::from_text("[]"));
                (ack(Answer::Reply(args)), "ack")
            }
            (Outcome::Replied(_), None) => return,
            (outcome, ack) => {
                let Some(rejection) = outcome.rejection() else {
                    return;
                };
                let body = rejection.body(event.id);
                match ack {
                    Some(ack) => (ack(Answer::Error(&body)), "ack"),
                    None => {
                        let args = Args::from_text(one_argument(&body));
                        let id = &self.admission.id;
                        let sent = gateway.hub.tell_failure(&self.namespace, id, &args);
                        (sent, "error_event")
                    }
                }
            }
        };
        if sent == Sent::Gone {
            let connection = peer.link().connection;
            gateway
                .host
                .facts
                .record(Fact::SendFailed { connection, what });
        }
    }

    /// On whose behalf effects of this stay's events are committed.
    fn scope(&self) -> EffectScope {
        EffectScope {
            namespace: self.namespace.path.clone(),
            origin: self.origin(),
        }
    }

    fn origin(&self) -> Origin {
        Origin::Socket(self.admission.id.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an acknowledgement carries.
pub(super) enum Answer<'a> {
    /// The handler's reply.
    Reply(Args),
    /// Why there is none.
    Error(&'a ErrorBody<'a>),
}
