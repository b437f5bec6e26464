//! Answers `on_light_measured`, the event of AsyncAPI's streetlights: a lamp tells how bright it is
//! around it and is told to go on or off.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! {
    "on_light_measured" => on_light_measured,
}

/// Below this it is night.
const DUSK_LUMENS: u32 = 50;
const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";

#[derive(Deserialize)]
struct LightMeasured {
    lumens: u32,
    #[serde(rename = "sentAt")]
    sent_at: String,
}

fn on_light_measured(context: &mut Context, light: LightMeasured) -> Result<Value, Rejection> {
    if !is_date_time(&light.sent_at) {
        let refusal = Rejection::invalid("that is no time");
        return Err(refusal.with_violation("/sentAt", "format", "is no RFC 3339 date-time"));
    }
    let dark = light.lumens < DUSK_LUMENS;
    let command = if dark { "on" } else { "off" };
    debug!("{} lumens at {}: {command}", light.lumens, light.sent_at);
    context.emit(
        "turn_on_off",
        json!({"command": command, "sentAt": light.sent_at}),
    )?;
    context.emit(
        "on_light_measured_ack",
        json!({"status": "success", "message": "Light measured successfully"}),
    )?;
    Ok(json!({"status": "success", "message": "on_light_measured handled successfully."}))
}

/// Whether the text looks like `2024-05-01T21:30:00Z`; fractions and offsets may follow.
fn is_date_time(text: &str) -> bool {
    text.len() > SHAPE.len()
        && text
            .bytes()
            .zip(SHAPE)
            .all(|(byte, expected)| match expected {
                b'd' => byte.is_ascii_digit(),
                _ => byte.eq_ignore_ascii_case(expected),
            })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::test::{self, Outcome};

    fn measure(lumens: u32, sent_at: &str) -> Outcome {
        test::message("on_light_measured")
            .arg(json!({"lumens": lumens, "sentAt": sent_at}))
            .run::<Handlers>()
    }

    #[test]
    fn lamp_goes_on_at_dusk() {
        for (lumens, command) in [(0, "on"), (49, "on"), (50, "off"), (90_000, "off")] {
            let outcome = measure(lumens, "2024-05-01T21:30:00.5+02:00");
            assert_eq!(outcome.emits()[0].args.to_value()[0]["command"], command);
            assert_eq!(outcome.emits()[1].name, "on_light_measured_ack");
        }
    }

    #[test]
    fn time_must_be_a_date_time() {
        for sent_at in ["", "yesterday", "2024-05-01", "2024-05-01T21:30:00"] {
            assert!(measure(1, sent_at).rejection().is_some(), "{sent_at}");
        }
    }
}
