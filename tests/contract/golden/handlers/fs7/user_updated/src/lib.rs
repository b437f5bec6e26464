//! Answers `user_updated`.
//!
//! This file is yours: `fs7 handlers` wrote it once. The types stand in `generated.rs`, which
//! follows the contract.

use fs7_sdk::prelude::*;
use generated::*;

#[rustfmt::skip]
mod generated;

fs7_sdk::handlers! {
    "user_updated" => user_updated,
}

/// A user has changed details.
fn user_updated(
    context: &mut Context,
    payload: UserUpdatedPayload,
) -> Result<UserUpdatedReply, Rejection> {
    info!("handling user_updated: {payload:?}");
    emit_user_updated_ack(
        context,
        UserUpdatedReply {
            status: UserUpdatedReplyStatus::Success,
            message: "user_updated handled successfully.".to_owned(),
        },
    )?;
    Ok(UserUpdatedReply {
        status: UserUpdatedReplyStatus::Success,
        message: "user_updated handled successfully.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::test;

    #[test]
    fn example_is_answered() {
        let example: Value = fs7_sdk::serde_json::from_str(EXAMPLE).unwrap();
        let outcome = test::message("user_updated").arg(example).run::<Handlers>();
        assert_eq!(
            outcome.reply(),
            Ok(json!([{"status": "success", "message": "user_updated handled successfully."}]))
        );
        assert_eq!(outcome.emits()[0].name, "user_updated_ack");
    }
}
