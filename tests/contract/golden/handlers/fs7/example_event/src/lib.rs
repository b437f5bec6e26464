//! Answers `example_event`.
//!
//! This file is yours: `fs7 handlers` wrote it once. The types stand in `generated.rs`, which
//! follows the contract.

use fs7_sdk::prelude::*;
use generated::*;

#[rustfmt::skip]
mod generated;

fs7_sdk::handlers! {
    "example_event" => example_event,
}

/// Anything at all.
fn example_event(
    context: &mut Context,
    payload: ExampleEventPayload,
) -> Result<ExampleEventReply, Rejection> {
    info!("handling example_event: {payload:?}");
    emit_example_event_ack(
        context,
        ExampleEventReply {
            status: ExampleEventReplyStatus::Success,
            message: "example_event handled successfully.".to_owned(),
        },
    )?;
    Ok(ExampleEventReply {
        status: ExampleEventReplyStatus::Success,
        message: "example_event handled successfully.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::test;

    #[test]
    fn example_is_answered() {
        let example: Value = fs7_sdk::serde_json::from_str(EXAMPLE).unwrap();
        let outcome = test::message("example_event")
            .arg(example)
            .run::<Handlers>();
        assert_eq!(
            outcome.reply(),
            Ok(json!([{"status": "success", "message": "example_event handled successfully."}]))
        );
        assert_eq!(outcome.emits()[0].name, "example_event_ack");
    }
}
