//! Lists: by position, with enough items, and with items that differ where they must.

use serde_json::{Map, Value};

use super::{Maker, OPTIONAL_DEPTH_MAX, Optional};

/// Most items that are made up.
const ITEMS_MAX: usize = 1_000;

impl Maker<'_> {
    pub(super) fn array(&mut self, words: &Map<String, Value>, depth: usize) -> Option<Value> {
        let count = |word: &str| {
            let count = words.get(word)?.as_f64()?;
            (count >= 0.0).then_some(count as usize)
        };
        let least = count("minItems").unwrap_or(0);
        let most = count("maxItems").unwrap_or(ITEMS_MAX).min(ITEMS_MAX);
        if least > most {
            return None;
        }
        let wanted = if self.optional == Optional::Told && depth < OPTIONAL_DEPTH_MAX {
            least.max(1).min(most)
        } else {
            least
        };
        let mut items = Vec::new();
        if let Some(contains) = words.get("contains") {
            let found = self.make(contains, depth + 1)?;
            items.push(found);
        }
        let rest = words.get("additionalItems");
        let positions = words.get("items").and_then(Value::as_array);
        let wanted = positions.map_or(wanted, |positions| {
            // Every position is shown, as far as the list may be that long.
            wanted.max(positions.len()).min(most).max(least)
        });
        let unique = words.get("uniqueItems") == Some(&Value::Bool(true));
        let every = words.get("items").filter(|items| !items.is_array());
        let anything = Value::Bool(true);
        while items.len() < wanted {
            let index = items.len();
            let schema = match positions {
                Some(positions) => positions.get(index).or(rest),
                None => every,
            };
            let schema = schema.unwrap_or(&anything);
            match self.item(schema, depth, unique, &items) {
                Some(item) => items.push(item),
                None if items.len() >= least => break,
                None => return None,
            }
        }
        Some(Value::Array(items))
    }

    /// An item; one that is not there yet where all must differ.
    fn item(
        &mut self,
        schema: &Value,
        depth: usize,
        unique: bool,
        before: &[Value],
    ) -> Option<Value> {
        if !unique {
            return self.make(schema, depth + 1);
        }
        let number = self.number;
        let mut found = None;
        for more in 0..=before.len() {
            self.number = number + more;
            let item = self.make(schema, depth + 1);
            found = item.filter(|item| !before.contains(item));
            if found.is_some() {
                break;
            }
        }
        self.number = number;
        found
    }
}
