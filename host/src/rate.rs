//! Rates: how many events may come in a time. A token bucket for each, kept as the moment at which
//! it will be full again (the generic cell rate algorithm, ITU-T I.371).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fs7_contract::extension::RateLimit;

use crate::event::{Event, EventKind};
use crate::limits::Limits;
use crate::outcome::{Code, Rejection};

/// The time in which `events_per_second` and its like are counted, in milliseconds: what may come
/// in it may also come at once.
const SECOND_MS: u64 = 1_000;

/// One bucket. It begins full.
#[derive(Debug, Default)]
pub struct Bucket {
    full_at: Mutex<Option<Instant>>,
}

impl Bucket {
    /// Takes one event out.
    ///
    /// # Errors
    /// When it is empty: with the time after which it holds one again.
    pub(crate) fn take(&self, limit: RateLimit, now: Instant) -> Result<(), Duration> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        *full_at = Some(taken(*full_at, limit, now)?);
        Ok(())
    }

    /// Whether it has forgotten everything that was taken.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        let full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        full_at.is_none_or(|full_at| full_at <= now)
    }
}

/// When a bucket will be full again after one more event.
fn taken(full_at: Option<Instant>, limit: RateLimit, now: Instant) -> Result<Instant, Duration> {
    let period = Duration::from_millis(limit.per_ms);
    let share = period / limit.events.max(1);
    let full_at = full_at.unwrap_or(now).max(now) + share;
    let wait = full_at.saturating_duration_since(now + period);
    if wait.is_zero() {
        Ok(full_at)
    } else {
        Err(wait)
    }
}

/// The buckets of one sender. They go with it; full ones are not kept, so there are never more
/// than limited events of late.
#[derive(Debug, Default)]
pub struct Buckets {
    /// Of each event that the contract limits.
    full_at: Mutex<HashMap<Key, Instant>>,
    /// Of all its events together.
    whole: Bucket,
    /// Of all events from its address.
    address: Option<Arc<Bucket>>,
}

/// Namespace and event, the latter as the contract names it.
type Key = (Arc<str>, Arc<str>);

impl Buckets {
    /// Those of a connection, which shares one with all from its address.
    pub(crate) fn from_address(address: Option<Arc<Bucket>>) -> Self {
        Self {
            address,
            ..Self::default()
        }
    }

    /// Takes one event out of its bucket.
    ///
    /// # Errors
    /// When it is empty: with the time after which it holds one again.
    pub(crate) fn take(
        &self,
        namespace: &Arc<str>,
        event: &Arc<str>,
        limit: RateLimit,
        now: Instant,
    ) -> Result<(), Duration> {
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (namespace.clone(), event.clone());
        let full_at = taken(buckets.get(&key).copied(), limit, now)?;
        if !buckets.contains_key(&key) {
            buckets.retain(|_, full_at| *full_at > now);
        }
        buckets.insert(key, full_at);
        Ok(())
    }
}

/// How many events may come in a second, whatever the contract says.
#[derive(Debug, Default)]
pub struct Rates {
    per_connection: u32,
    per_address: u32,
    per_event: u32,
    /// Of each event that somebody answers, whoever sends it.
    events: Buckets,
}

impl Rates {
    /// Those of the settings; 0 is no limit.
    pub fn new(limits: &Limits) -> Self {
        Self {
            per_connection: limits.events_per_second,
            per_address: limits.events_per_second_per_address,
            per_event: limits.events_per_second_per_event,
            events: Buckets::default(),
        }
    }

    /// Whether the connection and the address that an event comes from may send another one by
    /// now. Hooks are the host's own, and what comes over HTTP has the API key: neither counts.
    ///
    /// # Errors
    /// `rate_limited`, with the time after which it may.
    pub(crate) fn admit_sender(&self, event: &Event, now: Instant) -> Result<(), Rejection> {
        let (EventKind::Message, Some(buckets)) = (event.kind, &event.buckets) else {
            return Ok(());
        };
        if let Some(limit) = in_a_second(self.per_connection) {
            let refused = |wait| refusal("events_per_second", limit, "of one connection", wait);
            buckets.whole.take(limit, now).map_err(refused)?;
        }
        if let (Some(limit), Some(bucket)) = (in_a_second(self.per_address), &buckets.address) {
            let name = "events_per_second_per_address";
            let refused = |wait| refusal(name, limit, "from one address", wait);
            bucket.take(limit, now).map_err(refused)?;
        }
        Ok(())
    }

    /// Whether another one of this event may come by now, whoever sends it. Asked last: events
    /// that are refused for their sender's sake take nothing from the others.
    ///
    /// # Errors
    /// `rate_limited`, with the time after which it may.
    pub(crate) fn admit_event(&self, event: &Event, now: Instant) -> Result<(), Rejection> {
        let (EventKind::Message, Some(limit)) = (event.kind, in_a_second(self.per_event)) else {
            return Ok(());
        };
        let name = "events_per_second_per_event";
        let taken = self.events.take(&event.namespace, &event.name, limit, now);
        taken.map_err(|wait| refusal(name, limit, "of this name", wait))
    }
}

fn in_a_second(events: u32) -> Option<RateLimit> {
    let per_ms = SECOND_MS;
    (events > 0).then_some(RateLimit { events, per_ms })
}

fn refusal(name: &'static str, limit: RateLimit, whose: &str, wait: Duration) -> Rejection {
    let retry_after_ms = ceil_ms(wait);
    let message = format!(
        "at most {} events {whose} in {} ms (limit `{name}`); try again in {retry_after_ms} ms",
        limit.events, limit.per_ms
    );
    Rejection {
        retry_after_ms: Some(retry_after_ms),
        ..Rejection::at_limit(Code::RateLimited, name, message)
    }
}

/// Whole milliseconds, never too few.
pub(crate) fn ceil_ms(duration: Duration) -> u64 {
    let ms = duration.as_nanos().div_ceil(1_000_000);
    u64::try_from(ms).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_empties_and_fills_again() {
        let buckets = Buckets::default();
        let limit = RateLimit {
            events: 2,
            per_ms: 100,
        };
        let (namespace, event): Key = ("/".into(), "e".into());
        let start = Instant::now();
        let take = |ms: u64| {
            let now = start + Duration::from_millis(ms);
            buckets.take(&namespace, &event, limit, now)
        };
        assert_eq!(take(0), Ok(()));
        assert_eq!(take(0), Ok(()));
        assert_eq!(take(0), Err(Duration::from_millis(50)));
        assert_eq!(take(20), Err(Duration::from_millis(30)));
        assert_eq!(take(50), Ok(()));
        assert_eq!(take(50), Err(Duration::from_millis(50)));
        assert_eq!(take(1_000), Ok(()));
        assert_eq!(take(1_000), Ok(()));
        assert!(take(1_000).is_err());
    }

    #[test]
    fn full_buckets_are_not_kept() {
        let buckets = Buckets::default();
        let limit = RateLimit {
            events: 1,
            per_ms: 10,
        };
        let start = Instant::now();
        for index in 0..100_u64 {
            let event = Arc::from(format!("e{index}"));
            let now = start + Duration::from_millis(index * 10);
            assert_eq!(buckets.take(&Arc::from("/"), &event, limit, now), Ok(()));
        }
        assert!(buckets.full_at.lock().unwrap().len() <= 2);
    }

    fn event(name: &str, buckets: Option<Arc<Buckets>>) -> Event {
        use crate::event::{Args, ConnectionId, Origin};
        let origin = Origin::Socket(ConnectionId::from_text("c1"));
        let args = Args::from_text("[]");
        Event {
            buckets,
            ..Event::message("/".into(), name.into(), args, origin)
        }
    }

    fn limits(connection: u32, address: u32, event: u32) -> Limits {
        Limits {
            events_per_second: connection,
            events_per_second_per_address: address,
            events_per_second_per_event: event,
            ..Limits::default()
        }
    }

    #[test]
    fn each_limit_counts_for_itself_and_names_itself() {
        let address = Arc::new(Bucket::default());
        let sender = || Some(Arc::new(Buckets::from_address(Some(address.clone()))));
        let (one, other) = (event("a", sender()), event("a", sender()));
        let now = Instant::now();
        let rates = Rates::new(&limits(2, 3, 0));
        let named = |result: Result<(), Rejection>| result.map_err(|it| it.limit.unwrap());
        assert_eq!(named(rates.admit_sender(&one, now)), Ok(()));
        assert_eq!(named(rates.admit_sender(&one, now)), Ok(()));
        let refused = rates.admit_sender(&one, now).unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        assert_eq!(refused.retry_after_ms, Some(500));
        assert_eq!(refused.limit, Some("events_per_second"));
        // What was refused took nothing from the address.
        assert_eq!(named(rates.admit_sender(&other, now)), Ok(()));
        let refused = Err("events_per_second_per_address");
        assert_eq!(named(rates.admit_sender(&other, now)), refused);
        let later = now + Duration::from_millis(1_000);
        assert!(!address.is_full(now));
        assert!(address.is_full(later));
        assert_eq!(named(rates.admit_sender(&one, later)), Ok(()));
    }

    #[test]
    fn events_count_whoever_sends_them_and_hooks_never() {
        let rates = Rates::new(&limits(1, 1, 1));
        let now = Instant::now();
        let message = event("a", None);
        // Nothing is known of its sender.
        for _ in 0..3 {
            assert_eq!(rates.admit_sender(&message, now), Ok(()));
        }
        assert_eq!(rates.admit_event(&message, now), Ok(()));
        let refused = rates.admit_event(&message, now).unwrap_err();
        assert_eq!(refused.limit, Some("events_per_second_per_event"));
        assert_eq!(rates.admit_event(&event("b", None), now), Ok(()));
        let hook = Event {
            kind: EventKind::Connect,
            ..event("a", Some(Arc::default()))
        };
        for _ in 0..3 {
            assert_eq!(rates.admit_sender(&hook, now), Ok(()));
            assert_eq!(rates.admit_event(&hook, now), Ok(()));
        }
    }

    #[test]
    fn nothing_is_counted_where_there_is_no_limit() {
        let rates = Rates::new(&limits(0, 0, 0));
        let message = event("a", Some(Arc::default()));
        let now = Instant::now();
        for _ in 0..1_000 {
            assert_eq!(rates.admit_sender(&message, now), Ok(()));
            assert_eq!(rates.admit_event(&message, now), Ok(()));
        }
    }
}
