//! Examples are valid, and there is one wherever there can be.

use serde_json::json;

use super::*;

#[track_caller]
fn check(schema: &Value, expected: &Value) {
    assert_eq!(sample(schema).as_ref(), Some(expected), "{schema}");
    assert!(is_valid(schema, expected), "{schema}");
}

#[test]
fn what_the_contract_says_comes_first() {
    check(
        &json!({"type": "string", "examples": [1, "told"]}),
        &json!("told"),
    );
    check(&json!({"type": "integer", "default": 7}), &json!(7));
    check(
        &json!({"type": "object", "properties": {"a": {"default": 2}}}),
        &json!({"a": 2}),
    );
    check(&json!({"type": "string", "default": 3}), &json!("text"));
}

#[test]
fn numbers_lie_within_their_bounds() {
    for (schema, expected) in [
        (json!({"type": "integer"}), json!(1)),
        (json!({"type": "integer", "minimum": 5}), json!(5)),
        (
            json!({"type": "integer", "exclusiveMinimum": -1, "exclusiveMaximum": 1}),
            json!(0),
        ),
        (json!({"type": "integer", "maximum": -3}), json!(-3)),
        (
            json!({"type": "integer", "minimum": 3, "multipleOf": 7}),
            json!(7),
        ),
        (
            json!({"type": "integer", "minimum": 18446744073709551615_u64}),
            json!(18446744073709551615_u64),
        ),
        (json!({"type": "number"}), json!(1.5)),
        (
            json!({"type": "number", "minimum": 2, "maximum": 3}),
            json!(2.5),
        ),
        (
            json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
            json!(1),
        ),
        (
            json!({"type": "number", "minimum": 0.1, "multipleOf": 0.25}),
            json!(0.25),
        ),
        (json!({"type": "number", "minimum": 1e300}), json!(1e300)),
    ] {
        check(&schema, &expected);
    }
}

#[test]
fn texts_obey_their_rules() {
    for (schema, expected) in [
        (json!({"type": "string"}), json!("text")),
        (json!({"type": "string", "minLength": 6}), json!("textxx")),
        (json!({"type": "string", "maxLength": 2}), json!("0t")),
        (
            json!({"type": "string", "format": "uuid"}),
            json!("123e4567-e89b-12d3-a456-426614174000"),
        ),
        (
            json!({"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}),
            json!("AAA-0000"),
        ),
        (
            json!({"pattern": "^(a|b)c+$", "minLength": 4}),
            json!("bcccc"),
        ),
        (json!({"type": "string", "enum": ["x"]}), json!("x")),
    ] {
        let found = sample(&schema);
        assert!(
            found.as_ref().is_some_and(|it| is_valid(&schema, it)),
            "{schema} {found:?}"
        );
        if !schema.to_string().contains("minLength\":4") {
            assert_eq!(found, Some(expected));
        }
    }
}

#[test]
fn shapes_are_filled() {
    for (schema, expected) in [
        (
            json!({"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": true}),
            json!([1, 2, 3]),
        ),
        (
            json!({"type": "array", "items": [{"type": "string"}, {"type": "null"}]}),
            json!(["text", null]),
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "integer"}}),
            json!({"key": 1}),
        ),
        (
            json!({"type": "object", "patternProperties": {"^x-": true}, "minProperties": 1}),
            json!({"x-": "text"}),
        ),
        (json!({"required": ["ghost"]}), json!({"ghost": "text"})),
        (
            json!({"oneOf": [{"type": "null"}, {"type": "boolean"}]}),
            json!(true),
        ),
        (
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "required": ["a"]}),
            json!({"a": "text", "b": "text"}),
        ),
        (json!({"not": {"type": "string"}}), json!(1)),
        (json!(true), json!("text")),
        (
            json!({"type": "array", "contains": {"const": 5}}),
            json!([5]),
        ),
    ] {
        check(&schema, &expected);
    }
}

#[test]
fn recursion_ends() {
    let tree = json!({
        "$ref": "#/definitions/Tree",
        "definitions": {"Tree": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/definitions/Tree"}},
        }}},
    });
    assert!(sample(&tree).is_some());
    let endless = json!({
        "$ref": "#/definitions/A",
        "definitions": {"A": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/definitions/A"}}}},
    });
    assert_eq!(sample(&endless), None);
}

#[test]
fn where_nothing_is_found_nothing_is_said() {
    for schema in [
        json!(false),
        json!({"type": "string", "minLength": 3, "maxLength": 2}),
        json!({"allOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"type": "string", "pattern": "^(?=.*[0-9])(?=.*[a-z])(?!.*(.)\\1)[0-9a-z]{6,9}$", "maxLength": 1}),
        json!({"type": 3}),
    ] {
        assert_eq!(sample(&schema), None, "{schema}");
    }
}
