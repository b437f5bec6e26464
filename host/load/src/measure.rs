//! Latencies: HDR histograms in microseconds, kept in parts so that many tasks can record.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};
use serde::Serialize;

/// Histograms of one recorder: tasks that record at the same moment seldom meet in one.
const PARTS: usize = 8;
/// Longest latency that is told apart, in microseconds: an hour. Longer ones count as this.
const LONGEST_US: u64 = 3_600_000_000;
/// Three digits of each latency are kept.
const DIGITS: u8 = 3;

/// Where latencies are recorded.
pub(crate) struct Recorder {
    parts: Vec<Mutex<Histogram<u64>>>,
}

impl Recorder {
    /// An empty one.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub(crate) fn new() -> Result<Self, CreationError> {
        let part = |_| Histogram::new_with_bounds(1, LONGEST_US, DIGITS).map(Mutex::new);
        let parts = (0..PARTS).map(part).collect::<Result<_, _>>()?;
        Ok(Self { parts })
    }

    /// Records a latency; `who` tells tasks apart.
    pub(crate) fn record(&self, who: usize, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(LONGEST_US);
        if let Some(part) = self.parts.get(who % PARTS) {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            // Less than a microsecond counts as one.
            part.saturating_record(micros.max(1));
        }
    }

    /// What was recorded so far.
    pub(crate) fn quantiles(&self) -> Option<Quantiles> {
        let mut whole: Option<Histogram<u64>> = None;
        for part in &self.parts {
            let part = part.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut whole {
                None => whole = Some(part.clone()),
                // All have the same bounds, so that adding cannot fail.
                Some(whole) => {
                    let _ = whole.add(&*part);
                }
            }
        }
        whole.filter(|whole| !whole.is_empty()).map(Quantiles::of)
    }
}

/// How latencies are spread, in microseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    /// How many there are.
    pub count: u64,
    /// The shortest.
    pub min: u64,
    /// Their mean.
    pub mean: f64,
    /// Half are not longer.
    pub p50: u64,
    /// 90 of 100 are not longer.
    pub p90: u64,
    /// 99 of 100 are not longer.
    pub p99: u64,
    /// 999 of 1,000 are not longer.
    pub p999: u64,
    /// The longest.
    pub max: u64,
}

impl Quantiles {
    #[expect(clippy::needless_pass_by_value, reason = "the histogram is done with")]
    fn of(histogram: Histogram<u64>) -> Self {
        Self {
            count: histogram.len(),
            min: histogram.min(),
            mean: (histogram.mean() * 10.0).round() / 10.0,
            p50: histogram.value_at_quantile(0.5),
            p90: histogram.value_at_quantile(0.9),
            p99: histogram.value_at_quantile(0.99),
            p999: histogram.value_at_quantile(0.999),
            max: histogram.max(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_all_parts() {
        let recorder = Recorder::new().unwrap();
        assert_eq!(recorder.quantiles(), None);
        for who in 1..=1_000 {
            recorder.record(who, Duration::from_micros(who as u64));
        }
        let quantiles = recorder.quantiles().unwrap();
        assert_eq!(quantiles.count, 1_000);
        assert_eq!(quantiles.min, 1);
        assert_eq!(quantiles.p50, 500);
        assert_eq!(quantiles.p90, 900);
        assert_eq!(quantiles.p99, 990);
        assert_eq!(quantiles.max, 1_000);
        assert!((quantiles.mean - 500.5).abs() < 0.1, "{quantiles:?}");
    }

    #[test]
    fn what_is_too_short_or_too_long_is_counted_at_the_bounds() {
        let recorder = Recorder::new().unwrap();
        recorder.record(0, Duration::ZERO);
        recorder.record(1, Duration::from_secs(1 << 40));
        let quantiles = recorder.quantiles().unwrap();
        assert_eq!((quantiles.count, quantiles.min), (2, 1));
        assert!(quantiles.max >= LONGEST_US, "{quantiles:?}");
    }
}
