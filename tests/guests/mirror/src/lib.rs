//! Answers `mirror`, whatever kind of event it is told: acknowledges with everything that it was
//! given, and asks for every effect in every form. With the argument `"reject"` it rejects with
//! everything that a rejection can hold.

use fs7_sdk::prelude::*;
use fs7_sdk::{Description, Plugin, Subscription};

struct Mirror;

impl Plugin for Mirror {
    fn describe() -> Description {
        let subscription = Subscription {
            namespace: "/".into(),
            event: "mirror".into(),
        };
        Description {
            name: "mirror".into(),
            version: "1.0.0".into(),
            subscriptions: vec![subscription],
        }
    }

    fn handle(context: &mut Context) -> Result<Args, Rejection> {
        let seen = format!("{:?}", context.event());
        for level in ["trace", "debug", "info", "warn", "error"] {
            match level {
                "trace" => trace!("{level} of {seen}"),
                "debug" => debug!("{level}"),
                "info" => info!("{level}"),
                "warn" => warn!("{level}"),
                _ => error!("{level} ünï 🦀\n\u{1b}[31m"),
            }
        }
        context.join("red")?;
        context.join_other("c2", "blue")?;
        context.leave("red")?;
        context.leave_other("c3", "blue ünï")?;
        context.emit("sender", args![])?;
        context.emit_to("c2", "socket", 1)?;
        context.room("red").emit("room", args!["a", 2])?;
        context
            .room("blue")
            .except_sender()
            .except("c4")
            .except("c5")
            .except_room("red")
            .emit("room_but", Binary(vec![1, 2, 3]))?;
        context.everyone().emit("everyone", seen.as_str())?;
        context
            .everyone()
            .except("c6")
            .except_room("r1")
            .except_room("r2")
            .emit("everyone_but", args![])?;
        context.disconnect_other("c7");
        context.disconnect();
        if seen.contains("reject") {
            return Err(Rejection::invalid("no")
                .with_violation("/1", "type", "words ünï")
                .with_violation("/2/a", "", ""));
        }
        Ok(args![
            seen,
            Binary(vec![0, 255]),
            context.take_args().text()
        ])
    }
}

fs7_sdk::export!(Mirror);
