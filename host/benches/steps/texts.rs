//! Reading and writing: texts of the wire to names and arguments, and back.

use std::fmt;

use divan::{Bencher, black_box};
use fs7::event::Args;
use fs7::gateway::measured;
use socketioxide_core::Str;

use crate::stand::wire;

/// Receivers of a broadcast.
const RECEIVERS: usize = 50;

/// How much an event carries.
#[derive(Clone, Copy)]
enum Size {
    /// The seed's user.
    User,
    /// A hundred of them in a list.
    Users,
}

const SIZES: [Size; 2] = [Size::User, Size::Users];

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes", self.payload().len())
    }
}

impl fmt::Debug for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Size {
    fn payload(self) -> String {
        let user = r#"{"user_id":"12345","email":"user@example.com"}"#;
        match self {
            Self::User => user.to_owned(),
            Self::Users => format!("[{}]", [user; 100].join(",")),
        }
    }

    fn args(self) -> Args {
        Args::from_text(format!("[{}]", self.payload()))
    }
}

#[divan::bench(args = SIZES)]
fn read_socketio_packet(bencher: Bencher<'_, '_>, size: Size) {
    let packet = Str::from(format!(r#"21["user_signed_up",{}]"#, size.payload()));
    let reader = wire::Reader::default();
    bencher
        .with_inputs(|| packet.clone())
        .bench_values(|packet| reader.read(packet).unwrap());
}

#[divan::bench(args = SIZES)]
fn read_ws_frame(bencher: Bencher<'_, '_>, size: Size) {
    let frame = format!(
        r#"{{"event":"user_signed_up","data":{},"id":1}}"#,
        size.payload()
    );
    bencher.bench(|| measured::read_frame(black_box(&frame)).unwrap());
}

#[divan::bench(args = SIZES)]
fn write_socketio_ack(bencher: Bencher<'_, '_>, size: Size) {
    bencher
        .with_inputs(|| size.args())
        .bench_values(|args| wire::ack(args, 1));
}

#[divan::bench(args = SIZES)]
fn write_ws_ack(bencher: Bencher<'_, '_>, size: Size) {
    let args = size.args();
    bencher.bench(|| measured::write_ack_frame("1", black_box(&args.text)).unwrap());
}

#[divan::bench(args = SIZES)]
fn write_socketio_emit(bencher: Bencher<'_, '_>, size: Size) {
    let args = size.args();
    bencher.bench(|| wire::event(&measured::write_event("user_signed_up_ack", &args)));
}

#[divan::bench(args = SIZES)]
fn write_ws_emit(bencher: Bencher<'_, '_>, size: Size) {
    let args = size.args();
    bencher.bench(|| {
        let text = measured::write_event("user_signed_up_ack", &args);
        measured::write_event_frame(text.as_str()).unwrap()
    });
}

/// The text is put together once, and a packet made of it for each receiver.
#[divan::bench(args = SIZES)]
fn write_socketio_broadcast_to_50(bencher: Bencher<'_, '_>, size: Size) {
    let args = size.args();
    bencher.bench(|| {
        let text = measured::write_event("user_signed_up_ack", &args);
        for _ in 0..RECEIVERS {
            black_box(wire::event(&text));
        }
    });
}

/// The text is put together once, and a frame made of it for each receiver.
#[divan::bench(args = SIZES)]
fn write_ws_broadcast_to_50(bencher: Bencher<'_, '_>, size: Size) {
    let args = size.args();
    bencher.bench(|| {
        let text = measured::write_event("user_signed_up_ack", &args);
        for _ in 0..RECEIVERS {
            black_box(measured::write_event_frame(text.as_str()));
        }
    });
}
