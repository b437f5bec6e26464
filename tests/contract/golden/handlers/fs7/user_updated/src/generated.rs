//! Types of the event `user_updated`, as fs7 example handlers 0.1.0 describes them.
//!
//! Written by `fs7 handlers` and written anew by every run: change the contract, not this file.
//! What a type cannot say, such as patterns and bounds, the host checks before a handler is called.
#![allow(
    dead_code,
    non_camel_case_types,
    unused_imports,
    clippy::all,
    reason = "names and shapes are the contract's, and not all of them are needed"
)]

use std::collections::BTreeMap;

use fs7_sdk::prelude::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserUpdatedPayload {
    pub user_id: String,
    /// Format: `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What every handler answers when it has accepted an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserUpdatedReply {
    pub status: UserUpdatedReplyStatus,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum UserUpdatedReplyStatus {
    #[serde(rename = "success")]
    Success,
}

/// What every handler answers when it has accepted an event.
pub type UserUpdatedAckPayload = UserUpdatedReply;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserGonePayload {
    pub user_id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotificationPayload {
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnOnOffPayload {
    pub command: TurnOnOffPayloadCommand,
    /// Format: `date-time`.
    #[serde(rename = "sentAt")]
    pub sent_at: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TurnOnOffPayloadCommand {
    #[serde(rename = "on")]
    On,
    #[serde(rename = "off")]
    Off,
}

/// The event `user_updated_ack`.
pub const USER_UPDATED_ACK: &str = "user_updated_ack";

/// Emits `user_updated_ack` to the sender.
/// The update was taken.
pub fn emit_user_updated_ack(
    context: &mut Context,
    payload: UserUpdatedAckPayload,
) -> Result<(), EffectError> {
    context.emit(USER_UPDATED_ACK, payload)
}

/// The event `user_gone`.
pub const USER_GONE: &str = "user_gone";

/// Emits `user_gone` to the sender.
/// Tells everyone else that a user has left.
pub fn emit_user_gone(
    context: &mut Context,
    payload: UserGonePayload,
) -> Result<(), EffectError> {
    context.emit(USER_GONE, payload)
}

/// The event `notification`.
pub const NOTIFICATION: &str = "notification";

/// Emits `notification` to the sender.
/// A notification for one connection, a room or everyone.
pub fn emit_notification(
    context: &mut Context,
    payload: NotificationPayload,
) -> Result<(), EffectError> {
    context.emit(NOTIFICATION, payload)
}

/// The event `turn_on_off`.
pub const TURN_ON_OFF: &str = "turn_on_off";

/// Emits `turn_on_off` to the sender.
/// Tells the light to go on or off.
pub fn emit_turn_on_off(
    context: &mut Context,
    payload: TurnOnOffPayload,
) -> Result<(), EffectError> {
    context.emit(TURN_ON_OFF, payload)
}

/// An example of the payload.
pub const EXAMPLE: &str = r#"{
  "user_id": "12345",
  "name": "Ann"
}"#;
