//! `wasi:logging/logging`, as guests see it.

use crate::fact::GuestLevel;

use super::bindings::logging::{Host, Level};
use super::state::State;

impl Host for State {
    fn log(&mut self, level: Level, context: String, message: String) -> wasmtime::Result<()> {
        let level = match level {
            Level::Trace => GuestLevel::Trace,
            Level::Debug => GuestLevel::Debug,
            Level::Info => GuestLevel::Info,
            Level::Warn => GuestLevel::Warn,
            Level::Error => GuestLevel::Error,
            Level::Critical => GuestLevel::Critical,
        };
        self.log.line(level, &context, &message);
        Ok(())
    }
}
