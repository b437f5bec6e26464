//! The rules: what a document must be, and what it should be.

mod handlers;
mod parts;
pub mod rules;
mod semantics;
mod structure;

pub use handlers::handlers;
pub use semantics::{semantics, settle};
pub(crate) use structure::prepare;
pub use structure::structure;
