//! How many attachments a packet announces: `45N-…` and `46N-…` (engine.io-protocol v4, "message";
//! socket.io-protocol v5, "Packet encoding"). The engine ends a connection that announces too many,
//! and does not say that this was why.

/// Follows the beginning of a packet, wherever it is cut.
#[derive(Debug, Default)]
pub(super) struct Announced {
    /// Bytes that were looked at; none while there is nothing more to see.
    place: Option<usize>,
    count: u64,
}

impl Announced {
    /// A packet begins.
    pub(super) fn begin(&mut self) {
        *self = Self {
            place: Some(0),
            count: 0,
        };
    }

    /// Takes in the next bytes of the packet. Gives the number, in the moment in which it is whole.
    pub(super) fn read(&mut self, bytes: impl IntoIterator<Item = u8>) -> Option<u64> {
        let mut place = self.place?;
        for byte in bytes {
            match (place, byte) {
                (0, b'4') | (1, b'5' | b'6') => {}
                (2.., b'0'..=b'9') => {
                    let digit = u64::from(byte - b'0');
                    self.count = self.count.saturating_mul(10).saturating_add(digit);
                }
                (3.., b'-') => {
                    self.place = None;
                    return Some(self.count);
                }
                _ => {
                    self.place = None;
                    return None;
                }
            }
            place += 1;
        }
        self.place = Some(place);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_read_wherever_the_packet_is_cut() {
        for (packet, expected) in [
            (r#"4512-["a"]"#, Some(12)),
            (r#"460-/chat,3["a"]"#, Some(0)),
            ("4599999999999999999999999-", Some(u64::MAX)),
            (r#"42["45-"]"#, None),
            (r#"45-["a"]"#, None),
            (r#"45["a"]"#, None),
            ("47", None),
            ("5512-", None),
            ("", None),
        ] {
            for part in [1, 2, 3, 100] {
                let mut announced = Announced::default();
                announced.begin();
                let mut parts = packet.as_bytes().chunks(part);
                let found = parts.find_map(|part| announced.read(part.iter().copied()));
                assert_eq!(found, expected, "{packet} in parts of {part}");
            }
        }
        assert_eq!(Announced::default().read(*b"451-"), None, "none has begun");
    }
}
