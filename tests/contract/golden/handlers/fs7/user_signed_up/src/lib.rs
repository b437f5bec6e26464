//! Answers `user_signed_up`.
//!
//! This file is yours: `fs7 handlers` wrote it once. The types stand in `generated.rs`, which
//! follows the contract.

use fs7_sdk::prelude::*;
use generated::*;

#[rustfmt::skip]
mod generated;

fs7_sdk::handlers! {
    "user_signed_up" => user_signed_up,
}

/// A user has made an account.
fn user_signed_up(
    context: &mut Context,
    payload: UserSignedUpPayload,
) -> Result<UserSignedUpReply, Rejection> {
    info!("handling user_signed_up: {payload:?}");
    emit_user_signed_up_ack(
        context,
        UserSignedUpReply {
            status: UserSignedUpReplyStatus::Success,
            message: "user_signed_up handled successfully.".to_owned(),
        },
    )?;
    Ok(UserSignedUpReply {
        status: UserSignedUpReplyStatus::Success,
        message: "user_signed_up handled successfully.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::test;

    #[test]
    fn example_is_answered() {
        let example: Value = fs7_sdk::serde_json::from_str(EXAMPLE).unwrap();
        let outcome = test::message("user_signed_up")
            .arg(example)
            .run::<Handlers>();
        assert_eq!(
            outcome.reply(),
            Ok(json!([{"status": "success", "message": "user_signed_up handled successfully."}]))
        );
        assert_eq!(outcome.emits()[0].name, "user_signed_up_ack");
    }
}
