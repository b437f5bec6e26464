//! A reconnect storm: all connections are cut at one moment, without a word, and all clients come
//! back. With sessions they resume them; what the server then says is counted.

mod survivor;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use super::Figures;
use super::stage::Stage;
use crate::error::LoadError;
use crate::plan::Storm;
use crate::report::{Back, Round, Sessions};
use survivor::{Outcome, Survivor};

/// What a client is told.
#[derive(Clone, Copy, Debug)]
enum Order {
    /// Stay.
    Stay,
    /// Lose the connection; it was cut at this moment.
    Cut(Instant),
    /// It is over.
    Over,
}

/// A client has come back, or has given up.
struct Return {
    /// How long after the cut; nothing when it has given up.
    after: Option<Duration>,
    attempts: u64,
    refused: Vec<String>,
    outcome: Outcome,
}

/// What all clients share.
struct Shared {
    plan: Storm,
    returns: mpsc::Sender<Return>,
}

/// Plays it.
pub(super) async fn run(stage: &mut Stage, plan: &Storm) -> Result<Figures, LoadError> {
    let (orders, _) = watch::channel(Order::Stay);
    let (returns, mut returned) = mpsc::channel(stage.connections);
    let shared = Arc::new(Shared {
        plan: plan.clone(),
        returns,
    });
    let (dialer, join) = (stage.dialer.clone(), stage.join.clone());
    let tasks = Mutex::new(Vec::new());
    let open = |who| {
        let survivor = Survivor::begin(who, dialer.clone(), join.clone(), shared.clone());
        let (orders, tasks) = (orders.subscribe(), &tasks);
        async move {
            let survivor = survivor.await?;
            // At once: opening all may take longer than a ping may wait.
            let task = tokio::spawn(survivor.live(orders));
            tasks
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(task);
            Ok(())
        }
    };
    stage.open_each(stage.connections, open).await?;
    let mut storms = Vec::with_capacity(plan.rounds);
    for _ in 0..plan.rounds {
        orders.send_replace(Order::Cut(Instant::now()));
        let mut all = Vec::with_capacity(stage.connections);
        while all.len() < stage.connections {
            match returned.recv().await {
                Some(one) => all.push(one),
                None => break,
            }
        }
        storms.push(round(all, plan.has_sessions, stage));
    }
    stage.end();
    orders.send_replace(Order::Over);
    for task in tasks.into_inner().unwrap_or_else(PoisonError::into_inner) {
        let _ = task.await;
    }
    let missing = storms.iter().map(Round::missing).sum();
    Ok(Figures {
        storms,
        missing,
        ..Figures::default()
    })
}

/// Adds up what the clients tell.
fn round(all: Vec<Return>, has_sessions: bool, stage: &Stage) -> Round {
    let clients = all.len() as u64;
    let mut refused: BTreeMap<String, u64> = BTreeMap::new();
    let mut sessions = Sessions::default();
    let mut attempts = 0;
    let mut times = Vec::with_capacity(all.len());
    for one in all {
        attempts += one.attempts;
        for code in one.refused {
            stage.counts.note(&code, 1);
            *refused.entry(code).or_default() += 1;
        }
        sessions.refused_tokens += one.outcome.refused_tokens;
        sessions.resumed += u64::from(one.outcome.is_resumed);
        sessions.recovered += u64::from(one.outcome.is_recovered);
        sessions.lost += u64::from(one.outcome.is_new);
        times.extend(one.after);
    }
    times.sort_unstable();
    Round {
        clients,
        back: times.len() as u64,
        attempts,
        refused,
        sessions: has_sessions.then_some(sessions),
        back_us: back(&times),
    }
}

/// When clients were back, from sorted times.
fn back(times: &[Duration]) -> Option<Back> {
    let at = |part: f64| {
        let rank = (times.len() as f64 * part).ceil() as usize;
        let time = times.get(rank.saturating_sub(1))?;
        Some(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    };
    Some(Back {
        first: at(0.0)?,
        median: at(0.5)?,
        p99: at(0.99)?,
        last: at(1.0)?,
    })
}

impl Round {
    /// Clients that did not come back, or not into their session whole.
    fn missing(&self) -> u64 {
        let away = self.clients.saturating_sub(self.back);
        let sessions = self.sessions.unwrap_or_default();
        let refused = sessions.refused_tokens + sessions.lost;
        let halves = sessions.resumed.saturating_sub(sessions.recovered);
        away + refused + halves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_ranked() {
        assert_eq!(back(&[]), None);
        let times: Vec<_> = (1..=1_000).map(Duration::from_micros).collect();
        let expected = Back {
            first: 1,
            median: 500,
            p99: 990,
            last: 1_000,
        };
        assert_eq!(back(&times), Some(expected));
        let one = back(&[Duration::from_micros(7)]).unwrap();
        assert_eq!((one.first, one.median, one.p99, one.last), (7, 7, 7, 7));
    }

    #[test]
    fn who_is_not_back_whole_is_missing() {
        let round = |back, sessions| Round {
            clients: 10,
            back,
            attempts: 10,
            refused: BTreeMap::new(),
            sessions,
            back_us: None,
        };
        let whole = Sessions {
            resumed: 10,
            recovered: 10,
            ..Sessions::default()
        };
        assert_eq!(round(10, None).missing(), 0);
        assert_eq!(round(9, None).missing(), 1);
        assert_eq!(round(10, Some(whole)).missing(), 0);
        let half = Sessions {
            recovered: 8,
            ..whole
        };
        assert_eq!(round(10, Some(half)).missing(), 2);
        let refused = Sessions {
            resumed: 9,
            recovered: 9,
            lost: 1,
            refused_tokens: 3,
        };
        assert_eq!(round(10, Some(refused)).missing(), 4);
    }
}
