//! The contract of the benchmarks: the seed's event with its acknowledgement and its emit, so that
//! every direction has something to check.

use std::path::Path;

use fs7::config::settings::{ContractSettings, Mode};

/// The contract's file.
pub(crate) const FILE: &str = "asyncapi.yaml";

/// The event of the seed, as its readme describes it.
const TEXT: &str = r##"
asyncapi: 3.0.0
info: {title: Benchmark, version: 1.0.0}
channels:
  userSignedUp:
    address: user_signed_up
    messages: {signedUp: {payload: {$ref: "#/components/schemas/User"}}}
  reply:
    address: null
    messages: {status: {payload: {$ref: "#/components/schemas/Status"}}}
  userSignedUpAck:
    address: user_signed_up_ack
    messages: {told: {payload: {$ref: "#/components/schemas/Status"}}}
operations:
  receiveUserSignedUp:
    action: receive
    channel: {$ref: "#/channels/userSignedUp"}
    reply: {channel: {$ref: "#/channels/reply"}}
  sendUserSignedUpAck:
    action: send
    channel: {$ref: "#/channels/userSignedUpAck"}
components:
  schemas:
    User:
      type: object
      properties:
        user_id: {type: string, description: Unique identifier of the user}
        email: {type: string, format: email}
      required: [user_id, email]
    Status:
      type: object
      properties:
        status: {type: string, enum: [success, error]}
        message: {type: string}
      required: [status, message]
"##;

/// Which directions are checked, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// None.
    Nothing,
    /// What clients send, strictly.
    Inbound,
    /// As the defaults have it: strictly what clients send, the rest with warnings.
    Defaults,
    /// All of them, strictly.
    Everything,
    /// All of them, with warnings.
    Warned,
}

impl Checked {
    pub(crate) fn rules(self) -> ContractSettings {
        let (inbound, others) = match self {
            Self::Nothing => (Mode::Off, Mode::Off),
            Self::Inbound => (Mode::Strict, Mode::Off),
            Self::Defaults => (Mode::Strict, Mode::Warn),
            Self::Everything => (Mode::Strict, Mode::Strict),
            Self::Warned => (Mode::Warn, Mode::Warn),
        };
        ContractSettings {
            inbound,
            outbound: others,
            ack: others,
            ..ContractSettings::default()
        }
    }
}

/// Writes the contract to where [`super::settings`] has it.
pub(crate) fn write(directory: &Path) {
    std::fs::write(directory.join(FILE), TEXT).unwrap();
}

/// The same for another event, which answers as it likes.
pub(crate) fn write_for(directory: &Path, event: &str) {
    let text = TEXT.replace("address: user_signed_up\n", &format!("address: {event}\n"));
    std::fs::write(directory.join(FILE), text).unwrap();
}
