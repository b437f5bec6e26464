//! Which objects stand where.

use super::Kind;
use crate::bundle::At;
use crate::model::Version;

type Child = (&'static [&'static str], Kind);

/// The objects within an object of a kind.
pub(super) fn children(kind: Kind, version: Version) -> &'static [Child] {
    if version.major == 2 {
        children_2(kind)
    } else {
        children_3(kind)
    }
}

fn children_2(kind: Kind) -> &'static [Child] {
    match kind {
        Kind::Root => &[
            (&["info"], Kind::Info),
            (&["servers", "*"], Kind::Server),
            (&["channels", "*"], Kind::Channel),
            (&["tags", "*"], Kind::Tag),
            (&["components", "servers", "*"], Kind::Server),
            (&["components", "serverVariables", "*"], Kind::Variable),
            (&["components", "channels", "*"], Kind::Channel),
            (&["components", "messages", "*"], Kind::Message),
            (&["components", "messageTraits", "*"], Kind::MessageTrait),
            (
                &["components", "operationTraits", "*"],
                Kind::OperationTrait,
            ),
            (&["components", "parameters", "*"], Kind::Parameter),
            (&["components", "securitySchemes", "*"], Kind::Scheme),
            (&["components", "schemas", "*"], Kind::Schema),
        ],
        Kind::Server => &[
            (&["variables", "*"], Kind::Variable),
            (&["tags", "*"], Kind::Tag),
        ],
        Kind::Channel => &[
            (&["publish"], Kind::Operation),
            (&["subscribe"], Kind::Operation),
            (&["parameters", "*"], Kind::Parameter),
        ],
        Kind::Parameter => &[(&["schema"], Kind::Schema)],
        Kind::Operation => &[
            (&["message"], Kind::Message),
            (&["traits", "*"], Kind::OperationTrait),
            (&["tags", "*"], Kind::Tag),
        ],
        Kind::OperationTrait => &[(&["tags", "*"], Kind::Tag)],
        Kind::Message => &[
            (&["oneOf", "*"], Kind::Message),
            (&["payload"], Kind::Schema),
            (&["headers"], Kind::Schema),
            (&["traits", "*"], Kind::MessageTrait),
            (&["tags", "*"], Kind::Tag),
        ],
        Kind::MessageTrait => &[(&["headers"], Kind::Schema), (&["tags", "*"], Kind::Tag)],
        _ => &[],
    }
}

fn children_3(kind: Kind) -> &'static [Child] {
    match kind {
        Kind::Root => &[
            (&["info"], Kind::Info),
            (&["servers", "*"], Kind::Server),
            (&["channels", "*"], Kind::Channel),
            (&["operations", "*"], Kind::Operation),
            (&["components", "servers", "*"], Kind::Server),
            (&["components", "serverVariables", "*"], Kind::Variable),
            (&["components", "channels", "*"], Kind::Channel),
            (&["components", "operations", "*"], Kind::Operation),
            (&["components", "replies", "*"], Kind::Reply),
            (&["components", "messages", "*"], Kind::Message),
            (&["components", "messageTraits", "*"], Kind::MessageTrait),
            (
                &["components", "operationTraits", "*"],
                Kind::OperationTrait,
            ),
            (&["components", "parameters", "*"], Kind::Parameter),
            (&["components", "securitySchemes", "*"], Kind::Scheme),
            (&["components", "schemas", "*"], Kind::Schema),
            (&["components", "tags", "*"], Kind::Tag),
        ],
        Kind::Info => &[(&["tags", "*"], Kind::Tag)],
        Kind::Server => &[
            (&["variables", "*"], Kind::Variable),
            (&["security", "*"], Kind::Scheme),
            (&["tags", "*"], Kind::Tag),
        ],
        Kind::Channel => &[
            (&["servers", "*"], Kind::Server),
            (&["messages", "*"], Kind::Message),
            (&["parameters", "*"], Kind::Parameter),
            (&["tags", "*"], Kind::Tag),
        ],
        Kind::Operation => &[
            (&["channel"], Kind::Channel),
            (&["messages", "*"], Kind::Message),
            (&["reply"], Kind::Reply),
            (&["traits", "*"], Kind::OperationTrait),
            (&["security", "*"], Kind::Scheme),
            (&["tags", "*"], Kind::Tag),
        ],
        Kind::OperationTrait => &[
            (&["security", "*"], Kind::Scheme),
            (&["tags", "*"], Kind::Tag),
        ],
        Kind::Reply => &[
            (&["channel"], Kind::Channel),
            (&["messages", "*"], Kind::Message),
        ],
        Kind::Message => &[
            (&["payload"], Kind::Schema),
            (&["headers"], Kind::Schema),
            (&["traits", "*"], Kind::MessageTrait),
            (&["tags", "*"], Kind::Tag),
        ],
        Kind::MessageTrait => &[(&["headers"], Kind::Schema), (&["tags", "*"], Kind::Tag)],
        _ => &[],
    }
}

/// Where schemas stand within a schema (draft 7).
pub(super) const SUBSCHEMAS: &[&[&str]] = &[
    &["additionalItems"],
    &["additionalProperties"],
    &["allOf", "*"],
    &["anyOf", "*"],
    &["contains"],
    &["definitions", "*"],
    &["dependencies", "*"],
    &["else"],
    &["if"],
    &["items"],
    &["items", "*"],
    &["not"],
    &["oneOf", "*"],
    &["patternProperties", "*"],
    &["properties", "*"],
    &["propertyNames"],
    &["then"],
];

/// Whether the object says which language its schema has (3.x).
pub(in crate::check) fn is_multi_format(at: &At<'_>) -> bool {
    at.node.get("schema").is_some() && at.node.get("schemaFormat").is_some()
}

/// Whether a `schemaFormat` is JSON Schema draft 7 or AsyncAPI's superset of it.
pub(in crate::check) fn is_json_schema(format: &str) -> bool {
    let name = media_type(format);
    name.starts_with("application/vnd.aai.asyncapi")
        || name == "application/schema+json"
        || name == "application/schema+yaml"
}

/// Whether a `schemaFormat` is one that AsyncAPI names, or that its official tools read.
pub(in crate::check) fn is_known(format: &str) -> bool {
    const OTHERS: [&str; 5] = [
        "application/vnd.oai.openapi",
        "application/vnd.apache.avro",
        "application/raml",
        "application/vnd.google.protobuf",
        "application/x-protobuf",
    ];
    let name = media_type(format);
    is_json_schema(format) || OTHERS.iter().any(|known| name.starts_with(known))
}

fn media_type(format: &str) -> &str {
    format.split(';').next().unwrap_or_default().trim()
}
