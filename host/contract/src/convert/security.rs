//! Security: 2.x names schemes with scopes, 3.0 refers to schemes.

use serde_json::{Value, json};

use super::{Conversion, Object};
use crate::emit;

impl Conversion<'_> {
    /// A list of requirements, of which one must hold.
    pub(super) fn security(&mut self, old: Option<&Value>, at: &str) -> Option<Value> {
        let at = format!("{at}/security");
        let mut new = Vec::new();
        for requirement in old?.as_array()? {
            let Value::Object(names) = requirement else {
                continue;
            };
            match names.len() {
                0 => self.warn(
                    &at,
                    "`{}` allows to go without security, which 3.0 cannot say",
                    "say it in the description",
                ),
                1 => {}
                _ => self.warn(
                    &at,
                    "several schemes that must hold at once become schemes of which one must hold",
                    "say in the description that all of them are needed",
                ),
            }
            for (name, scopes) in names {
                new.push(self.requirement(name, scopes));
            }
        }
        Some(Value::Array(new))
    }

    fn requirement(&self, name: &str, scopes: &Value) -> Value {
        let reference = emit::reference(&["components", "securitySchemes", name]);
        let has_scopes = scopes.as_array().is_some_and(|scopes| !scopes.is_empty());
        let found = self
            .source
            .pointer("/components/securitySchemes")
            .and_then(|all| all.get(name));
        match found.map(|found| self.resolved(found, "").0) {
            // Scopes belong to the scheme in 3.0, so this use gets a scheme of its own.
            Some(Value::Object(found)) if has_scopes => {
                let mut own = scheme(found);
                if let Value::Object(own) = &mut own {
                    own.insert("scopes".into(), scopes.clone());
                }
                own
            }
            _ => json!({ "$ref": reference }),
        }
    }
}

/// A scheme: `scopes` of a flow are `availableScopes` in 3.0.
pub(super) fn scheme(old: &Object) -> Value {
    let mut new = old.clone();
    if let Some(Value::Object(flows)) = new.get_mut("flows") {
        for flow in flows.values_mut().filter_map(Value::as_object_mut) {
            let renamed = std::mem::take(flow).into_iter().map(|(key, value)| {
                let key = if key == "scopes" {
                    "availableScopes".to_owned()
                } else {
                    key
                };
                (key, value)
            });
            *flow = renamed.collect();
        }
    }
    Value::Object(new)
}
