//! What is called included must be included: held against random schemas and values.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod small;

use serde_json::{Value, json};

use super::subset::{Conjunction, Subset, View};

/// A small generator of numbers: the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % sides
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }

    fn value(&mut self, depth: u32) -> Value {
        let kinds = if depth == 0 { 5 } else { 7 };
        match self.roll(kinds) {
            0 => Value::Null,
            1 => json!(self.roll(2) == 0),
            2 => json!(self.roll(7)),
            3 => json!(self.roll(12) as f64 / 2.0),
            4 => json!(self.one(&["", "a", "ab", "abc", "red", "blue"])),
            5 => (0..self.roll(4)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let mut object = json!({});
                for _ in 0..self.roll(4) {
                    let name = self.one(&["a", "b", "c", "x-1"]);
                    object[name] = self.value(depth - 1);
                }
                object
            }
        }
    }

    fn schema(&mut self, depth: u32) -> Value {
        let mut schema = json!({});
        for _ in 0..=self.roll(3) {
            self.keyword(&mut schema, depth);
        }
        match self.roll(12) {
            0 => json!(true),
            1 if depth > 0 => json!({ "$ref": "#/definitions/Tree" }),
            _ => schema,
        }
    }

    fn keyword(&mut self, schema: &mut Value, depth: u32) {
        let name = self.one(&["a", "b", "c"]);
        match self.roll(if depth == 0 { 9 } else { 20 }) {
            0 | 1 => {
                let names = [
                    "null", "boolean", "integer", "number", "string", "array", "object",
                ];
                let one = self.one(&names);
                let two = self.one(&names);
                schema["type"] = if one == two {
                    json!(one)
                } else {
                    json!([one, two])
                };
            }
            2 => schema["enum"] = (0..=self.roll(4)).map(|_| self.value(1)).collect(),
            3 => schema["const"] = self.value(1),
            4 => {
                let bounds = ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"];
                schema[self.one(&bounds)] = json!(self.roll(5));
            }
            5 => schema["multipleOf"] = json!(1 + self.roll(3)),
            6 => schema[self.one(&["minLength", "maxLength"])] = json!(self.roll(4)),
            7 => schema["pattern"] = json!(self.one(&["^a", "b", "^[a-z]*$"])),
            8 => schema["required"] = json!([name]),
            9 => schema["not"] = self.schema(depth - 1),
            10 | 11 => {
                if schema["properties"].is_null() {
                    schema["properties"] = json!({});
                }
                schema["properties"][name] = self.schema(depth - 1);
            }
            12 => {
                schema["additionalProperties"] = if self.roll(2) == 0 {
                    json!(false)
                } else {
                    self.schema(depth - 1)
                };
            }
            13 => schema["patternProperties"] = json!({ "^x-": self.schema(depth - 1) }),
            14 => {
                schema["items"] = match self.roll(3) {
                    0 => json!([self.schema(depth - 1), self.schema(depth - 1)]),
                    _ => self.schema(depth - 1),
                };
            }
            15 => {
                let counts = ["minItems", "maxItems", "minProperties", "maxProperties"];
                schema[self.one(&counts)] = json!(self.roll(4));
            }
            16 => schema[self.one(&["contains", "propertyNames", "if"])] = self.schema(depth - 1),
            17 => schema[self.one(&["then", "else", "additionalItems"])] = self.schema(depth - 1),
            _ => {
                let keyword = self.one(&["anyOf", "oneOf", "allOf"]);
                schema[keyword] = (0..=self.roll(3)).map(|_| self.schema(depth - 1)).collect();
            }
        }
    }

    /// A schema that is nearly the same.
    fn mutated(&mut self, schema: &Value, depth: u32) -> Value {
        let mut schema = schema.clone();
        let Some(members) = schema.as_object_mut() else {
            return self.schema(depth);
        };
        let keys: Vec<_> = members
            .keys()
            .filter(|key| *key != "definitions")
            .cloned()
            .collect();
        match self.roll(4) {
            0 if !keys.is_empty() => {
                members.remove(&self.one(&keys));
            }
            1 => self.keyword(&mut schema, depth.min(1)),
            _ if !keys.is_empty() => {
                let key = self.one(&keys);
                if let Some(list) = members[&key].as_array_mut()
                    && ["anyOf", "oneOf", "allOf"].contains(&key.as_str())
                {
                    let at = self.roll(list.len());
                    list[at] = self.mutated(&list[at].clone(), depth.saturating_sub(1));
                } else if ["items", "not", "additionalProperties"].contains(&key.as_str()) {
                    members[&key] = self.mutated(&members[&key].clone(), depth.saturating_sub(1));
                }
            }
            _ => {}
        }
        schema
    }
}

fn tree(leaf: &Value) -> Value {
    json!({
        "type": "object",
        "properties": { "a": leaf, "b": { "$ref": "#/definitions/Tree" } },
    })
}

fn whole(mut schema: Value, definition: &Value) -> Value {
    if schema.is_boolean() {
        schema = json!({ "allOf": [schema] });
    }
    schema["definitions"] = json!({ "Tree": definition });
    schema
}

fn validator(schema: &Value) -> Option<jsonschema::Validator> {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft7);
    options.should_validate_formats(true).build(schema).ok()
}

/// Whether it is included, with nothing softened.
fn is_included(a: &Value, b: &Value) -> bool {
    let mut findings = Vec::new();
    Subset::new().included(
        &Conjunction::of(View::root(a)),
        View::root(b),
        "",
        &mut findings,
    );
    findings.is_empty()
}

#[test]
fn what_is_included_holds_for_every_value() {
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let (mut included, mut tried) = (0, 0);
    for _ in 0..6000 {
        let leaf = dice.schema(0);
        let a = whole(dice.schema(2), &tree(&leaf));
        let new_leaf = if dice.roll(4) == 0 {
            dice.schema(0)
        } else {
            leaf
        };
        let mut b = dice.mutated(&a, 2);
        b = whole(b, &tree(&new_leaf));
        let (Some(accepts_a), Some(accepts_b)) = (validator(&a), validator(&b)) else {
            continue;
        };
        tried += 1;
        if !is_included(&a, &b) {
            continue;
        }
        included += 1;
        for _ in 0..60 {
            let value = dice.value(2);
            assert!(
                !accepts_a.is_valid(&value) || accepts_b.is_valid(&value),
                "called included\na = {a}\nb = {b}\nbut only `a` accepts {value}"
            );
        }
    }
    assert!(tried > 5000, "only {tried} pairs of schemas compile");
    assert!(
        included > 1500,
        "only {included} of {tried} are included: it shows little"
    );
}

#[test]
fn every_schema_includes_itself() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..3000 {
        let leaf = dice.schema(0);
        let a = whole(dice.schema(2), &tree(&leaf));
        // Written anew, so that nothing is the same by its address.
        let b: Value = serde_json::from_str(&a.to_string()).unwrap();
        assert!(is_included(&a, &b), "{a}");
    }
}

#[test]
fn alternatives_in_alternatives_end() {
    let mut schema = json!({ "type": "string" });
    for level in 0..40 {
        let other = json!({ "const": level });
        schema = json!({ "oneOf": [{ "anyOf": [schema.clone(), other] }, { "items": schema }] });
        if schema.to_string().len() > 200_000 {
            break;
        }
    }
    let mut changed = schema.clone();
    changed["oneOf"][0]["anyOf"][1] = json!({ "const": "new" });
    assert!(!is_included(&schema, &changed));
}

#[test]
fn references_that_lead_nowhere_or_round_prove_nothing() {
    for target in ["#/definitions/Missing", "#/definitions/Round", "other.json"] {
        let schema = json!({ "$ref": target, "definitions": { "Round": { "$ref": "#/definitions/Round" } } });
        assert!(
            !is_included(&json!({ "type": "string" }), &schema),
            "{target}"
        );
    }
}
