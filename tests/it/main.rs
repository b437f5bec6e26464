//! The whole host, tried from outside: the real binary over loopback, against what the issues
//! promise. One test binary, since each one costs a link.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test ends where it cannot go on"
)]

mod bench;
mod cli_asyncapi;
mod cli_events;
mod cli_log;
mod cli_messaging;
mod cli_plugin;
mod cli_presence;
mod cli_settings;
mod cli_start;
mod cli_stop;
mod compile_cache;
mod contract;
mod echo;
mod examples;
mod generate;
mod guests;
mod heartbeat;
mod hooks;
mod hostile;
mod http;
mod http_operator;
mod limits;
mod messaging;
mod namespaces;
mod origins;
mod pages;
mod reload;
mod rooms;
mod sessions;
mod sizes;
mod slow_client;
mod stabilizer;
mod stop;
mod swap;
mod swap_load;
mod tidy;
mod ws;

use fs7_tests::cli::Desk;
use fs7_tests::launch::Launch;

/// A start of the program that belongs to these tests.
fn launch() -> Launch {
    Launch::new(std::path::Path::new(env!("CARGO_BIN_EXE_fs7")))
}

/// A directory for commands of the program that belongs to these tests.
fn desk() -> Desk {
    Desk::new(std::path::Path::new(env!("CARGO_BIN_EXE_fs7")))
}
