//! The worker: takes a connection's events one after the other, so that their order is kept,
//! and answers each.

use std::sync::Arc;
use std::time::Instant;

use socketioxide_core::Value;

use crate::dispatch::{Commit, dispatch, turn_away};
use crate::effect::Target;
use crate::event::{Args, Event, EventKind, Origin};
use crate::fact::Fact;
use crate::gateway::hub::{ERROR_EVENT, Leave, Message, Sent, one_argument, split_name};
use crate::outcome::{Code, Outcome, Rejection};

use super::SocketGateway;
use super::connection::{Connection, Item};
use super::seat::Seat;

/// Queues an item and sees to it that somebody works on it.
pub(super) fn enqueue(gateway: &Arc<SocketGateway>, connection: &Arc<Connection>, item: Item) {
    gateway.in_flight.add();
    if connection.enqueue(item) {
        tokio::spawn(work(gateway.clone(), connection.clone()));
    }
}

async fn work(gateway: Arc<SocketGateway>, connection: Arc<Connection>) {
    loop {
        connection.outbound.until_drained().await;
        let Some(item) = connection.next_item() else {
            return;
        };
        let working = Working {
            gateway: &gateway,
            connection: &connection,
            bytes: item.bytes(),
            is_done: false,
        };
        match item {
            Item::Message {
                seat,
                value,
                ack,
                received,
            } => message(&gateway, &seat, value, ack, received).await,
            Item::Left {
                seat,
                reason,
                is_final,
            } => left(&gateway, &seat, reason, is_final).await,
        }
        working.done();
    }
}

/// One item in work. Should working on it panic, the next one gets another worker.
struct Working<'a> {
    gateway: &'a Arc<SocketGateway>,
    connection: &'a Arc<Connection>,
    bytes: usize,
    is_done: bool,
}

impl Working<'_> {
    fn done(mut self) {
        self.is_done = true;
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.connection.pressure.taken(self.bytes);
        self.gateway.in_flight.remove();
        if !self.is_done {
            tokio::spawn(work(self.gateway.clone(), self.connection.clone()));
        }
    }
}

async fn message(
    gateway: &SocketGateway,
    seat: &Arc<Seat>,
    value: Value,
    ack: Option<i64>,
    received: Instant,
) {
    seat.join(&gateway.hub);
    let Some(event) = event(seat, value, ack, received) else {
        return;
    };
    // The transport limits text and attachments one by one; together they are one message.
    let limit = seat.connection.limits().message_bytes;
    let outcome = if event.args.bytes() > limit {
        let words = format!("the message is larger than {limit} bytes (limit `message_bytes`)");
        let rejection = Rejection::at_limit(Code::TooLarge, "message_bytes", words);
        turn_away(&gateway.host, &event, rejection)
    } else {
        dispatch(&gateway.host, &event, Commit::Now).await.outcome
    };
    answer(gateway, seat, &event, ack, outcome);
}

/// Answers a message that cannot wait for its turn.
pub(super) fn refuse(
    gateway: &SocketGateway,
    seat: &Arc<Seat>,
    value: Value,
    ack: Option<i64>,
    rejection: Rejection,
) {
    seat.join(&gateway.hub);
    let Some(event) = event(seat, value, ack, Instant::now()) else {
        return;
    };
    let outcome = turn_away(&gateway.host, &event, rejection);
    answer(gateway, seat, &event, ack, outcome);
}

/// The event that a packet carries. socketioxide has read its name already, so there is one.
fn event(seat: &Seat, value: Value, ack: Option<i64>, received: Instant) -> Option<Event> {
    let Value::Str(text, attachments) = value else {
        return None;
    };
    let (name, args) = split_name(text.as_str())?;
    let args = Args {
        text: args,
        attachments: attachments.unwrap_or_default().into(),
    };
    let origin = Origin::Socket(seat.admission.id.clone());
    Some(Event {
        wants_ack: ack.is_some(),
        principal: seat.admission.principal,
        received,
        buckets: Some(seat.connection.buckets()),
        ..Event::message(seat.namespace.path.clone(), Arc::from(name), args, origin)
    })
}

/// Exactly one acknowledgement for who wants one; who does not hears of failures only.
fn answer(gateway: &SocketGateway, seat: &Seat, event: &Event, ack: Option<i64>, outcome: Outcome) {
    let (sent, what) = match (outcome, ack) {
        (Outcome::Replied(reply), Some(ack)) => (
            seat.ack(ack, reply.unwrap_or_else(|| Args::from_text("[]"))),
            "ack",
        ),
        (Outcome::Replied(_), None) => return,
        (outcome, ack) => {
            let Some(rejection) = outcome.rejection() else {
                return;
            };
            let args = Args::from_text(one_argument(&rejection.body(event.id)));
            match ack {
                Some(ack) => (seat.ack(ack, args), "ack"),
                None => (error_event(gateway, seat, &args), "error_event"),
            }
        }
    };
    if sent == Sent::Gone {
        let connection = seat.connection.id.clone();
        gateway
            .host
            .facts
            .record(Fact::SendFailed { connection, what });
    }
}

/// An event like any other: where there is a session, it has a number in it.
fn error_event(gateway: &SocketGateway, seat: &Seat, args: &Args) -> Sent {
    let message = Message::new(ERROR_EVENT, args);
    let target = Target::Socket(seat.admission.id.clone());
    let sending = gateway
        .hub
        .send(&seat.namespace, &target, None, &message, false);
    if sending.total > sending.failed.len() {
        Sent::Yes
    } else {
        Sent::Gone
    }
}

async fn left(gateway: &SocketGateway, seat: &Arc<Seat>, reason: &'static str, is_final: bool) {
    let leave = seat.leave(&gateway.hub, is_final);
    if leave == Leave::Over && gateway.answers(&seat.namespace.path, "disconnect") {
        let args = Args::from_text(one_argument(&reason));
        let event = hook(seat, EventKind::Disconnect, args);
        dispatch(&gateway.host, &event, Commit::Now).await;
    }
    gateway.end_if_empty(&seat.namespace);
}

/// The event of a connect or disconnect hook.
pub(super) fn hook(seat: &Seat, kind: EventKind, args: Args) -> Event {
    let name = if kind == EventKind::Connect {
        "connect"
    } else {
        "disconnect"
    };
    let origin = Origin::Socket(seat.admission.id.clone());
    Event {
        kind,
        wants_ack: false,
        principal: seat.admission.principal,
        ..Event::message(seat.namespace.path.clone(), Arc::from(name), args, origin)
    }
}
