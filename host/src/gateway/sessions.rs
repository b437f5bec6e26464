//! The upkeep of sessions: those whose client does not come back end, and their disconnect hooks
//! are due.

use std::sync::Arc;
use std::time::Duration;

use super::Gateway;

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
        // Hooks may take their time; looking may not.
        gateway.hooks.put(&gateway, over);
    }
}
