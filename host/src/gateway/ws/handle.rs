//! From a frame to its answer: the same handlers and the same refusals as for everybody.

use std::sync::Arc;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::dispatch::{Commit, dispatch, turn_away};
use crate::event::{Args, Event, Moment};
use crate::gateway::hub::{Sent, TEXT_EVENT, one_argument};
use crate::gateway::socketio::SocketGateway;
use crate::gateway::stay::Answer;
use crate::outcome::{Code, Outcome, Rejection};

use super::frames::{self, BINARY_ARGS, Inbound};
use super::outbound::Parcel;
use super::seat::{Seat, UnderWay};

/// What a frame carries.
pub(super) enum Content {
    Text(Utf8Bytes),
    Binary(Bytes),
}

/// A frame that waits for its turn.
pub(super) struct Item {
    pub(super) content: Content,
    /// When it was received.
    pub(super) received: Moment,
    pub(super) _under_way: UnderWay,
}

impl Item {
    /// Bytes that it takes while it waits.
    pub(super) fn bytes(&self) -> usize {
        match &self.content {
            Content::Text(text) => text.len(),
            Content::Binary(bytes) => bytes.len(),
        }
    }
}

/// A frame that was read.
struct Message {
    event: Event,
    /// The JSON of the id that its acknowledgement will carry.
    id: Option<String>,
    /// Why it is no event.
    refusal: Option<Rejection>,
}

/// Takes one frame to its end.
pub(super) async fn handle(gateway: Arc<SocketGateway>, seat: Arc<Seat>, item: Item) {
    let mut message = read(&seat, item.content, item.received);
    let outcome = match message.refusal.take() {
        Some(rejection) => turn_away(&gateway.host, &message.event, rejection),
        None => {
            let ended = dispatch(&gateway.host, &message.event, Commit::Now).await;
            ended.outcome
        }
    };
    answer(&gateway, &seat, &message, outcome);
}

/// Refuses a frame that cannot wait for its turn.
pub(super) fn refuse(gateway: &SocketGateway, seat: &Seat, content: Content, rejection: Rejection) {
    let message = read(seat, content, Moment::now());
    let outcome = turn_away(&gateway.host, &message.event, rejection);
    answer(gateway, seat, &message, outcome);
}

fn read(seat: &Seat, content: Content, received: Moment) -> Message {
    let (name, args, id, refusal) = match content {
        Content::Binary(bytes) => {
            let args = Args {
                text: BINARY_ARGS.to_owned(),
                attachments: vec![bytes],
            };
            (None, args, None, None)
        }
        Content::Text(text) => match frames::read(&text) {
            Inbound::Event { name, args, id } => (Some(name), Args::from_text(args), id, None),
            Inbound::Text => {
                let args = Args::from_text(one_argument(&text.as_str()));
                (None, args, None, None)
            }
            Inbound::Wrong { id, words } => {
                let rejection = Rejection::new(Code::InvalidPayload, words);
                (None, Args::from_text("[]"), id, Some(rejection))
            }
        },
    };
    let name = name.as_deref().unwrap_or(TEXT_EVENT);
    let event = Event {
        wants_ack: id.is_some(),
        buckets: Some(seat.buckets()),
        ..seat.stay.message(name, args, received)
    };
    Message { event, id, refusal }
}

fn answer(gateway: &SocketGateway, seat: &Seat, message: &Message, outcome: Outcome) {
    let send = message.id.as_deref().map(|id| {
        move |answer: Answer<'_>| {
            let parcel = match answer {
                Answer::Reply(args) => frames::ack(id, &args.text, args.attachments.len())
                    .map(|text| Parcel::Ready(text, args.attachments)),
                Answer::Error(body) => Some(Parcel::Ready(frames::error_ack(id, body), Vec::new())),
            };
            parcel.map_or(Sent::Gone, |parcel| seat.push(parcel))
        }
    });
    let send = send
        .as_ref()
        .map(|send| send as &dyn Fn(Answer<'_>) -> Sent);
    seat.stay
        .answer(gateway, seat, &message.event, outcome, send);
}
