//! Operations of 3.x: their channels, messages and replies.

use super::Look;
use super::channels::stands_in;
use crate::bundle::At;
use crate::check::parts::Kind;
use crate::diagnostic::Diagnostic;
use crate::place::{Place, tokens};

pub(super) fn check(look: &Look<'_>, found: &mut Vec<Diagnostic>) {
    if look.version.major == 2 {
        return;
    }
    for operation in look.parts.of_kind(Kind::Operation) {
        // Components may be made for other documents, whose channels are not known here.
        let is_root = tokens(&operation.place.pointer).next().as_deref() == Some("operations");
        let channel = channel(look, operation, is_root, found);
        messages(look, operation, channel.as_ref(), found);
        let reply = operation
            .get("reply")
            .and_then(|reply| look.bundle.resolve(&reply).ok());
        let Some(reply) = reply else { continue };
        let channel = self::channel(look, &reply, is_root, found);
        messages(look, &reply, channel.as_ref(), found);
        if channel.is_none() {
            without_channel(&reply, found);
        }
    }
}

/// The channel that an operation or a reply names.
fn channel<'a>(
    look: &Look<'a>,
    at: &At<'a>,
    is_root: bool,
    found: &mut Vec<Diagnostic>,
) -> Option<Place> {
    let channel = at.get("channel")?;
    let reference = channel.node.reference()?;
    let first = look.first(&channel)?;
    let place = look.bundle.resolve(&channel).ok()?.place;
    if is_root && !stands_in(&first, "channels") {
        let message = format!("`{reference}` is no channel of the document");
        found.push(
            Diagnostic::error(
                "channel-not-in-document",
                channel.place.child("$ref"),
                message,
            )
            .help("add it to `channels` and write `#/channels/NAME`"),
        );
    }
    Some(place)
}

/// The messages of an operation are some of its channel's: the reference goes through the channel.
fn messages(look: &Look<'_>, at: &At<'_>, channel: Option<&Place>, found: &mut Vec<Diagnostic>) {
    let (Some(messages), Some(channel)) = (at.get("messages"), channel) else {
        return;
    };
    let below = channel.child("messages");
    for item in messages.items() {
        let Some(reference) = item.node.reference() else {
            continue;
        };
        let Some(target) = look.first(&item) else {
            continue;
        };
        let parent = target
            .place
            .pointer
            .rsplit_once('/')
            .map(|(parent, _)| parent);
        if target.place.file != below.file || parent != Some(below.pointer.as_str()) {
            let message = format!("`{reference}` is no message of the channel");
            found.push(
                Diagnostic::error("message-not-in-channel", item.place.child("$ref"), message)
                    .help(format!("write `#{}/NAME`", below.pointer)),
            );
        }
    }
}

fn without_channel(reply: &At<'_>, found: &mut Vec<Diagnostic>) {
    let has_address = reply.node.get("address").is_some();
    let has_messages = reply.node.get("messages").is_some();
    if has_address && !has_messages {
        return;
    }
    let message = if has_messages {
        "the reply names messages and no channel that they belong to"
    } else {
        "the reply names neither a channel nor an address"
    };
    found.push(
        Diagnostic::warning("reply-without-channel", reply.place.clone(), message)
            .help("add `channel: {$ref: '#/channels/NAME'}`")
            .at_key(),
    );
}
