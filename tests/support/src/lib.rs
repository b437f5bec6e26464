//! Test support: starts the real binary in a directory of its own, and talks to it as strangers
//! do, with the stock clients, over HTTP and over raw sockets.
#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on ends here, and says what it waited for"
)]

pub mod cli;
pub mod example;
pub mod facts;
pub mod http;
pub mod launch;
pub mod polling;
pub mod process;
pub mod proxy;
pub mod raw;
pub mod repo;
pub mod running;
pub mod script;
pub mod server;
pub mod session;
pub mod stock;
pub mod wait;
pub mod ws;
