//! Rate limits: a token bucket for each limited event, kept as the moment at which it will be
//! full again (the generic cell rate algorithm, ITU-T I.371).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fs7_contract::extension::RateLimit;

/// The buckets of one sender. They go with it; full ones are not kept, so there are never more
/// than limited events of late.
#[derive(Debug, Default)]
pub struct Buckets {
    full_at: Mutex<HashMap<Key, Instant>>,
}

/// Namespace and event, the latter as the contract names it.
type Key = (Arc<str>, Arc<str>);

impl Buckets {
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
        let period = Duration::from_millis(limit.per_ms);
        let share = period / limit.events.max(1);
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (namespace.clone(), event.clone());
        let full_at = buckets.get(&key).copied().unwrap_or(now).max(now);
        let wait = (full_at + share).saturating_duration_since(now + period);
        if !wait.is_zero() {
            return Err(wait);
        }
        if !buckets.contains_key(&key) {
            buckets.retain(|_, full_at| *full_at > now);
        }
        buckets.insert(key, full_at + share);
        Ok(())
    }
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
}
