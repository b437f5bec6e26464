//! Whatever the fast way is sure of, the slow way accepts; and of plain schemas and arguments it
//! is sure.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};

use super::Shape;
use crate::validator::form::compiled;
use crate::validator::tree::{self, Tree};

/// What both ways say of a payload: whether the fast one is sure, and the slow one's verdict.
fn both(schema: &Value, text: &str) -> (bool, bool) {
    let form = compiled(schema.clone());
    let is_sure = form.shape().is_some_and(|shape| shape.has_one(text));
    let items = tree::parse(text, 0).unwrap_or_default();
    let fits = matches!(items.as_slice(), [payload] if form.is_fit(payload));
    (is_sure, fits)
}

fn shape(schema: &Value) -> Option<Shape> {
    compiled(schema.clone()).shape().cloned()
}

#[test]
fn plain_schemas_and_arguments_are_sure() {
    let user = json!({
        "type": "object",
        "title": "User",
        "properties": {
            "id": {"type": "string", "minLength": 1, "maxLength": 3},
            "email": {"type": "string", "format": "email"},
            "age": {"type": ["integer", "null"], "minimum": 0, "exclusiveMaximum": 150},
            "weight": {"type": "number", "minimum": 0.5},
            "tags": {"type": "array", "items": {"enum": ["a", "b", 1, true]}, "maxItems": 2},
            "at": {"$ref": "#/definitions/Moment", "description": "siblings are ignored"},
            "uuid": {"type": "string", "format": "uuid"},
        },
        "required": ["id"],
        "additionalProperties": {"type": "boolean"},
        "x-anything": {"not": {}},
        "definitions": {"Moment": {"type": "string", "format": "date-time"}},
    });
    for payload in [
        json!({"id": "1"}),
        json!({"id": "äöü", "email": "First.Last+tag@mail-1.example.com"}),
        json!({"age": 0, "id": "1"}),
        json!({"id": "1", "age": null, "weight": 0.75}),
        json!({"id": "1", "weight": 80, "tags": ["a", 1]}),
        json!({"id": "1", "tags": [true], "more": false, "most": true}),
        json!({"id": "1", "at": "2026-02-28T23:59:59.123+01:00"}),
        json!({"id": "1", "uuid": "01234567-89AB-cdef-0123-456789abcdef"}),
    ] {
        let text = format!("[{payload}]");
        assert_eq!(both(&user, &text), (true, true), "{text}");
    }
    let twice = r#"[{"id":"1","id":"2"}]"#;
    assert_eq!(both(&user, twice), (true, true));
    let escaped = "[ {\t\"id\" :\r\n\"\\u00e9\\n\\\\\"} , \"x\" ] ";
    let one = escaped.replace(", \"x\"", "");
    assert_eq!(both(&user, &one), (true, true), "{one}");
    assert_eq!(both(&user, escaped), (false, false), "{escaped}");
}

#[test]
fn what_is_odd_is_left_to_the_slow_way() {
    let user = json!({
        "properties": {
            "id": {"type": "integer", "maximum": 5},
            "email": {"format": "email"},
        },
        "required": ["id", "other"],
    });
    for (text, fits) in [
        (r#"[{"id":1.0,"other":0}]"#, true),
        (r#"[{"id":"x","other":0,"id":1}]"#, true),
        (r#"[{"\u0069d":1,"other":0}]"#, true),
        (r#"[{"id":-0,"other":0}]"#, true),
        (r#"[{"id":1,"other":"\ud83d\ude00"}]"#, true),
        (r#"[{"id":01,"other":0}]"#, false),
        (r#"[{"id":1,"other":-}]"#, false),
        (r#"[{"id":1,"other":1.}]"#, false),
        (r#"[{"id":1,"other":.5}]"#, false),
        (r#"[{"id":1,"other":0,}]"#, false),
        (r#"[{"id":1,"other":0},]"#, false),
        (r#"[{"id":1 "other":0}]"#, false),
        (r#"[{"id":1,"other":nul}]"#, false),
        (r#"[{"id":1,"other":"\x"}]"#, false),
        (r#"[{"id":1,"other":"\u00g0"}]"#, false),
        ("[{\"id\":1,\"other\":\"\u{1f}\"}]", false),
        (r#"[{"id":1,"other":0,"id":"x"}]"#, false),
        (
            r#"[{"id":1,"other":0,"email":"\"a b\"@example.com"}]"#,
            true,
        ),
        (r#"[{"id":6,"other":0}]"#, false),
        (r#"[{"id":1}]"#, false),
        (r#"[{"id":1,"other":1e999}]"#, false),
        (r#"[{"id":1,"other":0}] 1"#, false),
        (r#"[{"id":1,"other":0},1]"#, false),
        (r#" [{"id":1,"other":0}]"#, false),
        (r#"[{"id":1,"other":"\ud800"}]"#, false),
        (r#"[{"id":1,"other":0,"\ud800":0}]"#, false),
        ("[", false),
        ("", false),
        ("[]", false),
    ] {
        assert_eq!(both(&user, text), (false, fits), "{text}");
    }
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let any = json!({"title": "anything"});
    assert_eq!(both(&any, &nested(tree::DEPTH_MAX)), (true, true));
    assert_eq!(both(&any, &nested(tree::DEPTH_MAX + 1)), (false, false));
    assert_eq!(both(&any, &nested(100_000)), (false, false));
}

#[test]
fn unknown_keywords_have_no_shape() {
    for schema in [
        json!({"allOf": [true]}),
        json!({"anyOf": [true]}),
        json!({"oneOf": [true]}),
        json!({"not": false}),
        json!({"if": true}),
        json!({"pattern": "a"}),
        json!({"patternProperties": {}}),
        json!({"propertyNames": true}),
        json!({"dependencies": {}}),
        json!({"contains": true}),
        json!({"uniqueItems": true}),
        json!({"multipleOf": 2}),
        json!({"minProperties": 1}),
        json!({"maxProperties": 1}),
        json!({"items": [true]}),
        json!({"contentEncoding": "base64"}),
        json!({"format": "uri"}),
        json!({"minimum": 9_007_199_254_740_993_u64}),
        json!({"required": ["a"], "additionalProperties": false}),
        json!({"properties": {"a": {"properties": {"a": {"not": false}}}}}),
        json!({"$ref": "#/definitions/A", "definitions": {"A": {"items": {"$ref": "#/definitions/A"}}}}),
        json!({"$ref": "#/definitions/A/not", "definitions": {"A": {"not": true}}}),
        json!({"$ref": "#/definitions/A", "minimum": 1, "definitions": {"A": true}}),
    ] {
        assert!(shape(&schema).is_none(), "{schema}");
    }
    let names = |count: usize| -> Value {
        let properties: Map<_, _> = (0..count)
            .map(|index| (format!("p{index}"), json!(true)))
            .collect();
        json!({"properties": properties})
    };
    assert!(shape(&names(64)).is_some());
    assert!(shape(&names(65)).is_none());
}

#[test]
fn schemas_that_are_wrong_are_never_sound() {
    for schema in [
        json!({"type": []}),
        json!({"type": ["string", "string"]}),
        json!({"type": "text"}),
        json!({"required": ["a", "a"]}),
        json!({"required": "a"}),
        json!({"title": 1}),
        json!({"description": {}}),
        json!({"$comment": null}),
        json!({"readOnly": "yes"}),
        json!({"writeOnly": 1}),
        json!({"examples": {}}),
        json!({"definitions": []}),
        json!({"definitions": {"A": {"type": 1}}}),
        json!({"definitions": {"A": 1}}),
        json!({"$ref": "#/definitions/B", "definitions": {"B": true, "A": {"minLength": -1}}}),
        json!({"properties": {"a": {"enum": 1}}}),
        json!({"items": {"maxItems": "1"}}),
        json!({"format": 1}),
    ] {
        assert!(jsonschema::draft7::new(&schema).is_err(), "{schema}");
        assert!(Shape::compile_sound(&schema).is_none(), "{schema}");
    }
    let schema = json!({"type": ["integer", "null"], "title": "T", "definitions": {"A": {}}});
    assert!(Shape::compile_sound(&schema).is_some());
}

#[test]
fn last_of_many_names_is_missed() {
    let names: Vec<String> = (0..64).map(|index| format!("p{index}")).collect();
    let schema = json!({"required": names});
    let text = |names: &[String]| {
        let members: Map<_, _> = names.iter().map(|name| (name.clone(), json!(0))).collect();
        format!("[{}]", Value::Object(members))
    };
    assert_eq!(both(&schema, &text(&names)), (true, true));
    let reversed: Vec<String> = names.iter().rev().cloned().collect();
    assert_eq!(both(&schema, &text(&reversed)), (true, true));
    assert_eq!(both(&schema, &text(&names[..63])), (false, false));
    assert_eq!(both(&schema, &text(&names[1..])), (false, false));
}

#[test]
fn unchecked_formats_let_everything_pass() {
    for format in [
        "binary", "byte", "double", "float", "int32", "int64", "password",
    ] {
        let schema = json!({"format": format});
        assert_eq!(
            both(&schema, r#"["\u0000 no @ \u20ac"]"#),
            (true, true),
            "{format}"
        );
    }
}

#[test]
fn arguments_without_a_schema_are_walked() {
    for (text, expected) in [
        ("[]", true),
        ("[1,{}]", true),
        ("{}", false),
        ("[1] 1", false),
    ] {
        assert_eq!(super::is_list(text), expected, "{text}");
    }
}

#[test]
fn first_special_byte_is_found_wherever_it_stands() {
    for special in [b'"', b'\\', 0, 0x1f] {
        for at in 0..20 {
            let mut text = [b" !#[]\x7f\x80\xa2\xdc\xff".as_slice(); 3].concat();
            text[at] = special;
            text[at + 1] = b'"';
            assert_eq!(super::walk::plain_bytes(&text), at, "{special} in {text:?}");
        }
    }
    assert_eq!(super::walk::plain_bytes(b"eight by nine"), 13);
}

/// Texts near the borders of formats and lengths.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c@.ä-]{0,4}",
        "[a-z0-9_+.-]{1,6}@[a-z0-9.-]{1,8}",
        "(x|xn--a|a-b|-|[a-z]{62,64})(@(x|xn--|[a-z]{63}|a--b|b)[.](c|d-|xn--e|))?",
        "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}[-0]?",
        "(0000|2024|9999)-(00|02|12|13)-(00|01|28|29|31)[Tt ](00|23|24):(00|59|60):(00|59|60)([.][0-9]{0,10})?(Z|z|[+-](00|23|24):(00|59|60)|)",
        Just("\"\\\u{0}".to_owned()),
    ]
}

fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..4).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop_oneof![
            Just(0.5),
            Just(-0.0),
            Just(2.0),
            Just(1e300),
            any::<i32>().prop_map(|part| f64::from(part) / 4.0)
        ]
        .prop_map(Value::from),
        texts().prop_map(Value::from),
    ]
}

fn names() -> impl Strategy<Value = String> {
    "[ab]|é|a/b"
}

fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Keywords that are mostly of the part that the fast way knows, and now and then are not.
fn keyword(inner: BoxedStrategy<Value>) -> impl Strategy<Value = (&'static str, Value)> {
    let kind = || {
        prop::sample::select(vec![
            "null", "boolean", "integer", "number", "string", "array", "object",
        ])
    };
    let bound = || {
        prop_oneof![
            (-3_i64..4).prop_map(Value::from),
            Just(json!(0.5)),
            Just(json!(9_007_199_254_740_992_u64))
        ]
    };
    let name = || {
        prop::sample::select(vec![
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
        ])
    };
    let count = || prop::sample::select(vec!["minLength", "maxLength", "minItems", "maxItems"]);
    let format = prop::sample::select(vec!["email", "uuid", "date-time", "int32", "binary"]);
    prop_oneof![
        4 => kind().prop_map(|kind| ("type", kind.into())),
        1 => prop::collection::hash_set(kind(), 1..4).prop_map(|kinds| ("type", kinds.into_iter().collect())),
        3 => (name(), bound()),
        3 => (count(), (0_u64..4).prop_map(Value::from)),
        3 => format.prop_map(|format| ("format", format.into())),
        1 => prop::collection::vec(scalars(), 1..4).prop_map(|values| ("enum", values.into())),
        1 => scalars().prop_map(|value| ("const", value)),
        3 => inner.clone().prop_map(|schema| ("items", schema)),
        5 => prop::collection::btree_map(names(), inner.clone(), 0..4).prop_map(|named| ("properties", Value::Object(named.into_iter().collect()))),
        3 => prop::collection::btree_set(names(), 0..3).prop_map(|names| ("required", names.into_iter().collect())),
        3 => prop_oneof![Just(json!(false)), inner].prop_map(|schema| ("additionalProperties", schema)),
        1 => Just(("$ref", json!("#/definitions/A"))),
        1 => Just(("x-note", json!({"not": {}}))),
    ]
}

fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(true)),
        Just(json!({})),
        Just(json!({"type": "integer"}))
    ];
    let schema = leaf.prop_recursive(3, 12, 3, |inner| {
        prop::collection::vec(keyword(inner.boxed()), 0..4).prop_map(|keywords| {
            let keywords = keywords
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value));
            Value::Object(keywords.collect())
        })
    });
    (schema, keyword(Just(json!({"type": "string"})).boxed())).prop_map(
        |(mut schema, (name, value))| {
            // A schema that is a reference to itself is none.
            let target = match name {
                "$ref" => json!(true),
                _ => json!({name: value}),
            };
            if let Value::Object(members) = &mut schema {
                members.insert("definitions".into(), json!({"A": target}));
            }
            schema
        },
    )
}

/// A value that was made for a schema; it mostly fits.
fn fitting(schema: &Value, whole: &Value) -> Value {
    let Value::Object(keywords) = schema else {
        return json!(1);
    };
    if keywords.contains_key("$ref") {
        return whole
            .pointer("/definitions/A")
            .map_or(Value::Null, |target| fitting(target, whole));
    }
    let listed = keywords.get("enum").and_then(|values| values.get(0));
    if let Some(value) = keywords.get("const").or(listed) {
        return value.clone();
    }
    let kind = keywords.get("type").map(|kind| {
        kind.as_str()
            .or_else(|| kind[0].as_str())
            .unwrap_or_default()
    });
    match kind {
        Some("null") => Value::Null,
        Some("boolean") => json!(true),
        Some("integer" | "number") => {
            json!(keywords.get("minimum").and_then(Value::as_i64).unwrap_or(1))
        }
        Some("string") => match keywords.get("format").and_then(Value::as_str) {
            Some("email") => json!("a@b.example"),
            Some("uuid") => json!("01234567-89ab-cdef-0123-456789abcdef"),
            Some("date-time") => json!("2026-01-28T00:00:00Z"),
            _ => json!("abc"),
        },
        Some("array") => keywords
            .get("items")
            .map_or(json!([]), |items| json!([fitting(items, whole)])),
        _ => {
            let named = keywords.get("properties").and_then(Value::as_object);
            let members = named
                .into_iter()
                .flatten()
                .map(|(name, schema)| (name.clone(), fitting(schema, whole)));
            Value::Object(members.collect())
        }
    }
}

proptest! {
    // One seed, so that a run can be repeated.
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(7),
        ..ProptestConfig::default()
    })]

    #[test]
    fn sure_is_never_wrong(schema in schemas(), payloads in prop::collection::vec(values(), 8)) {
        let form = compiled(schema.clone());
        let made = fitting(&schema, &schema);
        for payload in payloads.iter().chain([&made]) {
            let text = format!("[{payload}]");
            let items = tree::parse(&text, 0).unwrap_or_default();
            let is_fit = |items: &[Tree<'_>]| matches!(items, [payload] if form.is_fit(payload));
            if form.shape().is_some_and(|shape| shape.has_one(&text)) {
                prop_assert!(is_fit(&items), "{text} against {schema}");
            }
        }
    }

    #[test]
    fn damaged_text_is_never_sure(value in values(), at in any::<prop::sample::Index>(), cut in 0_usize..3, put in "(\\[|\\]|[{]|[}]|:|,|\"|\\\\|\\\\u00e9|\\\\ud800|0|-|[.]|e|true|null| |\u{1}|é){0,2}") {
        let mut text = format!("[{value}]");
        let floor = |text: &str, at: usize| text.floor_char_boundary(at);
        let from = floor(&text, at.index(text.len()));
        let to = floor(&text, from + cut);
        text.replace_range(from..to, &put);
        prop_assert!(!super::is_list(&text) || tree::parse(&text, 0).is_ok(), "{text}");
    }

    #[test]
    fn sure_texts_have_their_formats(text in texts()) {
        for format in ["email", "uuid", "date-time"] {
            let (is_sure, fits) = both(&json!({"format": format}), &json!([text]).to_string());
            prop_assert!(fits || !is_sure, "{text:?} as {format}");
        }
    }
}

/// The fast way must be sure of most that fits, or all of the above says nothing.
#[test]
fn most_that_fits_is_sure() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        rng_seed: RngSeed::Fixed(11),
        ..ProptestConfig::default()
    });
    let (mut sure, mut all) = (0, 0);
    for _ in 0..3_000 {
        let schema = schemas().new_tree(&mut runner).unwrap().current();
        let text = format!("[{}]", fitting(&schema, &schema));
        let (is_sure, fits) = both(&schema, &text);
        sure += u32::from(is_sure);
        all += u32::from(fits);
    }
    assert!(all > 1_000, "{all} fit");
    assert!(sure * 10 >= all * 9, "of {all} that fit {sure} are sure");
}
