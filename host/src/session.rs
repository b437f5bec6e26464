//! Sessions: what survives a reconnect. Tokens that prove who comes back, the nonces that were
//! used, what each session missed, and the journal that lets all of it outlive the process.
//!
//! Nothing here knows a transport: a session's way out is a [`Way`] that the gateway gives it.

mod backlog;
mod belongings;
mod journal;
mod kinds;
mod nonces;
mod record;
mod restore;
mod store;
mod token;
mod upkeep;

#[cfg(test)]
mod tests;

pub use journal::JournalError;
pub(crate) use kinds::{
    Attached, Ended, OpenJournal, Opening, Renewal, SessionError, SessionWeight, StoreFigures,
    StoreOptions, Way,
};
pub(crate) use store::Store;
pub use token::{Claims, SECRET_BYTES_MIN, Secrets, TokenError};

use bytes::Bytes;

/// What a session keeps of an emit. The text is ready for the wire, and all sessions share it.
pub(crate) trait Payload: Send + Sync + 'static {
    /// A payload as the journal has it.
    fn restore(text: String, attachments: Vec<Bytes>) -> Self;
    /// `["name",a,b]`.
    fn text(&self) -> &str;
    /// What the placeholders in the text stand for.
    fn attachments(&self) -> &[Bytes];
}
