//! Texts that are odd, long or no arguments, and what is told of whom.

use super::*;

#[test]
fn of_equal_names_the_last_counts() {
    let schema = json!({"properties": {"a": {"type": "integer"}}});
    expect(schema.clone(), r#"[{"a":"x","a":1}]"#, &[]);
    expect(schema.clone(), r#"[{"a":1,"a":"x"}]"#, &[("/a", "type")]);
    expect(
        schema.clone(),
        r#"[{"a":1,"\u0061":"x"}]"#,
        &[("/a", "type")],
    );
    let many: String = (0..40).map(|index| format!("\"k{index}\":0,")).collect();
    expect(
        schema.clone(),
        &format!(r#"[{{{many}"a":1,{many}"a":"x"}}]"#),
        &[("/a", "type")],
    );
    expect(schema, &format!(r#"[{{"a":"x",{many}"a":1}}]"#), &[]);
    let fewest = json!({"minProperties": 41, "maxProperties": 41});
    expect(fewest, &format!(r#"[{{{many}{many}"a":"x"}}]"#), &[]);
}

#[test]
fn text_that_is_no_json_array_of_bounded_depth_is_told() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let any = json!({"type": "array"});
    assert_eq!(verify(&checks(any.clone()), &nested(DEPTH_MAX), 0), []);
    for (text, words) in [
        (nested(DEPTH_MAX + 1), "nested deeper than 128"),
        (nested(100_000), "nested deeper than 128"),
        ("[".repeat(100_000), "nested deeper than 128"),
        (String::new(), "no JSON array"),
        ("{}".into(), "no JSON array"),
        ("[1".into(), "no JSON"),
        ("[1]x".into(), "no JSON"),
        ("[\"\u{1e}\"]".into(), "no JSON"),
    ] {
        let found = verify(&checks(any.clone()), &text, 0);
        assert_eq!(found[0].0, "syntax");
        assert!(found[0].1.contains(words), "{found:?}");
    }
}

#[test]
fn long_lists_are_cut_and_counted() {
    let check = checks(json!({"items": {"type": "string"}}));
    let check = check.find("/", "e", Direction::Inbound).unwrap();
    let numbers = |count: usize| format!("[[{}1]]", "1,".repeat(count - 1));
    let Err(Misfit::Contract(violations)) = check.verify(&numbers(100), 0, LIMIT) else {
        panic!("it must not fit");
    };
    assert_eq!((violations.list.len(), violations.more), (LIMIT, 36));
    // A list of a million is not made to be thrown away.
    let Err(Misfit::Contract(violations)) = check.verify(&numbers(500_000), 0, LIMIT) else {
        panic!("it must not fit");
    };
    assert_eq!((violations.list.len(), violations.more), (1, 0));
}

#[test]
fn directions_names_and_parameters_are_kept_apart() {
    let parameter = Parameter {
        name: "state".into(),
        description: None,
        values: vec!["on".into(), "off".into()],
        default: None,
    };
    let string = || vec![message(Some(json!({"type": "string"})))];
    let integer = || vec![message(Some(json!({"type": "integer"})))];
    let mut replying = operation("light/{state}", Action::Receive, string());
    replying.reply = Some(Reply {
        channel: None,
        messages: integer(),
        place: Place::default(),
    });
    replying.extension.deadline_ms = Some(7);
    let mut in_room = operation("told", Action::Send, string());
    in_room.extension.room = Some("red".into());
    let mut elsewhere = operation("told", Action::Send, string());
    elsewhere.namespace = "/chat".into();
    let operations = vec![
        replying,
        operation("light/on", Action::Receive, integer()),
        in_room,
        elsewhere,
    ];
    let checks = Checks::compile(&contract(vec![parameter], operations)).unwrap();
    let fits = |event, direction, text| {
        checks
            .find("/", event, direction)
            .map(|check| check.verify(text, 0, LIMIT).is_ok())
    };
    assert_eq!(fits("light/off", Direction::Inbound, "[\"x\"]"), Some(true));
    assert_eq!(fits("light/off", Direction::Inbound, "[1]"), Some(false));
    assert_eq!(fits("light/off", Direction::Ack, "[1]"), Some(true));
    assert_eq!(
        fits("light/on", Direction::Inbound, "[1]"),
        Some(true),
        "the literal name wins"
    );
    assert_eq!(fits("light/on", Direction::Ack, "[1]"), None);
    assert_eq!(fits("light/dim", Direction::Inbound, "[1]"), None);
    assert_eq!(fits("light/off", Direction::Outbound, "[1]"), None);
    assert_eq!(fits("told", Direction::Inbound, "[1]"), None);
    assert_eq!(
        checks
            .received("/", "light/off")
            .unwrap()
            .deadline
            .unwrap()
            .as_millis(),
        7
    );
    assert_eq!(
        *checks.received("/", "light/off").unwrap().event,
        *"light/{state}"
    );
    assert_eq!(
        checks.sent("/", "told").unwrap().rooms,
        Some(vec!["red".to_owned()])
    );
    assert_eq!(checks.sent("/chat", "told").unwrap().rooms, None);
    assert!(checks.sent("/none", "told").is_none());
}

#[test]
fn schema_that_is_none_is_told_once_with_its_place() {
    let bad = || message(Some(json!({"properties": {"a": {"type": "strnig"}}})));
    let operations = vec![
        operation("a", Action::Receive, vec![bad()]),
        operation("b", Action::Receive, vec![bad()]),
    ];
    let diagnostics = Checks::compile(&contract(Vec::new(), operations)).unwrap_err();
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert_eq!(diagnostics[0].rule, "schema-not-compiled");
    assert_eq!(diagnostics[0].place.pointer, "/payload/properties/a/type");
}
