//! Answers `user_updated`: a user has changed some of what is known of them.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! {
    "user_updated" => user_updated,
}

#[derive(Deserialize)]
struct UserUpdated {
    user_id: String,
    email: Option<String>,
    name: Option<String>,
}

fn user_updated(context: &mut Context, user: UserUpdated) -> Result<Value, Rejection> {
    let changed: Vec<&str> = [("email", &user.email), ("name", &user.name)]
        .into_iter()
        .filter_map(|(field, value)| value.as_ref().map(|_| field))
        .collect();
    if changed.is_empty() {
        let refusal = Rejection::invalid("nothing has changed");
        return Err(refusal.with_violation("", "anyOf", "needs `email`, `name` or both"));
    }
    info!("user {} changed {}", user.user_id, changed.join(" and "));
    context.emit(
        "user_updated_ack",
        json!({"status": "success", "message": "User updated successfully", "changed": changed}),
    )?;
    Ok(json!({"status": "success", "message": "user_updated handled successfully."}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::test;

    #[test]
    fn changed_fields_are_named() {
        let outcome = test::message("user_updated")
            .arg(json!({"user_id": "u-1", "email": "ann@example.com"}))
            .run::<Handlers>();
        assert!(outcome.reply().is_ok());
        assert_eq!(
            outcome.emits()[0].args.to_value()[0]["changed"],
            json!(["email"])
        );
        assert!(outcome.logged("user u-1 changed email"));
    }

    #[test]
    fn update_of_nothing_is_refused() {
        let outcome = test::message("user_updated")
            .arg(json!({"user_id": "u-1"}))
            .run::<Handlers>();
        assert_eq!(
            outcome.rejection().map(|it| &*it.violations[0].rule),
            Some("anyOf")
        );
    }
}
