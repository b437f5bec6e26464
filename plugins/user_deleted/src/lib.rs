//! Answers `user_deleted`: a user is gone. What the others know of that user is dropped there.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! {
    "user_deleted" => user_deleted,
}

#[derive(Deserialize)]
struct UserDeleted {
    user_id: String,
    reason: Option<String>,
}

fn user_deleted(context: &mut Context, user: UserDeleted) -> Result<Value, Rejection> {
    let UserDeleted { user_id, reason } = user;
    if user_id.is_empty() {
        return Err(Rejection::invalid("whom?").with_violation(
            "/user_id",
            "minLength",
            "is empty",
        ));
    }
    info!(
        "user {user_id} deleted: {}",
        reason.as_deref().unwrap_or("no reason given")
    );
    context
        .everyone()
        .except_sender()
        .emit("user_gone", json!({"user_id": user_id}))?;
    context.emit(
        "user_deleted_ack",
        json!({"status": "success", "message": "User deleted successfully"}),
    )?;
    Ok(json!({"status": "success", "message": "user_deleted handled successfully."}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::test;

    #[test]
    fn everyone_hears_of_a_deletion() {
        let outcome = test::message("user_deleted")
            .arg(json!({"user_id": "u-1", "reason": "moved away"}))
            .run::<Handlers>();
        let names: Vec<_> = outcome
            .emits()
            .iter()
            .map(|emit| emit.name.as_str())
            .collect();
        assert_eq!(names, ["user_gone", "user_deleted_ack"]);
        assert_eq!(outcome.emits()[0].args, json!([{"user_id": "u-1"}]));
        assert!(outcome.logged("user u-1 deleted: moved away"));
    }

    #[test]
    fn nobody_cannot_be_deleted() {
        let outcome = test::message("user_deleted")
            .arg(json!({"user_id": ""}))
            .run::<Handlers>();
        assert_eq!(
            outcome.rejection().map(|it| it.message.as_str()),
            Some("whom?")
        );
        assert!(outcome.emits().is_empty());
    }
}
