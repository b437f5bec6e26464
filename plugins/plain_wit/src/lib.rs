//! Answers `plain_wit` without the SDK, as an author would who has only the WIT: `wit/` is a copy
//! of it, and `cargo component build` made `src/bindings.rs` from that. Both are kept here, so
//! `cargo build --target wasm32-wasip2` needs no generator.

#![allow(
    unsafe_code,
    reason = "the generated code implements the component ABI"
)]

#[allow(warnings, clippy::all, reason = "generated code")]
#[rustfmt::skip]
mod bindings;

use bindings::exports::fs7::plugin::handler::{Description, Event, Guest, Rejection, Reply};
use bindings::fs7::plugin::sockets::{emit, Target};
use bindings::fs7::plugin::types::{EffectError, RejectionCode, Subscription};
use bindings::wasi::logging::logging::{log, Level};

/// What the component exports.
pub struct PlainWit;

impl Guest for PlainWit {
    fn describe() -> Description {
        Description {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            subscriptions: vec![Subscription {
                namespace: "/".into(),
                event: "plain_wit".into(),
            }],
        }
    }

    fn handle(event: Event) -> Result<Option<Reply>, Rejection> {
        log(
            Level::Info,
            "plain_wit",
            &format!("{} bytes of arguments", event.args.len()),
        );
        // The arguments are a JSON array already, so they can be passed on as they are.
        emit(
            &Target::Sender,
            "plain_wit_ack",
            &event.args,
            &event.attachments,
        )
        .map_err(failed)?;
        let args = format!(r#"[{{"status":"success","arguments":{}}}]"#, event.args);
        Ok(Some(Reply {
            args,
            attachments: event.attachments,
        }))
    }
}

fn failed(error: EffectError) -> Rejection {
    log(Level::Error, "plain_wit", &format!("emit: {error}"));
    Rejection {
        code: RejectionCode::Failed,
        message: "the acknowledgement could not be sent".into(),
        violations: Vec::new(),
    }
}

// The names of the component's exports are none that a native library may have.
#[cfg(target_family = "wasm")]
bindings::export!(PlainWit with_types_in bindings);

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn wit_is_that_of_the_project() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        for file in ["world.wit", "types.wit", "deps/wasi-logging/logging.wit"] {
            let read = |folder: &str| std::fs::read_to_string(here.join(folder).join(file));
            assert_eq!(
                read("wit").unwrap(),
                read("../../wit").unwrap(),
                "{file}: copy it again, then `cargo component build`"
            );
        }
    }

    #[test]
    fn component_names_its_event() {
        let description = PlainWit::describe();
        assert_eq!(description.subscriptions[0].event, "plain_wit");
    }
}
