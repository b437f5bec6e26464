//! Answers `user_deleted`.
//!
//! This file is yours: `fs7 handlers` wrote it once. The types stand in `generated.rs`, which
//! follows the contract.

use fs7_sdk::prelude::*;
use generated::*;

#[rustfmt::skip]
mod generated;

fs7_sdk::handlers! {
    "user_deleted" => user_deleted,
}

/// User Deleted Event
fn user_deleted(context: &mut Context, payload: UserDeletedPayload) -> Result<Value, Rejection> {
    info!("handling user_deleted: {payload:?}");
    context.emit(
        "user_deleted_ack",
        json!({"status": "success", "message": "user_deleted handled successfully."}),
    )?;
    Ok(json!({"status": "success", "message": "user_deleted handled successfully."}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::test;

    #[test]
    fn example_is_answered() {
        let example: Value = fs7_sdk::serde_json::from_str(EXAMPLE).unwrap();
        let outcome = test::message("user_deleted").arg(example).run::<Handlers>();
        assert_eq!(
            outcome.reply(),
            Ok(json!([{"status": "success", "message": "user_deleted handled successfully."}]))
        );
        assert_eq!(outcome.emits()[0].name, "user_deleted_ack");
    }
}
