//! Answers `example_event` with what it was given: the shortest way to see whether events arrive.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! {
    "example_event" => example_event,
}

fn example_event(context: &mut Context, data: Option<Value>) -> Result<Value, Rejection> {
    let event = context.event();
    info!(
        "{} at {} from {:?}",
        event.occurrence_id, event.received_at_ms, event.origin
    );
    context.emit(
        "example_event_ack",
        json!({"status": "success", "message": "Example event handled successfully", "data": data}),
    )?;
    Ok(json!({"status": "success", "message": "example_event handled successfully."}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::{Origin, test};

    #[test]
    fn data_comes_back() {
        let data = json!({"text": "hello", "list": [1, 2.5, null]});
        let outcome = test::message("example_event").arg(&data).run::<Handlers>();
        assert_eq!(
            outcome.reply(),
            Ok(json!([{"status": "success", "message": "example_event handled successfully."}]))
        );
        assert_eq!(outcome.emits()[0].args.to_value()[0]["data"], data);
    }

    #[test]
    fn data_may_be_absent_and_the_origin_any() {
        let outcome = test::message("example_event")
            .with(|event| event.origin = Origin::Cli)
            .run::<Handlers>();
        assert_eq!(outcome.emits()[0].args.to_value()[0]["data"], Value::Null);
        assert!(outcome.logged("Origin::Cli"));
    }
}
