//! The left side of a comparison: schemas that all hold at once.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::super::reason::Types;
use super::view::{self, View};

/// One schema for each type, to split by.
static OF_TYPE: LazyLock<Vec<Value>> = LazyLock::new(|| {
    ["null", "boolean", "number", "string", "array", "object"]
        .iter()
        .map(|name| json!({ "type": name }))
        .collect()
});
/// Stands for the split by type among the addresses of the alternatives that were split.
const BY_TYPE: usize = 1;

/// What an alternative is called and where it stands among the others.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Label<'s> {
    pub(crate) name: Option<&'s str>,
    pub(crate) index: usize,
    pub(crate) count: usize,
}

impl<'s> Label<'s> {
    /// The label of the alternative at `index`.
    pub(crate) fn of(view: View<'s>, index: usize, count: usize) -> Self {
        let title = || view.get("title").and_then(Value::as_str);
        Self {
            name: view.reference_name().or_else(title),
            index,
            count,
        }
    }

    /// What to call it.
    pub(crate) fn words(self) -> String {
        match self.name {
            Some(name) => format!("`{name}`"),
            None => format!("number {} of {}", self.index + 1, self.count),
        }
    }

    /// Whether both are most likely the same alternative.
    pub(crate) fn matches(self, other: Self) -> bool {
        match (self.name, other.name) {
            (Some(one), Some(two)) => one == two,
            (None, None) => self.index == other.index && self.count == other.count,
            _ => false,
        }
    }
}

/// Schemas that all hold at once, references followed and `allOf` laid open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conjunction<'s> {
    pub(crate) views: Vec<View<'s>>,
    /// The alternatives that have been split already.
    pub(crate) split: Vec<usize>,
    /// Schemas that do not hold: the other branches of a `oneOf`.
    pub(crate) excluded: Vec<View<'s>>,
    /// The alternative that this is.
    pub(crate) label: Option<Label<'s>>,
}

impl<'s> Conjunction<'s> {
    /// One schema.
    pub(crate) fn of(view: View<'s>) -> Self {
        let mut conjunction = Self::default();
        conjunction.add(view);
        conjunction
    }

    /// The same with one more.
    pub(crate) fn and(&self, view: View<'s>) -> Self {
        let mut conjunction = self.clone();
        conjunction.add(view);
        conjunction
    }

    pub(crate) fn add(&mut self, view: View<'s>) {
        // A schema that refers nowhere says nothing here: it makes the left side only larger.
        let Some(view) = view.resolved() else { return };
        if view.accepts_all() || self.views.iter().any(|it| it.address() == view.address()) {
            return;
        }
        self.views.push(view);
        for part in view.schemas("allOf").into_iter().flatten() {
            self.add(part);
        }
    }

    /// Whether it is plain that no value fits.
    pub(crate) fn is_impossible(&self) -> bool {
        self.types().is_empty() || (self.views.iter()).any(|view| view.value == &Value::Bool(false))
    }

    /// The types that values may have.
    pub(crate) fn types(&self) -> Types {
        let declared = self.keyword("type");
        declared.fold(Types::ALL, |types, declared| types.both(types_of(declared)))
    }

    /// The values of a keyword in all the schemas.
    pub(crate) fn keyword<'c>(&'c self, name: &'c str) -> impl Iterator<Item = &'s Value> + 'c {
        self.views.iter().filter_map(move |view| view.get(name))
    }

    /// The only values there can be, where `enum` or `const` list them.
    pub(crate) fn finite(&self) -> Option<Vec<&'s Value>> {
        let mut lists = self.views.iter().filter_map(|view| listed(*view));
        let mut values = lists.next()?;
        for list in lists {
            values.retain(|value| list.contains(value));
        }
        let types = self.types();
        values.retain(|value| Types::of(value).is_within(types));
        Some(values)
    }

    pub(crate) fn addresses(&self) -> Vec<usize> {
        let mut addresses: Vec<_> = self.views.iter().map(|view| view.address()).collect();
        addresses.sort_unstable();
        addresses
    }

    /// One conjunction for each branch of the first `anyOf` or `oneOf` that is not split yet.
    pub(crate) fn split_once(&self) -> Option<Vec<Self>> {
        self.views.iter().find_map(|view| {
            let split = |keyword| self.split_by(*view, keyword);
            split("oneOf").or_else(|| split("anyOf"))
        })
    }

    fn split_by(&self, view: View<'s>, keyword: &str) -> Option<Vec<Self>> {
        let address = view::address(view.get(keyword)?);
        let branches = view.schemas(keyword)?;
        if self.split.contains(&address) {
            return None;
        }
        let count = branches.len();
        let branch = |(index, branch): (usize, &View<'s>)| {
            let mut conjunction = self.and(*branch);
            conjunction.split.push(address);
            conjunction.label = Some(Label::of(*branch, index, count));
            if keyword == "oneOf" {
                let others = branches.iter().enumerate().filter(|(it, _)| *it != index);
                conjunction.excluded.extend(others.map(|(_, other)| *other));
            }
            conjunction
        };
        Some(branches.iter().enumerate().map(branch).collect())
    }

    /// One conjunction for each type that values may have, where there are several.
    pub(crate) fn split_by_type(&self) -> Option<Vec<Self>> {
        if self.split.contains(&BY_TYPE) {
            return None;
        }
        let of_type = OF_TYPE.iter().map(|value| {
            let mut conjunction = self.and(View::root(value));
            conjunction.split.push(BY_TYPE);
            conjunction
        });
        let possible: Vec<_> = of_type.filter(|it| !it.is_impossible()).collect();
        (possible.len() > 1).then_some(possible)
    }
}

/// The values that `enum` and `const` of one schema leave.
pub(crate) fn listed<'s>(view: View<'s>) -> Option<Vec<&'s Value>> {
    let list = view.get("enum").and_then(Value::as_array);
    match (view.get("const"), list) {
        (Some(value), Some(list)) if !list.contains(value) => Some(Vec::new()),
        (Some(value), _) => Some(vec![value]),
        (None, Some(list)) => Some(list.iter().collect()),
        (None, None) => None,
    }
}

/// The types that the value of `type` allows.
pub(crate) fn types_of(declared: &Value) -> Types {
    match declared {
        Value::String(name) => Types::named(name),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .fold(Types::NONE, |types, name| types.or(Types::named(name))),
        _ => Types::ALL,
    }
}
