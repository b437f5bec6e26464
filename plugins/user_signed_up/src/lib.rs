//! Answers `user_signed_up`: a user has made an account.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! {
    "user_signed_up" => user_signed_up,
}

#[derive(Deserialize)]
struct UserSignedUp {
    user_id: String,
    email: String,
}

/// A type of its own is written faster than `json!`.
#[derive(Serialize)]
struct Status {
    status: &'static str,
    message: &'static str,
}

fn user_signed_up(context: &mut Context, user: UserSignedUp) -> Result<Status, Rejection> {
    info!("user {} signed up as {}", user.user_id, user.email);
    context.emit("user_signed_up_ack", success("User signed up successfully"))?;
    Ok(success("user_signed_up handled successfully."))
}

fn success(message: &'static str) -> Status {
    let status = "success";
    Status { status, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::test;

    #[test]
    fn sign_up_is_acknowledged() {
        let outcome = test::message("user_signed_up")
            .arg(json!({"user_id": "u-1", "email": "ann@example.com"}))
            .run::<Handlers>();
        assert_eq!(
            outcome.reply(),
            Ok(json!([
                {"status": "success", "message": "user_signed_up handled successfully."}
            ]))
        );
        let [emit] = outcome.emits()[..] else {
            panic!("one emit: {outcome:?}")
        };
        assert_eq!(emit.name, "user_signed_up_ack");
        assert_eq!(
            emit.args,
            json!([{"status": "success", "message": "User signed up successfully"}])
        );
        assert!(outcome.logged("user u-1 signed up as ann@example.com"));
    }

    #[test]
    fn payload_that_does_not_fit_is_refused() {
        let outcome = test::message("user_signed_up")
            .arg(json!({"user_id": 1, "email": "ann@example.com"}))
            .run::<Handlers>();
        assert_eq!(
            outcome.rejection().map(|it| &*it.violations[0].pointer),
            Some("/user_id")
        );
        assert!(outcome.emits().is_empty());
    }
}
