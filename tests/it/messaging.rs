//! The messaging interface over HTTP: who is there, messages to one, to a room and to everyone,
//! user data, rooms and their history, tokens, and what is refused.

mod data;
mod listing;
mod refusals;
mod rooms;
mod sending;
mod tokens;

use fs7_tests::http::{Answer, Http};
use fs7_tests::raw::RawSocket;
use fs7_tests::server::Server;
use fs7_tests::session::SessionClient;
use fs7_tests::wait;
use serde_json::{Value, json};

use crate::launch;

/// A server with the guest that joins rooms and emits as it is told.
fn serving(settings: &str) -> Server {
    launch().guest("rooms").settings(settings).start()
}

/// A connection without a session, and the id that the interface knows.
pub(super) fn plain(server: &Server) -> (RawSocket, String) {
    let mut socket = RawSocket::join(server.address());
    let id = order(&mut socket, &json!({"leave": "nowhere"}));
    (socket, id)
}

/// Tells the guest what to do; gives the connection's id.
#[track_caller]
fn order(socket: &mut RawSocket, order: &Value) -> String {
    socket.send(&format!("427{}", json!(["rooms", order])));
    let reply = socket.text();
    let args = reply.strip_prefix("437").unwrap_or_default();
    let args: Value = serde_json::from_str(args).unwrap_or_default();
    assert!(args[0].is_string(), "{order}: {reply}");
    args[0].as_str().unwrap().to_owned()
}

/// Cuts a client's connection, and waits until the server knows.
pub(super) fn cut(server: &Server, client: &SessionClient) {
    client.cut();
    server
        .facts()
        .wait("session_absent", |fact| fact["session"] == client.id());
}

/// Waits for a line of the metrics.
#[track_caller]
fn counted(server: &Server, line: &str) {
    wait::until(line, || {
        let metrics = server.http().get("/metrics").text();
        let is_there = metrics.lines().any(|one| one == line);
        if is_there { Ok(()) } else { Err(metrics) }
    });
}

/// A report that says that all of so many got it.
pub(super) fn all(total: usize) -> Value {
    json!({"total": total, "succeeded": total, "failed": 0, "errors": []})
}

#[track_caller]
pub(super) fn put(http: &mut Http, path: &str, body: &str) -> Answer {
    http.send("PUT", path, &[], body.as_bytes())
}

#[track_caller]
pub(super) fn delete(http: &mut Http, path: &str) -> Answer {
    http.send("DELETE", path, &[], b"")
}

fn success() -> Value {
    json!({"status": "success"})
}
