//! Instances that were put back, held against one that was just made, byte for byte.

use std::fs;
use std::sync::Arc;

use fs7_tests::repo;
use serde_json::json;

use super::PageMap;
use crate::config::settings::{HandlerSettings, Instances};
use crate::effect::{Delivery, Effect, EffectScope, EffectSink};
use crate::event::{Args, ConnectionId, Event, Origin};
use crate::fact::Facts;
use crate::limits::Limits;
use crate::outcome::Outcome;
use crate::runtime::handler::{Body, Warm, deadline_after};
use crate::runtime::{Call, Handler, Sandbox};

struct Nobody;

impl EffectSink for Nobody {
    fn commit(&self, _scope: &EffectScope, _effects: Vec<Effect>) -> Delivery {
        Delivery::default()
    }
}

async fn handler(name: &str, limits: Limits, instances: Instances) -> Handler {
    let facts = Facts::new(1_000, 1 << 20);
    let sandbox = Sandbox::new(limits, None, facts).unwrap();
    let settings = HandlerSettings {
        instances,
        ..HandlerSettings::default()
    };
    let bytes = fs::read(repo::guest(name)).unwrap();
    Handler::load(sandbox, name, &bytes, &settings)
        .await
        .unwrap()
}

/// The reply's JSON.
async fn ask(handler: &Handler, event: &str, arg: serde_json::Value) -> Option<String> {
    let origin = Origin::Socket(ConnectionId::from_text("c1"));
    let args = Args::from_text(format!("[{arg}]"));
    let event = Event::message("/".into(), event.into(), args, origin);
    let call = Call {
        generation: 1,
        deadline: None,
    };
    let sink: Arc<dyn EffectSink> = Arc::new(Nobody);
    match handler.invoke(&event, call, &sink).await.outcome {
        Outcome::Replied(reply) => Some(reply.map_or_else(String::new, |args| args.text)),
        _ => None,
    }
}

/// The numbers in an instance's globals.
fn globals(warm: &mut Warm) -> String {
    let Body::Direct(guest) = &warm.body else {
        panic!("run as a component");
    };
    let globals = &guest.renewal.as_ref().unwrap().globals;
    let globals = globals.iter().map(|global| global.get(&mut warm.store));
    format!("{:?}", globals.collect::<Vec<_>>())
}

fn memory(warm: &Warm) -> &[u8] {
    let Body::Direct(guest) = &warm.body else {
        panic!("run as a component");
    };
    guest.memory.data(&warm.store)
}

/// What an instance is to begin with, from one that nobody uses.
struct New {
    memory: Vec<u8>,
    globals: String,
}

impl New {
    async fn of(name: &str) -> Self {
        let handler = handler(name, Limits::default(), Instances::Fresh).await;
        let mut store = handler.store(deadline_after(handler.limits.deadline));
        let direct = handler.direct.as_ref().unwrap();
        let guest = direct.instantiate(&mut store).unwrap();
        let mut warm = Warm {
            store,
            body: Body::Direct(Box::new(guest)),
            answered: 0,
            place: None,
        };
        Self {
            globals: globals(&mut warm),
            memory: memory(&warm).to_vec(),
        }
    }

    /// Holds an instance against it. Only pages that were ever written are read: to read another
    /// would give it a page, as if it had been written, and it is as it was in any case.
    fn assert_is(&self, warm: &mut Warm, what: &str) {
        assert_eq!(globals(warm), self.globals, "{what}");
        let memory = memory(warm);
        assert_eq!(memory.len(), self.memory.len(), "{what}");
        let map = PageMap::open().unwrap();
        let written = map.written(memory, usize::MAX).unwrap();
        assert!(!written.is_empty(), "{what}");
        for number in written {
            let page = number * map.page()..(number + 1) * map.page();
            assert!(
                memory[page.clone()] == self.memory[page],
                "{what}: page {number}"
            );
        }
    }
}

/// Numbers that look like chance, from a seed.
fn numbers(seed: u64) -> impl Iterator<Item = usize> {
    let step = |number: &u64| {
        let next = number.wrapping_mul(6_364_136_223_846_793_005);
        Some(next.wrapping_add(1_442_695_040_888_963_407))
    };
    std::iter::successors(Some(seed), step).map(|number| (number >> 33) as usize)
}

#[tokio::test]
async fn kept_instances_are_as_new_wherever_events_wrote() {
    let handler = handler("scribbles", Limits::default(), Instances::Fresh).await;
    let new = New::of("scribbles").await;
    let mut kept = 0;
    for round in 0..300 {
        // Few places in most rounds, so that instances are kept; many, and memory that grows, in
        // others, after which they are not.
        let places = if round % 50 == 49 { 500 } else { round % 5 };
        let take = |seed| numbers(seed).take(places).collect::<Vec<_>>();
        let order = json!({
            "zeros": take(round as u64),
            "sevens": take(1_000 + round as u64),
            "bytes": if round % 70 == 69 { 1 << 20 } else { 0 },
        });
        let reply = ask(&handler, "scribbles", order).await;
        assert_eq!(reply.as_deref(), Some("[[0,0,0]]"), "round {round}");
        let waiting = handler.take_idle();
        if let Some(mut warm) = waiting {
            kept += 1;
            new.assert_is(&mut warm, &format!("round {round}"));
            handler.idle.lock().unwrap().push(warm);
        }
    }
    assert!(kept > 100, "{kept} of 300 were kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn event_that_goes_on_in_another_thread_leaves_nothing_behind() {
    let limits = Limits {
        deadline_ms: 60_000,
        ..Limits::default()
    };
    let handler = Arc::new(handler("scribbles", limits, Instances::Fresh).await);
    let tasks: Vec<_> = (0..6)
        .map(|seed| {
            let handler = handler.clone();
            tokio::spawn(async move {
                for round in 0..20 {
                    let seed = seed * 100 + round;
                    let places: Vec<_> = numbers(seed).take(3).collect();
                    // A tick or two: others run on this thread meanwhile.
                    let order = json!({"zeros": places, "sevens": places, "turns": 3_000_000});
                    let reply = ask(&handler, "scribbles", order).await;
                    assert_eq!(reply.as_deref(), Some("[[0,0,0]]"));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let new = New::of("scribbles").await;
    let mut waiting = 0;
    while let Some(mut warm) = handler.take_idle() {
        waiting += 1;
        new.assert_is(&mut warm, "at last");
    }
    assert!(waiting > 0, "none was kept");
}

#[tokio::test]
async fn instances_that_failed_or_have_grown_are_given_up() {
    let scribbles = handler("scribbles", Limits::default(), Instances::Fresh).await;
    assert!(ask(&scribbles, "scribbles", json!({})).await.is_some());
    assert_eq!(scribbles.sandbox.kept_instances(), 1);
    let large = json!({"bytes": 8 << 20});
    assert!(ask(&scribbles, "scribbles", large).await.is_some());
    assert_eq!(scribbles.sandbox.kept_instances(), 0);

    let counter = handler("counter", Limits::default(), Instances::Fresh).await;
    assert_eq!(
        ask(&counter, "counter", json!(null)).await.as_deref(),
        Some("[1]")
    );
    assert_eq!(counter.sandbox.kept_instances(), 1);
    assert_eq!(ask(&counter, "counter", json!("trap")).await, None);
    assert_eq!(counter.sandbox.kept_instances(), 0);
}

#[tokio::test]
async fn no_instance_is_kept_beyond_the_limit_nor_where_they_are_reused() {
    for (limit, instances, second) in [
        (0, Instances::Fresh, "[1]"),
        (1, Instances::Fresh, "[1]"),
        (1, Instances::Reuse, "[2]"),
    ] {
        let limits = Limits {
            kept_instances: limit,
            ..Limits::default()
        };
        let handler = handler("counter", limits, instances).await;
        ask(&handler, "counter", json!(null)).await;
        let reply = ask(&handler, "counter", json!(null)).await;
        assert_eq!(reply.as_deref(), Some(second), "{limit}, {instances:?}");
        let expected = usize::from(limit == 1 && instances == Instances::Fresh);
        assert_eq!(handler.sandbox.kept_instances(), expected, "{limit}");
        // One that is gone makes room for another.
        drop(handler.take_idle());
        assert_eq!(handler.sandbox.kept_instances(), 0);
    }
}
