//! Both ways of running a guest, held against each other: what one answers the other answers, and
//! what the direct way does not understand goes the other way without a trace.

use std::fs;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use fs7_tests::repo;

use crate::config::settings::{HandlerSettings, Instances};
use crate::effect::{Delivery, Effect, EffectScope, EffectSink};
use crate::event::{Args, ConnectionId, Event, EventKind, Origin, Principal};
use crate::fact::{Fact, Facts};
use crate::limits::Limits;
use crate::runtime::{Call, CompileCache, Handler, Sandbox};

use super::{CREDIT_MAX, Plan};

/// What a guest did: how the event ended, its effects, and its log lines.
#[derive(Debug, PartialEq)]
struct Told {
    outcome: String,
    effects: Vec<Effect>,
    flushed: Vec<Effect>,
    lines: Vec<String>,
}

#[derive(Default)]
struct Kept(Mutex<Vec<Effect>>);

impl EffectSink for Kept {
    fn commit(&self, _scope: &EffectScope, effects: Vec<Effect>) -> Delivery {
        self.0.lock().unwrap().extend(effects);
        Delivery::default()
    }
}

/// A handler in a sandbox of its own.
struct Stand {
    facts: Facts,
    handler: Handler,
}

impl Stand {
    async fn new(bytes: &[u8], direct: bool, instances: Instances) -> Self {
        Self::with_cache(bytes, direct, instances, None).await
    }

    async fn with_cache(
        bytes: &[u8],
        direct: bool,
        instances: Instances,
        cache: Option<CompileCache>,
    ) -> Self {
        let facts = Facts::new(1_000, 1 << 20);
        let limits = Limits {
            calls: 4,
            deadline_ms: 300,
            ..Limits::default()
        };
        let sandbox = Sandbox::new(limits, cache, facts.clone()).unwrap();
        let settings = HandlerSettings {
            direct,
            instances,
            ..HandlerSettings::default()
        };
        let handler = Handler::load(sandbox, "guest", bytes, &settings).await;
        Self {
            facts,
            handler: handler.unwrap(),
        }
    }

    async fn tell(&self, event: &Event) -> Told {
        while self.facts.take().is_some() {}
        let sink = Arc::new(Kept::default());
        let call = Call {
            generation: 1,
            deadline: None,
        };
        let as_sink: Arc<dyn EffectSink> = sink.clone();
        let invocation = self.handler.invoke(event, call, &as_sink).await;
        let lines = std::iter::from_fn(|| self.facts.take()).map(|fact| match fact {
            Fact::GuestLogged {
                occurrence,
                level,
                context,
                message,
                ..
            } => format!("{} {level:?} {context}: {message}", occurrence.is_some()),
            other => format!("{other:?}"),
        });
        Told {
            outcome: format!("{:?}", invocation.outcome),
            effects: invocation.effects,
            lines: lines.collect(),
            flushed: std::mem::take(&mut *sink.0.lock().unwrap()),
        }
    }

    fn credit(&self) -> Option<i32> {
        let direct = self.handler.direct.as_ref()?;
        Some(direct.credit.load(std::sync::atomic::Ordering::Relaxed))
    }
}

fn event(name: &str, args: &str) -> Event {
    let origin = Origin::Socket(ConnectionId::from_text("c1"));
    Event::message("/".into(), name.into(), Args::from_text(args), origin)
}

/// Events with everything that an event can carry.
fn events(name: &str, args: &str) -> Vec<Event> {
    let plain = event(name, args);
    let mut all = vec![
        plain.clone(),
        Event {
            origin: Origin::Http,
            principal: Principal::ApiKey,
            wants_ack: false,
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            received_at_ms: u64::MAX,
            ..plain.clone()
        },
        Event {
            origin: Origin::Cli,
            namespace: "/elsewhere/ünï".into(),
            traceparent: Some(String::new()),
            ..plain.clone()
        },
        Event {
            kind: EventKind::Disconnect,
            args: Args::from_text(r#"["ünïcödé 🦀", 1, {"deep":[null]}]"#),
            ..plain.clone()
        },
        event(name, &format!("[\"{}\"]", "x".repeat(100_000))),
    ];
    let attachments = [&b""[..], b"1", b"\0\xff\0"].map(Bytes::from_static);
    for count in 1..=attachments.len() {
        let mut event = plain.clone();
        let placeholder = |number| format!(r#"{{"_placeholder":true,"num":{number}}}"#);
        let placeholders: Vec<_> = (0..count).map(placeholder).collect();
        event.args.text = format!("[{}]", placeholders.join(","));
        event.args.attachments = attachments.iter().take(count).cloned().collect();
        all.push(event);
    }
    all
}

fn guest(name: &str) -> Vec<u8> {
    fs::read(repo::guest(name)).unwrap()
}

/// A guest, an event that it answers, and arguments.
const ALIKE: [(&str, &str, &str); 22] = [
    ("mirror", "mirror", "[1]"),
    ("mirror", "mirror", r#"["reject"]"#),
    ("text", "message", r#"["a",{"b":[1,2.5e3]}]"#),
    ("greet_v1", "greet", "[]"),
    ("greet_v1", "nobody", "[]"),
    ("binary_reply", "binary_reply", "[3]"),
    ("binary_reply", "binary_reply", r#"["no number"]"#),
    ("rejects", "rejects", "[]"),
    ("rejects", "reject", r#"["x"]"#),
    ("reserved_emit", "reserved_emit", r#"["connect"]"#),
    ("rooms", "room", r#"["red"]"#),
    ("rooms", "join", r#"["red"]"#),
    ("rooms", "join", r#"[""]"#),
    (
        "obeys",
        "say",
        r#"[{"emits":[{"name":"a"},{"name":"b","room":"r","args":[1]}],"reply":7}]"#,
    ),
    (
        "obeys",
        "say",
        r#"[{"flushed":[{"name":"a"}],"emits":[{"name":"b"}],"reply":1}]"#,
    ),
    ("stdout_lines", "stdout_lines", "[]"),
    ("hooks", "connect", "[]"),
    ("hostile_trap", "hostile_trap", "[]"),
    ("hostile_invalid_json", "hostile_invalid_json", "[]"),
    ("hostile_exit", "hostile_exit", "[]"),
    ("hostile_effects", "hostile_effects", "[]"),
    ("hostile_memory", "hostile_memory", "[]"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_ways_answer_alike() {
    for (name, event, args) in ALIKE {
        let bytes = guest(name);
        let direct = Stand::new(&bytes, true, Instances::Fresh).await;
        let whole = Stand::new(&bytes, false, Instances::Fresh).await;
        assert_eq!(whole.credit(), None);
        for event in events(event, args) {
            let told = whole.tell(&event).await;
            // Again, when the instance has been put back.
            for _ in 0..2 {
                assert_eq!(direct.tell(&event).await, told, "{name}: {event:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_the_direct_way_understands_does_not_escape() {
    for (name, event, args) in ALIKE.iter().take(8) {
        let stand = Stand::new(&guest(name), true, Instances::Fresh).await;
        for event in events(event, args) {
            stand.tell(&event).await;
        }
        assert_eq!(stand.credit(), Some(CREDIT_MAX), "{name}");
    }
}

#[tokio::test]
async fn a_guest_that_always_escapes_is_run_as_a_component() {
    let stand = Stand::new(&guest("stdout_lines"), true, Instances::Fresh).await;
    let event = event("stdout_lines", "[]");
    let first = stand.tell(&event).await;
    assert!(!first.lines.is_empty(), "{first:?}");
    for _ in 0..20 {
        assert_eq!(stand.tell(&event).await, first);
    }
    assert_eq!(
        stand.credit(),
        Some(0),
        "four events ran twice, and no more"
    );
}

#[tokio::test]
async fn a_guest_that_flushes_is_run_as_a_component() {
    let stand = Stand::new(&guest("obeys"), true, Instances::Fresh).await;
    assert_eq!(stand.credit(), None);
}

#[tokio::test]
async fn compiled_code_of_one_way_does_not_stand_in_for_the_other() {
    let state = tempfile::tempdir().unwrap();
    let bytes = guest("text");
    for (direct, credit) in [
        (false, None),
        (true, Some(CREDIT_MAX)),
        (false, None),
        (true, Some(CREDIT_MAX)),
    ] {
        let cache = CompileCache::open(state.path(), 1 << 30).unwrap();
        let stand = Stand::with_cache(&bytes, direct, Instances::Fresh, Some(cache)).await;
        assert_eq!(stand.credit(), credit, "direct = {direct}");
    }
}

#[tokio::test]
async fn a_fresh_instance_remembers_nothing_and_a_reused_one_does() {
    for (instances, expected) in [
        (Instances::Fresh, ["1", "1"]),
        (Instances::Reuse, ["1", "2"]),
    ] {
        let stand = Stand::new(&guest("counter"), true, instances).await;
        for number in expected {
            let told = stand.tell(&event("counter", "[]")).await;
            assert!(told.outcome.contains(&format!("[{number}]")), "{told:?}");
        }
        assert_eq!(stand.credit(), Some(CREDIT_MAX));
    }
}

/// The code of the trampoline with this number, which has two parameters: hand them to the entry.
fn trampoline(number: u8) -> Vec<u8> {
    vec![0x20, 0, 0x20, 1, 0x41, number, 0x11]
}

#[test]
fn a_component_that_is_not_linked_as_usual_has_no_shape() {
    let bytes = guest("stdout_lines");
    assert!(Plan::of(&bytes).is_some());
    // One trampoline calls the entry of another.
    let mut found = 0;
    for number in 0..9 {
        let pattern = trampoline(number);
        let at = bytes
            .windows(pattern.len())
            .position(|part| part == pattern);
        if let Some(at) = at {
            let mut crossed = bytes.clone();
            crossed[at + 5] = number + 1;
            assert!(Plan::of(&crossed).is_none(), "trampoline {number}");
            found += 1;
        }
    }
    assert!(found > 0, "no trampoline found to cross");
    for cut in [0, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(Plan::of(&bytes[..cut]).is_none(), "cut at {cut}");
    }
}

/// Built for `wasm32-wasip1`, with a module that adapts WASI beside the guest.
#[tokio::test]
#[ignore = "needs what `cargo component build` makes of the examples: `cargo xtask ci` runs it then"]
async fn components_of_cargo_component_run_directly() {
    let folder = repo::root().join("plugins/target/wasm32-wasip1/release");
    let user = r#"[{"user_id":"1","email":"a@b.c"}]"#;
    for (name, args) in [
        ("user_signed_up", user),
        ("user_signed_up", "[1]"),
        ("echo", "[[2]]"),
    ] {
        let bytes = fs::read(folder.join(name).with_extension("wasm")).unwrap();
        assert_ne!(bytes, fs::read(repo::plugin(name)).unwrap());
        let direct = Stand::new(&bytes, true, Instances::Fresh).await;
        let whole = Stand::new(&bytes, false, Instances::Fresh).await;
        let event = event(name, args);
        assert_eq!(
            direct.tell(&event).await,
            whole.tell(&event).await,
            "{name}"
        );
        assert_eq!(direct.credit(), Some(CREDIT_MAX), "{name}");
    }
}

#[test]
fn the_examples_have_the_usual_shape() {
    for name in [
        "user_signed_up",
        "chat",
        "echo",
        "plain_wit",
        "on_light_measured",
    ] {
        let bytes = fs::read(repo::plugin(name)).unwrap();
        let plan = Plan::of(&bytes).unwrap_or_else(|| panic!("{name} has no shape"));
        assert_eq!(plan.shape.module, 0, "{name}");
        assert!(plan.exposed.is_some(), "{name} cannot be put back");
        assert!(plan.exported(&bytes).len() > bytes.len(), "{name}");
    }
}
