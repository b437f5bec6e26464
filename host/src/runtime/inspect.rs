//! Is this file a handler of ours? Every answer but yes names what was expected and what was
//! found.

use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use super::engine::Kit;

/// The interface that a handler exports, without its version.
const HANDLER: &str = "fs7:plugin/handler";

/// The version of `fs7:plugin` that this host speaks.
pub(super) const WORLD_VERSION: &str = "0.1.0";

/// First bytes of every WebAssembly binary (core specification, 5.5.16).
const MAGIC: &[u8; 4] = b"\0asm";

/// Version 1, layer 0: a core module.
const CORE_MODULE: [u8; 4] = [1, 0, 0, 0];

/// Version 13, layer 1: a component (component model, Binary.md).
const COMPONENT: [u8; 4] = [13, 0, 1, 0];

/// Why a file cannot serve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct LoadError {
    /// What the file should have been.
    pub expected: String,
    /// What it is.
    pub found: String,
    /// What to do.
    pub hint: String,
}

impl LoadError {
    /// A refusal.
    pub fn new(
        expected: impl Into<String>,
        found: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            expected: expected.into(),
            found: found.into(),
            hint: hint.into(),
        }
    }
}

/// Looks at the first bytes: what the file claims to be.
pub(super) fn check_header(bytes: &[u8]) -> Result<(), LoadError> {
    let expected = "a WebAssembly component";
    let build = "build it with `fs7 build` or `cargo build --target wasm32-wasip2`";
    if bytes.is_empty() {
        return Err(LoadError::new(
            expected,
            "an empty file",
            "copy the whole file",
        ));
    }
    let (magic, rest) = bytes.split_at(bytes.len().min(MAGIC.len()));
    if magic != MAGIC {
        let found = format!("{} bytes that are no WebAssembly", bytes.len());
        return Err(LoadError::new(expected, found, build));
    }
    match rest.first_chunk::<4>() {
        Some(&COMPONENT) => Ok(()),
        Some(&CORE_MODULE) => Err(LoadError::new(
            "a WebAssembly component (version 13, layer 1)",
            "a core module (version 1, layer 0)",
            format!("{build}; a core module alone has no interface that the host could call"),
        )),
        Some([version, _, layer, _]) => Err(LoadError::new(
            "a WebAssembly component (version 13, layer 1)",
            format!("a WebAssembly binary of version {version}, layer {layer}"),
            build,
        )),
        None => Err(LoadError::new(
            expected,
            format!("the first {} bytes of one", bytes.len()),
            "copy the whole file",
        )),
    }
}

/// The compiler's refusal: mostly a file that is not whole.
pub(super) fn not_valid(bytes: &[u8], error: &wasmtime::Error) -> LoadError {
    LoadError::new(
        "a complete and valid WebAssembly component",
        format!("{} bytes with an error: {}", bytes.len(), chain(error)),
        "copy the whole file, then rename it into place; or build it anew",
    )
}

/// Looks at the exports: is it a handler, and of our version?
pub(super) fn check_world(kit: &Kit, component: &Component) -> Result<(), LoadError> {
    let expected = format!("a component that exports `{HANDLER}@{WORLD_VERSION}`");
    let exports = component.component_type();
    let names: Vec<String> = exports
        .exports(&kit.engine)
        .map(|(name, _)| name.to_string())
        .collect();
    let handler = names.iter().find_map(|name| {
        let rest = name.strip_prefix(HANDLER)?;
        (rest.is_empty() || rest.starts_with('@')).then(|| rest.trim_start_matches('@'))
    });
    let Some(version) = handler else {
        let found = match names.as_slice() {
            [] => "a component without exports".to_owned(),
            names => format!(
                "a component of another world, which exports {}",
                quoted(names)
            ),
        };
        let hint =
            "export the world `fs7:plugin/plugin`: with `fs7_sdk`, or from the folder `wit/`";
        return Err(LoadError::new(expected, found, hint));
    };
    if is_compatible(version) {
        return Ok(());
    }
    Err(LoadError::new(
        expected,
        format!("one that exports `{HANDLER}@{version}`"),
        "build the handler with the SDK of this host, or run the host that it was built for",
    ))
}

/// Looks at the imports: does the host offer them all?
pub(super) fn check_imports(
    kit: &Kit,
    component: &Component,
    error: &wasmtime::Error,
) -> LoadError {
    let offered =
        "`fs7:plugin/sockets`, `wasi:logging/logging` and WASI 0.2 without files and network";
    let foreign: Vec<String> = component
        .component_type()
        .imports(&kit.engine)
        .filter(|(name, item)| {
            matches!(item.ty, ComponentItem::ComponentInstance(_)) && !is_offered(name)
        })
        .map(|(name, _)| name.to_string())
        .collect();
    let found = if foreign.is_empty() {
        chain(error)
    } else {
        format!("one that imports {}", quoted(&foreign))
    };
    LoadError::new(
        format!("a component that imports only {offered}"),
        found,
        "remove the import; what handlers may reach is granted by the operator",
    )
}

fn is_offered(name: &str) -> bool {
    let package = name.split('@').next().unwrap_or_default();
    let is_wasi = [
        "wasi:cli/",
        "wasi:io/",
        "wasi:clocks/",
        "wasi:random/",
        "wasi:filesystem/",
        "wasi:sockets/",
    ]
    .iter()
    .any(|prefix| package.starts_with(prefix));
    is_wasi
        || [
            "fs7:plugin/sockets",
            "fs7:plugin/types",
            "wasi:logging/logging",
        ]
        .contains(&package)
}

/// Versions below 1.0 are compatible within one minor version (semver, clause 4, as Cargo
/// reads it).
fn is_compatible(version: &str) -> bool {
    let minor = |version: &str| -> Option<(u64, u64)> {
        let mut parts = version.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    minor(version).is_some() && minor(version) == minor(WORLD_VERSION)
}

fn quoted(names: &[String]) -> String {
    let mut text = names
        .iter()
        .take(5)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>();
    if names.len() > 5 {
        text.push(format!("{} more", names.len() - 5));
    }
    text.join(", ")
}

/// An error with its causes, on one line.
pub(super) fn chain(error: &wasmtime::Error) -> String {
    let parts: Vec<String> = error.chain().map(ToString::to_string).collect();
    parts.join(": ").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_are_no_component_say_what_they_are() {
        let table: [(&[u8], &str); 6] = [
            (b"", "an empty file"),
            (b"\0as", "3 bytes that are no WebAssembly"),
            (b"hello, world", "12 bytes that are no WebAssembly"),
            (b"\0asm\x01\0\0\0", "a core module (version 1, layer 0)"),
            (b"\0asm\x0d", "the first 5 bytes of one"),
            (
                b"\0asm\x0e\0\x01\0",
                "a WebAssembly binary of version 14, layer 1",
            ),
        ];
        for (bytes, found) in table {
            assert_eq!(check_header(bytes).unwrap_err().found, found);
        }
        assert_eq!(check_header(b"\0asm\x0d\0\x01\0rest"), Ok(()));
    }

    #[test]
    fn versions_are_compatible_within_a_minor() {
        for (version, compatible) in [
            ("0.1.0", true),
            ("0.1.7", true),
            ("0.2.0", false),
            ("9.9.9", false),
            ("", false),
        ] {
            assert_eq!(is_compatible(version), compatible, "{version}");
        }
    }
}
