//! Answers `hostile_unknown_import`, in the right world, but needs an interface that no host offers.
#![allow(
    unsafe_code,
    reason = "the generated code implements the component ABI"
)]

#[allow(warnings, clippy::all, reason = "generated code")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        inline: r"
            package example:treasure@1.0.0;

            interface vault {
                open: func(key: string) -> string;
            }

            world treasure {
                include fs7:plugin/plugin@0.1.0;
                import vault;
            }
        ",
        world: "example:treasure/treasure",
        generate_all,
    });
}

use bindings::example::treasure::vault;
use bindings::exports::fs7::plugin::handler::{Description, Event, Guest, Rejection, Reply};
use bindings::fs7::plugin::types::Subscription;

/// What is exported.
pub struct Treasure;

impl Guest for Treasure {
    fn describe() -> Description {
        let name = env!("CARGO_PKG_NAME");
        Description {
            name: name.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            subscriptions: vec![Subscription {
                namespace: "/".into(),
                event: name.into(),
            }],
        }
    }

    fn handle(event: Event) -> Result<Option<Reply>, Rejection> {
        Ok(Some(Reply {
            args: vault::open(&event.args),
            attachments: Vec::new(),
        }))
    }
}

#[cfg(target_family = "wasm")]
bindings::export!(Treasure with_types_in bindings);
