//! What threads of one server cost each other: events through dispatch to the hub on one thread, on
//! two threads of one server, and on two threads that have a server each. What the last two differ
//! by is the price of the queues, locks and counters that events of one server share; what two
//! separate ones lack to twice as much is the machine's.
//!
//! `cargo xtask bench scaling`; docs/scaling.md has what it means.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and has nobody to hand an error to"
)]

mod stand;

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use fs7::config::settings::{Instances, Settings};
use fs7::dispatch::{Commit, Host, dispatch};
use fs7::event::{Args, ConnectionId, Event, Origin};
use fs7::fact::Facts;
use fs7::gateway::measured::Crowd;
use fs7::outcome::Outcome;
use fs7::telemetry::fact_writer::FactWriter;
use fs7::telemetry::metrics::Metrics;
use fs7::telemetry::{self, Console};

use stand::contract::{self, Checked};
use stand::{PAYLOAD, Serving, repository};

/// Rounds; the line-ups take turns.
const ROUNDS: usize = 25;

/// How long each line-up runs in a round.
const RUN: Duration = Duration::from_millis(400);

/// Events between two looks at the clock.
const BATCH: u32 = 50;

/// One server: its host, its members, and the thread that reads its facts.
struct Server {
    host: Host,
    crowd: Crowd,
    _writer: FactWriter,
}

fn main() {
    let directory = tempfile::tempdir().unwrap();
    contract::write(directory.path());
    let mut settings = stand::settings(directory.path());
    // Facts are counted, not written: the log's thread is another limit, and has its own figures.
    settings.log_level = tracing::Level::ERROR;
    let _telemetry = telemetry::init(&settings, Console::Silent).unwrap();
    for instances in [Instances::Reuse, Instances::Fresh] {
        let servers = [0, 1].map(|number| {
            let mut settings = settings.clone();
            settings.work_dir = directory.path().join(format!("{instances:?}{number}"));
            std::fs::create_dir_all(&settings.work_dir).unwrap();
            Arc::new(server(&settings, instances))
        });
        measure(instances, &servers);
    }
}

fn server(settings: &Settings, instances: Instances) -> Server {
    let crowd = Crowd::new(2);
    let facts = Facts::new(settings.limits.facts, settings.limits.facts_bytes);
    let serving = Serving {
        component: repository().join("events/user_signed_up.wasm"),
        instances,
        checked: Checked::Defaults,
        sink: crowd.sink(),
    };
    let host = runtime().block_on(stand::host(settings, &facts, serving));
    let metrics = Arc::new(Metrics::new(&settings.limits));
    Server {
        host,
        crowd,
        _writer: FactWriter::start(facts, metrics).unwrap(),
    }
}

/// Prints the medians over all rounds.
fn measure(instances: Instances, servers: &[Arc<Server>; 2]) {
    let [first, second] = servers;
    let mut figures: [Vec<f64>; 3] = Default::default();
    let mut prices = Vec::new();
    for _ in 0..ROUNDS {
        let one = per_second(&[(first, 0)]);
        let shared = per_second(&[(first, 0), (first, 1)]);
        let apart = per_second(&[(first, 0), (second, 1)]);
        for (figures, figure) in figures.iter_mut().zip([one, shared, apart]) {
            figures.push(figure);
        }
        prices.push(shared / apart);
    }
    let [one, shared, apart] = figures.map(median);
    println!("{instances:?}: {one:.0}/s on one thread");
    println!(
        "  two threads of one server: {shared:.0}/s, {:.2} times",
        shared / one
    );
    println!(
        "  two threads with a server each: {apart:.0}/s, {:.2} times",
        apart / one
    );
    prices.sort_by(f64::total_cmp);
    let [least, .., most] = prices.as_slice() else {
        return;
    };
    println!(
        "  shared over separate, round by round: {:.3} ({least:.3}\u{2013}{most:.3})",
        median(prices.clone())
    );
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// Events per second of all threads together, each of which speaks for one member of a server.
fn per_second(threads: &[(&Arc<Server>, usize)]) -> f64 {
    let ready = Barrier::new(threads.len());
    thread::scope(|scope| {
        let play = |(server, member): &(&Arc<Server>, usize)| {
            let (server, ready) = (Arc::clone(server), &ready);
            let id = server.crowd.ids().get(*member).unwrap().clone();
            scope.spawn(move || {
                let runtime = runtime();
                ready.wait();
                let started = Instant::now();
                let mut events = 0;
                while started.elapsed() < RUN {
                    runtime.block_on(batch(&server.host, &id));
                    events += BATCH;
                }
                f64::from(events) / started.elapsed().as_secs_f64()
            })
        };
        let playing: Vec<_> = threads.iter().map(play).collect();
        playing.into_iter().map(|it| it.join().unwrap()).sum()
    })
}

async fn batch(host: &Host, id: &ConnectionId) {
    for _ in 0..BATCH {
        let event = Event::message(
            Arc::from("/"),
            Arc::from("user_signed_up"),
            Args::from_text(PAYLOAD),
            Origin::Socket(id.clone()),
        );
        let outcome = dispatch(host, &event, Commit::Now).await.outcome;
        assert!(matches!(outcome, Outcome::Replied(Some(_))), "{outcome:?}");
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}
