//! Clients that emit events and wait for what comes back: in a closed loop the next one leaves when
//! one before has ended, in an open loop when it is due.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout_at};

use super::Figures;
use super::pace::{self, Dues};
use super::stage::Stage;
use super::tally::{Tally, Window};
use crate::connection::{Client, Lost, Text};
use crate::error::LoadError;
use crate::packet::{self, Kind, Message, Packet};
use crate::plan::Events;

/// Events under way per client in an open loop; more wait, and their latency grows with them.
const UNDER_WAY_MAX: usize = 1_024;
/// How fs7 tells of the failure of an event that asked for no acknowledgement.
const ERROR_EVENT: &str = "error_event";

/// An event that is under way.
struct Pending {
    id: u64,
    due: Instant,
    wants_ack: bool,
    wants_emit: bool,
}

struct Player {
    who: usize,
    client: Client,
    plan: Arc<Events>,
    args: Arc<str>,
    tally: Arc<Tally>,
    pending: VecDeque<Pending>,
    next_id: u64,
}

/// Plays it.
pub(super) async fn run(stage: &mut Stage, plan: &Events) -> Result<Figures, LoadError> {
    let clients = stage.clients(stage.connections).await?;
    let window = Window::now(plan.warmup, plan.duration);
    let tally = Arc::new(Tally::new(window, &stage.counts, stage.connections)?);
    let args: Arc<str> = packet::args(&plan.order.event, plan.order.payload.as_deref()).into();
    let shared = Arc::new(plan.clone());
    let mut dues = plan
        .rate
        .map(|rate| pace::start(rate, clients.len(), &tally))
        .unwrap_or_default();
    let mut tasks = JoinSet::new();
    for (who, client) in clients.into_iter().enumerate() {
        let player = Player {
            who,
            client,
            plan: shared.clone(),
            args: args.clone(),
            tally: tally.clone(),
            pending: VecDeque::new(),
            next_id: 0,
        };
        tasks.spawn(player.play(dues.pop()));
    }
    // Kept until the server's memory was looked at.
    let kept = tasks.join_all().await;
    stage.end();
    drop(kept);
    let latency_is = match (plan.is_acked, &plan.awaited) {
        (true, None) => "from the emit to its acknowledgement",
        (true, Some(_)) => "from the emit to its acknowledgement and the event that is awaited",
        (false, Some(_)) => "from the emit to the event that is awaited",
        (false, None) => "from the emit until the system has taken it; no answer is asked for",
    };
    Ok(Figures {
        load: Some(tally.load(plan.rate, latency_is)),
        ..Figures::default()
    })
}

impl Player {
    async fn play(mut self, dues: Option<Dues>) -> Client {
        self.tally.begin().await;
        let played = match dues {
            Some(dues) => self.open_loop(dues).await,
            None => self.closed_loop().await,
        };
        let pending = self.pending.iter().map(|pending| pending.due);
        match played {
            Ok(()) => pending.for_each(|due| self.tally.failed(due, "unanswered")),
            Err(_) => self.tally.lost(pending),
        }
        self.client
    }

    async fn closed_loop(&mut self) -> Result<(), Lost> {
        let window = self.tally.window;
        let waits = self.plan.is_acked || self.plan.awaited.is_some();
        loop {
            let is_sending = Instant::now() < window.until;
            if is_sending && !waits {
                self.emit(Instant::now()).await?;
                while let Some(text) = self.client.next().now_or_never() {
                    self.take(&text?)?;
                }
                continue;
            }
            while is_sending && self.pending.len() < self.plan.depth {
                self.emit(Instant::now()).await?;
            }
            if self.pending.is_empty() {
                return Ok(());
            }
            let limit = if is_sending { window.until } else { window.end };
            match timeout_at(limit.into(), self.client.next()).await {
                Ok(text) => self.take(&text?)?,
                Err(_) if is_sending => {}
                Err(_) => return Ok(()),
            }
        }
    }

    async fn open_loop(&mut self, mut dues: Dues) -> Result<(), Lost> {
        let window = self.tally.window;
        let mut end = std::pin::pin!(sleep_until(window.end.into()));
        let mut is_sending = true;
        while is_sending || !self.pending.is_empty() {
            let has_room = self.pending.len() < UNDER_WAY_MAX;
            tokio::select! {
                due = dues.recv(), if is_sending && has_room => match due {
                    Some(due) => self.emit(due).await?,
                    None => is_sending = false,
                },
                text = self.client.next() => self.take(&text?)?,
                () = &mut end => return Ok(()),
            }
        }
        Ok(())
    }

    async fn emit(&mut self, due: Instant) -> Result<(), Lost> {
        let id = self.next_id;
        self.next_id += 1;
        let asked = self.plan.is_acked.then_some(id);
        let text = packet::event(self.client.prefix(), asked, &self.args);
        self.tally.sent(self.who, due);
        let pending = Pending {
            id,
            due,
            wants_ack: self.plan.is_acked,
            wants_emit: self.plan.awaited.is_some(),
        };
        let is_waited_for = pending.wants_ack || pending.wants_emit;
        // Before it leaves: an event that could not be sent is lost with its connection.
        self.pending.push_back(pending);
        self.client.send(text).await?;
        if !is_waited_for {
            self.pending.pop_back();
            self.tally.done(self.who, due);
        }
        Ok(())
    }

    fn take(&mut self, text: &Text) -> Result<(), Lost> {
        let Packet::Message(message) = packet::parse(text) else {
            return Ok(());
        };
        match message.kind {
            Kind::Ack | Kind::BinaryAck => self.take_ack(&message),
            Kind::Event | Kind::BinaryEvent => self.take_event(message.data),
            Kind::Disconnect => return Err(Lost("the server disconnected it".to_owned())),
            Kind::Connect | Kind::ConnectError => {}
        }
        Ok(())
    }

    fn take_ack(&mut self, message: &Message<'_>) {
        let id = message.id;
        let found = self.pending.iter().position(|it| Some(it.id) == id);
        let Some(index) = found else { return };
        if let Some(code) = packet::failure(message.data) {
            if let Some(pending) = self.pending.remove(index) {
                self.tally.failed(pending.due, &code);
            }
            return;
        }
        if let Some(pending) = self.pending.get_mut(index) {
            pending.wants_ack = false;
        }
        self.settle(index);
    }

    fn take_event(&mut self, args: &str) {
        let Some(name) = packet::event_name(args) else {
            return;
        };
        if self.plan.awaited.as_deref() == Some(&*name) {
            // Events keep their order: it belongs to the first that has none.
            let found = self.pending.iter().position(|it| it.wants_emit);
            let Some(index) = found else { return };
            if let Some(pending) = self.pending.get_mut(index) {
                pending.wants_emit = false;
            }
            self.settle(index);
        } else if name == ERROR_EVENT && !self.plan.is_acked {
            let code = packet::failure(args).unwrap_or_else(|| ERROR_EVENT.to_owned());
            let due = self.pending.pop_front().map(|pending| pending.due);
            self.tally.failed(due.unwrap_or_else(Instant::now), &code);
        }
    }

    /// An event to which everything has come has ended.
    fn settle(&mut self, index: usize) {
        let is_done = |it: &Pending| !it.wants_ack && !it.wants_emit;
        if self.pending.get(index).is_some_and(is_done)
            && let Some(pending) = self.pending.remove(index)
        {
            self.tally.done(self.who, pending.due);
        }
    }
}
