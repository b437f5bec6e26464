//! The whole host, tried from outside: the real binary over loopback, against what the issues
//! promise. One test binary, since each one costs a link.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test ends where it cannot go on"
)]

mod echo;
mod reload;
mod swap;

use fs7_tests::server::Launch;

/// A start of the program that belongs to these tests.
fn launch() -> Launch {
    Launch::new(std::path::Path::new(env!("CARGO_BIN_EXE_fs7")))
}
