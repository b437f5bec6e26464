//! The codec of `/ws`, as tables, and against frames that nobody would send.

use serde_json::{Value, json};

use super::*;

fn an_event(name: &str, args: &str, id: Option<&str>) -> Inbound {
    Inbound::Event {
        name: name.into(),
        args: args.into(),
        id: id.map(str::to_owned),
    }
}

#[test]
fn frames_with_an_event_are_events_and_their_arguments_stay_as_they_were() {
    let table = [
        (r#"{"event":"a"}"#, an_event("a", "[]", None)),
        (
            r#" {"event":"a","data":1.50} "#,
            an_event("a", "[1.50]", None),
        ),
        (
            r#"{"event":"a","data":null}"#,
            an_event("a", "[null]", None),
        ),
        (
            r#"{"data":{"b": [1, 2]},"event":"a"}"#,
            an_event("a", r#"[{"b": [1, 2]}]"#, None),
        ),
        (
            r#"{"event":"a","args":[1, "two",[]]}"#,
            an_event("a", r#"[1, "two",[]]"#, None),
        ),
        (r#"{"event":"a","args":[]}"#, an_event("a", "[]", None)),
        (r#"{"event":"a","id":7}"#, an_event("a", "[]", Some("7"))),
        (
            r#"{"event":"a","id":-1e3}"#,
            an_event("a", "[]", Some("-1e3")),
        ),
        (
            r#"{"event":"a","id":"x\"y"}"#,
            an_event("a", "[]", Some(r#""x\"y""#)),
        ),
        (r#"{"event":"a","id":null}"#, an_event("a", "[]", None)),
        (r#"{"event":"\u00fc\n"}"#, an_event("ü\n", "[]", None)),
        (r#"{"\u0065vent":"a"}"#, an_event("a", "[]", None)),
        (r#"{"event":""}"#, an_event("", "[]", None)),
        (
            r#"{"event":"a","more":{"event":"b"}}"#,
            an_event("a", "[]", None),
        ),
        (
            r#"{"event":"a","event":"b","data":1,"data":2}"#,
            an_event("b", "[2]", None),
        ),
    ];
    for (text, expected) in table {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn anything_else_is_text() {
    for text in [
        "",
        "hello",
        "1",
        "null",
        r#""event""#,
        r#"["event"]"#,
        "{}",
        r#"{"name":"a"}"#,
        r#"{"data":{"event":"a"}}"#,
        r#"{"event":"a""#,
        r#"{"event":"a"} more"#,
        r#"{"event":"a",}"#,
        r#"{"event":"a","data":}"#,
        "{\"event\":\"a\",\"data\":\"\u{1}\"}",
        "{event:'a'}",
    ] {
        assert_eq!(read(text), Inbound::Text, "{text}");
    }
}

#[test]
fn events_that_are_none_are_refused_with_what_was_expected() {
    let table = [
        (r#"{"event":5}"#, None, "`event`"),
        (r#"{"event":null,"id":1}"#, Some("1"), "`event`"),
        (r#"{"event":"\ud800"}"#, None, "`event`"),
        (
            r#"{"event":"a","data":1,"args":[1],"id":"x"}"#,
            Some(r#""x""#),
            "`data`",
        ),
        (r#"{"event":"a","args":{},"id":2}"#, Some("2"), "`args`"),
        (r#"{"event":"a","args":null}"#, None, "`args`"),
        (r#"{"event":"a","id":{}}"#, None, "`id`"),
        (r#"{"event":"a","id":[1]}"#, None, "`id`"),
        (r#"{"event":"a","id":true}"#, None, "`id`"),
    ];
    for (text, expected_id, about) in table {
        let Inbound::Wrong { id, words } = read(text) else {
            panic!("{text}: {:?}", read(text));
        };
        assert_eq!(id.as_deref(), expected_id, "{text}");
        assert!(words.starts_with(about), "{text}: {words}");
    }
}

#[test]
fn events_leave_as_frames() {
    let table = [
        (r#"["a"]"#, 0, None, r#"{"event":"a","args":[]}"#),
        (r#"["a",1.50]"#, 0, None, r#"{"event":"a","data":1.50}"#),
        (
            r#"["a", 1 ,"b"]"#,
            0,
            None,
            r#"{"event":"a","args":[1,"b"]}"#,
        ),
        (
            r#"["a",[1,2]]"#,
            0,
            Some(5),
            r#"{"event":"a","data":[1,2],"seq":5}"#,
        ),
        (
            r#"["\u00fc",null]"#,
            0,
            None,
            r#"{"event":"\u00fc","data":null}"#,
        ),
        (
            r#"["a",{"_placeholder":true,"num":0}]"#,
            1,
            Some(6),
            r#"{"event":"a","data":{"_placeholder":true,"num":0},"seq":6,"attachments":1}"#,
        ),
    ];
    for (text, attachments, number, frame) in table {
        assert_eq!(
            event_head(text)
                .map(|head| event(&head, attachments, number))
                .as_deref(),
            Some(frame),
            "{text}"
        );
    }
    for text in ["", "[]", "{}", "[1", "null"] {
        assert_eq!(event_head(text), None, "{text}");
    }
}

#[test]
fn acknowledgements_carry_the_id_as_it_came() {
    let table = [
        ("1", "[]", 0, r#"{"id":1,"args":[]}"#),
        ("1.0", "[1.0]", 0, r#"{"id":1.0,"data":1.0}"#),
        (
            r#""x""#,
            "[1,2]",
            2,
            r#"{"id":"x","args":[1,2],"attachments":2}"#,
        ),
    ];
    for (id, args, attachments, frame) in table {
        assert_eq!(ack(id, args, attachments).as_deref(), Some(frame), "{id}");
    }
    assert_eq!(
        error_ack("3", &json!({"status": "error"})),
        r#"{"id":3,"error":{"status":"error"}}"#
    );
}

/// Numbers that look random and are the same in each run (Marsaglia's xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap_or_default()
    }
}

/// Frames put together from what frames are made of, and cut and changed at random.
fn strange(dice: &mut Dice) -> String {
    const PARTS: [&str; 24] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"event\"",
        "\"data\"",
        "\"args\"",
        "\"id\"",
        "\"a\"",
        "1",
        "-",
        "1e999",
        "null",
        "true",
        "\"\\ud800\"",
        "\\",
        "\"",
        " ",
        "ü",
        "\u{0}",
        "[[[[",
        "{\"event\":\"a\"",
    ];
    const WHOLE: &str = r#"{"event":"a","data":{"b":[1,"ü"]},"id":"x"}"#;
    if dice.below(2) == 0 {
        let parts = (0..dice.below(16)).map(|_| PARTS[dice.below(PARTS.len())]);
        return parts.collect();
    }
    let mut chars: Vec<char> = WHOLE.chars().collect();
    for _ in 0..=dice.below(3) {
        if chars.is_empty() {
            break;
        }
        let place = dice.below(chars.len());
        match dice.below(3) {
            0 => drop(chars.remove(place)),
            1 => chars.insert(
                place,
                "{}[]\",:\\0n"[..]
                    .chars()
                    .nth(dice.below(10))
                    .unwrap_or(' '),
            ),
            _ => chars.truncate(place + 1),
        }
    }
    chars.into_iter().collect()
}

#[test]
fn strange_frames_are_read_as_something_and_never_break_the_reader() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut events = 0;
    for _ in 0..200_000 {
        let text = strange(&mut dice);
        let whole: Option<Value> = serde_json::from_str(&text).ok();
        match read(&text) {
            Inbound::Event { args, id, .. } => {
                events += 1;
                let answer = ack(id.as_deref().unwrap_or("0"), &args, 0);
                let answer = answer.unwrap_or_else(|| panic!("{text}: {args}"));
                // Raw text may hold what a tree cannot, such as 1e999: JSON it is all the same.
                assert!(
                    serde_json::from_str::<IgnoredAny>(&answer).is_ok(),
                    "{text}: {answer}"
                );
            }
            Inbound::Text => {
                let is_event = whole.as_ref().is_some_and(|it| it.get("event").is_some());
                assert!(!is_event, "{text}");
            }
            Inbound::Wrong { .. } => {}
        }
        let _ = event_head(&text).map(|head| event(&head, 1, Some(1)));
    }
    assert!(events > 1_000, "the dice must meet events too: {events}");
}

#[test]
fn frames_nested_a_million_deep_are_read_without_a_stack() {
    let deep = format!(
        r#"{{"event":"a","data":{}{}}}"#,
        "[".repeat(1_000_000),
        "]".repeat(1_000_000)
    );
    assert!(matches!(read(&deep), Inbound::Event { .. }));
}
