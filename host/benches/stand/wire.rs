//! The wire of Socket.IO as the engine reads and writes it, on both sides of what the host does.

use fs7::event::Args;
use fs7::gateway::measured;
use socketioxide_core::packet::{Packet, PacketData};
use socketioxide_core::parser::{Parse, ParseConfig, ParserState};
use socketioxide_core::{Str, Value};
use socketioxide_parser_common::CommonParser;

/// Reads packets of one connection.
#[derive(Default)]
pub(crate) struct Reader {
    config: ParseConfig,
    state: ParserState,
}

impl Reader {
    /// A packet's text, `21["name",a]`, as an event.
    pub(crate) fn read(&self, packet: Str) -> Option<(String, Args)> {
        let packet = CommonParser.decode_str(&self.config, &self.state, packet);
        let PacketData::Event(Value::Str(text, _), _) = packet.ok()?.inner else {
            return None;
        };
        // The engine looks for a handler by the name before it hands the text over.
        let value = Value::Str(text, None);
        CommonParser.read_event(&value).ok()?;
        measured::read_packet(value.as_str()?.as_str())
    }
}

/// A packet with an acknowledgement.
pub(crate) fn ack(args: Args, ack: i64) -> Value {
    let value = Value::Str(Str::from(args.text), None);
    CommonParser.encode(Packet::ack("/", value, ack))
}

/// A packet with an event, out of the text that all its receivers share.
pub(crate) fn event(text: &Str) -> Value {
    let value = Value::Str(text.clone(), None);
    CommonParser.encode(Packet::event("/", value))
}
