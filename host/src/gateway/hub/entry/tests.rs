//! Races at the end of a session: whoever the store says is there is a member, and nobody else.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::super::Sent;
use super::super::member::Link;
use super::*;
use crate::fact::Facts;
use crate::limits::Limits;
use crate::session::{Opening, Renewal, SECRET_BYTES_MIN, Secrets, StoreOptions};

/// Sessions of one round: enough for the other thread to come in between.
const SESSIONS: usize = 300;
/// Rounds: each is another chance for the race.
const ROUNDS: usize = 20;

/// A connection that remembers what it was told of its session.
struct Client {
    connection: ConnectionId,
    opened: Mutex<Vec<bool>>,
}

impl Client {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            connection: ConnectionId::generate(),
            opened: Mutex::default(),
        })
    }
}

impl Way<Message> for Client {
    fn open(&self, opening: &Opening<'_>) {
        self.opened.lock().unwrap().push(opening.resumed);
    }
    fn renew(&self, _renewal: &Renewal) {}
    fn send(&self, _message: &Message, _number: u64) {}
    fn is_pressed(&self) -> bool {
        false
    }
    fn end(&self, _code: &'static str) {}
}

impl Peer for Client {
    fn deliver(&self, _message: &Message) -> Sent {
        Sent::Yes
    }
    fn deliver_text(&self, _text: &str) -> Sent {
        Sent::Yes
    }
    fn disconnect(&self) {}
    fn stopped(self: Arc<Self>) {}
    fn link(&self) -> Link {
        Link {
            connection: self.connection.clone(),
            transport: "ws",
            address: None::<IpAddr>,
            opened_at_ms: 0,
            active_at_ms: 0,
            waiting_bytes: 0,
        }
    }
}

fn hub(retention_ms: u64) -> (Hub, Arc<Namespace>) {
    let facts = Facts::new(100_000, 100_000_000);
    let options = StoreOptions {
        secrets: Secrets::new([7; SECRET_BYTES_MIN], None),
        token_ttl_ms: 1_000_000,
        tokens: 1,
        retention_ms,
        retained_messages: 5,
        retained_bytes: 10_000,
        sessions: 100_000,
        sessions_bytes: 100_000,
        used_tokens: 10,
    };
    let store = Store::open(options, None, facts.clone(), now_ms()).unwrap();
    let hub = Hub::new(facts, Some(store), Default::default(), &Limits::default());
    let namespace = Namespace::new(Arc::from("/"));
    hub.insert(namespace.clone());
    (hub, namespace)
}

fn admission(id: &ConnectionId, kind: Kind) -> Admission {
    Admission {
        id: id.clone(),
        principal: Principal::Anonymous,
        kind,
    }
}

fn peer(client: &Arc<Client>) -> Arc<dyn Peer> {
    client.clone()
}

/// Sessions with a client each.
fn begun(hub: &Hub, namespace: &Namespace) -> Vec<(ConnectionId, Arc<Client>)> {
    let begin = |_| {
        let (id, client) = (ConnectionId::generate(), Client::new());
        hub.enter(
            namespace,
            &admission(&id, Kind::Begins(None)),
            peer(&client),
        );
        (id, client)
    };
    (0..SESSIONS).map(begin).collect()
}

/// Clients come back, the last one first, while something else goes on; each with what it was
/// told.
fn come_back(
    hub: &Hub,
    namespace: &Namespace,
    sessions: &[(ConnectionId, Arc<Client>)],
) -> Vec<(ConnectionId, Arc<Client>)> {
    let back = sessions.iter().rev().map(|(id, _)| {
        let client = Client::new();
        hub.enter(namespace, &admission(id, Kind::Resumes(0)), peer(&client));
        (id.clone(), client)
    });
    back.collect()
}

#[track_caller]
fn assert_is_member(namespace: &Namespace, id: &ConnectionId, client: &Arc<Client>) {
    let member = namespace
        .member(id)
        .unwrap_or_else(|| panic!("{id} was told of its session and is no member"));
    assert!(
        member.is_peer(&peer(client)),
        "{id} is the member of its last connection"
    );
}

#[test]
fn session_that_expires_in_the_moment_of_its_return_is_resumed_or_over_and_never_both() {
    let (resumed, anew) = (AtomicU64::new(0), AtomicU64::new(0));
    for _ in 0..ROUNDS {
        let (hub, namespace) = hub(0);
        let sessions = begun(&hub, &namespace);
        for (id, client) in &sessions {
            let leave = hub.leave(&namespace, id, &peer(client), false);
            assert!(matches!(leave, Leave::Absent), "{leave:?}");
        }
        let (over, back) = thread::scope(|scope| {
            let over = scope.spawn(|| hub.tick());
            let back = scope.spawn(|| come_back(&hub, &namespace, &sessions));
            (over.join().unwrap(), back.join().unwrap())
        });
        for (id, client) in back {
            let opened = client.opened.lock().unwrap().clone();
            let is_over = over.iter().any(|(ended, _)| ended.id == id);
            assert_eq!(
                opened,
                [!is_over],
                "{id} is resumed, or its disconnect hook is due"
            );
            assert_is_member(&namespace, &id, &client);
            let count = if is_over { &anew } else { &resumed };
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
    // Otherwise the two never met.
    assert!(resumed.into_inner() > 0 || anew.into_inner() > 0);
}

#[test]
fn client_that_begins_anew_while_its_old_connection_takes_leave_is_a_member() {
    for _ in 0..ROUNDS {
        let (hub, namespace) = hub(1_000_000);
        let sessions = begun(&hub, &namespace);
        let back = thread::scope(|scope| {
            let parting = scope.spawn(|| {
                for (id, client) in &sessions {
                    hub.leave(&namespace, id, &peer(client), true);
                }
            });
            let back = scope.spawn(|| come_back(&hub, &namespace, &sessions));
            parting.join().unwrap();
            back.join().unwrap()
        });
        for (id, client) in back {
            assert_is_member(&namespace, &id, &client);
        }
    }
}

#[test]
fn client_that_comes_back_while_its_old_connection_is_lost_has_the_session() {
    for _ in 0..ROUNDS {
        let (hub, namespace) = hub(1_000_000);
        let sessions = begun(&hub, &namespace);
        let back = thread::scope(|scope| {
            let parting = scope.spawn(|| {
                for (id, client) in &sessions {
                    hub.leave(&namespace, id, &peer(client), false);
                }
            });
            let back = scope.spawn(|| come_back(&hub, &namespace, &sessions));
            parting.join().unwrap();
            back.join().unwrap()
        });
        for (id, client) in back {
            assert_eq!(*client.opened.lock().unwrap(), [true]);
            assert_is_member(&namespace, &id, &client);
        }
        assert_eq!(hub.figures().absent, 0);
    }
}
