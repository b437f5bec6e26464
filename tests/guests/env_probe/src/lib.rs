//! Answers `env_probe` with all that it could see and reach of the machine: an object with what each
//! attempt gave, text that starts with `error` where it was refused.

mod sockets;

use fs7_sdk::prelude::*;
use std::env;
use std::fmt::Debug;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Result as IoResult, stdin};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fs7_sdk::handlers! { "env_probe" => env_probe }

fn env_probe(_context: &mut Context) -> Result<Value, Rejection> {
    let mut line = String::new();
    Ok(json!({
        "environment": env::vars().map(|(name, _)| name).collect::<Vec<_>>(),
        "arguments": env::args().collect::<Vec<_>>(),
        "current_dir": told(env::current_dir()),
        "stdin": told(stdin().read_to_string(&mut line)),
        "wall_clock_ms": SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, ms),
        "monotonic_clock_advances": clock_advances(),
        "random": RandomState::new().hash_one(0).to_string(),
        "read_root": told(fs::read_dir("/").map(|entries| entries.count())),
        "read_passwd": told(fs::read("/etc/passwd").map(|bytes| bytes.len())),
        "read_here": told(fs::read_dir(".").map(|entries| entries.count())),
        "write_tmp": told(fs::write("/tmp/env_probe", "here")),
        "tcp_connect": sockets::connect(),
        "tcp_bind": sockets::bind(),
        "name_lookup": sockets::resolve(),
    }))
}

fn told<T: Debug>(attempt: IoResult<T>) -> String {
    match attempt {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error: {error}"),
    }
}

fn clock_advances() -> bool {
    let start = Instant::now();
    (0..100_000).any(|_| start.elapsed() > Duration::ZERO)
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
