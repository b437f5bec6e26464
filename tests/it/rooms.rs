//! Rooms and targets: who receives what a handler emits, and what a failed event leaves behind.

use fs7_tests::server::Server;
use fs7_tests::stock::{Connect, Stock};
use serde_json::{Value, json};

use crate::launch;

/// Three stock clients, and fs7's names of them.
struct Three {
    _server: Server,
    stock: Stock,
    ids: [String; 3],
}

const NAMES: [&str; 3] = ["a", "b", "c"];

impl Three {
    fn meet() -> Self {
        let server = launch().guest("rooms").start();
        let mut stock = Stock::start(&server.url());
        let ids = NAMES.map(|name| {
            let how = if name == "c" {
                Connect::default().over_polling()
            } else {
                Connect::default()
            };
            stock.connect(name, &how);
            let reply = stock.call(name, "rooms", &[json!({"leave": "nowhere"})]);
            reply[0].as_str().unwrap().to_owned()
        });
        Self {
            _server: server,
            stock,
            ids,
        }
    }

    #[track_caller]
    fn order(&mut self, name: &str, order: Value) {
        let reply = self.stock.call(name, "rooms", std::slice::from_ref(&order));
        assert!(reply[0].is_string(), "{order}: {reply}");
    }

    /// Emits from `a`, and looks who of the three got it. A second emit to everyone shows who got
    /// nothing: emits keep their order.
    #[track_caller]
    fn expect_receivers(&mut self, emit: &Value, expected: &[&str]) {
        let mut emit = emit.clone();
        emit["name"] = json!("said");
        self.order("a", json!({"emit": emit}));
        self.order("a", json!({"emit": {"name": "over"}}));
        for name in NAMES {
            self.stock.next(name, "over");
            let received = self.stock.inbox(name);
            if expected.contains(&name) {
                assert_eq!(received, json!([["said"]]), "{name} of {emit}");
                self.stock.next(name, "said");
            } else {
                assert_eq!(received, json!([]), "{name} of {emit}");
            }
        }
    }
}

#[test]
fn emits_reach_the_room_and_everyone_but_the_exceptions() {
    let mut three = Three::meet();
    let [a, b, _] = three.ids.clone();
    three.expect_receivers(&json!({}), &["a", "b", "c"]);
    three.expect_receivers(&json!({"except_sender": true}), &["b", "c"]);
    three.expect_receivers(&json!({"except": [a, b]}), &["c"]);
    three.expect_receivers(&json!({"room": "red"}), &[]);

    three.order("a", json!({"join": "red"}));
    three.order("b", json!({"join": "red"}));
    three.order("b", json!({"join": "blue"}));
    three.expect_receivers(&json!({"room": "red"}), &["a", "b"]);
    three.expect_receivers(&json!({"room": "red", "except_sender": true}), &["b"]);
    three.expect_receivers(&json!({"room": "red", "except_rooms": ["blue"]}), &["a"]);
    three.expect_receivers(&json!({"except_rooms": ["red"]}), &["c"]);
    three.expect_receivers(&json!({"room": "red", "except": [b, "nobody"]}), &["a"]);

    three.order("b", json!({"leave": "red"}));
    three.expect_receivers(&json!({"room": "red"}), &["a"]);
    three.order("b", json!({"leave": "red"}));
    three.expect_receivers(&json!({"room": "blue"}), &["b"]);
}

#[test]
fn handlers_move_talk_to_and_end_other_connections() {
    let mut three = Three::meet();
    let [_, b, c] = three.ids.clone();
    three.order("a", json!({"join_other": [b, "red"]}));
    three.expect_receivers(&json!({"room": "red"}), &["b"]);
    three.order("a", json!({"leave_other": [b, "red"]}));
    three.expect_receivers(&json!({"room": "red"}), &[]);
    three.order("a", json!({"tell": c}));
    assert_eq!(three.stock.next("c", "told"), json!([]));
    // Whom nobody knows is no failure.
    three.order("a", json!({"tell": "nobody"}));
    three.order("a", json!({"join_other": ["nobody", "red"]}));
    three.order("a", json!({"disconnect_other": "nobody"}));

    three.order("a", json!({"join_other": [c, "red"]}));
    three.order("a", json!({"disconnect_other": c}));
    assert_eq!(
        three.stock.next("c", "disconnect"),
        json!(["io server disconnect"])
    );
    three.order("a", json!({"emit": {"room": "red", "name": "said"}}));
    assert_eq!(three.stock.inbox("b"), json!([]));
    assert_eq!(
        three.stock.inbox("c"),
        json!([]),
        "who has gone is in no room"
    );
}

#[test]
fn end_that_a_handler_asks_for_comes_after_what_it_emitted() {
    let mut three = Three::meet();
    for name in NAMES {
        three.stock.emit(name, "rooms", &[json!("disconnect")]);
        assert_eq!(
            three.stock.next(name, "disconnect"),
            json!(["io server disconnect"])
        );
        assert_eq!(three.stock.state(name)["connected"], false);
    }
}

#[test]
fn flushed_emits_stay_and_nothing_else_of_a_failed_event_does() {
    let mut three = Three::meet();
    let reply = three.stock.call("a", "rooms", &[json!("flush_then_fail")]);
    assert_eq!(reply[0]["code"], "handler_failed", "{reply}");
    assert_eq!(
        reply[0]["message"], "after the flush",
        "a rejection in the guest's own words"
    );
    assert_eq!(three.stock.inbox("a"), json!([["step", 1]]));
    three.stock.next("a", "step");
    three.expect_receivers(&json!({"room": "late"}), &[]);

    three.order("a", json!("flush"));
    assert_eq!(three.stock.inbox("a"), json!([["step", 1], ["step", 2]]));
    three.stock.next("a", "step");
    three.stock.next("a", "step");
    three.expect_receivers(&json!({"room": "late"}), &["a"]);
}

#[test]
fn rooms_of_one_connection_are_limited() {
    let server = launch()
        .guest("rooms")
        .settings("[limits]\nrooms = 2")
        .may_warn("limit_reached")
        .start();
    let mut stock = Stock::start(&server.url());
    stock.connect("a", &Connect::default());
    for room in ["one", "two", "two", "three"] {
        stock.call("a", "rooms", &[json!({"join": room})]);
    }
    for room in ["one", "two", "three"] {
        stock.call(
            "a",
            "rooms",
            &[json!({"emit": {"room": room, "name": room}})],
        );
    }
    let told = stock.inbox("a");
    assert_eq!(told[0][0], "error_event", "{told}");
    assert_eq!(told[0][1]["limit"], "rooms", "{told}");
    assert_eq!(
        told.as_array().map(|told| &told[1..]),
        Some(&[json!(["one"]), json!(["two"])][..])
    );
    server
        .facts()
        .wait("limit_reached", |fact| fact["limit"] == "rooms");
    stock.call("a", "rooms", &[json!({"leave": "one"})]);
    stock.call("a", "rooms", &[json!({"join": "three"})]);
    stock.call(
        "a",
        "rooms",
        &[json!({"emit": {"room": "three", "name": "three"}})],
    );
    assert_eq!(stock.next("a", "three"), json!([]));
}
