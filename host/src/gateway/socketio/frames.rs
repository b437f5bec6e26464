//! The sizes of WebSocket messages, as their frames announce them (RFC 6455, section 5.2): the
//! engine ends a connection whose message is too large, and does not say that this was why.

/// Longest header of a frame: two bytes, eight of length, four of the mask.
const HEADER_BYTES_MAX: usize = 14;

/// Follows the frames that a client sends.
#[derive(Debug)]
pub(super) struct Frames {
    bytes_max: u64,
    header: [u8; HEADER_BYTES_MAX],
    /// Bytes of the next header that are there.
    known: usize,
    /// Bytes of the present frame that are still to come.
    rest: u64,
    /// Bytes of the present message, which may have several frames.
    message: u64,
}

impl Frames {
    /// At the start of a stream; a message may have so many bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max: bytes_max as u64,
            header: [0; HEADER_BYTES_MAX],
            known: 0,
            rest: 0,
            message: 0,
        }
    }

    /// Takes in what was read. `true`: a message that begins or goes on in it is too large.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> bool {
        loop {
            let payload = usize::try_from(self.rest).unwrap_or(usize::MAX);
            let skipped = payload.min(bytes.len());
            self.rest -= skipped as u64;
            bytes = bytes.get(skipped..).unwrap_or_default();
            let Some((first, others)) = bytes.split_first() else {
                return false;
            };
            bytes = others;
            if let Some(place) = self.header.get_mut(self.known) {
                *place = *first;
                self.known += 1;
            }
            if self.ends_header() {
                return true;
            }
        }
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
        let long = long.iter().take(length_bytes);
        self.rest = match length_bytes {
            0 => u64::from(second & 0x7f),
            _ => long.fold(0, |length, byte| (length << 8) | u64::from(*byte)),
        };
        // Opcodes from 8 on are control frames, which may stand between those of a message.
        match first & 0x0f {
            0 => self.message = self.message.saturating_add(self.rest),
            1..8 => self.message = self.rest,
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
                let mut seen = Frames::new(max);
                let is_over = bytes
                    .chunks(part.min(bytes.len()))
                    .any(|part| seen.read(part));
                assert_eq!(is_over, expected, "{max} {frames:?} in parts of {part}");
            }
        }
    }

    #[test]
    fn a_length_beyond_all_bounds_is_too_large() {
        let mut seen = Frames::new(usize::MAX >> 1);
        let mut bytes = vec![0x81, 0xff];
        bytes.extend([0xff; 8]);
        bytes.extend([0; 4]);
        assert!(seen.read(&bytes));
    }
}
