//! The contract: an AsyncAPI document as fs7 understands it.
//!
//! Text becomes a tree with places (`source`), files and `$ref` one document (`bundle`), a
//! document of any version one shape (`read` → `model`). On that stand the rules (`check`), the
//! checks of arguments at run time (`validator`), comparison (`diff`), conversion (`convert`) and
//! writing (`emit`). Nothing here touches the network; files are read through [`Files`].

pub mod bundle;
pub mod check;
pub mod convert;
pub mod diagnostic;
pub mod diff;
pub mod emit;
pub mod extension;
pub mod model;
pub mod place;
pub mod source;
pub mod validator;
pub mod words;

mod read;

pub use bundle::{Bundle, Disk, DiskBelow, Files};
pub use read::{Reading, read};

#[cfg(test)]
mod tests;
