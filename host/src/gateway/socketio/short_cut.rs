//! The short cut for answers. While a stream works on the events that it has read, packets of text
//! for its own client are not handed to the engine, which would wake a task for them: they are put
//! into frames here (RFC 6455, section 5.2), and the stream writes them when the work is done.
//!
//! Order is kept because the cut is open only while the engine has nothing to write: all packets
//! that were handed to it are counted, and all that come out of it are ([`Passed`]).

use std::cell::RefCell;

use socketioxide_core::Value;
use socketioxide_core::packet::{Packet, PacketData};

/// Frames that are gathered before they are written, in bytes; what follows them goes through the
/// engine.
const BYTES_MAX: usize = 64 << 10;

/// A final frame of text.
const TEXT: u8 = 0x81;

/// Largest payload whose length stands in the second byte.
const SHORT_MAX: u8 = 125;

/// Bytes of a frame's header: two, and up to eight of length. A server masks nothing.
const HEADER_MAX: usize = 10;

/// Bytes at the beginning of a packet's text that say what it is.
const KIND_BYTES: usize = 2;

/// Room that a new buffer has, in bytes: the answers to one event.
const BUFFER_BYTES: usize = 512;

/// Room of a buffer that is kept for the next that needs one, in bytes.
const SPARE_BYTES_MAX: usize = 8 << 10;

/// Buffers that a thread keeps: streams that have read write in turns, one after the other.
const SPARES_MAX: usize = 32;

thread_local! {
    /// Buffers for the next that need one: an idle connection keeps none.
    static SPARES: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer.
pub(super) fn buffer() -> Vec<u8> {
    let spare = SPARES.try_with(|spares| spares.borrow_mut().pop());
    let spare = spare.ok().flatten();
    spare.unwrap_or_else(|| Vec::with_capacity(BUFFER_BYTES))
}

/// Gives a buffer back.
pub(super) fn give_back(mut buffer: Vec<u8>) {
    if buffer.capacity() > SPARE_BYTES_MAX {
        return;
    }
    buffer.clear();
    let _ = SPARES.try_with(|spares| {
        let mut spares = spares.borrow_mut();
        if spares.len() < SPARES_MAX {
            spares.push(buffer);
        }
    });
}

/// Adds a packet to the frames, if it is an event or an acknowledgement without attachments.
/// `false`: it is another, or there is no room; nothing was added.
#[must_use]
pub(super) fn push(frames: &mut Vec<u8>, packet: &Packet) -> bool {
    let (kind, ack, text) = match &packet.inner {
        PacketData::Event(Value::Str(text, None), None) => ("42", None, text),
        PacketData::EventAck(Value::Str(text, None), ack) => ("43", Some(*ack), text),
        _ => return false,
    };
    let (namespace, comma) = match packet.ns.as_str() {
        "/" => ("", ""),
        path => (path, ","),
    };
    let mut digits = itoa::Buffer::new();
    let ack = ack.map_or("", |ack| digits.format(ack));
    let parts = [kind, namespace, comma, ack, text.as_str()];
    let length: usize = parts.iter().map(|part| part.len()).sum();
    if frames.len() + HEADER_MAX + length > BYTES_MAX {
        return false;
    }
    frames.reserve(HEADER_MAX + length);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..=SHORT_MAX), _) => frames.extend_from_slice(&[TEXT, short]),
        (_, Ok(middling)) => {
            frames.extend_from_slice(&[TEXT, 126]);
            frames.extend_from_slice(&middling.to_be_bytes());
        }
        // More than all frames together may have.
        _ => return false,
    }
    parts
        .iter()
        .for_each(|part| frames.extend_from_slice(part.as_bytes()));
    true
}

/// Whether a packet of that text is one of those that are counted when they are handed over:
/// CONNECT replies, events, acknowledgements, and those with attachments.
fn is_counted(kind: &[u8]) -> bool {
    matches!(kind, [b'4', b'0' | b'2' | b'3' | b'5' | b'6', ..])
}

/// Between the packets of a poll's answer (engine.io-protocol v4, "HTTP long-polling").
const SEPARATOR: u8 = 0x1e;

/// Counted packets in the answer to a poll.
pub(super) fn polled(payload: &[u8]) -> u64 {
    let packets = payload.split(|byte| *byte == SEPARATOR);
    // Attachments begin with a `b`, in base64.
    let counted = packets.filter(|packet| packet.starts_with(b"b") || is_counted(packet));
    counted.count() as u64
}

/// Packets that a handed one becomes on the wire.
pub(super) fn parts(packet: &Packet) -> u64 {
    match &packet.inner {
        PacketData::Event(Value::Str(_, attachments), _)
        | PacketData::BinaryEvent(Value::Str(_, attachments), _)
        | PacketData::EventAck(Value::Str(_, attachments), _)
        | PacketData::BinaryAck(Value::Str(_, attachments), _) => {
            1 + attachments.as_ref().map_or(0, |list| list.len() as u64)
        }
        _ => 0,
    }
}

/// Follows what the engine writes, and counts packets in it.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// Packets that have begun.
    count: u64,
    /// The header and the first bytes of the present frame, as far as they are there.
    head: [u8; HEADER_MAX + KIND_BYTES],
    known: usize,
    /// Bytes of the payload still to come, once the head is whole.
    rest: u64,
}

impl Passed {
    /// Packets so far, if what has passed ends with a frame.
    pub(super) fn count(&self) -> Option<u64> {
        (self.known == 0 && self.rest == 0).then_some(self.count)
    }

    /// Takes in what was written.
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        while let Some((first, others)) = bytes.split_first() {
            if self.rest > 0 {
                let skipped = usize::try_from(self.rest)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                self.rest -= skipped as u64;
                bytes = bytes.get(skipped..).unwrap_or_default();
                continue;
            }
            if let Some(place) = self.head.get_mut(self.known) {
                *place = *first;
                self.known += 1;
            }
            bytes = others;
            self.end_head();
        }
    }

    /// Looks whether the head is whole.
    fn end_head(&mut self) {
        let [opcode, length, lengths @ ..] = &self.head;
        let (header, payload) = match (length & 0x7f, lengths.first_chunk(), lengths.first_chunk())
        {
            (126, Some(bytes), _) => (4, u64::from(u16::from_be_bytes(*bytes))),
            (127, _, Some(bytes)) => (10, u64::from_be_bytes(*bytes)),
            (short, ..) => (2, u64::from(short)),
        };
        let kind_bytes = payload.min(KIND_BYTES as u64) as usize;
        if self.known < 2 || self.known < header + kind_bytes {
            return;
        }
        let kind = self.head.get(header..header + kind_bytes);
        let is_packet = match opcode & 0x0f {
            1 => kind.is_some_and(is_counted),
            2 => true,
            _ => false,
        };
        self.count += u64::from(is_packet);
        self.rest = payload - kind_bytes as u64;
        self.known = 0;
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use socketioxide_core::Str;
    use tokio_tungstenite::tungstenite::protocol::Role;
    use tokio_tungstenite::tungstenite::{Message, WebSocket};

    use super::*;

    /// Characters of a [`text`] with which the packet and one byte before it fill all that there is:
    /// a header, `42`, brackets and quotes take the rest.
    const ROOM: usize = BYTES_MAX - 1 - HEADER_MAX - 2 - 4;

    fn text(bytes: usize) -> Value {
        Value::Str(Str::from(format!("[\"{}\"]", "x".repeat(bytes))), None)
    }

    /// What a client reads in these bytes.
    fn read(bytes: &[u8]) -> Vec<Message> {
        let stream = std::io::Cursor::new(bytes.to_vec());
        let mut socket = WebSocket::from_raw_socket(stream, Role::Client, None);
        std::iter::from_fn(|| socket.read().ok()).collect()
    }

    #[test]
    fn frames_are_what_a_client_reads() {
        let mut frames = Vec::new();
        let mut expected = Vec::new();
        let lengths = [0, 1, 117, 118, 119, 120, 121, 130, 1_000, 20_000];
        for length in lengths {
            for (namespace, shown) in [("/", ""), ("/a", "/a,"), ("/a/ü", "/a/ü,")] {
                let data = format!("[\"{}\"]", "x".repeat(length));
                for (packet, text) in [
                    (
                        Packet::event(namespace, text(length)),
                        format!("42{shown}{data}"),
                    ),
                    (
                        Packet::ack(namespace, text(length), 17),
                        format!("43{shown}17{data}"),
                    ),
                    (
                        Packet::ack(namespace, text(length), i64::MAX),
                        format!("43{shown}{}{data}", i64::MAX),
                    ),
                ] {
                    if frames.len() > 40_000 {
                        frames.clear();
                        expected.clear();
                    }
                    assert!(push(&mut frames, &packet));
                    expected.push(Message::text(text));
                    assert_eq!(read(&frames), expected);
                }
            }
        }
    }

    #[test]
    fn what_is_not_usual_is_not_taken() {
        let mut frames = vec![7];
        let attachments = Some([Bytes::from_static(b"1")].into());
        let binary = Value::Str(Str::from("[]"), attachments);
        let event = |ack| PacketData::Event(text(1), ack);
        for inner in [
            event(Some(1)),
            PacketData::BinaryEvent(binary.clone(), None),
            PacketData::Event(binary, None),
            PacketData::Disconnect,
            PacketData::Event(text(BYTES_MAX), None),
            PacketData::Event(text(ROOM + 1), None),
        ] {
            let packet = Packet {
                inner,
                ns: Str::from("/"),
            };
            assert!(!push(&mut frames, &packet), "{:.60}", format!("{packet:?}"));
            assert_eq!(frames, [7]);
        }
        let mut filled = frames.clone();
        assert!(push(&mut filled, &Packet::event("/", text(ROOM))));
        assert!(filled.len() <= BYTES_MAX);
        // Full after some.
        let packet = Packet::event("/", text(1_000));
        let taken = (0..1_000)
            .take_while(|_| push(&mut frames, &packet))
            .count();
        assert!((50..65).contains(&taken), "{taken}");
        assert!(frames.len() <= BYTES_MAX);
    }

    #[test]
    fn packets_of_polls_are_counted() {
        for (payload, count) in [
            ("", 0),
            ("6", 0),
            ("0{}", 0),
            ("40{\"sid\":\"1\"}", 1),
            ("2\u{1e}42[1]\u{1e}43[\"b\"]\u{1e}41", 2),
            ("451-[]\u{1e}bAQID\u{1e}44{}", 2),
        ] {
            assert_eq!(polled(payload.as_bytes()), count, "{payload}");
        }
    }

    #[test]
    fn packets_that_pass_are_counted_however_they_are_cut() {
        let mut bytes = Vec::new();
        let mut counted = 0;
        for (opcode, payload, is_packet) in [
            (1, "2".to_owned(), false),
            (1, "40{\"sid\":\"1\"}".to_owned(), true),
            (1, "42[1]".to_owned(), true),
            (1, format!("43[\"{}\"]", "x".repeat(200)), true),
            (1, "6".to_owned(), false),
            (9, "42".to_owned(), false),
            (1, String::new(), false),
            (1, "451-[]".to_owned(), true),
            (2, "ab".to_owned(), true),
            (2, String::new(), true),
            (1, "41".to_owned(), false),
            (1, "44{}".to_owned(), false),
            (1, format!("42[\"{}\"]", "x".repeat(70_000)), true),
            (8, String::new(), false),
        ] {
            bytes.push(0x80 | opcode);
            match payload.len() {
                short @ 0..126 => bytes.push(short as u8),
                middling @ 126..65_536 => {
                    bytes.push(126);
                    bytes.extend((middling as u16).to_be_bytes());
                }
                long => {
                    bytes.push(127);
                    bytes.extend((long as u64).to_be_bytes());
                }
            }
            bytes.extend(payload.as_bytes());
            counted += u64::from(is_packet);
        }
        for part in [1, 2, 3, 7, 1_000, bytes.len()] {
            let mut passed = Passed::default();
            bytes.chunks(part).for_each(|part| passed.take(part));
            assert_eq!(passed.count(), Some(counted), "in parts of {part}");
            passed.take(&[0x81]);
            assert_eq!(passed.count(), None);
        }
    }
}
