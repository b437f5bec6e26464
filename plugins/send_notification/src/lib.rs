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
    let notification = json!({"title": order.title, "message": order.message});
    match (order.room, order.socket) {
        (Some(room), None) => context.room(&room).emit("notification", notification)?,
        (None, Some(socket)) => context.emit_to(&socket, "notification", notification)?,
        (None, None) => context.everyone().emit("notification", notification)?,
        (Some(_), Some(_)) => {
            return Err(Rejection::invalid("one receiver at a time").with_violation(
                "",
                "oneOf",
                "has both `room` and `socket`",
            ));
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
    use fs7_sdk::test::{self, Outcome};
    use fs7_sdk::{Exceptions, RoomTarget, Target};

    fn send(order: Value) -> Outcome {
        test::message("send_notification")
            .arg(order)
            .run::<Handlers>()
    }

    #[test]
    fn receiver_is_a_room_a_connection_or_everyone() {
        let except = Exceptions {
            sender: false,
            sockets: vec![],
            rooms: vec![],
        };
        let room = RoomTarget {
            room: "ops".into(),
            except: except.clone(),
        };
        for (order, target) in [
            (json!({"message": "hi", "room": "ops"}), Target::Room(room)),
            (
                json!({"message": "hi", "socket": "c-7"}),
                Target::Socket("c-7".into()),
            ),
            (json!({"message": "hi"}), Target::Everyone(except)),
        ] {
            let outcome = send(order);
            assert_eq!(outcome.emits()[0].target, target);
            assert_eq!(
                outcome.emits()[0].args,
                json!([{"title": null, "message": "hi"}])
            );
            assert_eq!(outcome.emits()[1].name, "send_notification_ack");
        }
    }

    #[test]
    fn two_receivers_are_refused() {
        let outcome = send(json!({"message": "hi", "room": "ops", "socket": "c-7"}));
        assert_eq!(
            outcome.rejection().map(|it| &*it.violations[0].rule),
            Some("oneOf")
        );
    }

    #[test]
    fn room_without_a_name_is_refused_by_the_host() {
        assert!(
            send(json!({"message": "hi", "room": ""}))
                .rejection()
                .is_some()
        );
    }
}
