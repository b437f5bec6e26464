//! What a session was sent and may have missed: numbered, within bounds of number, bytes and age.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One emit that is kept. Sessions that were sent the same share it.
pub(super) struct Kept<P> {
    /// Its number among all that were kept; orders them.
    pub(super) serial: u64,
    /// When it was sent, in milliseconds since 1970-01-01 UTC.
    pub(super) at_ms: u64,
    /// What was sent.
    pub(super) payload: P,
    bytes: usize,
    total: Arc<AtomicUsize>,
}

impl<P> Kept<P> {
    /// Counts its bytes in `total` as long as somebody keeps it.
    pub(super) fn new(
        serial: u64,
        at_ms: u64,
        payload: P,
        bytes: usize,
        total: &Arc<AtomicUsize>,
    ) -> Arc<Self> {
        total.fetch_add(bytes, Ordering::Relaxed);
        Arc::new(Self {
            serial,
            at_ms,
            payload,
            bytes,
            total: total.clone(),
        })
    }
}

impl<P> Drop for Kept<P> {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// How much one session keeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) messages: usize,
    pub(super) bytes: usize,
    pub(super) age_ms: u64,
}

/// What follows after the events that a client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    /// The number after which the kept ones follow.
    pub(super) after: u64,
    /// Whether nothing is missing.
    pub(super) is_whole: bool,
    /// The last number that is missing for good; none where nobody can say.
    pub(super) lost_to: Option<u64>,
}

/// The emits of one session. The first one has the number 1.
pub(super) struct Backlog<P> {
    /// The number of the last one; the kept ones have the numbers up to it, without a hole.
    sent: u64,
    kept: VecDeque<Arc<Kept<P>>>,
    bytes: usize,
    /// Nobody knows how many were sent.
    is_doubtful: bool,
    /// The client has missed more bytes than are kept for it.
    has_overflowed: bool,
}

impl<P> Backlog<P> {
    /// A backlog in which so many were sent and none is kept.
    pub(super) fn new(sent: u64) -> Self {
        Self {
            sent,
            kept: VecDeque::new(),
            bytes: 0,
            is_doubtful: false,
            has_overflowed: false,
        }
    }

    /// More may have been sent than is known: nothing that is kept is believed.
    pub(super) fn doubt(&mut self) {
        self.kept = VecDeque::new();
        self.bytes = 0;
        self.is_doubtful = true;
    }

    /// The client knows what it has lost.
    pub(super) fn told(&mut self) {
        self.is_doubtful = false;
        self.has_overflowed = false;
    }

    /// The number of the last emit.
    #[cfg(test)]
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// The number of the last emit that is not kept any more.
    pub(super) fn forgotten(&self) -> u64 {
        self.sent - self.kept.len() as u64
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds one and lets go what is beyond the bounds. Gives its number.
    pub(super) fn push(&mut self, kept: Arc<Kept<P>>, bounds: Bounds) -> u64 {
        self.sent += 1;
        self.bytes += kept.bytes;
        self.trim(bounds, kept.at_ms);
        self.kept.push_back(kept);
        while self.kept.len() > bounds.messages || self.bytes > bounds.bytes {
            self.forget_first();
        }
        self.sent
    }

    /// Whether one more makes the oldest go for the bytes, the first time since the client was
    /// told.
    pub(super) fn overflows(&mut self, kept: &Kept<P>, bounds: Bounds) -> bool {
        let is_over = self.bytes.saturating_add(kept.bytes) > bounds.bytes;
        is_over && !std::mem::replace(&mut self.has_overflowed, true)
    }

    /// Lets go what is too old.
    pub(super) fn trim(&mut self, bounds: Bounds, now_ms: u64) {
        let oldest = now_ms.saturating_sub(bounds.age_ms);
        while self.kept.front().is_some_and(|kept| kept.at_ms < oldest) {
            self.forget_first();
        }
    }

    /// Lets go everything before a serial.
    pub(super) fn forget_before(&mut self, serial: u64) {
        while self.kept.front().is_some_and(|kept| kept.serial < serial) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(first) = self.kept.pop_front() {
            self.bytes = self.bytes.saturating_sub(first.bytes);
        }
        if self.kept.is_empty() {
            // One that lets go what it kept does not keep the room for it.
            self.kept = VecDeque::new();
        }
    }

    /// What follows for a client that has received so many.
    pub(super) fn rest(&self, received: u64) -> Rest {
        let forgotten = self.forgotten();
        if self.is_doubtful || received > self.sent {
            // It has seen emits that we do not know of: our journal lost its end.
            return Rest {
                after: self.sent,
                is_whole: false,
                lost_to: None,
            };
        }
        Rest {
            after: received.max(forgotten),
            is_whole: received >= forgotten,
            lost_to: (received < forgotten).then_some(forgotten),
        }
    }

    /// The kept ones after a number, each with its own.
    pub(super) fn after(&self, number: u64) -> impl Iterator<Item = (u64, &Arc<Kept<P>>)> {
        let forgotten = self.forgotten();
        let skipped = usize::try_from(number.saturating_sub(forgotten)).unwrap_or(usize::MAX);
        let numbered = self.kept.iter().enumerate().skip(skipped);
        numbered.map(move |(index, kept)| (forgotten + index as u64 + 1, kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        messages: 3,
        bytes: 100,
        age_ms: 10,
    };

    fn push(backlog: &mut Backlog<u64>, at_ms: u64, bytes: usize, total: &Arc<AtomicUsize>) {
        let serial = backlog.sent() + 1;
        let kept = Kept::new(serial, at_ms, serial, bytes, total);
        assert_eq!(backlog.push(kept, BOUNDS), serial);
    }

    fn after(backlog: &Backlog<u64>, number: u64) -> Vec<u64> {
        let numbers = backlog.after(number);
        numbers
            .map(|(number, kept)| {
                assert_eq!(number, kept.payload, "numbers have no hole");
                number
            })
            .collect()
    }

    #[test]
    fn what_follows_is_whole_or_says_what_is_lost() {
        let total = Arc::default();
        let mut backlog = Backlog::new(0);
        for _ in 0..5 {
            push(&mut backlog, 0, 1, &total);
        }
        for (received, follows, is_whole, lost_to) in [
            (0, vec![3, 4, 5], false, Some(2)),
            (1, vec![3, 4, 5], false, Some(2)),
            (2, vec![3, 4, 5], true, None),
            (4, vec![5], true, None),
            (5, vec![], true, None),
            (6, vec![], false, None),
            (u64::MAX, vec![], false, None),
        ] {
            let rest = backlog.rest(received);
            assert_eq!(
                (rest.is_whole, rest.lost_to),
                (is_whole, lost_to),
                "{received}"
            );
            assert_eq!(after(&backlog, rest.after), follows, "{received}");
        }
        let empty = Backlog::<u64>::new(7);
        assert!(empty.rest(7).is_whole);
        assert_eq!(empty.rest(6).lost_to, Some(7));
    }

    #[test]
    fn bounds_of_number_bytes_and_age_hold() {
        let total = Arc::default();
        let mut backlog = Backlog::new(0);
        for at_ms in 0..4 {
            push(&mut backlog, at_ms, 10, &total);
        }
        assert_eq!(after(&backlog, 0), [2, 3, 4]);
        push(&mut backlog, 4, 85, &total);
        assert_eq!(after(&backlog, 0), [4, 5]);
        assert_eq!(backlog.bytes(), 95);
        assert_eq!(total.load(Ordering::Relaxed), 95);
        backlog.trim(BOUNDS, 14);
        assert_eq!(after(&backlog, 0), [5]);
        backlog.trim(BOUNDS, 15);
        assert_eq!((backlog.len(), backlog.bytes()), (0, 0));
        assert_eq!(total.load(Ordering::Relaxed), 0);
        // One that alone is too large is not kept, and missed by whoever was away.
        push(&mut backlog, 20, 101, &total);
        assert_eq!((backlog.sent(), backlog.forgotten()), (6, 6));
    }

    #[test]
    fn serials_bound_all_sessions_together() {
        let total = Arc::default();
        let mut backlog = Backlog::new(0);
        for _ in 0..3 {
            push(&mut backlog, 0, 1, &total);
        }
        backlog.forget_before(3);
        assert_eq!(after(&backlog, 0), [3]);
    }
}
