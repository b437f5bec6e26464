//! A component of another world: sound, but nothing that answers events.
#![allow(
    unsafe_code,
    reason = "the generated code implements the component ABI"
)]

#[allow(warnings, clippy::all, reason = "generated code")]
mod bindings {
    wit_bindgen::generate!({
        inline: r"
            package example:almanac@1.0.0;

            interface moon {
                phase: func(day: u32) -> string;
            }

            world almanac {
                export moon;
            }
        ",
    });
}

/// What is exported.
pub struct Almanac;

impl bindings::exports::example::almanac::moon::Guest for Almanac {
    fn phase(day: u32) -> String {
        format!("day {} of the moon", day % 29)
    }
}

#[cfg(target_family = "wasm")]
bindings::export!(Almanac with_types_in bindings);
