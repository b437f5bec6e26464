//! When something is due on a connection: a ping, the pong to it, the end of a write that stands
//! still.

use std::time::Duration;

use tokio::time::Instant;

use crate::config::settings::SocketSettings;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing yet.
    Nothing,
    /// A ping.
    Ping,
    /// The client has not been heard of for too long.
    Silence,
    /// It has taken nothing for too long.
    Stall,
}

/// The clock of one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    interval: Duration,
    timeout: Duration,
    stall: Duration,
    next_ping: Instant,
    /// Since when an answer is waited for.
    asked: Option<Instant>,
}

impl Clock {
    pub(super) fn new(pings: &SocketSettings, write_stall_ms: u64, now: Instant) -> Self {
        let interval = Duration::from_millis(pings.ping_interval_ms);
        Self {
            interval,
            timeout: Duration::from_millis(pings.ping_timeout_ms),
            stall: Duration::from_millis(write_stall_ms),
            next_ping: now + interval,
            asked: None,
        }
    }

    /// Something came from the client.
    pub(super) fn heard(&mut self) {
        self.asked = None;
    }

    /// The client took something that had waited for it: it is there, if slow.
    pub(super) fn took(&mut self, at: Instant) {
        self.asked = self.asked.map(|asked| asked.max(at));
    }

    /// When to look again.
    pub(super) fn next(&self, blocked_since: Option<Instant>) -> Instant {
        match (blocked_since, self.asked) {
            // Who takes nothing cannot take a ping.
            (Some(since), _) => since + self.stall,
            (None, Some(asked)) => asked + self.timeout,
            (None, None) => self.next_ping,
        }
    }

    /// What is due now. A client that is not read from cannot be heard: its silence is ours.
    pub(super) fn look(
        &mut self,
        now: Instant,
        blocked_since: Option<Instant>,
        is_reading: bool,
    ) -> Due {
        if now < self.next(blocked_since) {
            return Due::Nothing;
        }
        if blocked_since.is_some() {
            return Due::Stall;
        }
        if self.asked.is_some() && is_reading {
            return Due::Silence;
        }
        self.next_ping = now + self.interval;
        self.asked = Some(now);
        Due::Ping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_pongs_and_stalls_have_their_times() {
        let pings = SocketSettings {
            ping_interval_ms: 100,
            ping_timeout_ms: 30,
            ..SocketSettings::default()
        };
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut clock = Clock::new(&pings, 50, start);
        assert_eq!(clock.next(None), at(100));
        assert_eq!(clock.look(at(99), None, true), Due::Nothing);
        assert_eq!(clock.look(at(100), None, true), Due::Ping);
        assert_eq!(clock.next(None), at(130));
        clock.heard();
        assert_eq!(clock.next(None), at(200));
        assert_eq!(clock.look(at(205), None, true), Due::Ping);
        clock.took(at(204));
        assert_eq!(clock.next(None), at(235));
        // Nobody reads from it: it is asked again.
        assert_eq!(clock.look(at(235), None, false), Due::Ping);
        assert_eq!(clock.look(at(264), None, true), Due::Nothing);
        clock.took(at(240));
        assert_eq!(clock.look(at(269), None, true), Due::Nothing);
        assert_eq!(clock.look(at(270), None, true), Due::Silence);
        // A write that waits counts for itself.
        assert_eq!(clock.next(Some(at(250))), at(300));
        assert_eq!(clock.look(at(299), Some(at(250)), true), Due::Nothing);
        assert_eq!(clock.look(at(300), Some(at(250)), true), Due::Stall);
    }
}
