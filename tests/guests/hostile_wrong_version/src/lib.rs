//! A component that speaks `fs7:plugin@9.9.9`: the right world, in a version that no host knows.
#![allow(
    unsafe_code,
    reason = "the generated code implements the component ABI"
)]

#[allow(warnings, clippy::all, reason = "generated code")]
mod bindings {
    wit_bindgen::generate!({
        inline: r"
            package fs7:plugin@9.9.9;

            interface handler {
                describe: func() -> string;
                handle: func(event: string) -> string;
            }

            world plugin {
                export handler;
            }
        ",
    });
}

/// What is exported.
pub struct Newer;

impl bindings::exports::fs7::plugin::handler::Guest for Newer {
    fn describe() -> String {
        "hostile_wrong_version".to_owned()
    }

    fn handle(event: String) -> String {
        event
    }
}

#[cfg(target_family = "wasm")]
bindings::export!(Newer with_types_in bindings);
