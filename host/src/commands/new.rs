//! `fs7 new`: a plugin that builds and answers at once.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::failure::{CommandResult, Exit, Failure};
use super::output;
use crate::cli::NewArgs;
use crate::event;

/// The plugin's files.
const FILES: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("new/template/Cargo.toml.in")),
    ("src/lib.rs", include_str!("new/template/lib.rs.in")),
    ("README.md", include_str!("new/template/README.md.in")),
    (".gitignore", include_str!("new/template/gitignore.in")),
];
/// The SDK of the checkout that this program was built from.
const SDK_OF_CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk/rust");
/// Longest name.
const NAME_CHARS_MAX: usize = 64;
/// Crates that a plugin depends on: it cannot bear their names.
const TAKEN: [&str; 6] = ["core", "alloc", "std", "test", "serde", "fs7_sdk"];
/// Words of the language, which no function can bear.
#[rustfmt::skip]
const KEYWORDS: [&str; 50] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while",
];

/// Makes the plugin in a folder of its name.
pub(crate) fn run(args: &NewArgs) -> CommandResult {
    let event = event_name(&args.name)?;
    let sdk = sdk(args.sdk_path.as_deref())?;
    let folder = Path::new(&args.name);
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(
                Failure::new(format!("`{}` exists already", folder.display()))
                    .with_hint("choose another name, or remove it"),
            );
        }
        Err(error) => {
            let words = format!("make folder `{}`", folder.display());
            return Err(anyhow::Error::new(error).context(words).into());
        }
    }
    for (file, template) in FILES {
        let text = template
            .replace("{{name}}", &args.name)
            .replace("{{event}}", &event)
            .replace("{{sdk}}", &sdk);
        write(&folder.join(file), &text)?;
    }
    output::line(&folder.display().to_string())?;
    output::message(&format!(
        "plugin `{0}` answers `{event}`; next:\n  cd {0} && fs7 dev\nand beside it:\n  cd {0} && fs7 trigger {event} --payload '{{\"name\": \"Ann\"}}'",
        args.name
    ));
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let written = match path.parent() {
        Some(parent) => fs::create_dir_all(parent).and_then(|()| fs::write(path, text)),
        None => fs::write(path, text),
    };
    Ok(written.with_context(|| format!("write `{}`", path.display()))?)
}

/// The event that a plugin of this name answers.
fn event_name(name: &str) -> Result<String, Failure> {
    let refuse = |found: &str| {
        Failure::new(format!("`{name}` is no name for a plugin: {found}")).with_hint(
            "a name begins with a small letter and goes on with small letters, digits, `-` and `_`",
        )
    };
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(legal) {
        return Err(refuse("it is no name for a crate"));
    }
    if name.len() > NAME_CHARS_MAX {
        return Err(refuse(&format!(
            "it is longer than {NAME_CHARS_MAX} characters"
        )));
    }
    let event = name.replace('-', "_");
    if KEYWORDS.contains(&event.as_str()) {
        return Err(refuse("it is a word of the Rust language"));
    }
    if TAKEN.contains(&event.as_str()) {
        return Err(refuse("a crate that plugins use bears it"));
    }
    if event::is_reserved(&event) {
        return Err(refuse("Socket.IO reserves the event of that name"));
    }
    Ok(event)
}

/// What the plugin depends on, as `Cargo.toml` has it.
pub(super) fn sdk(named: Option<&Path>) -> Result<String, Failure> {
    let is_sdk = |path: &PathBuf| path.join("Cargo.toml").is_file();
    let path = match named {
        Some(path) => {
            let found = fs::canonicalize(path).ok().filter(is_sdk).ok_or_else(|| {
                Failure::new(format!("no crate fs7-sdk in `{}`", path.display()))
                    .with_hint("`--sdk-path` names the folder sdk/rust of an fs7 checkout")
            })?;
            Some(found)
        }
        None => fs::canonicalize(SDK_OF_CHECKOUT).ok().filter(is_sdk),
    };
    Ok(match path {
        Some(path) => format!("{{ path = {} }}", toml_text(&path.to_string_lossy())),
        None => toml_text(env!("CARGO_PKG_VERSION")),
    })
}

/// A text as TOML writes it; JSON's form is one of TOML's.
fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_events_or_are_refused() {
        for (name, event) in [
            ("hello", "hello"),
            ("on-light2", "on_light2"),
            ("a_b", "a_b"),
        ] {
            assert_eq!(event_name(name).unwrap(), event);
        }
        let long = "a".repeat(65);
        for name in [
            "",
            "1a",
            "Hello",
            "a b",
            "../a",
            "ä",
            "-a",
            "fn",
            "self",
            "serde",
            "fs7-sdk",
            "connect",
            "connect-error",
            "disconnecting",
            &long,
        ] {
            let failure = event_name(name).unwrap_err();
            assert!(failure.hint.is_some(), "{name}");
        }
    }

    #[test]
    fn every_place_in_the_templates_is_filled() {
        for (file, template) in FILES {
            let text = template
                .replace("{{name}}", "")
                .replace("{{event}}", "")
                .replace("{{sdk}}", "");
            assert!(!text.contains("{{"), "{file}");
        }
    }
}
