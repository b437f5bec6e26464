//! The log macros: one line of the host's log each, with the handler, its generation and the
//! occurrence id, which the host adds.

use crate::{Level, host};
use std::fmt::Arguments;

/// Logs step-by-step detail, formatted as `format!` does.
#[macro_export]
macro_rules! trace {
    ($($message:tt)+) => { $crate::__log!(Trace, $($message)+) };
}

/// Logs what is useful when looking for a fault, formatted as `format!` does.
#[macro_export]
macro_rules! debug {
    ($($message:tt)+) => { $crate::__log!(Debug, $($message)+) };
}

/// Logs normal operation, formatted as `format!` does.
///
/// ```
/// use fs7_sdk::prelude::*;
///
/// fn greet(_context: &mut Context, name: String) -> Result<(), Rejection> {
///     info!("{name} says hello");
///     Ok(())
/// }
/// # fs7_sdk::handlers! { "greet" => greet }
/// # let outcome = fs7_sdk::test::message("greet").arg("ann").run::<Handlers>();
/// # assert!(outcome.logged("ann says hello"));
/// ```
#[macro_export]
macro_rules! info {
    ($($message:tt)+) => { $crate::__log!(Info, $($message)+) };
}

/// Logs what is odd but was recovered from, formatted as `format!` does.
#[macro_export]
macro_rules! warn {
    ($($message:tt)+) => { $crate::__log!(Warn, $($message)+) };
}

/// Logs a failure, formatted as `format!` does.
#[macro_export]
macro_rules! error {
    ($($message:tt)+) => { $crate::__log!(Error, $($message)+) };
}

/// Logs what somebody must act on now, formatted as `format!` does.
#[macro_export]
macro_rules! critical {
    ($($message:tt)+) => { $crate::__log!(Critical, $($message)+) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    ($level:ident, $($message:tt)+) => {
        $crate::log::write($crate::Level::$level, module_path!(), format_args!($($message)+))
    };
}

/// Writes one line; text that needs no formatting is passed on without a copy.
pub fn write(level: Level, context: &str, message: Arguments<'_>) {
    match message.as_str() {
        Some(text) => host::log(level, context, text),
        None => host::log(level, context, &message.to_string()),
    }
}
