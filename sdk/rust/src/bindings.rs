//! Everything generated from `wit/`. The crate re-exports what authors need by name; only the
//! macros of this crate reach in here.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    reason = "generated code: the component ABI is unsafe by nature"
)]
#![allow(
    clippy::allow_attributes_without_reason,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::use_self,
    reason = "generated code"
)]

wit_bindgen::generate!({
    world: "plugin",
    path: "../../wit",
    generate_all,
    pub_export_macro: true,
    additional_derives: [PartialEq, Eq],
});
