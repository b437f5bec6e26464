//! Answers `send_notification`.
//!
//! This file is yours: `fs7 handlers` wrote it once. The types stand in `generated.rs`, which
//! follows the contract.

use fs7_sdk::prelude::*;
use generated::*;

#[rustfmt::skip]
mod generated;

fs7_sdk::handlers! {
    "send_notification" => send_notification,
}

/// Somebody is to be told something.
fn send_notification(
    context: &mut Context,
    payload: SendNotificationPayload,
) -> Result<SendNotificationReply, Rejection> {
    info!("handling send_notification: {payload:?}");
    emit_send_notification_ack(
        context,
        SendNotificationReply {
            status: SendNotificationReplyStatus::Success,
            message: "send_notification handled successfully.".to_owned(),
        },
    )?;
    Ok(SendNotificationReply {
        status: SendNotificationReplyStatus::Success,
        message: "send_notification handled successfully.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::test;

    #[test]
    fn example_is_answered() {
        let example: Value = fs7_sdk::serde_json::from_str(EXAMPLE).unwrap();
        let outcome = test::message("send_notification")
            .arg(example)
            .run::<Handlers>();
        assert_eq!(
            outcome.reply(),
            Ok(
                json!([{"status": "success", "message": "send_notification handled successfully."}])
            )
        );
        assert_eq!(outcome.emits()[0].name, "send_notification_ack");
    }
}
