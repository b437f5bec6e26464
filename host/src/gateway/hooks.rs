//! Disconnect hooks of sessions that ended without their client. Nobody waits for their answers:
//! they wait for a place as long as it takes, and run in the order in which the sessions ended.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::dispatch::{Commit, dispatch};
use crate::event::{Args, Event, EventKind, Origin, Principal};
use crate::fact::Fact;
use crate::session::Ended;

use super::Gateway;
use super::hub::{Parting, one_argument};

/// The hooks that wait, the one that runs among them.
pub(super) struct Hooks {
    waiting: Mutex<VecDeque<Due>>,
    waiting_max: usize,
    has_worker: AtomicBool,
}

/// A hook that is due. Work under way, until it has run or is dropped.
struct Due {
    ended: Ended,
    /// Who takes the session's id waits as long as this is held.
    _parting: Parting,
}

impl Hooks {
    /// None yet; so many may wait.
    pub(super) fn new(waiting_max: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            waiting_max,
            has_worker: AtomicBool::new(false),
        }
    }

    /// Hooks that wait, or run.
    pub(super) fn waiting(&self) -> usize {
        self.lock().len()
    }

    /// Puts what follows from the end of sessions behind what waits; what is beyond the limit
    /// `waiting_hooks` is dropped.
    pub(super) fn put(&self, gateway: &Arc<Gateway>, over: Vec<(Ended, Parting)>) {
        for (ended, parting) in over {
            if !gateway.sockets.answers(&ended.namespace, "disconnect") {
                gateway.sockets.ended_in(&ended.namespace);
                continue;
            }
            let mut waiting = self.lock();
            if waiting.len() >= self.waiting_max {
                drop(waiting);
                dropped(gateway, &ended, "waiting_hooks");
                gateway.sockets.ended_in(&ended.namespace);
                continue;
            }
            gateway.sockets.in_flight.add();
            waiting.push_back(Due {
                ended,
                _parting: parting,
            });
        }
        if self.waiting() > 0 && !self.has_worker.swap(true, Ordering::SeqCst) {
            tokio::spawn(work(gateway.clone()));
        }
    }

    /// The server ends: what has not run will not, and a fact says so of each.
    pub(super) fn give_up(&self, gateway: &Gateway) {
        let waiting = std::mem::take(&mut *self.lock());
        for due in waiting {
            dropped(gateway, &due.ended, "shutdown");
        }
    }

    fn first(&self) -> Option<Ended> {
        self.lock().front().map(|due| due.ended.clone())
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Due>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn dropped(gateway: &Gateway, ended: &Ended, code: &'static str) {
    gateway.host.facts.record(Fact::HookDropped {
        session: ended.id.clone(),
        namespace: ended.namespace.clone(),
        code,
    });
}

/// Runs what waits, one after the other. A hook leaves the queue when it has run: whoever looks
/// at the end of the server sees what did not come to its end.
async fn work(gateway: Arc<Gateway>) {
    let hooks = &gateway.hooks;
    loop {
        while let Some(ended) = hooks.first() {
            let namespace = ended.namespace.clone();
            // A task of its own: should it panic, the next one has its turn.
            let _ = tokio::spawn(run(gateway.clone(), ended)).await;
            if hooks.lock().pop_front().is_some() {
                gateway.sockets.in_flight.remove();
            }
            gateway.sockets.ended_in(&namespace);
        }
        hooks.has_worker.store(false, Ordering::SeqCst);
        // Something may have come between the last look and that.
        if hooks.waiting() == 0 || hooks.has_worker.swap(true, Ordering::SeqCst) {
            return;
        }
    }
}

async fn run(gateway: Arc<Gateway>, ended: Ended) {
    let args = Args::from_text(one_argument(&"session expired"));
    let event = Event {
        kind: EventKind::Disconnect,
        wants_ack: false,
        is_patient: true,
        principal: if ended.has_key {
            Principal::ApiKey
        } else {
            Principal::Anonymous
        },
        ..Event::message(
            ended.namespace,
            Arc::from("disconnect"),
            args,
            Origin::Socket(ended.id),
        )
    };
    dispatch(&gateway.host, &event, Commit::Now).await;
}
