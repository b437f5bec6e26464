//! Messages over HTTP: to one connection or session, to a room, to everyone. They are checked as
//! handlers' emits are, and the answer says whom they did not reach.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::effect::{Emit, Exceptions, Target};
use crate::event::{self, Args, ConnectionId};
use crate::fact::Fact;
use crate::json;
use crate::limits::Limits;
use crate::outcome::{Code, Rejection};

use super::Gateway;
use super::hub::{Message, Namespace, Sending, TEXT_EVENT, one_argument};
use super::request::{Answer, Body, Found, InPath, Refused, check_room, invalid};
use super::rest::given;

/// What is to be sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order<'a> {
    event: Option<String>,
    /// The one argument; none where it is left out.
    #[serde(borrow, default, deserialize_with = "given")]
    data: Option<&'a RawValue>,
    /// All arguments.
    #[serde(borrow, default, deserialize_with = "given")]
    args: Option<&'a RawValue>,
    /// Instead of an event.
    text: Option<String>,
    namespace: Option<String>,
    #[serde(default)]
    except: Vec<String>,
    /// Whoever cannot take it now does not get it.
    #[serde(default)]
    volatile: bool,
}

/// Whom a message reached.
#[derive(Serialize)]
struct Report {
    total: usize,
    succeeded: usize,
    failed: usize,
    errors: Vec<Missed>,
}

/// One whom it did not.
#[derive(Serialize)]
struct Missed {
    id: String,
    message: &'static str,
}

impl Order<'_> {
    fn exceptions(&self) -> Exceptions {
        let except = self.except.iter();
        Exceptions {
            sockets: except.map(|id| ConnectionId::from_text(id)).collect(),
            ..Exceptions::default()
        }
    }

    /// Name and arguments, checked.
    fn content(&self, limits: &Limits) -> Result<(String, Args), Refused> {
        let (name, text) = match (&self.event, &self.text, self.data, self.args) {
            (Some(event), None, None, None) => (event.as_str(), "[]".to_owned()),
            (Some(event), None, Some(data), None) => (event.as_str(), format!("[{}]", data.get())),
            (Some(event), None, None, Some(args)) => (event.as_str(), args.get().to_owned()),
            (None, Some(text), None, None) => (TEXT_EVENT, one_argument(text)),
            _ => {
                return Err(invalid(
                    "expected `event` with `data`, `args` or neither, or else `text` alone",
                ));
            }
        };
        if name.is_empty() || name.len() > event::NAME_BYTES_MAX {
            let (max, found) = (event::NAME_BYTES_MAX, name.len());
            return Err(invalid(format!(
                "`event`: expected a name of 1 to {max} bytes, found {found}"
            )));
        }
        if event::is_reserved(name) {
            let message = format!("`{name}` is reserved: nobody may send it");
            return Err(Rejection::new(Code::ReservedEvent, message).into());
        }
        if text.len() > limits.output_bytes {
            let message = format!(
                "arguments of `{name}` take {} bytes, more than {} (limit `output_bytes`)",
                text.len(),
                limits.output_bytes
            );
            return Err(Rejection::at_limit(Code::TooLarge, "output_bytes", message).into());
        }
        json::check_array(&text).map_err(invalid)?;
        Ok((name.to_owned(), Args::from_text(text)))
    }
}

fn read(body: &[u8]) -> Result<Order<'_>, Refused> {
    serde_json::from_slice(body).map_err(|error| {
        invalid(format!(
            "expected {{\"event\": …, \"data\": …}} or {{\"text\": …}}, found: {error}"
        ))
    })
}

/// To one connection or session.
pub(super) async fn to_one(
    State(gateway): State<Arc<Gateway>>,
    InPath(id): InPath<String>,
    Body(body): Body,
) -> Answer {
    gateway.is_open()?;
    let order = read(&body)?;
    if !order.except.is_empty() {
        return Err(invalid("`except` is for rooms and for everyone"));
    }
    let Found { namespace, member } = gateway.find(&id, order.namespace.as_deref())?;
    send(
        &gateway,
        &namespace,
        Target::Socket(member.id.clone()),
        &order,
    )
}

/// To the members of a room.
pub(super) async fn to_room(
    State(gateway): State<Arc<Gateway>>,
    InPath(room): InPath<String>,
    Body(body): Body,
) -> Answer {
    gateway.is_open()?;
    check_room(&room)?;
    let order = read(&body)?;
    let namespace = gateway.namespace(order.namespace.as_deref())?;
    let target = Target::Room(room, order.exceptions());
    send(&gateway, &namespace, target, &order)
}

/// To everyone in a namespace.
pub(super) async fn to_everyone(State(gateway): State<Arc<Gateway>>, Body(body): Body) -> Answer {
    gateway.is_open()?;
    let order = read(&body)?;
    let namespace = gateway.namespace(order.namespace.as_deref())?;
    let target = Target::Everyone(order.exceptions());
    send(&gateway, &namespace, target, &order)
}

fn send(gateway: &Gateway, namespace: &Namespace, target: Target, order: &Order<'_>) -> Answer {
    let (name, args) = order.content(&gateway.settings.limits)?;
    let to = match &target {
        Target::Room(..) => "room",
        Target::Everyone(_) => "everyone",
        Target::Sender | Target::Socket(_) => "one",
    };
    let emit = Emit {
        target,
        name,
        args,
        is_volatile: order.volatile,
        surely_fits: false,
    };
    let host = &gateway.host;
    if let Some(contract) = &host.registry.table().contract {
        contract.admit_sent(&namespace.path, &emit, &host.facts)?;
    }
    let sending = deliver(gateway, namespace, &emit, order);
    host.facts.record(Fact::MessageSent {
        namespace: namespace.path.clone(),
        event: Arc::from(emit.name),
        to,
        total: sending.total,
        failed: sending.failed.len(),
    });
    Ok(report(sending))
}

/// Hands the message to the hub.
fn deliver(gateway: &Gateway, namespace: &Namespace, emit: &Emit, order: &Order<'_>) -> Sending {
    let hub = &gateway.sockets.hub;
    if let Some(text) = &order.text {
        return hub.send_text(namespace, &emit.target, text, order.volatile);
    }
    let message = Message::new(&emit.name, &emit.args);
    hub.send(namespace, &emit.target, None, &message, order.volatile)
}

fn report(sending: Sending) -> Response {
    let errors: Vec<_> = sending
        .failed
        .into_iter()
        .map(|(id, why)| Missed {
            id: id.to_string(),
            message: match why {
                "dropped" => "it cannot take it now, and the message is volatile",
                _ => "it has gone",
            },
        })
        .collect();
    Json(Report {
        total: sending.total,
        succeeded: sending.total.saturating_sub(errors.len()),
        failed: errors.len(),
        errors,
    })
    .into_response()
}
