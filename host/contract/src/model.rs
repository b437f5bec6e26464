//! The contract as the rest of fs7 reads it: one shape for AsyncAPI 2.0 to 2.6, 3.0 and 3.1, with
//! every `$ref` followed and every trait merged.

use serde_json::Value;

use crate::extension::Extension;
use crate::place::Place;

/// Version of the AsyncAPI specification that a document names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 2 or 3.
    pub major: u8,
    /// 0 to 6.
    pub minor: u8,
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.0", self.major, self.minor)
    }
}

/// A contract: what clients may send, what handlers answer and emit.
#[derive(Clone, Debug)]
pub struct Contract {
    /// The AsyncAPI version of the document it was read from.
    pub version: Version,
    /// `id`, where the document has one.
    pub id: Option<String>,
    /// `info`.
    pub info: Info,
    /// `defaultContentType`; `application/json` where the document names none.
    pub default_content_type: String,
    /// Servers, in the order of the document.
    pub servers: Vec<Server>,
    /// Channels, in the order of the document.
    pub channels: Vec<Channel>,
    /// Operations, in the order of the document.
    pub operations: Vec<Operation>,
    /// `components/schemas`, each self-contained.
    pub schemas: Vec<(String, Schema)>,
}

impl Contract {
    /// The channel of an operation.
    pub fn channel(&self, operation: &Operation) -> Option<&Channel> {
        self.channels.get(operation.channel)
    }
}

/// `info`.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// The contract's title.
    pub title: String,
    /// The contract's own version.
    pub version: String,
    /// CommonMark.
    pub description: Option<String>,
    /// Where the terms of service stand.
    pub terms_of_service: Option<String>,
    /// `contact` as the document has it.
    pub contact: Option<Value>,
    /// `license` as the document has it.
    pub license: Option<Value>,
    /// Tags of the whole document: in 3.x they stand in `info`, in 2.x at the top.
    pub tags: Vec<Tag>,
    /// `externalDocs`: in 3.x in `info`, in 2.x at the top.
    pub external_docs: Option<Value>,
}

/// A tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// CommonMark.
    pub description: Option<String>,
}

/// A server.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its key in `servers`.
    pub key: String,
    /// 3.x `host` with `pathname`; 2.x `url`.
    pub address: String,
    /// For example `ws`.
    pub protocol: String,
    /// Short words.
    pub title: Option<String>,
    /// CommonMark.
    pub description: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// A channel: where messages of an event travel.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its key in `channels`: in 2.x the address itself.
    pub key: String,
    /// The address: the Socket.IO event's name, maybe with `{parameters}`. None where 3.x says
    /// `null`: known only at run time.
    pub address: Option<String>,
    /// Short words.
    pub title: Option<String>,
    /// A sentence.
    pub summary: Option<String>,
    /// CommonMark.
    pub description: Option<String>,
    /// Parameters of the address.
    pub parameters: Vec<Parameter>,
    /// 3.x: all messages of the channel. 2.x: those of its operations.
    pub messages: Vec<Message>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// `bindings` as the document has them, references followed.
    pub bindings: Option<Value>,
    /// `x-fs7`.
    pub extension: Extension,
    /// Where it stands.
    pub place: Place,
}

/// A parameter of a channel's address.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name between the braces.
    pub name: String,
    /// CommonMark.
    pub description: Option<String>,
    /// Values it may take; empty: any.
    pub values: Vec<String>,
    /// Its default.
    pub default: Option<String>,
}

/// Who sends the messages of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Clients send, a handler answers: 3.x `receive`, 2.x `publish`.
    Receive,
    /// Handlers emit, clients receive: 3.x `send`, 2.x `subscribe`.
    Send,
}

impl Action {
    /// The word of AsyncAPI 3.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Send => "send",
        }
    }
}

/// An operation: one event in one direction.
#[derive(Clone, Debug)]
pub struct Operation {
    /// 3.x: its key in `operations`. 2.x: `operationId`, else the channel's key, with `_subscribe`
    /// where the channel has a `publish` too; always unique in a contract.
    pub id: String,
    /// Who sends.
    pub action: Action,
    /// Index of its channel in [`Contract::channels`].
    pub channel: usize,
    /// The Socket.IO namespace, from `x-fs7` of the operation, else of its channel, else `/`.
    pub namespace: String,
    /// The Socket.IO event's name: the channel's address, without one its key.
    pub event: String,
    /// Short words.
    pub title: Option<String>,
    /// A sentence.
    pub summary: Option<String>,
    /// CommonMark.
    pub description: Option<String>,
    /// The messages of the operation; in 3.x without `messages`, all of its channel.
    pub messages: Vec<Message>,
    /// The acknowledgement, where the operation has one.
    pub reply: Option<Reply>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// `bindings` as the document has them, references followed.
    pub bindings: Option<Value>,
    /// `x-fs7` of the operation laid over that of its channel.
    pub extension: Extension,
    /// Where it stands.
    pub place: Place,
}

impl Operation {
    /// Whether the event's name has `{parameters}`: clients then send it filled in.
    pub fn has_parameters(&self) -> bool {
        self.event.contains('{')
    }
}

/// The reply of an operation: what an ack carries.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Index of its channel, where it names one.
    pub channel: Option<usize>,
    /// Its messages; without `messages`, all of its channel.
    pub messages: Vec<Message>,
    /// Where it stands.
    pub place: Place,
}

/// A message: the payload of an event, with what the document says about it.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its key: in `components/messages` where it was referenced there, else in the channel; in
    /// 2.x `messageId` or `name` where it stands inline. Not unique.
    pub key: String,
    /// `name`.
    pub name: Option<String>,
    /// Short words.
    pub title: Option<String>,
    /// A sentence.
    pub summary: Option<String>,
    /// CommonMark.
    pub description: Option<String>,
    /// `contentType`, else the document's default.
    pub content_type: String,
    /// The payload's schema; none where the document gives none, or one in a language other
    /// than JSON Schema.
    pub payload: Option<Schema>,
    /// The headers' schema.
    pub headers: Option<Schema>,
    /// `schemaFormat` where it is not JSON Schema or AsyncAPI's own: the payload is not checked.
    pub foreign_format: Option<String>,
    /// Examples.
    pub examples: Vec<Example>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// `bindings` as the document has them, references followed.
    pub bindings: Option<Value>,
    /// Where it stands.
    pub place: Place,
}

/// An example of a message.
#[derive(Clone, Debug)]
pub struct Example {
    /// Its name.
    pub name: Option<String>,
    /// A sentence.
    pub summary: Option<String>,
    /// An example of the payload.
    pub payload: Option<Value>,
    /// An example of the headers.
    pub headers: Option<Value>,
    /// Where it stands.
    pub place: Place,
}

/// A JSON Schema (draft 7, as AsyncAPI says) that needs nothing around it: whatever the document
/// referenced stands under `definitions`, and every `$ref` reads `#/definitions/NAME`. A name is
/// the key under `components/schemas` (or the last part of the pointer, or the file's stem) made
/// unique with a number. Cycles stay references.
#[derive(Clone, Debug)]
pub struct Schema {
    /// An object or a boolean.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
}
