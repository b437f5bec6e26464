//! What WebSocket messages announce: their sizes, in their frames (RFC 6455, section 5.2), and their
//! attachments. The engine ends a connection whose message has too much of either, and does not
//! say that this was why.

use super::announced::Announced;

/// Longest header of a frame: two bytes, eight of length, four of the mask.
const HEADER_BYTES_MAX: usize = 14;

/// What a client has sent too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excess {
    /// A message is too large.
    Bytes,
    /// A message has too many attachments.
    Attachments,
}

/// Follows the frames that a client sends.
#[derive(Debug)]
pub(super) struct Frames {
    bytes_max: u64,
    attachments_max: u64,
    /// The mask of the present frame, from the byte that comes next.
    mask: [u8; 4],
    /// Whether the present frame is one of those that may stand between the frames of a message.
    is_control: bool,
    announced: Announced,
    header: [u8; HEADER_BYTES_MAX],
    /// Bytes of the next header that are there.
    known: usize,
    /// Bytes of the present frame that are still to come.
    rest: u64,
    /// Bytes of the present message, which may have several frames.
    message: u64,
    /// Whether more frames of it are to come.
    is_partial: bool,
    /// Messages that have begun.
    messages: u64,
    /// Attachments that were announced, and have not begun.
    owed: u64,
}

impl Frames {
    /// At the start of a stream; a message may have so many bytes and attachments.
    pub(super) fn new(bytes_max: usize, attachments_max: usize) -> Self {
        Self {
            bytes_max: bytes_max as u64,
            attachments_max: attachments_max as u64,
            mask: [0; 4],
            is_control: false,
            announced: Announced::default(),
            header: [0; HEADER_BYTES_MAX],
            known: 0,
            rest: 0,
            message: 0,
            is_partial: false,
            messages: 0,
            owed: 0,
        }
    }

    /// Whether a new packet begins with the next byte.
    pub(super) fn is_between_packets(&self) -> bool {
        self.known == 0 && self.rest == 0 && !self.is_partial && self.owed == 0
    }

    /// Messages that have begun so far.
    pub(super) fn messages(&self) -> u64 {
        self.messages
    }

    /// Takes in what was read. Gives what a message that begins or goes on in it has too much of.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Option<Excess> {
        loop {
            let payload = usize::try_from(self.rest).unwrap_or(usize::MAX);
            let (present, following) = bytes.split_at(payload.min(bytes.len()));
            if self.announces_too_many(present) {
                return Some(Excess::Attachments);
            }
            self.rest -= present.len() as u64;
            let (first, others) = following.split_first()?;
            bytes = others;
            if let Some(place) = self.header.get_mut(self.known) {
                *place = *first;
                self.known += 1;
            }
            if self.ends_header() {
                return Some(Excess::Bytes);
            }
        }
    }

    /// Looks at the payload of the present frame.
    fn announces_too_many(&mut self, payload: &[u8]) -> bool {
        if self.is_control {
            return false;
        }
        let mask = self.mask.iter().cycle();
        let plain = payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask);
        let announced = self.announced.read(plain);
        let bits = 8 * (payload.len() % 4) as u32;
        self.mask = u32::from_le_bytes(self.mask)
            .rotate_right(bits)
            .to_le_bytes();
        if let Some(count) = announced {
            self.owed = count;
        }
        announced.is_some_and(|count| count > self.attachments_max)
    }

    /// Looks at the header so far. `true`: it is whole, and its message too large.
    fn ends_header(&mut self) -> bool {
        let [first, second, long @ ..] = self.header;
        let length_bytes = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask_bytes = if second & 0x80 == 0 { 0 } else { 4 };
        if self.known < 2 + length_bytes + mask_bytes {
            return false;
        }
        self.known = 0;
        let mask = long.iter().skip(length_bytes).take(mask_bytes);
        self.mask = [0; 4];
        for (place, byte) in self.mask.iter_mut().zip(mask) {
            *place = *byte;
        }
        let long = long.iter().take(length_bytes);
        self.rest = match length_bytes {
            0 => u64::from(second & 0x7f),
            _ => long.fold(0, |length, byte| (length << 8) | u64::from(*byte)),
        };
        // Opcodes from 8 on.
        self.is_control = first & 0x08 != 0;
        if !self.is_control {
            self.is_partial = first & 0x80 == 0;
        }
        match first & 0x0f {
            0 => self.message = self.message.saturating_add(self.rest),
            code @ 1..8 => {
                self.message = self.rest;
                self.messages += 1;
                if code == 2 {
                    self.owed = self.owed.saturating_sub(1);
                }
                // Of text; what is binary is an attachment itself.
                if code == 1 {
                    self.announced.begin();
                }
            }
            _ => return false,
        }
        self.message > self.bytes_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A masked frame of zeros.
    fn frame(first: u8, bytes: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match bytes {
            0..126 => frame.push(0x80 | bytes as u8),
            126..=0xffff => {
                frame.push(0x80 | 126);
                frame.extend((bytes as u16).to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((bytes as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(vec![0x81; bytes]);
        frame
    }

    #[test]
    fn a_message_is_too_large_by_one_byte_in_however_many_frames_and_reads() {
        const TEXT: u8 = 0x81;
        const BEGIN: u8 = 0x02;
        const GO_ON: u8 = 0x00;
        const END: u8 = 0x80;
        const PING: u8 = 0x89;
        for (max, frames, expected) in [
            (0, &[(TEXT, 0)][..], false),
            (0, &[(TEXT, 1)], true),
            (125, &[(TEXT, 125), (TEXT, 125), (PING, 125)], false),
            (125, &[(TEXT, 125), (TEXT, 126)], true),
            (70_000, &[(TEXT, 70_000), (TEXT, 65_535)], false),
            (70_000, &[(TEXT, 70_001)], true),
            (
                300,
                &[(BEGIN, 100), (GO_ON, 100), (END, 100), (TEXT, 300)],
                false,
            ),
            (
                300,
                &[(BEGIN, 100), (PING, 50), (GO_ON, 100), (END, 101)],
                true,
            ),
            (
                300,
                &[(BEGIN, 200), (END, 100), (PING, 125), (END, 1)],
                true,
            ),
        ] {
            let bytes: Vec<u8> = frames.iter().flat_map(|it| frame(it.0, it.1)).collect();
            for part in [1, 2, 3, 7, 4_096, usize::MAX] {
                let mut seen = Frames::new(max, 64);
                let excess = bytes
                    .chunks(part.min(bytes.len()))
                    .find_map(|part| seen.read(part));
                let expected = expected.then_some(Excess::Bytes);
                assert_eq!(excess, expected, "{max} {frames:?} in parts of {part}");
            }
        }
    }

    #[test]
    fn a_length_beyond_all_bounds_is_too_large() {
        let mut seen = Frames::new(usize::MAX >> 1, 64);
        let mut bytes = vec![0x81, 0xff];
        bytes.extend([0xff; 8]);
        bytes.extend([0; 4]);
        assert_eq!(seen.read(&bytes), Some(Excess::Bytes));
    }

    #[test]
    fn attachments_beyond_the_limit_are_seen_wherever_the_message_is_cut() {
        let masked = |first: u8, text: &[u8]| {
            let key = [7, 99, 0, 255];
            let mut frame = vec![first, 0x80 | text.len() as u8];
            frame.extend(key);
            frame.extend(text.iter().zip(key.iter().cycle()).map(|(a, b)| a ^ b));
            frame
        };
        let in_parts = [
            masked(0x01, b"45"),
            masked(0x89, b"ping"),
            masked(0x80, b"3-[]"),
        ]
        .concat();
        for (bytes, expected) in [
            (masked(0x81, b"452-[]"), None),
            (masked(0x81, b"453-[]"), Some(Excess::Attachments)),
            (masked(0x81, b"42[\"453-\"]"), None),
            (masked(0x82, b"453-[]"), None),
            (in_parts, Some(Excess::Attachments)),
        ] {
            for part in [1, 2, 5, 100] {
                let mut seen = Frames::new(1_000, 2);
                let excess = bytes.chunks(part).find_map(|part| seen.read(part));
                assert_eq!(excess, expected, "{bytes:?} in parts of {part}");
            }
        }
    }
}
