//! What fs7 writes from a contract: handler crates, Vue pages, documents. Text in, text out: no
//! file is touched here.

pub mod documents;
pub mod file;
pub mod handlers;
pub mod pages;
pub mod sample;

mod names;
mod schema;

pub use file::{GeneratedFile, Owner};
