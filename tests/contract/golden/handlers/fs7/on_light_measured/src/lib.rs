//! Answers `on_light_measured`.
//!
//! This file is yours: `fs7 handlers` wrote it once. The types stand in `generated.rs`, which
//! follows the contract.

use fs7_sdk::prelude::*;
use generated::*;

#[rustfmt::skip]
mod generated;

fs7_sdk::handlers! {
    "on_light_measured" => on_light_measured,
}

/// A street light has measured the light around it.
fn on_light_measured(
    context: &mut Context,
    payload: OnLightMeasuredPayload,
) -> Result<OnLightMeasuredReply, Rejection> {
    info!("handling on_light_measured: {payload:?}");
    emit_on_light_measured_ack(
        context,
        OnLightMeasuredReply {
            status: OnLightMeasuredReplyStatus::Success,
            message: "on_light_measured handled successfully.".to_owned(),
        },
    )?;
    Ok(OnLightMeasuredReply {
        status: OnLightMeasuredReplyStatus::Success,
        message: "on_light_measured handled successfully.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::test;

    #[test]
    fn example_is_answered() {
        let example: Value = fs7_sdk::serde_json::from_str(EXAMPLE).unwrap();
        let outcome = test::message("on_light_measured")
            .arg(example)
            .run::<Handlers>();
        assert_eq!(
            outcome.reply(),
            Ok(
                json!([{"status": "success", "message": "on_light_measured handled successfully."}])
            )
        );
        assert_eq!(outcome.emits()[0].name, "on_light_measured_ack");
    }
}
