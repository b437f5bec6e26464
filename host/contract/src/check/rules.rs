//! The table of rules: every name that a finding may carry.

use crate::diagnostic::Severity;

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable, lower case with hyphens.
    pub name: &'static str,
    /// How bad a finding of it is.
    pub severity: Severity,
    /// What it asks for, in one sentence.
    pub sentence: &'static str,
}

const fn error(name: &'static str, sentence: &'static str) -> Rule {
    Rule {
        name,
        severity: Severity::Error,
        sentence,
    }
}

const fn warning(name: &'static str, sentence: &'static str) -> Rule {
    Rule {
        name,
        severity: Severity::Warning,
        sentence,
    }
}

/// All rules: those of text and files, those of the form, those of the meaning.
pub const RULES: &[Rule] = &[
    error(
        "invalid-yaml",
        "The file is YAML 1.2: one document, spaces for indentation.",
    ),
    error(
        "invalid-json",
        "The file is JSON as RFC 8259 has it: no comments, no trailing commas.",
    ),
    error("empty-document", "The file has something in it."),
    error("duplicate-key", "No key stands twice in an object."),
    error(
        "too-large",
        "A file has at most 8 MiB, 100 levels and 500,000 values with its aliases expanded.",
    ),
    error("too-many-files", "A document spans at most 256 files."),
    error(
        "unreadable-file",
        "The file is there, may be read, and is UTF-8 text.",
    ),
    error("not-asyncapi", "The file holds an object with `asyncapi`."),
    error(
        "unknown-version",
        "`asyncapi` is a version that fs7 reads, as text: 2.0.0 to 2.6.0, 3.0.0, 3.1.0.",
    ),
    error("unresolved-reference", "A `$ref` leads to a value."),
    error(
        "reference-cycle",
        "References reach a value and do not go round in a circle.",
    ),
    error(
        "reference-outside-folder",
        "Files that are referenced lie below the folder of the document.",
    ),
    error(
        "remote-reference",
        "A `$ref` names a file or a place in one; nothing is fetched from the network.",
    ),
    error(
        "reference-not-allowed",
        "A `$ref` stands only where AsyncAPI allows one.",
    ),
    error(
        "reference-to-other-kind",
        "A `$ref` leads to an object of the kind that belongs into its place.",
    ),
    error(
        "unknown-field",
        "An object has only fields that AsyncAPI names, or such as begin with `x-`.",
    ),
    error(
        "missing-field",
        "An object has the fields that AsyncAPI requires.",
    ),
    error(
        "wrong-type",
        "A value has the type that its place asks for.",
    ),
    error(
        "not-allowed-value",
        "A value is one of those that its place allows.",
    ),
    error(
        "bad-name",
        "A key is a name as its place asks for: a regular expression, an address.",
    ),
    error("pattern", "A text looks as its place asks for."),
    error(
        "format",
        "A text is the URI, e-mail address or regular expression that its place asks for.",
    ),
    error("too-few", "A list, text or object is not too short."),
    error("too-many", "A list, text or object is not too long."),
    error(
        "out-of-range",
        "A number is in the range that its place allows.",
    ),
    error(
        "duplicate-item",
        "No item stands twice in a list of different things.",
    ),
    error(
        "invalid-schema",
        "A schema can be compiled: its regular expressions are not larger than 10 MiB when compiled, for example.",
    ),
    error(
        "unknown-schema-format",
        "`schemaFormat` names a language of schemas that AsyncAPI knows.",
    ),
    error(
        "example-mismatch",
        "Examples of a message fit its payload and headers (2.x).",
    ),
    error(
        "schema-example-mismatch",
        "Examples of a schema fit it (2.x).",
    ),
    error(
        "default-mismatch",
        "A default fits its schema, or is one of the values beside it.",
    ),
    error(
        "undefined-variable",
        "`variables` of a server has every variable of its address.",
    ),
    error(
        "unused-variable",
        "`variables` of a server has no other than those of its address.",
    ),
    error(
        "undefined-parameter",
        "`parameters` of a channel has every parameter of its address.",
    ),
    error(
        "unused-parameter",
        "`parameters` of a channel has no other than those of its address.",
    ),
    error(
        "query-in-address",
        "The address of a channel has no query and no fragment.",
    ),
    error(
        "undefined-server",
        "A channel names servers of the document.",
    ),
    error(
        "undefined-security-scheme",
        "A security requirement names a scheme of the document.",
    ),
    error(
        "undefined-scope",
        "A scope belongs to a flow of its security scheme.",
    ),
    error(
        "channel-not-in-document",
        "An operation and its reply name channels of the document, not of its components.",
    ),
    error(
        "message-not-in-channel",
        "An operation and its reply name messages of their channel, through it.",
    ),
    error(
        "duplicate-operation-id",
        "An `operationId` stands in the document once.",
    ),
    error(
        "duplicate-message-id",
        "A `messageId` stands in the document once.",
    ),
    error(
        "duplicate-tag",
        "The tags of an object have different names.",
    ),
    warning(
        "remote-reference-unread",
        "A `$ref` to the network in bindings, or in a schema that fs7 does not read, is left alone.",
    ),
    warning(
        "doubtful-default",
        "A default within a schema fits its part of it.",
    ),
    warning(
        "doubtful-example",
        "An example fits its schema, also where the official tool does not look: within a schema, and in 3.x.",
    ),
    warning(
        "undescribed-variables",
        "A server whose address has variables describes them.",
    ),
    warning(
        "undescribed-parameters",
        "A channel whose address has parameters describes them.",
    ),
    warning("empty-parameter", "Braces in an address hold a name."),
    warning("trailing-slash", "An address does not end with a slash."),
    warning("reply-without-channel", "A reply names its channel."),
    warning(
        "duplicate-event",
        "One operation is about an event of a namespace in one direction.",
    ),
    warning(
        "reserved-event",
        "No event has a name that Socket.IO keeps for itself.",
    ),
    warning(
        "misplaced-extension",
        "`x-fs7` stands in a channel or an operation.",
    ),
    warning(
        "extension-without-effect",
        "A member of `x-fs7` stands in an operation of the direction that heeds it.",
    ),
    warning(
        "recommended-field",
        "A document of AsyncAPI 2 has the fields that the official tool recommends.",
    ),
    warning(
        "operation-without-handler",
        "A handler serves every operation that receives.",
    ),
    warning(
        "handler-without-operation",
        "An operation names every event that a handler serves.",
    ),
];

/// The rule of a name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}
