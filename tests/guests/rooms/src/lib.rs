//! Answers `rooms`, whose only argument says what to do; see `Order`.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "rooms" => rooms }

/// `{"join": "lobby"}`, `"disconnect"`, `{"emit": {"room": "lobby", "name": "said"}}` and so on.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// Puts the sender into a room.
    Join(String),
    /// Takes the sender out of a room.
    Leave(String),
    /// Emits to a room or to everyone, with exceptions.
    Emit(Emit),
    /// Emits `told` to one connection.
    Tell(String),
    /// Puts another connection into a room.
    JoinOther(String, String),
    /// Takes another connection out of a room.
    LeaveOther(String, String),
    /// Ends the sender's stay, after the emit `goodbye`.
    Disconnect,
    /// Ends another connection's stay.
    DisconnectOther(String),
    /// Emits `step` 1, flushes, emits `step` 2 and joins the room `late`.
    Flush,
    /// The same, and then fails.
    FlushThenFail,
}

#[derive(Deserialize)]
struct Emit {
    /// Without a room, everyone gets it.
    room: Option<String>,
    name: String,
    #[serde(default)]
    except_sender: bool,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    except_rooms: Vec<String>,
    /// Its one argument; without it there is none.
    payload: Option<Value>,
}

/// Acknowledges with the sender's connection id, so that a test can name it.
fn rooms(context: &mut Context, order: Order) -> Result<Option<String>, Rejection> {
    match order {
        Order::Join(room) => context.join(&room)?,
        Order::Leave(room) => context.leave(&room)?,
        Order::Emit(emit) => broadcast(context, emit)?,
        Order::Tell(id) => context.emit_to(&id, "told", args![])?,
        Order::JoinOther(id, room) => context.join_other(&id, &room)?,
        Order::LeaveOther(id, room) => context.leave_other(&id, &room)?,
        Order::Disconnect => {
            context.disconnect();
            context.emit("goodbye", args![])?;
        }
        Order::DisconnectOther(id) => context.disconnect_other(&id),
        Order::Flush => flush(context)?,
        Order::FlushThenFail => {
            flush(context)?;
            return Err(Rejection::failed("after the flush"));
        }
    }
    Ok(context.connection_id().map(str::to_owned))
}

fn broadcast(context: &mut Context, emit: Emit) -> Result<(), EffectError> {
    let mut receivers = match &emit.room {
        Some(room) => context.room(room),
        None => context.everyone(),
    };
    if emit.except_sender {
        receivers = receivers.except_sender();
    }
    for id in &emit.except {
        receivers = receivers.except(id);
    }
    for room in &emit.except_rooms {
        receivers = receivers.except_room(room);
    }
    match emit.payload {
        Some(payload) => receivers.emit(&emit.name, payload),
        None => receivers.emit(&emit.name, args![]),
    }
}

fn flush(context: &mut Context) -> Result<(), EffectError> {
    context.emit("step", 1)?;
    context.join("late")?;
    context.flush();
    context.emit("step", 2)
}
