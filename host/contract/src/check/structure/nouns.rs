//! What the parts of a document are called in findings.

/// The noun of the definition that a path of a published schema runs through last; none where it
/// runs through none.
pub(super) fn of(schema_path: &str) -> Option<&'static str> {
    let (_, rest) = schema_path.rsplit_once("/definitions/")?;
    let name = rest.split('/').next().unwrap_or_default();
    if name.starts_with("bindings-") {
        return Some("these bindings");
    }
    let known = NOUNS.iter().find(|(known, _)| *known == name);
    Some(known.map_or("this object", |(_, noun)| noun))
}

const NOUNS: [(&str, &str); 57] = [
    (
        "APIKeyHTTPSecurityScheme",
        "a security scheme of type `httpApiKey`",
    ),
    (
        "BearerHTTPSecurityScheme",
        "a security scheme of type `http`",
    ),
    (
        "NonBearerHTTPSecurityScheme",
        "a security scheme of type `http`",
    ),
    ("Reference", "a reference"),
    ("ReferenceObject", "a reference"),
    (
        "SaslGssapiSecurityScheme",
        "a security scheme of type `gssapi`",
    ),
    (
        "SaslPlainSecurityScheme",
        "a security scheme of type `plain`",
    ),
    ("SaslScramSecurityScheme", "a SCRAM security scheme"),
    ("SecurityRequirement", "a security requirement"),
    ("X509", "a security scheme of type `X509`"),
    ("apiKey", "a security scheme of type `apiKey`"),
    (
        "asymmetricEncryption",
        "a security scheme of type `asymmetricEncryption`",
    ),
    ("avroSchema_v1", "an Avro schema"),
    ("bindingsObject", "bindings"),
    ("channel", "a channel"),
    ("channelBindingsObject", "channel bindings"),
    ("channelItem", "a channel"),
    ("channelMessages", "the messages of a channel"),
    ("channels", "channels"),
    ("components", "`components`"),
    ("contact", "a contact"),
    ("correlationId", "a correlation id"),
    ("externalDocs", "external documentation"),
    ("info", "`info`"),
    ("infoExtensions", "`info`"),
    ("json-schema-draft-07-schema", "a schema"),
    ("license", "a licence"),
    ("message", "a message"),
    ("messageBindingsObject", "message bindings"),
    ("messageExampleObject", "an example of a message"),
    ("messageObject", "a message"),
    ("messageTrait", "a message trait"),
    ("messages", "messages"),
    ("multiFormatSchema", "a schema with `schemaFormat`"),
    ("oauth2Flow", "an OAuth 2 flow"),
    ("oauth2Flows", "a security scheme of type `oauth2`"),
    ("oauth2Scopes", "OAuth 2 scopes"),
    ("openIdConnect", "a security scheme of type `openIdConnect`"),
    ("openapiSchema_3_0", "an OpenAPI schema"),
    ("operation", "an operation"),
    ("operationBindingsObject", "operation bindings"),
    ("operationReply", "a reply"),
    ("operationReplyAddress", "the address of a reply"),
    ("operationTrait", "an operation trait"),
    ("operations", "operations"),
    ("parameter", "a parameter"),
    ("parameters", "parameters"),
    ("schema", "a schema"),
    ("schemas", "schemas"),
    ("securityRequirements", "security requirements"),
    ("server", "a server"),
    ("serverBindingsObject", "server bindings"),
    ("serverVariable", "a server variable"),
    ("serverVariables", "server variables"),
    (
        "symmetricEncryption",
        "a security scheme of type `symmetricEncryption`",
    ),
    ("tag", "a tag"),
    ("userPassword", "a security scheme of type `userPassword`"),
];
