//! Handlers for the fs7 event host, in Rust.
//!
//! A handler author writes functions and a table that says which event each of them answers:
//!
//! ```
//! use fs7_sdk::prelude::*;
//!
//! #[derive(Deserialize)]
//! struct UserSignedUp {
//!     user_id: String,
//! }
//!
//! fs7_sdk::handlers! {
//!     "user_signed_up" => user_signed_up,
//! }
//!
//! fn user_signed_up(context: &mut Context, user: UserSignedUp) -> Result<Value, Rejection> {
//!     info!("user {} signed up", user.user_id);
//!     context.emit("user_signed_up_ack", json!({"status": "success"}))?;
//!     Ok(json!({"status": "success"}))
//! }
//!
//! // In a test, without server and without WebAssembly:
//! let outcome = fs7_sdk::test::message("user_signed_up")
//!     .arg(json!({"user_id": "u-1"}))
//!     .run::<Handlers>();
//! assert_eq!(outcome.reply(), Ok(json!([{"status": "success"}])));
//! assert_eq!(outcome.emits()[0].name, "user_signed_up_ack");
//! ```
//!
//! The crate is built as a `cdylib` for `wasm32-wasip2`; the component needs no `wit/` folder of
//! its own. What a function may take and return stands at [`Handler`], what it may ask the host
//! to do at [`Context`].

mod plugin;

mod args;
mod binary;
mod context;
mod handler;
mod rejection;

#[doc(hidden)]
pub mod log;

mod decode;
mod pointer;

mod host;
mod panic_hook;

#[doc(hidden)]
pub mod bindings;

#[cfg(not(target_family = "wasm"))]
pub mod test;

pub use args::{Args, IntoArgs};
pub use binary::Binary;
pub use bindings::fs7::plugin::types::{
    Description, EffectError, Event, EventKind, Exceptions, Member, Origin, Principal, Rejection,
    RejectionCode, RoomTarget, Subscription, Target, Violation,
};
pub use bindings::wasi::logging::logging::Level;
pub use context::{Broadcast, Context};
pub use decode::FromArgs;
pub use handler::Handler;
pub use plugin::Plugin;
pub use serde_json;

/// What nearly every plugin uses.
pub mod prelude {
    pub use crate::{Args, Binary, Context, EffectError, Rejection, args};
    pub use crate::{critical, debug, error, info, trace, warn};
    pub use serde::{Deserialize, Serialize};
    pub use serde_json::{Value, json};
}

/// What the macros of this crate expand to; nothing here is stable.
#[doc(hidden)]
pub mod __private {
    pub use crate::handler::call;
    pub use crate::plugin::{Component, Route, describe, dispatch};
}
