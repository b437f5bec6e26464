//! Its `TestConnectionManager`, `TestConnectionLimits`, `TestSharding` and the part of
//! `TestConcurrencyLimits` that a client can see. One server does for the cheap ones.

use std::thread;

use fs7_tests::session::SessionClient;
use fs7_tests::wait;
use serde_json::json;

use super::{Stage, all};

#[test]
fn clients_come_and_go() {
    let mut stage = Stage::with("");
    tracks_a_client_that_comes(&mut stage);
    refuses_a_client_without_an_id(&mut stage);
    replaces_the_connection_of_a_client_that_comes_again(&mut stage);
    forgets_a_client_that_it_disconnects(&mut stage);
    finds_no_client_to_disconnect_where_there_is_none(&mut stage);
    lists_the_clients_of_the_moment(&mut stage);
}

fn tracks_a_client_that_comes(stage: &mut Stage) {
    let _client = stage.connect("came");
    assert_eq!(
        (stage.active(), stage.count()),
        (vec!["came".to_owned()], 1)
    );
    stage.disconnect("came").expect(200);
}

fn refuses_a_client_without_an_id(stage: &mut Stage) {
    let made = stage.http.post("/api/tokens", &json!({"session": ""}));
    made.expect_problem(422, "invalid_payload");
}

fn replaces_the_connection_of_a_client_that_comes_again(stage: &mut Stage) {
    let mut old = stage.connect("twice");
    let _new = stage.connect("twice");
    assert_eq!(stage.count(), 1);
    let closing = old.next("fs7:closing");
    assert_eq!(closing, json!([{"reason": "replaced"}]));
    assert_eq!(old.raw().text(), "41", "the old one is closed");
    stage.disconnect("twice").expect(200);
}

fn forgets_a_client_that_it_disconnects(stage: &mut Stage) {
    let mut client = stage.connect("leaver");
    stage.disconnect("leaver").expect(200);
    assert_eq!(client.raw().text(), "41");
    wait::until_true("nobody", || stage.count() == 0);
    assert!(stage.active().is_empty());
}

fn finds_no_client_to_disconnect_where_there_is_none(stage: &mut Stage) {
    stage
        .disconnect("nonexistent_client")
        .expect_problem(404, "not_found");
}

fn lists_the_clients_of_the_moment(stage: &mut Stage) {
    let _clients = ["client_1", "client_2"].map(|id| stage.connect(id));
    assert_eq!(stage.active(), ["client_1", "client_2"]);
}

#[test]
fn clients_are_talked_to() {
    let mut stage = Stage::with("");
    let mut clients = ["client_1", "client_2", "client_3"].map(|id| stage.connect(id));
    sends_a_text_to_one(&mut stage, &mut clients);
    sends_json_to_one(&mut stage, &mut clients);
    sends_nothing_to_nobody(&mut stage);
    sends_a_text_to_all(&mut stage, &mut clients);
    sends_json_to_all(&mut stage, &mut clients);
    leaves_out_whom_it_is_told_to(&mut stage, &mut clients);
    names_those_whom_a_broadcast_missed(&mut stage, &mut clients);
}

type Clients = [SessionClient; 3];

fn sends_a_text_to_one(stage: &mut Stage, clients: &mut Clients) {
    let report = stage.send_to("client_1", &json!({"text": "Hello"}));
    assert_eq!(report.expect(200), all(1));
    assert_eq!(clients[0].next("message"), json!(["Hello"]));
}

fn sends_json_to_one(stage: &mut Stage, clients: &mut Clients) {
    let message = json!({"type": "chat", "content": "Hello"});
    let report = stage.send_to("client_1", &json!({"event": "chat", "data": message}));
    assert_eq!(report.expect(200), all(1));
    assert_eq!(clients[0].next("chat"), json!([message]));
}

fn sends_nothing_to_nobody(stage: &mut Stage) {
    stage
        .send_to("nonexistent", &json!({"text": "Hello"}))
        .expect_problem(404, "not_found");
}

fn sends_a_text_to_all(stage: &mut Stage, clients: &mut Clients) {
    let text = json!({"text": "broadcast message"});
    assert_eq!(stage.broadcast(&text), all(3));
    for client in clients {
        assert_eq!(client.next("message"), json!(["broadcast message"]));
    }
}

fn sends_json_to_all(stage: &mut Stage, clients: &mut Clients) {
    let message = json!({"type": "notification", "content": "test"});
    let report = stage.broadcast(&json!({"event": "note", "data": message}));
    assert_eq!(report, all(3));
    for client in clients {
        assert_eq!(client.next("note"), json!([message]));
    }
}

fn leaves_out_whom_it_is_told_to(stage: &mut Stage, clients: &mut Clients) {
    // The Stabilizer's total counts the one that is left out too; ours counts whom it was for.
    let but = json!({"text": "not for 2", "except": ["client_2"]});
    assert_eq!(stage.broadcast(&but), all(2));
    assert_eq!(stage.broadcast(&json!({"text": "for all"})), all(3));
    for (index, client) in clients.iter_mut().enumerate() {
        if index != 1 {
            assert_eq!(client.next("message"), json!(["not for 2"]));
        }
        assert_eq!(client.next("message"), json!(["for all"]));
    }
}

fn names_those_whom_a_broadcast_missed(stage: &mut Stage, clients: &mut Clients) {
    clients[1].cut();
    wait::until_true("a client that is away", || stage.count() == 2);
    let report = stage.broadcast(&json!({"text": "now or never", "volatile": true}));
    assert_eq!(
        (&report["succeeded"], &report["failed"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(report["errors"].as_array().unwrap().len(), 1);
    assert_eq!(report["errors"][0]["id"], "client_2");
}

#[test]
fn client_that_cannot_be_sent_to_is_gone() {
    let mut stage = Stage::with("[sessions]\nretention_ms = 1");
    let client = stage.connect("test_client_1");
    client.cut();
    wait::until_true("a send that finds nobody", || {
        let text = json!({"text": "Hello"});
        stage.send_to("test_client_1", &text).status == 404
    });
    assert!(stage.active().is_empty());
}

#[test]
fn places_are_limited_and_who_comes_back_takes_no_second_one() {
    let server = crate::launch()
        .guest("rooms")
        .settings("[limits]\nconnections = 2")
        .may_warn("connection_refused")
        .start();
    let http = server.http();
    let mut stage = Stage { server, http };
    let _first = stage.connect("client_1");
    let second = stage.connect("client_2");
    let refused = fs7_tests::raw::RawSocket::try_open(stage.server.address()).unwrap_err();
    assert!(refused.contains("503"), "{refused}");
    // Its place is free as soon as the server knows that its connection has ended.
    second.cut();
    wait::until_true("a free place", || stage.count() == 1);
    let back = second.resume(stage.server.address());
    assert_eq!(back.id(), "client_2");
    assert_eq!(stage.count(), 2);
}

#[test]
fn many_clients_are_counted_reached_and_disconnected_each_for_itself() {
    let mut stage = Stage::with("");
    let ids: Vec<_> = (10..30).map(|number| format!("client_{number}")).collect();
    let mut clients: Vec<_> = ids.iter().map(|id| stage.connect(id)).collect();
    assert_eq!((stage.count(), stage.active()), (20, ids.clone()));
    assert_eq!(stage.broadcast(&json!({"text": "to all"})), all(20));
    for client in &mut clients {
        assert_eq!(client.next("message"), json!(["to all"]));
    }
    // Four applications at a time, each with clients of its own.
    let mut workers = Vec::new();
    for part in ids.chunks(5) {
        let (mut http, part) = (stage.server.http(), part.to_vec());
        workers.push(thread::spawn(move || {
            for id in part {
                let path = format!("/api/connections/{id}/send");
                let said = json!({"event": "said", "data": id});
                assert_eq!(http.post(&path, &said).expect(200), all(1));
            }
        }));
    }
    for worker in workers {
        worker.join().unwrap();
    }
    for (client, id) in clients.iter_mut().zip(&ids) {
        assert_eq!(client.next("said"), json!([id]));
    }
    stage.disconnect("client_17").expect(200);
    wait::until_true("one less", || stage.count() == 19);
    let left: Vec<_> = ids.into_iter().filter(|id| id != "client_17").collect();
    assert_eq!(stage.active(), left, "and nobody else");
}
