//! Answers `rejects` with the rejection whose code is the argument, after an emit and a join that
//! must not happen.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "rejects" => rejects }

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Code {
    Invalid,
    Rejected,
    Forbidden,
    Busy,
    Failed,
}

fn rejects(context: &mut Context, code: Code) -> Result<(), Rejection> {
    context.emit("never", args![])?;
    context.join("never")?;
    Err(match code {
        Code::Invalid => Rejection::invalid("these arguments are invalid")
            .with_violation("/user_id", "type", "must be text")
            .with_violation("/email", "format", "must be an address"),
        Code::Rejected => Rejection::rejected("the answer is no"),
        Code::Forbidden => Rejection::forbidden("not you"),
        Code::Busy => Rejection::busy("come back later"),
        Code::Failed => Rejection::failed("it did not work"),
    })
}
