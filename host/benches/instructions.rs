//! A fixed number of events for `cargo xtask instructions`, which counts what the processor does
//! for them: from the wire to arguments, through dispatch to a guest that only answers, and from
//! the reply to the wire.
//!
//! The events run on the main thread, where nothing else does: handlers are compiled, the epoch
//! moves and system calls block on others, which are not counted. The counter starts anew where
//! [`counted`] begins, and the program ends with it. Nobody writes the facts: what is counted ends
//! where a fact is queued.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and has nobody to hand an error to"
)]

mod stand;

use std::hint::black_box;
use std::sync::Arc;

use fs7::config::settings::Instances;
use fs7::dispatch::{Commit, Host, dispatch};
use fs7::effect::EffectSink;
use fs7::event::{Args, Event, Origin};
use fs7::fact::Facts;
use fs7::gateway::measured::{self, Crowd};
use fs7::outcome::Outcome;
use socketioxide_core::Str;

use stand::contract::{self, Checked};
use stand::{PAYLOAD, Serving, wire};

/// The stub: it answers, and does nothing else.
const GUEST: &str = "greet_v1";
/// The event that it answers.
const EVENT: &str = "greet";

/// Events before those that are counted: instances are made, tables and caches have grown.
const WARM_UP: usize = 50;

/// Places for calls: few, for the counter has less address space for pools than the system.
const CALLS: usize = 1;

/// What a machine that runs a hundred times slower needs.
const PATIENCE_MS: u64 = 600_000;

/// One kind of work.
#[derive(Clone, Copy)]
enum Scenario {
    /// A packet's text to name and arguments.
    Decode,
    /// An event to its outcome.
    Dispatch(Instances),
    /// A reply and an emit to packets' texts.
    Encode,
    /// All of it.
    Whole(Instances),
}

impl Scenario {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "decode" => Self::Decode,
            "dispatch-reused" => Self::Dispatch(Instances::Reuse),
            "dispatch-fresh" => Self::Dispatch(Instances::Fresh),
            "encode" => Self::Encode,
            "whole-reused" => Self::Whole(Instances::Reuse),
            _ => return None,
        })
    }

    /// How the sandbox lives, where there is one.
    fn instances(self) -> Option<Instances> {
        match self {
            Self::Dispatch(instances) | Self::Whole(instances) => Some(instances),
            Self::Decode | Self::Encode => None,
        }
    }
}

/// What all scenarios work with.
struct Bench {
    /// None where no event is dispatched.
    host: Option<Host>,
    crowd: Crowd,
    reader: wire::Reader,
    packet: Str,
    namespace: Arc<str>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [scenario, events] = words.as_slice() else {
        println!("counts nothing by itself: run `cargo xtask instructions`");
        return;
    };
    let scenario = Scenario::named(scenario).expect("a scenario");
    let events: usize = events.parse().unwrap();
    let prepared = std::thread::spawn(move || Bench::new(scenario));
    let bench = prepared.join().unwrap();
    bench.run(scenario, WARM_UP);
    counted(&bench, scenario, events);
    // What is taken down does not count.
    std::process::exit(0);
}

/// `cargo xtask instructions` knows it by this name.
#[inline(never)]
fn counted(bench: &Bench, scenario: Scenario, events: usize) {
    bench.run(scenario, events);
}

impl Bench {
    fn new(scenario: Scenario) -> Self {
        let crowd = Crowd::new(1);
        Self {
            host: scenario
                .instances()
                .map(|instances| host(instances, crowd.sink())),
            crowd,
            reader: wire::Reader::default(),
            packet: Str::from(format!(
                "21[\"{EVENT}\",{}",
                PAYLOAD.trim_start_matches('[')
            )),
            namespace: Arc::from("/"),
        }
    }

    fn run(&self, scenario: Scenario, events: usize) {
        let runtime = runtime();
        for _ in 0..events {
            match scenario {
                Scenario::Decode => drop(black_box(self.decode())),
                Scenario::Encode => self.encode(Args::from_text(PAYLOAD)),
                Scenario::Dispatch(_) => {
                    let args = Args::from_text(PAYLOAD);
                    drop(runtime.block_on(self.dispatch(EVENT, args)));
                }
                Scenario::Whole(_) => {
                    let (name, args) = self.decode();
                    let reply = runtime.block_on(self.dispatch(&name, args));
                    self.encode(reply);
                }
            }
        }
    }

    fn decode(&self) -> (String, Args) {
        self.reader.read(self.packet.clone()).unwrap()
    }

    async fn dispatch(&self, name: &str, args: Args) -> Args {
        let origin = Origin::Socket(self.crowd.ids().first().unwrap().clone());
        let event = Event::message(self.namespace.clone(), Arc::from(name), args, origin);
        let host = self.host.as_ref().unwrap();
        match dispatch(host, &event, Commit::Now).await.outcome {
            Outcome::Replied(Some(reply)) => reply,
            other => panic!("expected a reply, found {other:?}"),
        }
    }

    fn encode(&self, reply: Args) {
        let text = measured::write_event(EVENT, &reply);
        black_box(wire::event(&text));
        black_box(wire::ack(reply, 1));
    }
}

fn host(instances: Instances, sink: Arc<dyn EffectSink>) -> Host {
    let directory = tempfile::tempdir().unwrap();
    contract::write_for(directory.path(), EVENT);
    let mut settings = stand::settings(directory.path());
    settings.limits.calls = CALLS;
    // Under valgrind the page faults are valgrind's: what is counted is an instance that is made.
    settings.limits.kept_instances = 0;
    settings.limits.describe_ms = PATIENCE_MS;
    settings.limits.deadline_ms = PATIENCE_MS;
    let facts = Facts::new(settings.limits.facts, settings.limits.facts_bytes);
    let serving = Serving {
        component: stand::guest(GUEST),
        instances,
        checked: Checked::Inbound,
        sink,
    };
    runtime().block_on(stand::host(&settings, &facts, serving))
}

/// One thread, so that every step of an event is on the one that is counted.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}
