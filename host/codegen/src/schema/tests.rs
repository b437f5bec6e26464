//! What `allOf` and references come to.

use serde_json::json;

use super::*;

fn words(schema: &Value) -> Value {
    match flatten(schema, schema) {
        Flat::Words(words, None) => Value::Object(words),
        other => panic!("expected words, found {other:?}"),
    }
}

#[test]
fn parts_are_laid_into_one() {
    let schema = json!({
        "allOf": [
            {"$ref": "#/definitions/Base"},
            {"properties": {"b": true, "a": {"minLength": 2}}, "required": ["b", "a"], "type": ["object", "null"]},
        ],
        "definitions": {"Base": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}},
    });
    let expected = json!({
        "type": "object",
        "properties": {"a": {"allOf": [{"type": "string"}, {"minLength": 2}]}, "b": true},
        "required": ["a", "b"],
    });
    assert_eq!(words(&schema), expected);
}

#[test]
fn bounds_tighten_and_enums_shrink() {
    let schema = json!({"allOf": [
        {"minimum": 1, "maximum": 9, "enum": [1, 2, 3], "type": "number"},
        {"minimum": 2, "maximum": 8, "enum": [2, 3, 4], "type": "integer"},
    ]});
    let expected = json!({"minimum": 2, "maximum": 8, "enum": [2, 3], "type": "integer"});
    assert_eq!(words(&schema), expected);
}

#[test]
fn circles_end() {
    let schema = json!({
        "$ref": "#/definitions/A",
        "definitions": {
            "A": {"$ref": "#/definitions/B"},
            "B": {"$ref": "#/definitions/A"},
            "C": {"allOf": [{"$ref": "#/definitions/C"}, {"type": "string"}]},
        },
    });
    assert_eq!(flatten(&schema, &schema), Flat::Any);
    let Flat::Words(words, None) = flatten(&schema, &json!({"$ref": "#/definitions/C"})) else {
        panic!("expected words");
    };
    assert_eq!(Value::Object(words), json!({"type": "string"}));
}

#[test]
fn alternatives_of_two_kinds_are_multiplied() {
    let schema = json!({"oneOf": [{"const": 1}, {"const": 2}], "anyOf": [{"type": "integer"}]});
    let Flat::Words(_, Some(alternatives)) = flatten(&schema, &schema) else {
        panic!("expected alternatives");
    };
    assert_eq!(alternatives.len(), 2);
}

#[test]
fn reference_under_a_description_is_a_reference() {
    let inner = json!({"description": "words", "allOf": [{"$ref": "#/definitions/A"}]});
    assert_eq!(reference(&inner), Some("#/definitions/A"));
    let other = json!({"required": ["a"], "allOf": [{"$ref": "#/definitions/A"}]});
    assert_eq!(reference(&other), None);
}
