//! From a decoded event to its committed effects, in process: `plugins/user_signed_up` as
//! shipped, in a fresh sandbox for every event and in a reused one, under a contract that is
//! checked in several modes, beside a native closure that does the same. Facts are recorded,
//! formatted and written, as in the server.
//!
//! `cargo bench -p fs7 --bench dispatch`; build the handlers first with `cargo xtask plugins`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark prints, and has nobody to hand an error to"
)]

#[path = "dispatch/process.rs"]
mod process;
mod stand;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fs7::config::settings::Instances;
use fs7::dispatch::{Commit, Host, dispatch};
use fs7::effect::{Delivery, Effect, EffectScope, EffectSink, Emit, Target};
use fs7::event::{Args, ConnectionId, Event, Origin};
use fs7::fact::{EventEnded, Fact, Facts};
use fs7::outcome::Outcome;
use fs7::telemetry::fact_writer::FactWriter;
use fs7::telemetry::metrics::Metrics;
use fs7::telemetry::{self, Console};

use stand::contract::{self, Checked};
use stand::{PAYLOAD, Serving, repository};

/// Events per round and kind.
const EVENTS: usize = 2_500;

/// Rounds; the kinds take turns, so that a drift of the machine meets all of them. Short ones:
/// what a contract adds is less than a busy neighbour does in a second.
const ROUNDS: usize = 40;

/// Events between two pauses in which the log writer catches up: the benchmark sends as fast as
/// it can, and facts that were dropped would cost nothing.
const BURST: usize = 500;

/// What is measured besides the native closure: its name, how the sandbox lives, and what is
/// checked. The first of each sandbox is what the others are compared with.
const KINDS: [(&str, Instances, Checked); 7] = [
    ("reused, contract off", Instances::Reuse, Checked::Nothing),
    ("reused, inbound strict", Instances::Reuse, Checked::Inbound),
    ("reused, defaults", Instances::Reuse, Checked::Defaults),
    ("reused, all strict", Instances::Reuse, Checked::Everything),
    ("reused, all warn", Instances::Reuse, Checked::Warned),
    ("fresh, contract off", Instances::Fresh, Checked::Nothing),
    ("fresh, all strict", Instances::Fresh, Checked::Everything),
];

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let events = repository().join("events");
    assert!(
        events.join("user_signed_up.wasm").exists(),
        "events/user_signed_up.wasm is missing: run `cargo xtask plugins`"
    );
    contract::write(directory.path());
    let settings = stand::settings(directory.path());
    let _telemetry = telemetry::init(&settings, Console::Silent).unwrap();
    let facts = Facts::new(settings.limits.facts, settings.limits.facts_bytes);
    let writer =
        FactWriter::start(facts.clone(), Arc::new(Metrics::new(&settings.limits))).unwrap();
    let runtime = fs7::app::runtime().unwrap();
    let hosts = KINDS.map(|(_, instances, checked)| {
        let serving = Serving {
            component: events.join("user_signed_up.wasm"),
            instances,
            checked,
            sink: Arc::new(Counting::default()),
        };
        runtime.block_on(stand::host(&settings, &facts, serving))
    });
    let sink = Arc::new(Counting::default());
    println!(
        "{} events a kind, in {ROUNDS} rounds by turns; {}",
        EVENTS * ROUNDS,
        process::machine()
    );
    let mut samples: [Vec<u64>; KINDS.len() + 1] = Default::default();
    for _ in 0..ROUNDS {
        let native = || std::future::ready(native(&sink, &facts));
        samples[0].extend(runtime.block_on(measure(&facts, native)));
        for (host, samples) in hosts.iter().zip(&mut samples[1..]) {
            samples.extend(runtime.block_on(measure(&facts, || guest(host))));
        }
    }
    report(&mut samples);
    println!(
        "facts: {} recorded, {} dropped",
        facts.recorded(),
        facts.dropped()
    );
    writer.stop();
    process::report(&events, directory.path());
}

/// Takes effects as the sockets would, up to the wire.
#[derive(Default)]
struct Counting {
    bytes: AtomicU64,
}

impl EffectSink for Counting {
    fn commit(&self, _scope: &EffectScope, effects: Vec<Effect>) -> Delivery {
        for effect in &effects {
            if let Effect::Emit(emit) = effect {
                self.bytes
                    .fetch_add(emit.args.bytes() as u64, Ordering::Relaxed);
            }
        }
        Delivery {
            delivered: effects.len() as u32,
            undelivered: 0,
        }
    }
}

fn event() -> Event {
    let origin = Origin::Socket(ConnectionId::from_text("c1"));
    Event::message(
        Arc::from("/"),
        Arc::from("user_signed_up"),
        Args::from_text(PAYLOAD),
        origin,
    )
}

async fn guest(host: &Host) -> Outcome {
    dispatch(host, &event(), Commit::Now).await.outcome
}

/// The same work without a sandbox: typed payload, one emit, one reply, one closing fact.
fn native(sink: &Counting, facts: &Facts) -> Outcome {
    #[derive(serde::Deserialize)]
    struct UserSignedUp {
        user_id: String,
        email: String,
    }
    #[derive(serde::Serialize)]
    struct Status<'a> {
        status: &'a str,
        message: &'a str,
    }
    let event = event();
    let (payload,): (UserSignedUp,) = serde_json::from_str(&event.args.text).unwrap();
    facts.record(Fact::GuestLogged {
        occurrence: Some(event.id),
        handler: event.name.clone(),
        generation: 1,
        level: fs7::fact::GuestLevel::Info,
        context: Arc::default(),
        message: format!("user {} signed up as {}", payload.user_id, payload.email),
    });
    let emit = [Status {
        status: "success",
        message: "User signed up successfully",
    }];
    let effects = vec![Effect::Emit(Emit {
        target: Target::Sender,
        name: "user_signed_up_ack".into(),
        args: Args::from_text(serde_json::to_string(&emit).unwrap()),
        is_volatile: false,
        surely_fits: false,
    })];
    let delivery = sink.commit(&fs7::dispatch::scope(&event), effects);
    let reply = [Status {
        status: "success",
        message: "user_signed_up handled successfully.",
    }];
    let outcome = Outcome::Replied(Some(Args::from_text(
        serde_json::to_string(&reply).unwrap(),
    )));
    facts.record(Fact::EventEnded(Box::new(EventEnded {
        occurrence: event.id,
        namespace: event.namespace.clone(),
        event: event.name.clone(),
        origin: event.origin.as_str(),
        connection: event.origin.connection().cloned(),
        handler: Some(event.name.clone()),
        generation: 1,
        outcome: outcome.as_str(),
        code: None,
        detail: None,
        limit: None,
        duration: event.received.elapsed(),
        peak_memory_bytes: 0,
        delivered: delivery.delivered,
        undelivered: delivery.undelivered,
        log_lines_dropped: 0,
        traceparent: None,
    })));
    outcome
}

/// Nanoseconds of each call.
async fn measure<F: Future<Output = Outcome>>(facts: &Facts, call: impl Fn() -> F) -> Vec<u64> {
    let mut samples = Vec::with_capacity(EVENTS);
    for index in 0..EVENTS {
        let start = Instant::now();
        let outcome = call().await;
        samples.push(u64::try_from(start.elapsed().as_nanos()).unwrap());
        assert!(matches!(outcome, Outcome::Replied(Some(_))), "{outcome:?}");
        if index % BURST == BURST - 1 {
            while facts.waiting() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
    samples
}

fn report(samples: &mut [Vec<u64>]) {
    let percentile = |sorted: &[u64], part: f64| {
        let index = ((sorted.len() - 1) as f64 * part) as usize;
        sorted[index] as f64 / 1e3
    };
    for sorted in samples.iter_mut() {
        sorted.sort_unstable();
    }
    let native = percentile(&samples[0], 0.5);
    println!(
        "{:<24} {:>10} {:>10} {:>18} {:>16}",
        "", "p50 µs", "p99 µs", "p50 / native p50", "contract adds µs"
    );
    println!(
        "{:<24} {native:>10.2} {:>10.2}",
        "native closure",
        percentile(&samples[0], 0.99)
    );
    for ((kind, instances, _), sorted) in KINDS.iter().zip(&samples[1..]) {
        let unchecked = KINDS.iter().position(|(_, other, _)| other == instances);
        let unchecked = percentile(&samples[unchecked.unwrap() + 1], 0.5);
        let (p50, p99) = (percentile(sorted, 0.5), percentile(sorted, 0.99));
        println!(
            "{kind:<24} {p50:>10.2} {p99:>10.2} {:>18.2} {:>16.2}",
            p50 / native,
            p50 - unchecked
        );
    }
}
