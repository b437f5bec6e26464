//! Writes documents: all files of a document as one, as JSON and as YAML.

mod bundled;
mod form;
mod yaml;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub(crate) use bundled::fragment;
pub use bundled::{bundled, reference};
pub(crate) use form::{Form, Kind};
pub use yaml::yaml;

/// A document as JSON: two spaces, a line feed at the end.
pub fn json(document: &Value) -> String {
    // With `#`, a `Value` writes itself indented.
    format!("{document:#}\n")
}
