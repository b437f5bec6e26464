//! What clients can do, one file each, on a stage that opens connections and keeps the figures.

mod broadcast;
mod events;
mod http;
mod idle;
mod pace;
mod stage;
mod storm;
mod tally;

use crate::error::LoadError;
use crate::plan::{Plan, Scenario, Transport};
use crate::report::{Broadcasts, Load, Report, Round};
use stage::Stage;

/// What a scenario adds to the report.
#[derive(Default)]
struct Figures {
    load: Option<Load>,
    broadcasts: Option<Broadcasts>,
    storms: Vec<Round>,
    /// Clients that should be there at the end and are not, and what was not delivered.
    missing: u64,
}

/// Carries out a plan. `say` is given a line of progress each second. What fails during the load is
/// in the report.
///
/// # Errors
/// When the load could not begin: a connection was refused, the system allows too few files.
pub async fn run(plan: Plan, say: Option<fn(&str)>) -> Result<Report, LoadError> {
    check(&plan)?;
    let mut stage = Stage::set(&plan, say).await?;
    let (scenario, figures) = match &plan.scenario {
        Scenario::Events(events) => ("events", events::run(&mut stage, events).await?),
        Scenario::Idle(hold) => ("idle", idle::run(&mut stage, *hold).await?),
        Scenario::Broadcast(cast) => ("broadcast", broadcast::run(&mut stage, cast).await?),
        Scenario::Storm(storm) => ("storm", storm::run(&mut stage, storm).await?),
        Scenario::Http(http) => ("http", http::run(&mut stage, http).await?),
    };
    Ok(stage.report(&plan, scenario, figures))
}

/// What no command line would ask for with sense.
fn check(plan: &Plan) -> Result<(), LoadError> {
    let refuse = |words: &str| Err(LoadError::Plan(words.to_owned()));
    if plan.connections == 0 {
        return refuse("a load of 0 connections: ask for 1 or more");
    }
    let (depth, rate) = match &plan.scenario {
        Scenario::Events(events) => (events.depth, events.rate),
        Scenario::Broadcast(broadcast) => (broadcast.depth, None),
        Scenario::Http(http) => (http.depth, http.rate),
        Scenario::Idle(_) | Scenario::Storm(_) => (1, None),
    };
    let (duration, rounds) = match &plan.scenario {
        Scenario::Events(events) => (Some(events.duration), 1),
        Scenario::Broadcast(broadcast) => (Some(broadcast.duration), 1),
        Scenario::Http(http) => (Some(http.duration), 1),
        Scenario::Idle(_) => (None, 1),
        Scenario::Storm(storm) => (None, storm.rounds),
    };
    if duration.is_some_and(|duration| duration.is_zero()) {
        return refuse("a duration of 0 measures nothing: ask for a second or more");
    }
    if rounds == 0 {
        return refuse("a storm of 0 rounds cuts nobody: ask for 1 or more");
    }
    if depth == 0 {
        return refuse("a depth of 0 sends nothing: ask for 1 or more");
    }
    if rate.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
        return refuse("a rate is a number of events per second above 0");
    }
    let is_http = matches!(plan.scenario, Scenario::Http(_));
    if !is_http && plan.target.path() != "/" {
        return refuse(
            "the URL of a Socket.IO server has no path here: name the namespace with --namespace, and the engine's path with --path",
        );
    }
    Ok(())
}

/// Sockets that a plan needs at a time.
fn sockets(plan: &Plan) -> usize {
    let per_client = match (&plan.scenario, plan.join.transport) {
        (Scenario::Http(http), _) => http.depth,
        (_, Transport::WebSocket) => 1,
        (_, Transport::Polling) => 2,
    };
    // A broadcast has one more client, which sends.
    plan.connections
        .saturating_add(1)
        .saturating_mul(per_client)
}
