//! The walls between the rooms of the host: which names may stand where.

use super::Untidy;
use super::repository::Source;

/// A name and the only places in `host/src` where it may stand.
struct Wall {
    /// Text that stands for the name in code.
    names: &'static [&'static str],
    /// Beginnings of the paths behind the wall.
    rooms: &'static [&'static str],
    /// Why.
    why: &'static str,
}

const WALLS: [Wall; 7] = [
    Wall {
        names: &["wasmtime::", "wasmtime_wasi::", "use wasmtime"],
        rooms: &["host/src/runtime/"],
        why: "only the runtime knows wasmtime",
    },
    Wall {
        names: &["bindgen!"],
        rooms: &["host/src/runtime/bindings.rs"],
        why: "generated types stand in one module",
    },
    Wall {
        names: &["runtime::bindings", "super::bindings"],
        rooms: &["host/src/runtime/"],
        why: "generated types never leave the runtime",
    },
    Wall {
        names: &[
            "axum::",
            "socketioxide::",
            "socketioxide_core::",
            "engineioxide::",
            "tungstenite::",
            "tower_http::",
            "hyper::server",
            "hyper::upgrade",
        ],
        rooms: &["host/src/gateway/", "host/src/gateway.rs"],
        why: "only the gateway knows how clients speak",
    },
    Wall {
        names: &["env::var(", "env::var_os(", "env::vars(", "env::vars_os("],
        rooms: &["host/src/config/", "host/src/config.rs"],
        why: "only the settings read the environment",
    },
    Wall {
        names: &["println!", "eprintln!", "print!(", "eprint!("],
        rooms: &[
            "host/src/commands/",
            "host/src/commands.rs",
            "host/src/main.rs",
        ],
        why: "only commands speak to the terminal",
    },
    Wall {
        names: &["tracing::"],
        rooms: &[
            "host/src/fact/",
            "host/src/fact.rs",
            "host/src/telemetry/",
            "host/src/telemetry.rs",
            "host/src/config/",
            "host/src/config.rs",
            "host/src/commands/",
        ],
        why: "what happens is a fact, and facts are logged in one place",
    },
];

/// The nouns and the middle: data and decisions.
const PURE: [&str; 6] = [
    "host/src/event.rs",
    "host/src/effect.rs",
    "host/src/outcome.rs",
    "host/src/limits.rs",
    "host/src/dispatch.rs",
    "host/src/contract/",
];
/// What would bring the outside world into them.
const OUTSIDE: [&str; 8] = [
    "std::fs",
    "std::io",
    "std::net",
    "std::path",
    "std::process::Command",
    "tokio::",
    "wasmtime",
    "axum",
];

/// The crates that turn text into text, and the one file of theirs that reads files.
const TEXT_ONLY: [&str; 2] = ["host/contract/src/", "host/codegen/src/"];
const READS_FILES: &str = "host/contract/src/bundle/files.rs";
/// What would bring the outside world into them; paths are only names there.
const WORLD: [&str; 10] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "println!",
    "tokio::",
    "wasmtime",
    "axum",
    "hyper",
    "tracing::",
];

/// The crates beside the host touch nothing.
fn text_only(source: &Source) -> Vec<Untidy> {
    let is_text_only = TEXT_ONLY.iter().any(|folder| source.is_in(folder));
    if !is_text_only || !source.is_rust() || source.path == READS_FILES {
        return Vec::new();
    }
    let found = code(source).filter_map(|(number, line)| {
        let name = WORLD.iter().find(|name| line.contains(*name))?;
        let what = format!("`{name}`: contract and codegen turn text into text");
        Some(Untidy::new(source, number, what))
    });
    found.collect()
}

/// Names stand in their rooms.
pub(super) fn rooms(source: &Source) -> Vec<Untidy> {
    let mut untidy = text_only(source);
    if !source.is_in("host/src/") || !source.is_rust() {
        return untidy;
    }
    let walls: Vec<_> = WALLS
        .iter()
        .filter(|wall| !wall.rooms.iter().any(|room| source.is_in(room)))
        .collect();
    let is_pure = PURE.iter().any(|pure| source.is_in(pure));
    for (number, line) in code(source) {
        for wall in &walls {
            if let Some(name) = wall.names.iter().find(|name| line.contains(*name)) {
                untidy.push(Untidy::new(
                    source,
                    number,
                    format!("`{name}`: {}", wall.why),
                ));
            }
        }
        if is_pure && let Some(name) = OUTSIDE.iter().find(|name| line.contains(*name)) {
            let what = format!("`{name}`: nouns and dispatch know nothing of the outside world");
            untidy.push(Untidy::new(source, number, what));
        }
    }
    untidy
}

/// Every queue has a limit.
pub(super) fn unbounded(source: &Source) -> Vec<Untidy> {
    if !source.is_rust() || source.path == "tests/it/tidy/walls.rs" {
        return Vec::new();
    }
    let names = [
        "unbounded_channel",
        "mpsc::unbounded",
        "channel::unbounded",
        "SegQueue",
    ];
    let is_std = source.text.contains("std::sync::mpsc");
    code(source)
        .filter(|(_, line)| {
            names.iter().any(|name| line.contains(name))
                || (is_std && (line.contains("mpsc::channel(") || line.contains(" channel()")))
        })
        .map(|(number, _)| Untidy::new(source, number, "a queue without a limit"))
        .collect()
}

/// Where waiting for time is the matter itself.
const SLEEPERS: [&str; 3] = [
    "tests/support/src/wait.rs",
    "tests/scenarios/slow_client.mjs",
    "tests/it/tidy/walls.rs",
];

/// Tests wait for what happens, never for time to pass.
pub(super) fn sleep(source: &Source) -> Vec<Untidy> {
    let is_test = source.is_in("tests/") && !source.is_generated();
    if !is_test || SLEEPERS.contains(&source.path.as_str()) {
        return Vec::new();
    }
    let names = [
        "sleep(",
        "setTimeout(",
        "setInterval(",
        "recv_timeout(Duration",
        "park_timeout(",
    ];
    code(source)
        .filter(|(_, line)| names.iter().any(|name| line.contains(name)))
        .map(|(number, _)| {
            Untidy::new(
                source,
                number,
                "wait on a fact or on the wire, with `wait::until`",
            )
        })
        .collect()
}

/// Lines that are no comments.
fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    source.lines().filter(|(_, line)| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with('#')
    })
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn name_in_a_wrong_room_is_seen() {
        let table = [
            (
                "use wasmtime::Engine;",
                "host/src/runtime/engine.rs",
                "host/src/registry/load.rs",
            ),
            (
                "bindgen!({",
                "host/src/runtime/bindings.rs",
                "host/src/runtime/engine.rs",
            ),
            (
                "use axum::Router;",
                "host/src/gateway/rest.rs",
                "host/src/app.rs",
            ),
            (
                "use socketioxide::SocketIo;",
                "host/src/gateway/socketio.rs",
                "host/src/dispatch.rs",
            ),
            (
                "let x = std::env::var(\"X\");",
                "host/src/config/environment.rs",
                "host/src/app.rs",
            ),
            (
                "println!(\"x\");",
                "host/src/commands/output.rs",
                "host/src/telemetry.rs",
            ),
            (
                "tracing::info!(\"x\");",
                "host/src/fact/log.rs",
                "host/src/registry.rs",
            ),
            (
                "use std::path::Path;",
                "host/src/registry/files.rs",
                "host/src/event.rs",
            ),
            (
                "use tokio::sync::Mutex;",
                "host/src/registry.rs",
                "host/src/dispatch.rs",
            ),
        ];
        for (line, right, wrong) in table {
            assert_eq!(check(rooms, right, line), [""; 0], "{line} in {right}");
            assert_eq!(check(rooms, wrong, line).len(), 1, "{line} in {wrong}");
            let comment = format!("/// {line}");
            assert_eq!(
                check(rooms, wrong, &comment),
                [""; 0],
                "{comment} in {wrong}"
            );
            assert_eq!(
                check(rooms, "tests/it/x.rs", line),
                [""; 0],
                "{line} in a test"
            );
        }
    }

    #[test]
    fn queue_without_a_limit_is_seen() {
        for line in [
            "let (a, b) = tokio::sync::mpsc::unbounded_channel();",
            "use std::sync::mpsc;\nlet (a, b) = mpsc::channel();",
            "use std::sync::mpsc::channel;\nlet (a, b) = channel();",
        ] {
            assert_eq!(check(unbounded, "host/src/a.rs", line).len(), 1, "{line}");
        }
        for line in [
            "let (a, b) = tokio::sync::mpsc::channel(8);",
            "use std::sync::mpsc;\nlet (a, b) = mpsc::sync_channel(8);",
        ] {
            assert_eq!(check(unbounded, "host/src/a.rs", line), [""; 0], "{line}");
        }
    }

    #[test]
    fn test_that_sleeps_is_seen() {
        for (path, line) in [
            (
                "tests/it/a.rs",
                "    thread::sleep(Duration::from_secs(1));",
            ),
            (
                "tests/scenarios/a.mjs",
                "await new Promise((resolve) => setTimeout(resolve, 1));",
            ),
            ("tests/scenarios/a.py", "    await asyncio.sleep(1)"),
        ] {
            assert_eq!(check(sleep, path, line).len(), 1, "{line}");
        }
        assert_eq!(
            check(sleep, "tests/support/src/wait.rs", "thread::sleep(EVERY)"),
            [""; 0]
        );
        assert_eq!(
            check(sleep, "host/src/a.rs", "thread::sleep(EVERY)"),
            [""; 0]
        );
        assert_eq!(
            check(sleep, "tests/it/a.rs", "// It must not sleep(1)."),
            [""; 0]
        );
    }
}
