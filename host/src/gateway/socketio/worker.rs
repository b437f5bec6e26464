//! The worker: takes a connection's events one after the other, so that their order is kept,
//! and answers each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Waker};

use socketioxide_core::Value;

use crate::dispatch::{Commit, dispatch, turn_away};
use crate::event::{Args, Event, Moment};
use crate::gateway::hub::{Sent, one_argument, split_name};
use crate::gateway::stay::Answer;
use crate::outcome::{Code, Outcome, Rejection};

use super::SocketGateway;
use super::connection::{Connection, Item, Worker};
use super::seat::Seat;

/// Queues an item and sees to it that somebody works on it. One that `was_read` from a WebSocket
/// is worked on by its stream, when that has no more to read.
pub(super) fn enqueue(
    gateway: &Arc<SocketGateway>,
    connection: &Arc<Connection>,
    item: Item,
    was_read: bool,
) {
    gateway.in_flight.add();
    if connection.enqueue(item, was_read) == Worker::Wanted {
        start(gateway.clone(), connection.clone());
    }
}

/// Starts the worker that a connection wants.
pub(super) fn start(gateway: Arc<SocketGateway>, connection: Arc<Connection>) {
    tokio::spawn(work(gateway, connection));
}

/// Works on what waits, here and now as far as that goes: most events end without waiting for
/// anything, and are spared a task. One that must wait, a guest that has used up its tick, and
/// what is queued behind it, get a task.
pub(super) fn work_here(gateway: &Arc<SocketGateway>, connection: &Arc<Connection>) {
    let mut working = Box::pin(work(gateway.clone(), connection.clone()));
    // The task polls again, and is woken from then on.
    let mut context = Context::from_waker(Waker::noop());
    // A panic ends the event, not the connection; another worker has been started meanwhile.
    let polled = catch_unwind(AssertUnwindSafe(|| working.as_mut().poll(&mut context)));
    if polled.is_ok_and(|polled| polled.is_pending()) {
        tokio::spawn(working);
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
            } => {
                let peer = seat.peer();
                seat.stay.end(&gateway, &peer, reason, is_final).await;
            }
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
            start(self.gateway.clone(), self.connection.clone());
        }
    }
}

async fn message(
    gateway: &SocketGateway,
    seat: &Arc<Seat>,
    value: Value,
    ack: Option<i64>,
    received: Moment,
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
    let Some(event) = event(seat, value, ack, Moment::now()) else {
        return;
    };
    let outcome = turn_away(&gateway.host, &event, rejection);
    answer(gateway, seat, &event, ack, outcome);
}

/// The event that a packet carries. socketioxide has read its name already, so there is one.
fn event(seat: &Seat, value: Value, ack: Option<i64>, received: Moment) -> Option<Event> {
    let Value::Str(text, attachments) = value else {
        return None;
    };
    let (name, args) = split_name(text.as_str())?;
    let args = Args {
        text: args,
        attachments: attachments.unwrap_or_default().into(),
    };
    Some(Event {
        wants_ack: ack.is_some(),
        buckets: Some(seat.connection.buckets()),
        ..seat.stay.message(&name, args, received)
    })
}

fn answer(gateway: &SocketGateway, seat: &Seat, event: &Event, ack: Option<i64>, outcome: Outcome) {
    let send = ack.map(|ack| {
        move |answer: Answer<'_>| match answer {
            Answer::Reply(args) => seat.ack(ack, args),
            Answer::Error(body) => seat.ack(ack, Args::from_text(one_argument(body))),
        }
    });
    let send = send
        .as_ref()
        .map(|send| send as &dyn Fn(Answer<'_>) -> Sent);
    seat.stay.answer(gateway, seat, event, outcome, send);
}
