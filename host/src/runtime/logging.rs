//! `wasi:logging/logging`, as guests see it.

use crate::fact::GuestLevel;

use super::bindings::logging::{Host, Level};
use super::state::State;

impl State {
    /// Writes one line.
    pub(super) fn log_line(&self, level: Level, context: &str, message: &str) {
        let level = match level {
            Level::Trace => GuestLevel::Trace,
            Level::Debug => GuestLevel::Debug,
            Level::Info => GuestLevel::Info,
            Level::Warn => GuestLevel::Warn,
            Level::Error => GuestLevel::Error,
            Level::Critical => GuestLevel::Critical,
        };
        self.log.line(level, context, message);
    }
}

impl Host for State {
    fn log(&mut self, level: Level, context: String, message: String) -> wasmtime::Result<()> {
        self.log_line(level, &context, &message);
        Ok(())
    }
}
