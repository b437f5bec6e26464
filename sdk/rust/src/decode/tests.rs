//! What a client reads when its arguments do not fit.

use super::*;
use crate::Binary;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read by serde")]
struct User {
    user_id: String,
    #[serde(default)]
    age: u8,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default, rename = "a/b")]
    odd: HashMap<String, Inner>,
    role: Option<Role>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only read by serde")]
struct Inner {
    on: bool,
    point: Option<(f64, f64)>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "only read by serde")]
enum Role {
    Admin,
    Guest(u8),
}

fn check<T: FromArgs + std::fmt::Debug>(text: &str, expected: Option<(&str, &str)>) {
    let found = match decode::<T>(text, Vec::new()).0 {
        Ok(_) => None,
        Err(rejection) => rejection
            .violations
            .first()
            .map(|violation| (violation.pointer.clone(), violation.rule.clone())),
    };
    let expected = expected.map(|(pointer, rule)| (pointer.to_owned(), rule.to_owned()));
    assert_eq!(found, expected, "{text}");
}

#[test]
fn violation_names_place_and_rule() {
    let user = check::<(User,)>;
    user(r#"[{"user_id":"a"}]"#, None);
    user(r#"[{"user_id":1}]"#, Some(("/user_id", "type")));
    user(r#"[{"user_id":[1,"]"]}]"#, Some(("/user_id", "type")));
    user(
        r#"[{"user_id":"\"}","age":{"b":2}}]"#,
        Some(("/age", "type")),
    );
    user(r#"[{"user_id":"a","age":300}]"#, Some(("/age", "value")));
    user(r#"[{"user_id":"a","age":"x"}]"#, Some(("/age", "type")));
    user(r#"[{"age":1}]"#, Some(("/user_id", "required")));
    user(
        r#"[{"user_id":"a","other":1}]"#,
        Some(("/other", "additionalProperties")),
    );
    user(
        r#"[{"user_id":"a","tags":["b",["c"],"d"]}]"#,
        Some(("/tags/1", "type")),
    );
    user(
        r#"[{"user_id":"a","tags":["b", null]}]"#,
        Some(("/tags/1", "type")),
    );
    user(
        r#"[{"user_id":"a","a/b":{"k~\"":{"on":1}}}]"#,
        Some(("/a~1b/k~0\"/on", "type")),
    );
    user(
        r#"[{"user_id":"a","a/b":{"x":{}}}]"#,
        Some(("/a~1b/x/on", "required")),
    );
    user(
        r#"[{"user_id":"a","a/b":{"x":{"on":true,"point":[1.5]}}}]"#,
        Some(("/a~1b/x/point", "length")),
    );
    user(
        r#"[{"user_id":"a","role":"king"}]"#,
        Some(("/role", "enum")),
    );
    user(
        r#"[{"user_id":"a","role":{"guest":"x"}}]"#,
        Some(("/role/guest", "type")),
    );
    user(
        "[ {\n \"user_id\" : \"a\",\n \"age\" : null\n } ]",
        Some(("/age", "type")),
    );
    user("[7]", Some(("", "type")));
    user("[[7]]", Some(("/0", "type")));
    user("[]", Some(("", "required")));
}

#[test]
fn arguments_are_counted() {
    check::<(String, Option<u8>, Value)>(r#"["a"]"#, None);
    check::<(String, u8)>(r#"["a"]"#, Some(("/1", "required")));
    check::<(String, User)>(r#"["a",{"user_id":2}]"#, Some(("/1/user_id", "type")));
    check::<(String,)>(r#"["a","b"]"#, Some(("/1", "maxItems")));
    check::<(String, u8)>(r#"["a",1,{"b":[]},null]"#, Some(("/2", "maxItems")));
    check::<(Binary,)>(r#"[{"_placeholder":true,"num":3}]"#, Some(("", "value")));
}

#[test]
fn client_reads_serdes_words_without_the_position() {
    let rejection = decode::<(User,)>(r#"[{"user_id":1}]"#, Vec::new()).0.err();
    assert_eq!(
        rejection.map(|rejection| rejection.message).as_deref(),
        Some("the arguments do not fit: invalid type: integer `1`, expected a string")
    );
}

#[test]
fn pointers_are_those_of_a_path_tracking_deserializer() {
    let texts = [
        r#"{"user_id":1}"#,
        r#"{"user_id":{"a":[1]},"age":1}"#,
        r#"{"user_id":"a","age":-1,"tags":[]}"#,
        r#"{"user_id":"a","tags":["b","c",[]]}"#,
        r#"{"user_id":"a","tags":[ "b" , "c" , 1.5 , "d" ]}"#,
        r#"{"user_id":"a","a/b":{"x":{"on":true},"y":{"on":"no","point":[1,2]}}}"#,
        r#"{"user_id":"a","a/b":{"x":{"on":true,"point":[1,{"z":0}]}}}"#,
        r#"{"role":{"guest":false},"user_id":"a"}"#,
    ];
    for text in texts {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let error = serde_path_to_error::deserialize::<_, User>(&mut deserializer).err();
        let expected: String = error
            .iter()
            .flat_map(|error| error.path())
            .map(|segment| format!("/{}", segment.to_string().trim_matches(['[', ']'])))
            .map(|segment| segment.replace("a/b", "a~1b"))
            .collect();
        assert!(!expected.is_empty(), "{text}");
        check::<(User,)>(&format!("[{text}]"), Some((&expected, rule_of(text))));
    }
}

fn rule_of(text: &str) -> &'static str {
    let error =
        serde_json::from_str::<User>(text).map_or_else(|it| it.to_string(), |_| String::new());
    rule(&error)
}
