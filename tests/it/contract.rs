//! The contract at run time: what clients, handlers and acknowledgements may carry, and how a
//! contract comes into force.

mod extension;
mod inbound;
mod life;
mod outbound;
mod reload;
mod unknown;

use fs7_tests::launch::Launch;

use crate::launch;

/// `say` with an acknowledgement, and the emit `said`.
const CONTRACT: &str = r##"
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels:
  say:
    address: say
    messages: {order: {payload: {$ref: "#/components/schemas/Order"}}}
  said:
    address: said
    messages: {said: {payload: {$ref: "#/components/schemas/Said"}}}
  answer:
    address: null
    messages: {answer: {payload: {$ref: "#/components/schemas/Answer"}}}
operations:
  say:
    action: receive
    channel: {$ref: "#/channels/say"}
    reply: {channel: {$ref: "#/channels/answer"}}
  said:
    action: send
    channel: {$ref: "#/channels/said"}
components:
  schemas:
    Order:
      type: object
      properties:
        to: {type: string, format: email}
        count: {type: integer, minimum: 1}
      required: [to]
    Said:
      type: object
      properties:
        text: {type: string}
      required: [text]
      additionalProperties: false
    Answer:
      type: object
      properties:
        done: {type: boolean}
      required: [done]
"##;

/// A server that obeys, with that contract and lines under `[contract]`.
pub(crate) fn obeying(rules: &str) -> Launch {
    launch()
        .guest("obeys")
        .file("asyncapi.yaml", CONTRACT)
        .settings(&format!("[contract]\n{rules}"))
}
