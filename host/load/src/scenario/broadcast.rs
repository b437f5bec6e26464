//! One client that has the server broadcast, and many that receive.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use super::Figures;
use super::stage::Stage;
use super::tally::Window;
use crate::connection::{Client, LOST, Lost, Text};
use crate::error::LoadError;
use crate::measure::Recorder;
use crate::packet::{self, Kind, Packet};
use crate::plan::{Broadcast, Order};
use crate::progress::{Counts, count, read, uncount};
use crate::report::Broadcasts;

/// A broadcast that has not reached all.
struct Cast {
    sent: Instant,
    missing: usize,
}

/// Broadcasts under way; the first has this number.
#[derive(Default)]
struct Flight {
    first: u64,
    casts: VecDeque<Cast>,
}

/// What sender and receivers share.
struct Shared {
    window: Window,
    receivers: usize,
    awaited: String,
    flight: Mutex<Flight>,
    /// Broadcasts that may yet leave.
    places: Semaphore,
    counts: Arc<Counts>,
    delivery: Recorder,
    last: Recorder,
    sent: AtomicU64,
    complete: AtomicU64,
    deliveries: AtomicU64,
}

/// Plays it.
pub(super) async fn run(stage: &mut Stage, plan: &Broadcast) -> Result<Figures, LoadError> {
    let mut receivers = stage.clients(stage.connections).await?;
    let mut sender = stage.clients(1).await?;
    if let Some(order) = &plan.joining {
        for (index, client) in receivers.iter_mut().enumerate() {
            enter(client, order)
                .await
                .map_err(|detail| LoadError::Join {
                    number: index + 1,
                    event: order.event.clone(),
                    detail,
                })?;
        }
    }
    let shared = Arc::new(Shared {
        window: Window::now(plan.warmup, plan.duration),
        receivers: receivers.len(),
        awaited: plan.awaited.clone(),
        flight: Mutex::default(),
        places: Semaphore::new(plan.depth.min(Semaphore::MAX_PERMITS)),
        counts: stage.counts.clone(),
        delivery: Recorder::new()?,
        last: Recorder::new()?,
        sent: AtomicU64::new(0),
        complete: AtomicU64::new(0),
        deliveries: AtomicU64::new(0),
    });
    let (over, is_over) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for (who, client) in receivers.into_iter().enumerate() {
        tasks.spawn(receive(who, client, shared.clone(), is_over.clone()));
    }
    if let Some(sender) = sender.first_mut()
        && send(sender, plan, &shared).await.is_err()
    {
        count(&shared.counts.lost);
        shared.counts.fail(LOST);
    }
    let missing = lock(&shared.flight).casts.len() as u64;
    for _ in 0..missing {
        shared.counts.fail("undelivered");
    }
    stage.end();
    over.send_replace(true);
    drop(tasks.join_all().await);
    Ok(Figures {
        broadcasts: Some(shared.figures()),
        missing,
        ..Figures::default()
    })
}

fn lock(flight: &Mutex<Flight>) -> std::sync::MutexGuard<'_, Flight> {
    flight.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends the event that puts a client into its room, and waits for the acknowledgement.
async fn enter(client: &mut Client, order: &Order) -> Result<(), String> {
    let args = packet::args(&order.event, order.payload.as_deref());
    let text = packet::event(client.prefix(), Some(0), &args);
    client.send(text).await.map_err(|lost| lost.0)?;
    loop {
        let text = client.next().await.map_err(|lost| lost.0)?;
        let Packet::Message(message) = packet::parse(&text) else {
            continue;
        };
        if message.kind == Kind::Ack && message.id == Some(0) {
            return packet::failure(message.data).map_or(Ok(()), Err);
        }
    }
}

/// Sends until the window's end, as many at a time as there are places.
async fn send(client: &mut Client, plan: &Broadcast, shared: &Shared) -> Result<(), Lost> {
    let args = packet::args(&plan.order.event, plan.order.payload.as_deref());
    let all = u32::try_from(plan.depth).unwrap_or(u32::MAX);
    let mut end = std::pin::pin!(sleep_until(shared.window.end.into()));
    for id in 1.. {
        let is_last = Instant::now() >= shared.window.until;
        // The last one waits until all have arrived.
        let wanted = if is_last { all } else { 1 };
        let mut place = std::pin::pin!(shared.places.acquire_many(wanted));
        loop {
            tokio::select! {
                place = &mut place => {
                    place.map_err(|_| Lost("no place".to_owned()))?.forget();
                    break;
                }
                text = client.next() => if let Some(code) = failure(&text?) {
                    shared.counts.fail(&code);
                    return Ok(());
                },
                () = &mut end => return Ok(()),
            }
        }
        if is_last {
            return Ok(());
        }
        let sent = Instant::now();
        lock(&shared.flight).casts.push_back(Cast {
            sent,
            missing: shared.receivers,
        });
        count(&shared.counts.sent);
        if shared.window.has(sent) {
            count(&shared.sent);
        }
        let text = packet::event(client.prefix(), Some(id), &args);
        client.send(text).await?;
    }
    Ok(())
}

/// The code with which the server refused a broadcast.
fn failure(text: &Text) -> Option<String> {
    match packet::parse(text) {
        Packet::Message(message) if message.kind == Kind::Ack => packet::failure(message.data),
        _ => None,
    }
}

/// Counts what comes until it is over.
async fn receive(
    who: usize,
    mut client: Client,
    shared: Arc<Shared>,
    mut over: watch::Receiver<bool>,
) -> Client {
    let mut number = 0;
    loop {
        tokio::select! {
            _ = over.wait_for(|is_over| *is_over) => return client,
            text = client.next() => match text {
                Ok(text) if shared.is_awaited(&text) => {
                    shared.arrived(who, number);
                    number += 1;
                }
                Ok(_) => {}
                Err(_) => {
                    count(&shared.counts.lost);
                    uncount(&shared.counts.open);
                    shared.counts.note(LOST, 1);
                    return client;
                }
            },
        }
    }
}

impl Shared {
    fn is_awaited(&self, text: &Text) -> bool {
        match packet::parse(text) {
            Packet::Message(message) => {
                matches!(message.kind, Kind::Event | Kind::BinaryEvent)
                    && packet::event_name(message.data).as_deref() == Some(&self.awaited)
            }
            _ => false,
        }
    }

    /// The broadcast of this number has reached a receiver: emits keep their order, so the n-th
    /// event is the n-th broadcast's.
    fn arrived(&self, who: usize, number: u64) {
        let mut flight = lock(&self.flight);
        let index = number.checked_sub(flight.first);
        let index = index.and_then(|index| usize::try_from(index).ok());
        let Some(cast) = index.and_then(|index| flight.casts.get_mut(index)) else {
            drop(flight);
            self.counts.fail("more_than_was_sent");
            return;
        };
        let (sent, is_measured) = (cast.sent, self.window.has(cast.sent));
        cast.missing = cast.missing.saturating_sub(1);
        let is_complete = cast.missing == 0;
        while flight.casts.front().is_some_and(|cast| cast.missing == 0) {
            flight.casts.pop_front();
            flight.first += 1;
        }
        drop(flight);
        if is_measured {
            count(&self.deliveries);
            self.delivery.record(who, sent.elapsed());
        }
        if is_complete {
            count(&self.counts.done);
            if is_measured {
                count(&self.complete);
                self.last.record(who, sent.elapsed());
            }
            self.places.add_permits(1);
        }
    }

    fn figures(&self) -> Broadcasts {
        let seconds = (self.window.until - self.window.from).as_secs_f64();
        let deliveries = read(&self.deliveries);
        Broadcasts {
            seconds,
            receivers: self.receivers as u64,
            sent: read(&self.sent),
            complete: read(&self.complete),
            deliveries,
            deliveries_per_second: if seconds > 0.0 {
                deliveries as f64 / seconds
            } else {
                0.0
            },
            delivery_us: self.delivery.quantiles(),
            last_us: self.last.quantiles(),
        }
    }
}
