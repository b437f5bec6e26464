//! Answers `send_notification`: passes a message on as `notification`, to one room, to one
//! connection, or to everyone.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! {
    "send_notification" => send_notification,
}

#[derive(Deserialize)]
struct SendNotification {
    message: String,
    title: Option<String>,
    /// The room that gets it.
    room: Option<String>,
    /// The connection that gets it.
    socket: Option<String>,
}

fn send_notification(context: &mut Context, order: SendNotification) -> Result<Value, Rejection> {
    let args = json!({"title": order.title, "message": order.message});
    match (order.room, order.socket) {
        (Some(room), None) => context.room(&room).emit("notification", args)?,
        (None, Some(socket)) => context.emit_to(&socket, "notification", args)?,
        (None, None) => context.everyone().emit("notification", args)?,
        (Some(_), Some(_)) => {
            let refusal = Rejection::invalid("one receiver at a time");
            return Err(refusal.with_violation("", "oneOf", "has both `room` and `socket`"));
        }
    }
    context.emit(
        "send_notification_ack",
        json!({"status": "success", "message": "Notification sent successfully"}),
    )?;
    Ok(json!({"status": "success", "message": "send_notification handled successfully."}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::{Target, test};

    #[test]
    fn receiver_is_a_room_a_connection_or_everyone() {
        for receiver in ["room", "socket", "nobody in particular"] {
            let outcome = test::message("send_notification")
                .arg(json!({"message": "hi", receiver: "ops"}))
                .run::<Handlers>();
            let [notification, ack] = outcome.emits()[..] else {
                panic!("{outcome:?}")
            };
            assert!(match &notification.target {
                Target::Room(target) => receiver == "room" && target.room == "ops",
                Target::Socket(id) => receiver == "socket" && id == "ops",
                Target::Everyone(except) => receiver.starts_with("nobody") && !except.sender,
                Target::Sender => false,
            });
            assert_eq!(notification.args, json!([{"title": null, "message": "hi"}]));
            assert_eq!(ack.name, "send_notification_ack");
        }
    }

    #[test]
    fn two_receivers_and_rooms_without_name_are_refused() {
        for receivers in [json!({"room": "a", "socket": "b"}), json!({"room": ""})] {
            let mut order = receivers;
            order["message"] = "hi".into();
            let outcome = test::message("send_notification")
                .arg(order)
                .run::<Handlers>();
            assert!(outcome.rejection().is_some());
            assert!(outcome.effects().is_empty());
        }
    }
}
