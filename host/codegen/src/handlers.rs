//! Plugins from a contract: a crate for each event that clients send, with its types and a handler
//! to fill in. What follows the contract and what belongs to the author are different files.

use fs7_contract::model::Contract;

use crate::file::{GeneratedFile, Owner};

mod answer;
mod code;
mod emits;
mod json;
mod lower;
mod plan;
mod render;
mod shape;
mod types;
mod value;

/// What the generated crates need to know beside the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The dependency `fs7-sdk` as `Cargo.toml` has it: a version in quotes, or a table.
    pub sdk: String,
}

/// The crates of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// All files: one folder for each plugin, and the workspace around them.
    pub files: Vec<GeneratedFile>,
    /// The plugins, in the order of the contract.
    pub plugins: Vec<Plugin>,
    /// What the reader should know: operations without a plugin, tests without an example.
    pub notes: Vec<String>,
}

/// One plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// The folder and the package.
    pub name: String,
    /// The event that it answers.
    pub event: String,
    /// The event's namespace.
    pub namespace: String,
}

/// The file in a plugin that follows the contract; where it is, `fs7 handlers` has been.
pub const GENERATED_FILE: &str = "src/generated.rs";
/// The first words of that file.
pub const GENERATED_MARK: &str = "//! Types of the event ";

/// Writes the crates of a contract: one for each event of its `receive` operations.
pub fn generate(contract: &Contract, options: &Options) -> Generated {
    let planned = plan::plan(contract);
    let mut generated = Generated {
        notes: planned.notes,
        ..Generated::default()
    };
    for plugin in &planned.plugins {
        let rendered = render::plugin(contract, plugin);
        generated.files.extend(rendered.files);
        generated.notes.extend(rendered.notes);
        generated.plugins.push(Plugin {
            name: plugin.package.clone(),
            event: plugin.event.to_owned(),
            namespace: plugin.namespace.to_owned(),
        });
    }
    if !generated.plugins.is_empty() {
        generated.files.extend(render::workspace(contract, options));
    }
    generated
}

/// A file of the plugins.
fn file(path: String, text: String, owner: Owner) -> GeneratedFile {
    GeneratedFile { path, text, owner }
}
