//! The upkeep of sessions: those whose client does not come back end, and their disconnect hooks
//! run.

use std::sync::Arc;
use std::time::Duration;

use crate::dispatch::{Commit, dispatch};
use crate::event::{Args, Event, EventKind, Origin, Principal};
use crate::session::Ended;

use super::Gateway;
use super::hub::one_argument;

/// Longest time between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Shortest time between two looks.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_millis(20);

/// Looks from time to time, until the future is dropped.
pub(super) async fn upkeep(gateway: Arc<Gateway>) {
    let retention = Duration::from_millis(gateway.settings.sessions.retention_ms);
    let every = (retention / 8).clamp(LOOK_AT_MOST_EVERY, LOOK_EVERY);
    let mut looks = tokio::time::interval(every);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let over = gateway.sockets.hub.tick();
        if !over.is_empty() {
            // Hooks may take their time; looking may not.
            gateway.sockets.in_flight.add();
            tokio::spawn(all_over(gateway.clone(), over));
        }
    }
}

/// One after the other. The caller has counted it as work under way.
async fn all_over(gateway: Arc<Gateway>, over: Vec<Ended>) {
    for ended in over {
        self::over(&gateway, ended).await;
    }
    gateway.sockets.in_flight.remove();
}

/// What follows from a session's end.
async fn over(gateway: &Arc<Gateway>, ended: Ended) {
    let host = &gateway.host;
    let hook = host.registry.table();
    if hook.find(&ended.namespace, "disconnect").is_some() {
        let args = Args::from_text(one_argument(&"session expired"));
        let event = Event {
            kind: EventKind::Disconnect,
            wants_ack: false,
            principal: if ended.has_key {
                Principal::ApiKey
            } else {
                Principal::Anonymous
            },
            ..Event::message(
                ended.namespace.clone(),
                Arc::from("disconnect"),
                args,
                Origin::Socket(ended.id),
            )
        };
        let _in_flight = gateway.sockets.in_flight.enter();
        dispatch(host, &event, Commit::Now).await;
    }
    gateway.sockets.ended_in(&ended.namespace);
}
