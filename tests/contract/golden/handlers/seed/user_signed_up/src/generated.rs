//! Types of the event `user_signed_up`, as FastSocket API 1.0.0 describes them.
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

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserSignedUpPayload {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// An example of the payload.
pub const EXAMPLE: &str = r#"{
  "user_id": "text",
  "email": "text"
}"#;
