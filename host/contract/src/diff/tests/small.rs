//! Small schemas of one theme, so alike that many include each other, held against every value of
//! a small world.

use serde_json::{Value, json};

use super::{Dice, is_included, validator};

#[derive(Clone, Copy, Debug)]
enum Theme {
    Numbers,
    Strings,
    Arrays,
    Objects,
    Alternatives,
}

impl Theme {
    fn schema(self, dice: &mut Dice) -> Value {
        let mut schema = json!({});
        for _ in 0..=dice.roll(3) {
            self.keyword(&mut schema, dice);
        }
        schema
    }

    fn keyword(self, schema: &mut Value, dice: &mut Dice) {
        let leaf = |dice: &mut Dice| match dice.roll(4) {
            0 => json!(false),
            1 => json!({ "enum": [1, "s"] }),
            _ => Self::Numbers.schema(dice),
        };
        let (keyword, value) = match (self, dice.roll(6)) {
            (Self::Numbers, 0) => ("type", json!(dice.one(&["integer", "number"]))),
            (Self::Numbers, 1) => ("multipleOf", json!(dice.one(&[1.0, 0.5, 2.0]))),
            (Self::Numbers, 2) => ("minimum", json!(dice.roll(3))),
            (Self::Numbers, 3) => ("exclusiveMinimum", json!(dice.roll(3))),
            (Self::Numbers, 4) => ("maximum", json!(1 + dice.roll(3))),
            (Self::Numbers, _) => ("exclusiveMaximum", json!(1 + dice.roll(3))),
            (Self::Strings, 0) => ("minLength", json!(dice.roll(3))),
            (Self::Strings, 1) => ("maxLength", json!(dice.roll(3))),
            (Self::Strings, 2) => ("enum", json!([dice.one(&["", "a"]), "ab"])),
            (Self::Strings, 3) => ("const", json!(dice.one(&["", "a", "ab"]))),
            (Self::Strings, 4) => ("pattern", json!(dice.one(&["^a", "b$"]))),
            (Self::Strings, _) => ("type", json!(dice.one(&["string", "null"]))),
            (Self::Arrays, 0) => ("items", leaf(dice)),
            (Self::Arrays, 1) => ("items", json!([leaf(dice), leaf(dice)])),
            (Self::Arrays, 2) => ("additionalItems", leaf(dice)),
            (Self::Arrays, 3) => ("contains", leaf(dice)),
            (Self::Arrays, 4) => ("minItems", json!(dice.roll(3))),
            (Self::Arrays, _) => match dice.roll(2) {
                0 => ("maxItems", json!(dice.roll(4))),
                _ => ("uniqueItems", json!(true)),
            },
            (Self::Objects, 0) => ("required", json!([dice.one(&["a", "b"])])),
            (Self::Objects, 1 | 2) => ("properties", json!({ dice.one(&["a", "b"]): leaf(dice) })),
            (Self::Objects, 3) => ("additionalProperties", leaf(dice)),
            (Self::Objects, 4) => match dice.roll(3) {
                0 => ("minProperties", json!(dice.roll(3))),
                1 => ("maxProperties", json!(dice.roll(4))),
                _ => ("propertyNames", json!({ "pattern": "^[ax]" })),
            },
            (Self::Objects, _) => match dice.roll(3) {
                0 => ("dependencies", json!({ "a": ["b"] })),
                1 => ("dependencies", json!({ "a": Self::Objects.schema(dice) })),
                _ => ("patternProperties", json!({ "^x-": leaf(dice) })),
            },
            (Self::Alternatives, 0) => ("not", leaf(dice)),
            (Self::Alternatives, 1) => ("if", leaf(dice)),
            (Self::Alternatives, 2) => (dice.one(&["then", "else"]), leaf(dice)),
            (Self::Alternatives, kind) => {
                let keyword = ["anyOf", "oneOf", "allOf"][kind - 3];
                (keyword, (0..=dice.roll(3)).map(|_| leaf(dice)).collect())
            }
        };
        schema[keyword] = value;
    }

    fn world(self) -> Vec<Value> {
        let numbers: Vec<Value> = (-2..9).map(|half| json!(f64::from(half) / 2.0)).collect();
        let few = [json!(1), json!(2.5), json!("s")];
        match self {
            Self::Numbers => numbers,
            Self::Strings => [
                json!(null),
                json!(""),
                json!("a"),
                json!("ab"),
                json!("b"),
                json!("aab"),
            ]
            .into(),
            Self::Alternatives => numbers
                .into_iter()
                .chain([json!("s"), json!(null)])
                .collect(),
            Self::Arrays => {
                let mut lists = vec![Vec::new()];
                for length in 0..3 {
                    let longest: Vec<_> = lists
                        .iter()
                        .filter(|list| list.len() == length)
                        .cloned()
                        .collect();
                    for list in longest {
                        lists.extend(
                            few.iter()
                                .map(|item| [list.clone(), vec![item.clone()]].concat()),
                        );
                    }
                }
                lists.into_iter().map(Value::Array).collect()
            }
            Self::Objects => {
                let mut objects = vec![json!({})];
                for name in ["a", "b", "x-1"] {
                    for object in objects.clone() {
                        for value in &few {
                            let mut larger = object.clone();
                            larger[name] = value.clone();
                            objects.push(larger);
                        }
                    }
                }
                objects
            }
        }
    }
}

#[test]
fn what_is_included_holds_in_a_small_world() {
    use Theme::{Alternatives, Arrays, Numbers, Objects, Strings};
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    for theme in [Numbers, Strings, Arrays, Objects, Alternatives] {
        let world = theme.world();
        let (mut included, mut missed) = (0, 0);
        for _ in 0..4000 {
            let (a, b) = (theme.schema(&mut dice), theme.schema(&mut dice));
            let accepts_a = validator(&a).unwrap();
            let accepts_b = validator(&b).unwrap();
            let lost = world
                .iter()
                .find(|it| accepts_a.is_valid(it) && !accepts_b.is_valid(it));
            match (is_included(&a, &b), lost) {
                (true, Some(value)) => {
                    panic!("called included\na = {a}\nb = {b}\nbut only `a` accepts {value}")
                }
                (true, None) => included += 1,
                (false, None) => missed += 1,
                (false, Some(_)) => {}
            }
        }
        assert!(
            included > 300,
            "{theme:?}: only {included} are included: it shows little"
        );
        // The world is small, so some that are missed are rightly so.
        assert!(
            missed < included * 2,
            "{theme:?}: {missed} not proven beside {included}"
        );
    }
}
