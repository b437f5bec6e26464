//! A chat in the namespace `/chat`: notices when somebody joins or leaves, messages to rooms or to
//! all, and statistics. Handlers keep no state, so the statistics are a roll call: the question
//! goes to everyone, each client answers with `here`, and the answers go to who asked.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! {
    connect in "/chat" => join,
    disconnect in "/chat" => leave,
    "enter" in "/chat" => enter,
    "message" in "/chat" => message,
    "statistics" in "/chat" => statistics,
    "here" in "/chat" => here,
}

const NAME_CHARS_MAX: usize = 40;
const TEXT_CHARS_MAX: usize = 2_000;

#[derive(Deserialize)]
struct Guest {
    name: String,
}

#[derive(Deserialize)]
struct Message {
    /// Without a room, everyone gets it.
    room: Option<String>,
    text: String,
}

#[derive(Deserialize)]
struct Here {
    /// The connection that asked.
    to: String,
    name: String,
    messages_sent: u64,
}

fn join(context: &mut Context, guest: Option<Guest>) -> Result<(), Rejection> {
    let name = guest.map(|guest| guest.name).unwrap_or_default();
    if name.trim().is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Rejection::forbidden(
            "connect with auth `{\"name\": …}`, 1 to 40 characters",
        ));
    }
    let id = sender(context)?;
    info!("{name} joins as {id}");
    context
        .everyone()
        .except_sender()
        .emit("joined", json!({"id": id, "name": name}))?;
    context.emit("welcome", json!({"id": id, "name": name}))?;
    Ok(())
}

fn leave(context: &mut Context, reason: Option<String>) -> Result<(), Rejection> {
    let id = sender(context)?;
    context
        .everyone()
        .except_sender()
        .emit("left", json!({"id": id, "reason": reason}))?;
    Ok(())
}

fn enter(context: &mut Context, room: String) -> Result<(), Rejection> {
    let id = sender(context)?;
    context.join(&room)?;
    context
        .room(&room)
        .except_sender()
        .emit("entered", json!({"id": id, "room": room}))?;
    Ok(())
}

fn message(context: &mut Context, message: Message) -> Result<(), Rejection> {
    if message.text.chars().count() > TEXT_CHARS_MAX {
        return Err(Rejection::invalid("too long").with_violation("/text", "maxLength", "2000"));
    }
    let from = sender(context)?;
    let said = json!({"from": from, "room": message.room, "text": message.text});
    let receivers = match &message.room {
        Some(room) => context.room(room),
        None => context.everyone(),
    };
    receivers.except_sender().emit("message", said)?;
    Ok(())
}

fn statistics(context: &mut Context) -> Result<(), Rejection> {
    let id = sender(context)?;
    context.everyone().emit("roll_call", json!({"to": id}))?;
    Ok(())
}

fn here(context: &mut Context, here: Here) -> Result<(), Rejection> {
    let id = sender(context)?;
    let answer = json!({"id": id, "name": here.name, "messages_sent": here.messages_sent});
    context.emit_to(&here.to, "here", answer)?;
    Ok(())
}

/// The connection that speaks; a chat is not for events without one.
fn sender(context: &Context) -> Result<String, Rejection> {
    let id = context.connection_id().map(str::to_owned);
    id.ok_or_else(|| Rejection::forbidden("the chat is for sockets"))
}

#[cfg(test)]
mod tests;
