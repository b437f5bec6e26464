//! `fs7 broadcast`: sends a message to everyone in a namespace.

use super::failure::CommandResult;
use super::message::{self, Sending};
use crate::cli::messaging::BroadcastArgs;
use crate::config::Draft;

/// Sends it.
pub(crate) fn run(draft: &Draft, args: &BroadcastArgs) -> CommandResult {
    let sending = Sending {
        path: "/api/broadcast",
        namespace: Some(&args.place.namespace),
        except: &args.except.except,
        json: args.place.json,
    };
    message::send(draft, &sending, &args.message)
}
