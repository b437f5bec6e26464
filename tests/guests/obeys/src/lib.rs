//! Answers `say`, in `/` and in `/side`, and `light/on`: the argument says what to emit and what to
//! reply; see `Order`. Whoever joins `/side` is sent `welcome` with the auth.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! {
    "say" => say,
    "light/on" => say,
    "say" in "/side" => say,
    connect in "/side" => connect,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Order {
    /// Emitted, and flushed.
    flushed: Vec<Emit>,
    /// Emitted and flushed after that.
    flushed_next: Vec<Emit>,
    /// Emitted.
    emits: Vec<Emit>,
    /// The reply; without it there is none.
    reply: Option<Value>,
    /// How long to work, in milliseconds.
    works_ms: u64,
}

#[derive(Deserialize)]
struct Emit {
    name: String,
    #[serde(default)]
    args: Vec<Value>,
    /// Without a room, the sender gets it.
    room: Option<String>,
}

fn say(context: &mut Context, order: Option<Order>) -> Result<Args, Rejection> {
    let order = order.unwrap_or_default();
    let start = std::time::Instant::now();
    while start.elapsed().as_millis() < order.works_ms.into() {}
    for emits in [order.flushed, order.flushed_next] {
        emit(context, emits)?;
        context.flush();
    }
    emit(context, order.emits)?;
    Ok(match order.reply {
        Some(reply) => args![reply],
        None => Args::none(),
    })
}

fn emit(context: &mut Context, emits: Vec<Emit>) -> Result<(), EffectError> {
    for Emit { name, args, room } in emits {
        let args = Args::list(&args);
        match room {
            Some(room) => context.room(&room).emit(&name, args)?,
            None => context.emit(&name, args)?,
        }
    }
    Ok(())
}

fn connect(context: &mut Context, auth: Option<Value>) -> Result<(), Rejection> {
    Ok(context.emit("welcome", auth.unwrap_or_default())?)
}
