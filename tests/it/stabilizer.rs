//! What the WebSocket Stabilizer does, as fs7 does it: the behaviours that its own tests check,
//! and its two examples. docs/from-websocket-stabilizer.md says which of its tests is which here.

mod clients;
mod examples;
mod memory;
mod settings;
mod shutdown;
mod tokens;

use fs7_tests::http::{Answer, Http};
use fs7_tests::repo;
use fs7_tests::server::Server;
use fs7_tests::session::SessionClient;
use serde_json::{Value, json};

use crate::launch;

/// A server, and the application beside it.
struct Stage {
    server: Server,
    http: Http,
}

impl Stage {
    fn with(settings: &str) -> Self {
        let server = launch().guest("rooms").settings(settings).start();
        let http = server.http();
        Self { server, http }
    }

    /// `connect(client_id, websocket)`: a client with an id that the application chose.
    #[track_caller]
    fn connect(&mut self, id: &str) -> SessionClient {
        let token = self.token(id);
        self.connect_with(&token).unwrap()
    }

    fn connect_with(&self, token: &str) -> Result<SessionClient, String> {
        let wish = json!({"fs7_session": {"token": token, "received": 0}});
        SessionClient::join(self.server.address(), "/", wish)
    }

    /// `disconnect(client_id)`.
    fn disconnect(&mut self, id: &str) -> Answer {
        let path = format!("/api/connections/{id}");
        self.http.send("DELETE", &path, &[], b"")
    }

    /// `send_to_client(client_id, message)`.
    fn send_to(&mut self, id: &str, message: &Value) -> Answer {
        self.http
            .post(&format!("/api/connections/{id}/send"), message)
    }

    /// `broadcast(message)`.
    #[track_caller]
    fn broadcast(&mut self, message: &Value) -> Value {
        self.http.post("/api/broadcast", message).expect(200)
    }

    /// `get_active_connections()`.
    #[track_caller]
    fn active(&mut self) -> Vec<String> {
        let list = self.http.get("/api/connections?limit=1000").expect(200);
        let listed = list["connections"].as_array().unwrap();
        let ids = listed.iter().map(|one| one["id"].as_str().unwrap());
        ids.map(str::to_owned).collect()
    }

    /// `get_connection_count()`.
    #[track_caller]
    fn count(&mut self) -> u64 {
        let count = self.http.get("/api/connections/count").expect(200);
        count["connected"].as_u64().unwrap()
    }

    /// `generate_reconnect_token(client_id)`.
    #[track_caller]
    fn token(&mut self, id: &str) -> String {
        let made = self.http.post("/api/tokens", &json!({"session": id}));
        made.expect(200)["tokens"][0].as_str().unwrap().to_owned()
    }

    /// `validate_reconnect_token(token)`.
    fn validate(&mut self, token: &str) -> Answer {
        self.http
            .post("/api/tokens/validate", &json!({"token": token}))
    }
}

/// A report of a broadcast that reached all.
fn all(total: usize) -> Value {
    json!({"total": total, "succeeded": total, "failed": 0, "errors": []})
}

/// The table of the document: the Stabilizer's test, and ours.
fn mapped() -> Vec<(String, String)> {
    let path = repo::root().join("docs/from-websocket-stabilizer.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| {
        let line = line.strip_prefix("| `test_should_")?;
        let (case, rest) = line.split_once('`')?;
        Some((case.to_owned(), rest.to_owned()))
    });
    rows.collect()
}

#[test]
fn every_test_of_the_stabilizer_has_its_counterpart_here() {
    let mapped = mapped();
    // Those of its version 1.1.0.
    assert_eq!(mapped.len(), 62);
    for (case, ours) in mapped {
        let names = ours.split('`').skip(1).step_by(2);
        let names: Vec<_> = names.filter(|name| name.contains("::")).collect();
        // What fs7 has no use for says why; what is told elsewhere says where.
        let is_told = ["| none: ", "| the stories in "]
            .iter()
            .any(|words| ours.contains(words));
        let is_told = is_told || !names.is_empty();
        assert!(is_told, "{case}: {ours}");
        for name in names {
            let (module, test) = name.rsplit_once("::").unwrap();
            let path = format!("tests/it/{}.rs", module.replace("::", "/"));
            let source = std::fs::read_to_string(repo::root().join(path)).unwrap();
            assert!(source.contains(&format!("fn {test}(")), "{case}: `{name}`");
        }
    }
}
