//! The short cut for events: a whole frame of text with a plain EVENT packet in it is read here
//! (RFC 6455, section 5.2; socket.io-protocol v5, "Packet encoding"), and spared the engine. Whatever
//! is not exactly that is left to the engine as it came.

use std::cell::RefCell;

use fs7_contract::validator::is_list;
use serde::de::DeserializeSeed as _;
use socketioxide_core::Str;
use socketioxide_core::parser::FirstElement;

/// A final frame of text, no extension.
const TEXT: u8 = 0x81;

/// An EVENT packet in an Engine.IO message.
const EVENT: [u8; 2] = *b"42";

/// An event as the wire has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TextEvent {
    /// The namespace's path, where it names one.
    namespace: Option<Box<str>>,
    /// The number of the acknowledgement, where one is wanted.
    pub(super) ack: Option<i64>,
    /// `["name",a,b]`.
    pub(super) data: Str,
    /// Bytes of the whole message.
    pub(super) bytes: usize,
}

thread_local! {
    /// Where a packet is unmasked: what is kept of it is copied out, as large as it is.
    static PLAIN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl TextEvent {
    /// Reads the frame that the bytes begin with, and how many of them it has. `None`: it is another,
    /// or not whole.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let ([TEXT, length], rest) = bytes.split_first_chunk()? else {
            return None;
        };
        // A client masks what it sends.
        let (length, rest) = match length ^ 0x80 {
            short @ 0..126 => (usize::from(short), rest),
            126 => {
                let (length, rest) = rest.split_first_chunk()?;
                (usize::from(u16::from_be_bytes(*length)), rest)
            }
            _ => return None,
        };
        let (mask, rest) = rest.split_first_chunk::<4>()?;
        let payload = rest.get(..length)?;
        let kind = payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask);
        if !kind.take(EVENT.len()).eq(EVENT) {
            return None;
        }
        let used = bytes.len() - rest.len() + length;
        let event = PLAIN.with_borrow_mut(|plain| {
            unmask(payload, *mask, plain);
            Self::parse(str::from_utf8(plain).ok()?)
        });
        Some((event?, used))
    }

    /// `42`, a namespace with a comma, digits, and an array that begins with a plain string.
    fn parse(packet: &str) -> Option<Self> {
        let mut rest = packet.get(EVENT.len()..)?;
        let mut namespace = None;
        if rest.starts_with('/') {
            let (path, after) = rest.split_once(',')?;
            namespace = Some(Box::from(path));
            rest = after;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, data) = rest.split_at_checked(digits)?;
        // Too many digits are the engine's business.
        let ack = Some(digits).filter(|digits| !digits.is_empty());
        let ack = ack.map(str::parse).transpose().ok()?;
        // As the engine reads it: an array that is none, or a name that is escaped, is its business.
        if !data.starts_with("[\"") {
            return None;
        }
        if !surely_begins_with_a_name(data) {
            let mut json = serde_json::Deserializer::from_str(data);
            FirstElement::<&str>::default()
                .deserialize(&mut json)
                .ok()?;
        }
        Some(Self {
            namespace,
            ack,
            data: Str::copy_from_slice(data),
            bytes: packet.len(),
        })
    }

    /// The namespace's path.
    pub(super) fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("/")
    }
}

/// Whether this surely is an array whose first element is a string that stands for itself: one walk,
/// where the engine's reader takes several times as long.
fn surely_begins_with_a_name(data: &str) -> bool {
    let name = data.strip_prefix("[\"").unwrap_or_default();
    let end = name.bytes().find(|byte| matches!(byte, b'"' | b'\\'));
    end == Some(b'"') && is_list(data)
}

fn unmask(payload: &[u8], mask: [u8; 4], plain: &mut Vec<u8>) {
    plain.clear();
    plain.extend_from_slice(payload);
    let word = u32::from_ne_bytes(mask);
    let (words, rest) = plain.as_chunks_mut::<4>();
    for bytes in words {
        *bytes = (u32::from_ne_bytes(*bytes) ^ word).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame as clients send it.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [0x11, 0xe5, 0x7f, 0x80];
        let mut frame = vec![first];
        match payload.len() {
            short @ 0..126 => frame.push(0x80 | short as u8),
            middling @ 126..65_536 => {
                frame.push(0x80 | 126);
                frame.extend((middling as u16).to_be_bytes());
            }
            long => {
                frame.push(0x80 | 127);
                frame.extend((long as u64).to_be_bytes());
            }
        }
        frame.extend(mask);
        let masked = payload.iter().zip(mask.iter().cycle());
        frame.extend(masked.map(|(byte, mask)| byte ^ mask));
        frame
    }

    #[test]
    fn plain_events_are_read_as_the_engine_reads_them() {
        let long = format!(r#"["a","{}"]"#, "ü".repeat(2_000));
        for (packet, namespace, ack, data) in [
            (r#"42["a"]"#, "/", None, r#"["a"]"#),
            (r#"421["a",1]"#, "/", Some(1), r#"["a",1]"#),
            (r#"42007["a"]"#, "/", Some(7), r#"["a"]"#),
            (r#"42/x,["a"]"#, "/x", None, r#"["a"]"#),
            (r#"42/ü/x,12["ü", [1]]"#, "/ü/x", Some(12), r#"["ü", [1]]"#),
            (r#"42["",{}]"#, "/", None, r#"["",{}]"#),
            (&format!("42{long}"), "/", None, &long),
        ] {
            let bytes = frame(TEXT, packet.as_bytes());
            let two = [&bytes[..], &bytes[..3]].concat();
            let (event, used) = TextEvent::read(&two).unwrap_or_else(|| panic!("{packet}"));
            assert_eq!(used, bytes.len(), "{packet}");
            assert_eq!(event.namespace(), namespace, "{packet}");
            assert_eq!((event.ack, event.data.as_str()), (ack, data), "{packet}");
            for cut in 0..bytes.len() {
                assert_eq!(
                    TextEvent::read(&bytes[..cut]),
                    None,
                    "{packet} cut at {cut}"
                );
            }
        }
    }

    #[test]
    fn everything_else_is_left_to_the_engine() {
        let plain = br#"42["a"]"#;
        for (first, payload) in [
            (0x01, &plain[..]),
            (0x80, plain),
            (0x82, plain),
            (0x89, plain),
            (0xc1, plain),
            (TEXT, b""),
            (TEXT, b"4"),
            (TEXT, b"42"),
            (TEXT, b"3"),
            (TEXT, b"43[1]"),
            (TEXT, b"40"),
            (TEXT, br#"451-["a"]"#),
            (TEXT, br#"42"a""#),
            (TEXT, br#"42["a"#),
            (TEXT, br#"42["\u0061"]"#),
            (TEXT, b"42[\"a\nb\",1]"),
            (TEXT, br#"42["a" 1]"#),
            (TEXT, br#"42["a",]"#),
            (TEXT, br#"42["a",1"#),
            (TEXT, br#"42["a",}"#),
            (TEXT, br#"42["a",01]"#),
            (TEXT, br#"42[1]"#),
            (TEXT, br#"42 ["a"]"#),
            (TEXT, br#"42{"a":1}"#),
            (TEXT, br#"42/x["a"]"#),
            (TEXT, br#"4299999999999999999999["a"]"#),
            (TEXT, b"42[\"\xff\"]"),
        ] {
            let bytes = frame(first, payload);
            assert_eq!(TextEvent::read(&bytes), None, "{first:x} {payload:?}");
        }
        let mut open = vec![TEXT, plain.len() as u8];
        open.extend([0; 4]);
        open.extend(plain);
        assert_eq!(TextEvent::read(&open), None, "not masked");
        let long = [b"42[\"a\",\"", &[b'x'; 70_000][..], b"\"]"].concat();
        assert_eq!(
            TextEvent::read(&frame(TEXT, &long)),
            None,
            "too long to look at"
        );
    }
}
