//! Points in time as text, in UTC; and durations.

use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MS_PER_SECOND: u64 = 1_000;
const MS_PER_DAY: u64 = 86_400_000;
/// A day.
pub(super) const DAY: Duration = Duration::from_hours(24);

/// `2026-11-21T09-10-59.042`: sorts by time and is a file name everywhere.
pub fn file_stamp(time: SystemTime) -> String {
    let parts = Parts::of(time);
    let Parts {
        year,
        month,
        day,
        hour,
        minute,
        second,
        ms,
    } = parts;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}-{minute:02}-{second:02}.{ms:03}")
}

/// `2026-11-21T09:10:59.042Z`: RFC 3339.
pub fn rfc3339(time: SystemTime) -> String {
    let parts = Parts::of(time);
    let Parts {
        year,
        month,
        day,
        hour,
        minute,
        second,
        ms,
    } = parts;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Times of log lines, which are near each other: what is the same within a second is kept.
#[derive(Default)]
pub(super) struct Stamp {
    second: Option<u64>,
    text: Vec<u8>,
}

impl Stamp {
    /// `2026-11-21T09:10:59.042137Z`: RFC 3339 with microseconds.
    pub(super) fn of(&mut self, time: SystemTime) -> &[u8] {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        if self.second != Some(since.as_secs()) {
            self.second = Some(since.as_secs());
            self.text = rfc3339(time).into_bytes();
        }
        self.text.truncate("2026-11-21T09:10:59.".len());
        self.text.extend_from_slice(&digits(since.subsec_micros()));
        self.text.push(b'Z');
        &self.text
    }
}

/// Six digits; formatting with padding takes ten times as long.
fn digits(number: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    digits
}

/// Appends a duration in microseconds, with the digits of a number's `Debug`.
pub(super) fn write_us(text: &mut Vec<u8>, duration: Duration) {
    let us = duration.as_secs_f64() * 1e6;
    if duration < DAY {
        text.extend_from_slice(zmij::Buffer::new().format_finite(us).as_bytes());
    } else {
        // Of two texts that are equally short and equally near, the two ways choose different
        // ones; numbers of nanoseconds come so far apart only after days. Memory takes everything.
        let _ = write!(text, "{us:?}");
    }
}

/// A point in time, taken apart.
struct Parts {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    ms: u64,
}

impl Parts {
    /// A clock before 1970 counts as 1970.
    fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let total_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let (year, month, day) = date(total_ms / MS_PER_DAY);
        let second_of_day = total_ms % MS_PER_DAY / MS_PER_SECOND;
        Self {
            year,
            month,
            day,
            hour: second_of_day / 3_600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            ms: total_ms % MS_PER_SECOND,
        }
    }
}

/// Year, month and day of a day that is counted from 1970-01-01. Years are taken to begin in
/// March, which puts the leap day last; 719,468 days lie between 0000-03-01 and 1970-01-01, and
/// the calendar repeats every 146,097 days.
fn date(days_since_1970: u64) -> (u64, u64, u64) {
    let days = days_since_1970 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let leap_corrected =
        day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096;
    let year_of_era = leap_corrected / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ms: u64, expected: &str) {
        assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_millis(ms)), expected);
    }

    #[test]
    fn times_read_as_in_the_calendar() {
        check(0, "1970-01-01T00:00:00.000Z");
        check(951_782_399_999, "2000-02-28T23:59:59.999Z");
        check(951_782_400_000, "2000-02-29T00:00:00.000Z");
        check(1_709_251_199_001, "2024-02-29T23:59:59.001Z");
        check(1_767_225_599_000, "2025-12-31T23:59:59.000Z");
        check(1_795_252_259_042, "2026-11-21T09:10:59.042Z");
        check(4_107_542_400_000, "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn log_lines_have_microseconds() {
        let mut stamp = Stamp::default();
        let mut check = |us, expected: &str| {
            let time = UNIX_EPOCH + Duration::from_micros(us);
            assert_eq!(str::from_utf8(stamp.of(time)), Ok(expected));
        };
        check(1_795_252_259_042_137, "2026-11-21T09:10:59.042137Z");
        check(1_795_252_259_999_999, "2026-11-21T09:10:59.999999Z");
        check(1_795_252_260_000_000, "2026-11-21T09:11:00.000000Z");
        // A clock may be set back.
        check(1_795_252_259_000_001, "2026-11-21T09:10:59.000001Z");
        check(0, "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn file_stamp_has_no_colon() {
        let time = UNIX_EPOCH + Duration::from_millis(1_795_252_259_042);
        assert_eq!(file_stamp(time), "2026-11-21T09-10-59.042");
    }

    #[test]
    fn durations_read_as_debug_writes_them() {
        let check = |ns| {
            let duration = Duration::from_nanos(ns);
            let mut text = Vec::new();
            write_us(&mut text, duration);
            let expected = format!("{:?}", duration.as_secs_f64() * 1e6);
            assert_eq!(str::from_utf8(&text), Ok(expected.as_str()));
        };
        (0..100_000).for_each(check);
        // Of all lengths; those of whole eighths are where texts are equally near.
        let mut seed = 1_u64;
        for index in 0..300_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            check(seed >> (index % 64));
            check((seed >> (index % 64)) / 125 * 125);
        }
    }
}
