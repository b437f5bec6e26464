//! The store as a whole: who comes back gets what was missed, once, in order, or is told that
//! something is lost; and the same after the process has died.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;
use crate::event::ConnectionId;
use crate::fact::Facts;

const RETENTION: u64 = 1_000;

#[derive(Clone)]
struct Text(String);

impl Payload for Text {
    fn restore(text: String, _attachments: Vec<Bytes>) -> Self {
        Self(text)
    }
    fn text(&self) -> &str {
        &self.0
    }
    fn attachments(&self) -> &[Bytes] {
        &[]
    }
}

/// A way that remembers.
#[derive(Default)]
struct Client {
    opened: Mutex<Vec<serde_json::Value>>,
    received: Mutex<Vec<(u64, String)>>,
    renewed: Mutex<Vec<Vec<String>>>,
    is_pressed: bool,
}

impl Way<Text> for Client {
    fn open(&self, opening: &Opening<'_>) {
        let opening = serde_json::to_value(opening).unwrap();
        self.opened.lock().unwrap().push(opening);
    }
    fn renew(&self, renewal: &Renewal) {
        self.renewed.lock().unwrap().push(renewal.tokens.clone());
    }
    fn send(&self, payload: &Text, number: u64) {
        self.received
            .lock()
            .unwrap()
            .push((number, payload.0.clone()));
    }
    fn is_pressed(&self) -> bool {
        self.is_pressed
    }
    fn end(&self, _code: &'static str) {}
}

impl Client {
    fn opening(&self) -> serde_json::Value {
        self.opened.lock().unwrap().last().unwrap().clone()
    }
    fn token(&self) -> String {
        self.opening()["tokens"][0].as_str().unwrap().to_owned()
    }
    fn numbers(&self) -> Vec<u64> {
        let received = self.received.lock().unwrap();
        for (number, text) in received.iter() {
            assert_eq!(*text, format!("m{number}"), "each number has its text");
        }
        received.iter().map(|(number, _)| *number).collect()
    }
}

fn options() -> StoreOptions {
    StoreOptions {
        secrets: Secrets::new([7; SECRET_BYTES_MIN], None),
        token_ttl_ms: 10_000,
        tokens: 3,
        retention_ms: RETENTION,
        retained_messages: 5,
        retained_bytes: 10_000,
        sessions: 4,
        sessions_bytes: 100_000,
        used_tokens: 10,
    }
}

fn open(options: StoreOptions, state_dir: Option<&Path>, now_ms: u64) -> Store<Text> {
    let journal = state_dir.map(|state_dir| OpenJournal {
        state_dir,
        is_synced: false,
        bytes_max: 1 << 20,
    });
    Store::open(options, journal, Facts::new(100, 10_000), now_ms).unwrap()
}

fn id(text: &str) -> ConnectionId {
    ConnectionId::from_text(text)
}

fn begin(store: &mut Store<Text>, name: &str, now_ms: u64) -> (Arc<Client>, Arc<dyn Way<Text>>) {
    let client = Arc::new(Client::default());
    let way: Arc<dyn Way<Text>> = client.clone();
    let namespace = Arc::from("/");
    store
        .begin(&id(name), &namespace, false, None, way.clone(), now_ms)
        .unwrap();
    (client, way)
}

fn resume(store: &mut Store<Text>, name: &str, received: u64, now_ms: u64) -> Arc<Client> {
    let client = Arc::new(Client::default());
    store.expect(&id(name), "/", now_ms).unwrap();
    store
        .resume(&id(name), received, client.clone(), now_ms)
        .unwrap();
    client
}

/// Sends `m1`, `m2`, … as far as the numbers go.
fn send(store: &mut Store<Text>, name: &str, numbers: std::ops::RangeInclusive<u64>, now_ms: u64) {
    for number in numbers {
        let text = Text(format!("m{number}"));
        assert_eq!(store.send(text, &[id(name)], false, now_ms), []);
    }
}

#[test]
fn who_comes_back_gets_what_was_missed() {
    let mut store = open(options(), None, 0);
    let (first, way) = begin(&mut store, "a", 0);
    send(&mut store, "a", 1..=2, 0);
    assert!(store.detach(&id("a"), &way, 0));
    send(&mut store, "a", 3..=4, 1);
    assert_eq!(first.numbers(), [1, 2]);
    // The second was on its way when the transport went.
    let back = resume(&mut store, "a", 1, 2);
    assert_eq!(back.numbers(), [2, 3, 4]);
    let opening = back.opening();
    assert_eq!(opening["recovered"], true, "{opening}");
    assert_eq!(opening["sent"], 1, "{opening}");
    send(&mut store, "a", 5..=5, 3);
    assert_eq!(back.numbers(), [2, 3, 4, 5]);
}

#[test]
fn what_is_lost_is_told() {
    let mut store = open(options(), None, 0);
    let (_, way) = begin(&mut store, "a", 0);
    store.detach(&id("a"), &way, 0);
    send(&mut store, "a", 1..=8, 0);
    let back = resume(&mut store, "a", 1, 1);
    assert_eq!(back.numbers(), [4, 5, 6, 7, 8]);
    let opening = back.opening();
    assert_eq!(opening["resumed"], true, "{opening}");
    assert_eq!(opening["recovered"], false, "{opening}");
    assert_eq!(opening["gap"], serde_json::json!({"from": 2, "to": 3}));
    // Older than the retention.
    let back = resume(&mut store, "a", 7, RETENTION + 1);
    assert_eq!(back.numbers(), [0; 0]);
    assert_eq!(
        back.opening()["gap"],
        serde_json::json!({"from": 8, "to": 8})
    );
}

#[test]
fn latest_resume_wins_and_the_earlier_way_is_given_back() {
    let mut store = open(options(), None, 0);
    let (_, old) = begin(&mut store, "a", 0);
    let new = Arc::new(Client::default());
    let attached = store.resume(&id("a"), 0, new.clone(), 1).unwrap();
    assert!(attached.replaced.is_some());
    assert!(
        !store.detach(&id("a"), &old, 1),
        "it is not the session's any more"
    );
    assert!(!store.end(&id("a"), &old));
    send(&mut store, "a", 1..=1, 1);
    assert_eq!(new.numbers(), [1]);
}

#[test]
fn session_ends_when_its_time_is_over() {
    let mut store = open(options(), None, 0);
    let (_, way) = begin(&mut store, "a", 0);
    assert_eq!(store.tick(10 * RETENTION), []);
    store.detach(&id("a"), &way, 10 * RETENTION);
    assert_eq!(store.tick(11 * RETENTION - 1), []);
    assert!(
        store.expect(&id("a"), "/chat", 0).is_none(),
        "another namespace"
    );
    assert!(store.expect(&id("a"), "/", 11 * RETENTION - 1).is_some());
    // Expected: its time begins anew.
    assert_eq!(store.tick(12 * RETENTION - 2), []);
    let ended = store.tick(12 * RETENTION - 1);
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].id, id("a"));
    assert!(store.expect(&id("a"), "/", 0).is_none());
}

#[test]
fn too_many_sessions_and_bytes_are_let_go() {
    let mut store = open(options(), None, 0);
    for (now, name) in (0..).zip(["a", "b", "c", "d"]) {
        let (_, way) = begin(&mut store, name, now);
        if name != "a" {
            store.detach(&id(name), &way, now);
        }
    }
    begin(&mut store, "e", 9);
    let ended: Vec<_> = store.tick(9).into_iter().map(|ended| ended.id).collect();
    assert_eq!(ended, [id("b")], "the one that is absent for longest");
    let mut store = open(
        StoreOptions {
            sessions_bytes: 300,
            ..options()
        },
        None,
        0,
    );
    begin(&mut store, "a", 0);
    send(&mut store, "a", 1..=5, 0);
    store.tick(0);
    assert!(store.figures().retained_bytes <= 300);
    let back = resume(&mut store, "a", 0, 0);
    assert_eq!(back.opening()["recovered"], false);
    assert_eq!(back.numbers().last(), Some(&5));
}

#[test]
fn volatile_emits_go_to_who_can_take_them() {
    let mut store = open(options(), None, 0);
    let (here, way) = begin(&mut store, "a", 0);
    let pressed: Arc<dyn Way<Text>> = Arc::new(Client {
        is_pressed: true,
        ..Client::default()
    });
    let volatile = |store: &mut Store<Text>, text: &str| {
        let missed = store.send(Text(text.into()), &[id("a"), id("nobody")], true, 0);
        2 - missed.len()
    };
    assert_eq!(volatile(&mut store, "m1"), 1);
    store.resume(&id("a"), 1, pressed, 0).unwrap();
    assert_eq!(volatile(&mut store, "dropped"), 0);
    let _ = store.resume(&id("a"), 1, way.clone(), 0).unwrap();
    store.detach(&id("a"), &way, 0);
    assert_eq!(volatile(&mut store, "dropped"), 0);
    let back = resume(&mut store, "a", 1, 0);
    assert_eq!(
        back.opening()["recovered"],
        true,
        "what was dropped has no number"
    );
    assert_eq!(here.numbers(), [1]);
}

#[test]
fn token_is_good_once_even_after_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let mut store = open(options(), Some(state.path()), 0);
    let (client, _) = begin(&mut store, "a", 0);
    let token = client.token();
    assert!(
        store.check_token(&token, "/", 1).is_ok(),
        "to look does not use it up"
    );
    assert_eq!(store.spend_token(&token, "/", 1).unwrap().session, "a");
    assert_eq!(store.spend_token(&token, "/", 1), Err(TokenError::Used));
    drop(store);
    let mut store = open(options(), Some(state.path()), 2);
    assert_eq!(store.spend_token(&token, "/", 2), Err(TokenError::Used));
    let unused = client.opening()["tokens"][1].as_str().unwrap().to_owned();
    assert!(store.spend_token(&unused, "/", 2).is_ok());
    assert_eq!(
        store.spend_token(&unused, "/", 10_000),
        Err(TokenError::Expired)
    );
}

#[test]
fn sessions_outlive_the_process() {
    let state = tempfile::tempdir().unwrap();
    let mut store = open(options(), Some(state.path()), 0);
    begin(&mut store, "a", 0);
    begin(&mut store, "b", 0);
    let (_, way) = begin(&mut store, "over", 0);
    store.joined(&id("a"), &Arc::from("lobby"));
    store.joined(&id("a"), &Arc::from("left"));
    store.left(&id("a"), "left");
    store.set_data(&id("a"), "name", Some(&Arc::from("\"Ü\"")));
    store.end(&id("over"), &way);
    send(&mut store, "a", 1..=7, 0);
    send(&mut store, "b", 1..=1, 0);
    // Twice: what was written anew at the first start holds the same.
    for now in [1, 2] {
        drop(store);
        store = open(options(), Some(state.path()), now);
    }
    let mut restored = store.restored("/");
    restored.sort_by(|one, other| one.id.as_str().cmp(other.id.as_str()));
    let [a, b] = restored.as_slice() else {
        panic!("two sessions were left");
    };
    assert_eq!((&a.id, &b.id), (&id("a"), &id("b")));
    assert_eq!(a.rooms.as_slice(), [Arc::<str>::from("lobby")]);
    assert_eq!(&*a.data["name"], "\"Ü\"");
    let back = resume(&mut store, "a", 3, 3);
    assert_eq!(back.numbers(), [4, 5, 6, 7]);
    assert_eq!(back.opening()["recovered"], true);
    send(&mut store, "a", 8..=8, 3);
    assert_eq!(back.numbers(), [4, 5, 6, 7, 8]);
    // A client that has more than the journal was told so.
    let back = resume(&mut store, "b", 5, 3);
    assert_eq!(
        back.opening()["gap"],
        serde_json::json!({"from": 6, "to": null})
    );
}

#[test]
fn half_a_record_ends_the_journal_and_loses_nothing_before_it() {
    let state = tempfile::tempdir().unwrap();
    let mut store = open(options(), Some(state.path()), 0);
    begin(&mut store, "a", 0);
    send(&mut store, "a", 1..=3, 0);
    drop(store);
    let file = state.path().join("sessions.journal");
    let whole = std::fs::read(&file).unwrap();
    // Each emit's record takes 16 bytes.
    for cut in 1..=32 {
        std::fs::write(&file, &whole[..whole.len() - cut]).unwrap();
        let mut store = open(options(), Some(state.path()), 0);
        let back = resume(&mut store, "a", 1, 0);
        let expected: &[u64] = if cut <= 16 { &[2] } else { &[] };
        assert_eq!(back.numbers(), expected, "{cut}");
        assert_eq!(back.opening()["recovered"], true, "{cut}");
        // And a client that saw the lost ones is not told that all is well.
        let back = resume(&mut store, "a", 3, 0);
        assert_eq!(back.opening()["recovered"], false, "{cut}");
    }
}

#[test]
fn damage_in_the_middle_of_the_journal_is_told_to_everybody() {
    let state = tempfile::tempdir().unwrap();
    let mut store = open(options(), Some(state.path()), 0);
    begin(&mut store, "a", 0);
    send(&mut store, "a", 1..=5, 0);
    drop(store);
    let file = state.path().join("sessions.journal");
    let mut bytes = std::fs::read(&file).unwrap();
    let third = bytes.windows(2).position(|part| part == b"m3").unwrap();
    bytes[third] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let mut store = open(options(), Some(state.path()), 0);
    let back = resume(&mut store, "a", 1, 0);
    let opening = back.opening();
    assert_eq!(back.numbers(), [0; 0]);
    assert_eq!(opening["recovered"], false, "{opening}");
    assert_eq!(
        opening["gap"],
        serde_json::json!({"from": 2, "to": null}),
        "{opening}"
    );
    // Told once, it goes on.
    let sent = opening["sent"].as_u64().unwrap();
    let back = resume(&mut store, "a", sent, 0);
    assert_eq!(back.opening()["recovered"], true);
}

#[test]
fn who_stays_is_given_new_tokens() {
    let mut store = open(options(), None, 0);
    let (client, _way) = begin(&mut store, "a", 0);
    for (now_ms, renewals) in [(4_999, 0), (5_000, 1), (9_999, 1), (10_000, 2)] {
        assert_eq!(store.tick(now_ms), []);
        assert_eq!(client.renewed.lock().unwrap().len(), renewals, "{now_ms}");
    }
    let token = client.renewed.lock().unwrap()[1][0].clone();
    assert_eq!(
        store.check_token(&client.token(), "/", 10_001),
        Err(TokenError::Expired)
    );
    assert!(store.check_token(&token, "/", 10_001).is_ok());
}

#[test]
fn condemned_session_is_neither_sent_to_nor_resumed() {
    let state = tempfile::tempdir().unwrap();
    let mut store = open(options(), Some(state.path()), 0);
    let (client, way) = begin(&mut store, "a", 0);
    assert!(store.condemn(&id("a")));
    assert_eq!(
        store.send(Text("m1".to_owned()), &[id("a")], false, 0),
        [id("a")]
    );
    assert_eq!(client.numbers(), [0; 0]);
    assert_eq!(store.expect(&id("a"), "/", 0), None);
    assert!(store.is_taken(&id("a"), "/"), "until its hook has run");
    assert_eq!(store.tick(0), [], "its way is still there");
    assert!(store.detach(&id("a"), &way, 0));
    assert_eq!(store.tick(0).len(), 1);
    assert!(!store.is_taken(&id("a"), "/"));
    // Nor does a restart revive it.
    let (_client, _way) = begin(&mut store, "b", 0);
    store.condemn(&id("b"));
    drop(store);
    assert_eq!(open(options(), Some(state.path()), 0).figures().sessions, 0);
}

#[test]
fn session_of_another_namespace_keeps_its_id() {
    let mut store = open(options(), None, 0);
    let (client, _way) = begin(&mut store, "a", 0);
    assert!(store.is_taken(&id("a"), "/other"));
    let other: Arc<dyn Way<Text>> = Arc::new(Client::default());
    let begun = store.begin(&id("a"), &Arc::from("/other"), false, None, other, 0);
    assert!(begun.is_err());
    send(&mut store, "a", 1..=1, 0);
    assert_eq!(client.numbers(), [1]);
}

#[test]
fn journal_of_another_start_of_the_machine_is_believed_only_if_closed() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("sessions.journal");
    for is_closed in [false, true] {
        let mut store = open(options(), Some(state.path()), 0);
        begin(&mut store, "a", 0);
        if is_closed {
            store.close();
        }
        drop(store);
        // The machine's name of its start, replaced by another one of the same length.
        let mut bytes = std::fs::read(&file).unwrap();
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        let boot = boot.trim();
        let at = bytes
            .windows(boot.len())
            .position(|part| part == boot.as_bytes())
            .unwrap();
        bytes[at..at + boot.len()].copy_from_slice("x".repeat(boot.len()).as_bytes());
        let length = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
        let crc = crc32fast::hash(&bytes[8..8 + length]);
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        std::fs::write(&file, &bytes).unwrap();
        let store = open(options(), Some(state.path()), 0);
        assert_eq!(store.figures().sessions, usize::from(is_closed));
    }
}
