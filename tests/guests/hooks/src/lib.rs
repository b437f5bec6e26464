//! The hooks of the namespace `/hooks`. `connect` refuses the auth `{"deny": "words"}` with these
//! words; otherwise it joins the room `hooked`, and emits `welcome` with the auth to the sender.
//! `disconnect` emits `left` with the connection's id and the reason to everyone. The message
//! `who` acknowledges with the connection's id, and `room` reaches those in the room.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! {
    connect in "/hooks" => connect,
    disconnect in "/hooks" => disconnect,
    "who" in "/hooks" => who,
    "room" in "/hooks" => room,
}

fn connect(context: &mut Context, auth: Option<Value>) -> Result<(), Rejection> {
    let auth = auth.unwrap_or_default();
    if let Some(words) = auth["deny"].as_str() {
        return Err(Rejection::forbidden(words));
    }
    context.join("hooked")?;
    context.emit("welcome", auth)?;
    Ok(())
}

fn disconnect(context: &mut Context, reason: Option<Value>) -> Result<(), Rejection> {
    let id = context.connection_id().map(str::to_owned);
    context.everyone().emit("left", args![id, reason])?;
    Ok(())
}

fn who(context: &mut Context) -> Result<Option<String>, Rejection> {
    Ok(context.connection_id().map(str::to_owned))
}

fn room(context: &mut Context) -> Result<(), Rejection> {
    Ok(context.room("hooked").emit("in_room", args![])?)
}
