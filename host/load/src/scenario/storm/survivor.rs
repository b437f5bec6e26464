//! One client of a storm: it stays, loses its connection, and tries until it is back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::sleep;

use super::{Order, Return, Shared};
use crate::connection::{Client, Dialer, OpenError, Session, Text, wish};
use crate::packet::{self, Kind, Packet};
use crate::plan::Join;
use crate::progress::{count, uncount};

/// The wait after the first attempt that failed; it doubles with each.
const WAIT_MIN: Duration = Duration::from_millis(100);
/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// What became of a session.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    /// The server still knew it, under the same id.
    pub(super) is_resumed: bool,
    /// And every missed event follows.
    pub(super) is_recovered: bool,
    /// The client has a new one instead.
    pub(super) is_new: bool,
    /// Tokens that were refused.
    pub(super) refused_tokens: u64,
}

/// The client.
pub(super) struct Survivor {
    dialer: Arc<Dialer>,
    join: Arc<Join>,
    shared: Arc<Shared>,
    /// Nothing when the server has closed it.
    client: Option<Client>,
    session: Option<Session>,
    chance: Chance,
}

impl Survivor {
    /// Joins for the first time.
    pub(super) async fn begin(
        who: usize,
        dialer: Arc<Dialer>,
        join: Arc<Join>,
        shared: Arc<Shared>,
    ) -> Result<Self, OpenError> {
        let mut survivor = Self {
            dialer,
            join,
            shared,
            client: None,
            session: None,
            chance: Chance::new(who),
        };
        survivor.attempt(&mut Outcome::default()).await?;
        Ok(survivor)
    }

    /// Does what it is told until it is over.
    pub(super) async fn live(mut self, mut orders: watch::Receiver<Order>) {
        let mut cut_before = None;
        loop {
            let order = tokio::select! {
                changed = orders.changed() => match changed {
                    Ok(()) => *orders.borrow_and_update(),
                    Err(_) => return,
                },
                () = self.stay() => continue,
            };
            match order {
                Order::Over => return,
                Order::Stay => {}
                Order::Cut(at) => {
                    if cut_before != Some(at) {
                        cut_before = Some(at);
                        self.be_cut(at).await;
                    }
                }
            }
        }
    }

    /// Takes one packet; waits for ever once the server has closed the connection.
    async fn stay(&mut self) {
        let Some(client) = &mut self.client else {
            return std::future::pending().await;
        };
        match client.next().await {
            Ok(text) => self.count(&text),
            Err(_) => {
                count(&self.dialer.counts.lost);
                uncount(&self.dialer.counts.open);
                self.client = None;
            }
        }
    }

    /// Events count, those of the host's own do not.
    fn count(&mut self, text: &Text) {
        let Packet::Message(message) = packet::parse(text) else {
            return;
        };
        let is_event = matches!(message.kind, Kind::Event | Kind::BinaryEvent);
        if let (true, Some(session)) = (is_event, &mut self.session)
            && packet::event_name(message.data).is_some_and(|name| !name.starts_with("fs7:"))
        {
            session.received += 1;
        }
    }

    async fn be_cut(&mut self, at: Instant) {
        if self.client.take().is_some() {
            uncount(&self.dialer.counts.open);
        }
        let told = self.come_back(at).await;
        if told.after.is_some() {
            count(&self.dialer.counts.open);
            count(&self.dialer.counts.done);
        }
        // Its room is one place per client.
        let _ = self.shared.returns.send(told).await;
    }

    /// Tries until it is in, is refused for good, or has lost patience.
    async fn come_back(&mut self, at: Instant) -> Return {
        let plan = &self.shared.plan;
        let (within, patience) = (plan.within, plan.patience);
        if !within.is_zero() {
            sleep(within.mul_f64(self.chance.next())).await;
        }
        let mut told = Return {
            after: None,
            attempts: 0,
            refused: Vec::new(),
            outcome: Outcome::default(),
        };
        let mut wait = WAIT_MIN;
        loop {
            told.attempts += 1;
            count(&self.dialer.counts.sent);
            let Err(error) = self.attempt(&mut told.outcome).await else {
                told.after = Some(at.elapsed());
                return told;
            };
            told.refused.push(error.code());
            if error.is_of_token() {
                // The next token, or a new session, is tried at once.
                continue;
            }
            if !error.is_passing() || at.elapsed() >= patience {
                return told;
            }
            sleep(wait.mul_f64(0.5 + self.chance.next() / 2.0)).await;
            wait = (wait * 2).min(WAIT_MAX);
        }
    }

    /// Joins once, with the next token where there is one.
    async fn attempt(&mut self, outcome: &mut Outcome) -> Result<(), OpenError> {
        let before = self.session.as_ref().map(|it| (it.id.clone(), it.received));
        let token = self.session.as_mut().and_then(|session| {
            // A token is good once, whatever becomes of the attempt.
            (!session.tokens.is_empty()).then(|| session.tokens.remove(0))
        });
        let received = before.as_ref().map_or(0, |(_, received)| *received);
        let again = token.as_deref().map(|token| (token, received));
        let wanted = self.shared.plan.has_sessions.then(|| wish(again));
        let joined = Client::join(&self.dialer, &self.join, wanted).await;
        if joined.as_ref().is_err_and(OpenError::is_of_token) {
            outcome.refused_tokens += 1;
        }
        let mut client = joined?;
        if self.shared.plan.has_sessions {
            let session = client.session().await?;
            let is_same = before.as_ref().is_some_and(|(id, _)| *id == session.id);
            outcome.is_resumed = session.resumed && is_same;
            outcome.is_recovered = outcome.is_resumed && session.recovered;
            outcome.is_new = !outcome.is_resumed;
            self.session = Some(session);
        }
        self.client = Some(client);
        Ok(())
    }
}

/// Numbers that spread clients out (SplitMix64): no secrets hang on them.
struct Chance(u64);

impl Chance {
    fn new(who: usize) -> Self {
        Self(who as u64)
    }

    /// The next one, from 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_spread_evenly_among_clients() {
        let mut thirds = [0_u32; 3];
        for who in 0..3_000 {
            let next = Chance::new(who).next();
            assert!((0.0..1.0).contains(&next), "{next}");
            thirds[(next * 3.0) as usize] += 1;
        }
        assert!(thirds.iter().all(|count| *count > 800), "{thirds:?}");
    }
}
