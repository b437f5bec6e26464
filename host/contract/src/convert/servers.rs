//! Servers: 2.x has a URL, 3.0 host and path.

use serde_json::{Value, json};

use super::{Conversion, Object, copy, copy_extensions};

impl Conversion<'_> {
    pub(super) fn server(&mut self, old: &Object, at: &str) -> Value {
        let url = old.get("url").and_then(Value::as_str).unwrap_or_default();
        let rest = match url.split_once("://") {
            Some((scheme, rest)) => {
                if scheme.contains('{') {
                    let words = format!("the scheme `{scheme}` of a server is a variable");
                    self.warn(at, words, "write one server for each protocol");
                }
                rest
            }
            None => url,
        };
        let (host, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let mut new = Object::new();
        new.insert("host".into(), json!(host));
        if !path.is_empty() {
            new.insert("pathname".into(), json!(path));
        }
        copy(
            old,
            &mut new,
            &["protocol", "protocolVersion", "description", "variables"],
        );
        if let Some(security) = self.security(old.get("security"), at) {
            new.insert("security".into(), security);
        }
        copy(old, &mut new, &["tags", "bindings"]);
        copy_extensions(old, &mut new);
        Value::Object(new)
    }
}
