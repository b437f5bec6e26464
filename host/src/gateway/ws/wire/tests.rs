//! Whatever bytes come, and wherever the network cuts them: the same frames, no panic, and no
//! message beyond the limit.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::super::frames;
use super::super::meter::{Meter, Metered};
use super::*;

/// Bytes that a message may have here.
const MESSAGE_BYTES: usize = 2_000;
/// Streams of one ordinary run.
const STREAMS: u64 = 300;
/// At how many bytes the network cuts.
const CUTS: [usize; 5] = [1, 3, 64, 1_021, 1 << 20];

/// Numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Payloads: texts that are events, texts that are none, bytes that are no text.
fn payload(dice: &mut Dice) -> Vec<u8> {
    const TEXTS: [&str; 7] = [
        "",
        "hello",
        "Größe 🦀",
        r#"{"event":"a","data":{"b":[1,2.50]},"id":7}"#,
        r#"{"event":"a","args":[1,"ü"],"id":"x"}"#,
        r#"{"event":5}"#,
        r#"{"event":"\ud800"#,
    ];
    match dice.below(4) {
        0 => (0..dice.below(40)).map(|_| dice.roll() as u8).collect(),
        1 => {
            let bytes = *dice.of(&[125, 126, 127, 1_999, 2_000, 2_001, 66_000]);
            vec![b'x'; bytes]
        }
        _ => dice.of(&TEXTS).as_bytes().to_vec(),
    }
}

/// A frame (RFC 6455, section 5.2), mostly as clients send them.
fn frame(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let code = *dice.of(&[0, 0, 1, 1, 1, 2, 8, 9, 9, 10, 3]);
    let is_last = if dice.one_in(3) { 0 } else { 0x80 };
    let reserved = if dice.one_in(40) { 0x40 } else { 0 };
    let mask = if dice.one_in(40) { 0 } else { 0x80 };
    let payload = payload(dice);
    bytes.push(is_last | reserved | code);
    match payload.len() {
        length @ 0..126 if !dice.one_in(20) => bytes.push(mask | length as u8),
        length @ 0..65_536 => {
            bytes.push(mask | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(mask | 127);
            let length = if dice.one_in(10) {
                dice.roll()
            } else {
                length as u64
            };
            bytes.extend(length.to_be_bytes());
        }
    }
    let key = (dice.roll() as u32).to_be_bytes();
    if mask != 0 {
        bytes.extend(key);
    }
    let masked = payload.iter().zip(key.iter().cycle());
    bytes.extend(masked.map(|(byte, key)| if mask == 0 { *byte } else { byte ^ key }));
}

/// What a client may send, from well-behaved to noise.
fn stream(seed: u64) -> Vec<u8> {
    let mut dice = Dice(seed);
    let mut bytes = Vec::new();
    for _ in 0..=dice.below(8) {
        frame(&mut dice, &mut bytes);
    }
    if dice.one_in(3) {
        for _ in 0..=dice.below(3) {
            let place = dice.below(bytes.len());
            bytes[place] ^= 1 << dice.below(8);
        }
    }
    if dice.one_in(4) {
        bytes.truncate(dice.below(bytes.len()));
    }
    bytes
}

/// Sends a stream, and takes whatever is answered.
async fn client(stream: DuplexStream, bytes: Vec<u8>) {
    let (mut read, mut write) = tokio::io::split(stream);
    let sending = async move {
        // The server may have gone.
        let _ = write.write_all(&bytes).await;
        let _ = write.shutdown().await;
    };
    let taking = async move {
        let mut thrown = [0; 1_024];
        while let Ok(1..) = read.read(&mut thrown).await {}
    };
    tokio::join!(sending, taking);
}

/// What the server sees of a stream that is cut every so many bytes: frames, and how it ends.
async fn seen(bytes: &[u8], cut: usize) -> Vec<String> {
    let (here, there) = tokio::io::duplex(cut);
    let client = tokio::spawn(client(there, bytes.to_vec()));
    let metered = Metered::new(here, Bytes::new(), std::sync::Arc::new(Meter::default()));
    let mut wire = Wire::new(metered, MESSAGE_BYTES).await;
    let outbound = Outbound::default();
    let wants = Wants {
        frame: true,
        turn: false,
    };
    let mut seen = Vec::new();
    loop {
        let step = std::future::poll_fn(|context| wire.poll(context, &outbound, wants)).await;
        match step {
            Step::Frame(frame) => {
                assert!(frame.len() <= MESSAGE_BYTES, "{} bytes", frame.len());
                if let Message::Text(text) = &frame {
                    let _ = frames::read(text);
                }
                seen.push(format!("{frame:?}"));
            }
            Step::Broken(error) => {
                seen.push(format!("{error:?}"));
                break;
            }
            step => panic!("nothing was to be sent: {step:?}"),
        }
    }
    drop(wire);
    client.await.unwrap();
    seen
}

async fn check(seed: u64) {
    let bytes = stream(seed);
    let whole = seen(&bytes, bytes.len() + 1).await;
    for cut in CUTS {
        let cut_up = tokio::time::timeout(Duration::from_secs(60), seen(&bytes, cut)).await;
        let cut_up = cut_up.unwrap_or_else(|_| panic!("seed {seed}, cut {cut}: no end"));
        assert_eq!(cut_up, whole, "seed {seed}, cut every {cut} bytes");
    }
}

#[tokio::test]
async fn any_stream_gives_the_same_frames_wherever_it_is_cut() {
    for seed in 0..STREAMS {
        check(seed).await;
    }
}

#[tokio::test]
#[ignore = "minutes long; run by hand"]
async fn any_stream_gives_the_same_frames_for_two_minutes() {
    let started = std::time::Instant::now();
    let first = crate::event::now_ms();
    let mut streams = 0;
    while started.elapsed() < Duration::from_secs(130) {
        check(first + streams).await;
        streams += 1;
    }
    assert!(streams > 0);
}
