//! What stands where in an AsyncAPI document, as far as references are concerned: which values
//! may be references, what they would refer to, and which values are data that only look alike.

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Document,
    Info,
    Components,
    Server,
    ServerVariable,
    SecurityScheme,
    Channel,
    Parameter,
    Operation,
    OperationTrait,
    Reply,
    ReplyAddress,
    Message,
    MessageTrait,
    CorrelationId,
    Schema,
    Tag,
    ExternalDocs,
    ServerBindings,
    ChannelBindings,
    OperationBindings,
    MessageBindings,
    /// Inside of bindings: objects with schemas among them.
    Binding,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// An object, or a reference to one.
    One(Kind),
    /// An object whose keys are names.
    Map(Kind),
    /// A list.
    List(Kind),
    /// Whatever the author wrote: a `$ref` in it is none.
    Data,
}

impl Form {
    /// The form of a member of an object of this form.
    pub(crate) fn member(self, key: &str) -> Self {
        match self {
            Self::One(kind) => kind.member(key),
            Self::Map(kind) | Self::List(kind) => Self::One(kind),
            Self::Data => Self::Data,
        }
    }

    /// The form of an item of a list of this form.
    pub(crate) fn item(self) -> Self {
        match self {
            Self::List(kind) | Self::One(kind) => Self::One(kind),
            Self::Map(_) | Self::Data => Self::Data,
        }
    }
}

impl Kind {
    /// The object under `components` for such values. Some are there since 3.0 only, which does
    /// not matter: in 2.x they cannot be references.
    pub(crate) fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::Server => "servers",
            Self::ServerVariable => "serverVariables",
            Self::SecurityScheme => "securitySchemes",
            Self::Channel => "channels",
            Self::Parameter => "parameters",
            Self::Operation => "operations",
            Self::OperationTrait => "operationTraits",
            Self::Reply => "replies",
            Self::ReplyAddress => "replyAddresses",
            Self::Message => "messages",
            Self::MessageTrait => "messageTraits",
            Self::CorrelationId => "correlationIds",
            Self::Schema | Self::Binding => "schemas",
            Self::Tag => "tags",
            Self::ExternalDocs => "externalDocs",
            Self::ServerBindings => "serverBindings",
            Self::ChannelBindings => "channelBindings",
            Self::OperationBindings => "operationBindings",
            Self::MessageBindings => "messageBindings",
            Self::Document | Self::Info | Self::Components => return None,
        })
    }

    /// The kind of what stands in a section of `components`.
    fn of_section(section: &str) -> Option<Self> {
        const ALL: [Kind; 19] = [
            Kind::Server,
            Kind::ServerVariable,
            Kind::SecurityScheme,
            Kind::Channel,
            Kind::Parameter,
            Kind::Operation,
            Kind::OperationTrait,
            Kind::Reply,
            Kind::ReplyAddress,
            Kind::Message,
            Kind::MessageTrait,
            Kind::CorrelationId,
            Kind::Schema,
            Kind::Tag,
            Kind::ExternalDocs,
            Kind::ServerBindings,
            Kind::ChannelBindings,
            Kind::OperationBindings,
            Kind::MessageBindings,
        ];
        ALL.into_iter().find(|kind| kind.section() == Some(section))
    }

    fn member(self, key: &str) -> Form {
        use Form::{Data, List, Map, One};
        if key.starts_with("x-") && self != Self::Binding {
            return Data;
        }
        match (self, key) {
            (Self::Document, "info") => One(Self::Info),
            (Self::Document, "components") => One(Self::Components),
            (Self::Document, "servers") => Map(Self::Server),
            (Self::Document, "channels") => Map(Self::Channel),
            (Self::Document, "operations") => Map(Self::Operation),
            (Self::Components, section) => Self::of_section(section).map_or(Data, Map),
            (Self::Server, "variables") => Map(Self::ServerVariable),
            (Self::Server, "bindings") => One(Self::ServerBindings),
            (Self::Channel, "publish" | "subscribe") => One(Self::Operation),
            (Self::Channel, "messages") => Map(Self::Message),
            (Self::Channel, "parameters") => Map(Self::Parameter),
            (Self::Channel, "servers") => List(Self::Server),
            (Self::Channel, "bindings") => One(Self::ChannelBindings),
            (Self::Parameter, "schema") => One(Self::Schema),
            (Self::Operation | Self::Reply, "channel") => One(Self::Channel),
            (Self::Operation | Self::Reply, "messages") => List(Self::Message),
            (Self::Operation, "message") => One(Self::Message),
            (Self::Operation, "reply") => One(Self::Reply),
            (Self::Operation, "traits") => List(Self::OperationTrait),
            (Self::Operation | Self::OperationTrait, "bindings") => One(Self::OperationBindings),
            (Self::Operation | Self::OperationTrait | Self::Server, "security") => {
                List(Self::SecurityScheme)
            }
            (Self::Reply, "address") => One(Self::ReplyAddress),
            (Self::Message, "oneOf") => List(Self::Message),
            (Self::Message, "traits") => List(Self::MessageTrait),
            (Self::Message, "payload") => One(Self::Schema),
            (Self::Message | Self::MessageTrait, "headers") => One(Self::Schema),
            (Self::Message | Self::MessageTrait, "correlationId") => One(Self::CorrelationId),
            (Self::Message | Self::MessageTrait, "bindings") => One(Self::MessageBindings),
            (Self::Schema, keyword) => schema_member(keyword),
            (
                Self::ServerBindings
                | Self::ChannelBindings
                | Self::OperationBindings
                | Self::MessageBindings
                | Self::Binding,
                _,
            ) => One(Self::Binding),
            (_, "tags") => List(Self::Tag),
            (_, "externalDocs") => One(Self::ExternalDocs),
            _ => Data,
        }
    }
}

fn schema_member(keyword: &str) -> Form {
    use Kind::{ExternalDocs, Schema};
    match keyword {
        "allOf" | "anyOf" | "oneOf" => Form::List(Schema),
        "properties" | "patternProperties" | "definitions" | "$defs" | "dependencies"
        | "dependentSchemas" => Form::Map(Schema),
        // `items` may be a list; `schema` is the inside of a multi-format schema object.
        "items"
        | "additionalItems"
        | "additionalProperties"
        | "contains"
        | "not"
        | "if"
        | "then"
        | "else"
        | "propertyNames"
        | "schema"
        | "prefixItems"
        | "unevaluatedProperties"
        | "unevaluatedItems" => Form::One(Schema),
        "externalDocs" => Form::One(ExternalDocs),
        _ => Form::Data,
    }
}
