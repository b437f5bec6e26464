//! What the journal holds: one record for each change of a session. A record is its length and its
//! CRC-32 (4 bytes each, little-endian) and its body, written by `postcard`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::token::Nonce;

/// The version of the format; a journal of another one is not read.
pub(super) const VERSION: u32 = 1;
/// Bytes before a record's body.
const HEAD_BYTES: usize = 8;
/// Longest body: far above what limits allow, and far below what a damaged length could ask for.
const BODY_BYTES_MAX: usize = 1 << 30;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Record<'a> {
    /// The first record of each journal.
    Began {
        /// The format.
        version: u32,
        /// Which start of the machine wrote it: what was not synced does not survive another one.
        #[serde(borrow)]
        boot: Cow<'a, str>,
        /// Whether each record is on the disk before it counts.
        is_synced: bool,
    },
    /// A session began, or stands at the beginning of a rewritten journal.
    Opened {
        /// Its number in this journal.
        number: u64,
        /// Its id.
        #[serde(borrow)]
        id: Cow<'a, str>,
        /// Its namespace.
        #[serde(borrow)]
        namespace: Cow<'a, str>,
        /// Whether it began with the API key.
        has_key: bool,
        /// The number of its last emit that is not in this journal.
        sent: u64,
    },
    /// A session ended.
    Ended {
        /// Which.
        number: u64,
    },
    /// A session joined a room.
    Joined {
        /// Which.
        number: u64,
        /// The room.
        #[serde(borrow)]
        room: Cow<'a, str>,
    },
    /// A session left a room.
    Left {
        /// Which.
        number: u64,
        /// The room.
        #[serde(borrow)]
        room: Cow<'a, str>,
    },
    /// A session's user data changed.
    Data {
        /// Which.
        number: u64,
        /// The key.
        #[serde(borrow)]
        key: Cow<'a, str>,
        /// JSON; none: the key is gone.
        value: Option<Cow<'a, str>>,
    },
    /// Sessions were sent an emit.
    Sent {
        /// When, in milliseconds since 1970-01-01 UTC.
        at_ms: u64,
        /// The emit as the wire has it.
        #[serde(borrow)]
        text: Cow<'a, str>,
        /// Its attachments.
        attachments: Vec<Vec<u8>>,
        /// To which.
        to: Cow<'a, [u64]>,
    },
    /// A token was used.
    Spent {
        /// Its nonce.
        nonce: Nonce,
        /// Until when that matters.
        expires_at_ms: u64,
    },
    /// The server ended in good order: the journal is whole and on the disk.
    Closed,
}

impl Record<'_> {
    /// Appends the record as the journal has it.
    ///
    /// # Errors
    /// When it is too long to be read again.
    pub(super) fn write(&self, buffer: &mut Vec<u8>) -> std::io::Result<()> {
        let start = buffer.len();
        buffer.extend([0; HEAD_BYTES]);
        let written = postcard::to_io(self, &mut *buffer).map(drop);
        let body = buffer.get(start + HEAD_BYTES..).unwrap_or_default();
        let length = u32::try_from(body.len()).ok();
        let (Ok(()), Some(length), true) = (written, length, body.len() <= BODY_BYTES_MAX) else {
            buffer.truncate(start);
            return Err(std::io::ErrorKind::InvalidData.into());
        };
        let crc = crc32fast::hash(body);
        if let Some(head) = buffer.get_mut(start..start + HEAD_BYTES) {
            let (length_bytes, crc_bytes) = head.split_at_mut(4);
            length_bytes.copy_from_slice(&length.to_le_bytes());
            crc_bytes.copy_from_slice(&crc.to_le_bytes());
        }
        Ok(())
    }

    /// The first record of some bytes, and what stands behind it; none where there is no whole
    /// one.
    pub(super) fn read(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (crc, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let body = rest.get(..length)?;
        if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
            return None;
        }
        let record = postcard::from_bytes(body).ok()?;
        Some((record, rest.get(length..)?))
    }

    /// Whether bytes that are no record were meant to be a whole one. What a process that was
    /// killed leaves at the end is shorter than its length says.
    pub(super) fn is_damaged(bytes: &[u8]) -> bool {
        let Some((length, rest)) = bytes.split_first_chunk::<4>() else {
            return false;
        };
        let length = u32::from_le_bytes(*length) as usize;
        rest.len() >= length.saturating_add(4) || length > BODY_BYTES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> Vec<Record<'static>> {
        vec![
            Record::Began {
                version: VERSION,
                boot: "b".into(),
                is_synced: false,
            },
            Record::Opened {
                number: 7,
                id: "c1".into(),
                namespace: "/".into(),
                has_key: true,
                sent: 300,
            },
            Record::Joined {
                number: 7,
                room: "raum ü".into(),
            },
            Record::Data {
                number: 7,
                key: "k".into(),
                value: Some("{}".into()),
            },
            Record::Sent {
                at_ms: 5,
                text: "[\"a\"]".into(),
                attachments: vec![vec![0, 255]],
                to: vec![7, 300].into(),
            },
            Record::Spent {
                nonce: [9; 12],
                expires_at_ms: u64::MAX,
            },
            Record::Closed,
        ]
    }

    #[test]
    fn records_are_read_as_they_were_written() {
        let mut bytes = Vec::new();
        for record in records() {
            record.write(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        for record in records() {
            let (read, behind) = Record::read(rest).unwrap();
            assert_eq!(read, record);
            rest = behind;
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn damaged_and_half_records_are_none() {
        let mut bytes = Vec::new();
        records()[4].write(&mut bytes).unwrap();
        for end in 0..bytes.len() {
            assert!(Record::read(&bytes[..end]).is_none(), "{end}");
        }
        for position in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[position] ^= 1 << bit;
                assert!(Record::read(&damaged).is_none(), "{position} {bit}");
            }
        }
    }
}
