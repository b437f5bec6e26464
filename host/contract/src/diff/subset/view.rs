//! A schema within the document that its references point into.

use serde_json::Value;

/// References that lead to references, at most.
const HOPS_MAX: usize = 64;

/// A schema and what its `$ref` are relative to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'s> {
    pub(crate) value: &'s Value,
    pub(crate) root: &'s Value,
}

impl<'s> View<'s> {
    /// A whole schema.
    pub(crate) fn root(value: &'s Value) -> Self {
        Self { value, root: value }
    }

    /// Another schema of the same document.
    pub(crate) fn with(self, value: &'s Value) -> Self {
        Self { value, ..self }
    }

    pub(crate) fn get(self, keyword: &str) -> Option<&'s Value> {
        self.value.get(keyword)
    }

    /// The schema of a keyword whose value is one.
    pub(crate) fn schema(self, keyword: &str) -> Option<Self> {
        self.get(keyword).map(|value| self.with(value))
    }

    /// The schemas of a keyword whose value is a list of them.
    pub(crate) fn schemas(self, keyword: &str) -> Option<Vec<Self>> {
        let list = self.get(keyword)?.as_array()?;
        Some(list.iter().map(|value| self.with(value)).collect())
    }

    /// The name of the definition that the schema refers to.
    pub(crate) fn reference_name(self) -> Option<&'s str> {
        self.get("$ref")?.as_str()?.rsplit('/').next()
    }

    /// The schema with its `$ref` followed: in draft 7, nothing beside a `$ref` counts. None for
    /// one that leads nowhere.
    pub(crate) fn resolved(self) -> Option<Self> {
        let mut view = self;
        for _ in 0..HOPS_MAX {
            let Some(reference) = view.get("$ref").and_then(Value::as_str) else {
                return Some(view);
            };
            let pointer = crate::bundle::decode(reference.strip_prefix('#')?);
            view = view.with(view.root.pointer(&pointer)?);
        }
        None
    }

    /// Whether it holds nothing that could refuse a value.
    pub(crate) fn accepts_all(self) -> bool {
        match self.value {
            Value::Bool(accepts) => *accepts,
            Value::Object(members) => members.is_empty(),
            _ => true,
        }
    }

    pub(crate) fn has_reference(self) -> bool {
        has_reference(self.value)
    }

    pub(crate) fn address(self) -> usize {
        address(self.value)
    }
}

/// What tells a value from another one that reads the same.
pub(crate) fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

fn has_reference(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_reference),
        Value::Object(members) => {
            members.get("$ref").is_some_and(Value::is_string) || members.values().any(has_reference)
        }
        _ => false,
    }
}
