//! Formats on the fast way: the plain ones of the many texts that `jsonschema` accepts.

use std::ops::RangeInclusive;

/// Formats that `jsonschema` does not know and lets pass; of them the ones that contracts use.
const UNCHECKED: [&str; 7] = [
    "binary", "byte", "double", "float", "int32", "int64", "password",
];

/// Longest local part of an e-mail address and longest label of a host's name, in bytes
/// (RFC 5321, RFC 1035).
const LOCAL_MAX: usize = 64;
const LABEL_MAX: usize = 63;
const HOST_MAX: usize = 253;

/// A format that the fast way knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Email,
    Uuid,
    DateTime,
}

impl Format {
    /// The format of a name: some is checked, `Some(None)` lets everything pass, and of the rest
    /// the fast way knows nothing.
    pub(super) fn named(name: &str) -> Option<Option<Self>> {
        match name {
            "email" => Some(Some(Self::Email)),
            "uuid" => Some(Some(Self::Uuid)),
            "date-time" => Some(Some(Self::DateTime)),
            other => UNCHECKED.contains(&other).then_some(None),
        }
    }

    pub(super) fn has(self, text: &str) -> bool {
        match self {
            Self::Email => is_email(text),
            Self::Uuid => is_uuid(text),
            Self::DateTime => is_date_time(text),
        }
    }
}

/// Letters, digits and `._+-` before the `@`, a host's name in ASCII after it. No two signs
/// stand together: of `..` both sides must be names, and `--` would say that letters of other
/// scripts are written in it.
fn is_email(text: &str) -> bool {
    // Bytes of the part so far, and of the label in it: what stands between two dots.
    let (mut part, mut label) = (0, 0);
    let (mut in_host, mut is_sign) = (false, true);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => is_sign = false,
            _ if is_sign => return false,
            b'@' if !in_host && part <= LOCAL_MAX => {
                (in_host, is_sign, part, label) = (true, true, 0, 0);
                continue;
            }
            b'.' => {
                (is_sign, label) = (true, 0);
                part += 1;
                continue;
            }
            b'_' | b'+' if !in_host => is_sign = true,
            b'-' => is_sign = true,
            _ => return false,
        }
        part += 1;
        label += 1;
        if in_host && label > LABEL_MAX {
            return false;
        }
    }
    in_host && !is_sign && part <= HOST_MAX
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `2026-01-31T23:59:59.123Z` and the like; the last days of months and leap seconds are left to
/// the slow way.
fn is_date_time(text: &str) -> bool {
    let is_moment = number(text, 0, 4, 0..=9999)
        && is_byte(text, 4, b'-')
        && number(text, 5, 2, 1..=12)
        && is_byte(text, 7, b'-')
        && number(text, 8, 2, 1..=28)
        && is_byte(text, 10, b'T')
        && is_time(text, 11)
        && is_byte(text, 16, b':')
        && number(text, 17, 2, 0..=59);
    let Some(rest) = text.get(19..).filter(|_| is_moment) else {
        return false;
    };
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            // At least one digit, and no more than everybody reads.
            if !(1..=9).contains(&(fraction.len() - zone.len())) {
                return false;
            }
            zone
        }
    };
    let is_offset = zone.len() == 6 && zone.starts_with(['+', '-']) && is_time(zone, 1);
    zone == "Z" || is_offset
}

/// `23:59` at a place.
fn is_time(text: &str, at: usize) -> bool {
    number(text, at, 2, 0..=23) && is_byte(text, at + 2, b':') && number(text, at + 3, 2, 0..=59)
}

fn is_byte(text: &str, at: usize, byte: u8) -> bool {
    text.as_bytes().get(at) == Some(&byte)
}

/// Whether so many digits stand at a place and make a number of the range.
fn number(text: &str, at: usize, length: usize, range: RangeInclusive<u32>) -> bool {
    let digits = text.as_bytes().get(at..at + length).unwrap_or_default();
    let is_number = digits.len() == length && digits.iter().all(u8::is_ascii_digit);
    let value = |value: u32, digit: &u8| value * 10 + u32::from(digit - b'0');
    is_number && range.contains(&digits.iter().fold(0, value))
}
