//! Panic messages reach the log before the component traps.

use crate::{Level, log};
use std::fmt::Arguments;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};

static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Makes panics log their message and place at error level. Does nothing the second time.
pub(crate) fn install() {
    if !INSTALLED.swap(true, Ordering::Relaxed) {
        panic::set_hook(Box::new(report));
    }
}

fn report(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message");
    match info.location() {
        Some(place) => write(format_args!(
            "{message}, at {}:{}",
            place.file(),
            place.line()
        )),
        None => write(format_args!("{message}")),
    }
}

fn write(message: Arguments<'_>) {
    log::write(Level::Error, "panic", message);
}
