//! The lines are held, byte for byte, against those that tracing writes of the same facts.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tracing::{Level, debug, error, info, trace, warn};

use super::*;
use crate::config::settings::LogSettings;
use crate::event::{ConnectionId, OccurrenceId};
use crate::fact::{EventEnded, Fact, GuestLevel};
use crate::telemetry::log_file::LogFile;
use crate::telemetry::subscriber;

const LEVELS: [Level; 5] = [
    Level::ERROR,
    Level::WARN,
    Level::INFO,
    Level::DEBUG,
    Level::TRACE,
];

/// Texts that are empty, short, long, special, special at any place, or beyond ASCII.
fn texts() -> Vec<String> {
    let mut texts = vec![
        String::new(),
        "room".to_owned(),
        "user 12345 signed up as user@example.com".to_owned(),
        "a \"quoted\" \\ path\r\n\tand more".to_owned(),
        "\u{1b}[31mred\u{7f}".to_owned(),
        "ünïcödé 🦀\u{85}\u{9b}\u{2028}".to_owned(),
        "é".repeat(20),
        (0..=0xff).map(char::from).collect(),
    ];
    for length in 1..20 {
        texts.extend((0..length).map(|at| {
            let mut text = vec![b'a'; length];
            text[at] = [b'"', b'\\', 0x00, 0x1f, b' ', b'!', 0x7f][at % 7];
            String::from_utf8(text).unwrap()
        }));
    }
    texts
}

fn guest_logged() -> Vec<Fact> {
    use GuestLevel::{Critical, Debug, Error, Info, Trace, Warn};
    let texts = texts();
    let levels = [Trace, Debug, Info, Warn, Error, Critical];
    let levels = levels.iter().cycle();
    let pairs = texts.iter().zip(texts.iter().cycle().skip(3)).zip(levels);
    let facts = pairs.enumerate().flat_map(|(index, ((a, b), level))| {
        [None, Some(OccurrenceId::next())].map(|occurrence| Fact::GuestLogged {
            occurrence,
            handler: Arc::from(texts[index % 5].as_str()),
            generation: u64::MAX >> (index % 64),
            level: *level,
            context: a.clone().into(),
            message: b.clone(),
        })
    });
    facts.collect()
}

fn ended(text: &str, index: usize) -> EventEnded {
    // Whether an optional field is there, in all combinations.
    let has = |bit: usize| index >> bit & 1 == 1;
    EventEnded {
        occurrence: OccurrenceId::next(),
        namespace: Arc::from(text),
        event: Arc::from(text),
        origin: ["socket", "http", "cli"][index % 3],
        connection: has(0).then(|| ConnectionId::from_text(text)),
        handler: has(1).then(|| Arc::from(text)),
        generation: index as u64,
        outcome: ["replied", "rejected", "failed"][index / 2 % 3],
        code: has(2).then_some("invalid_payload"),
        detail: has(3).then(|| text.to_owned()),
        limit: has(4).then_some("call_wait_ms"),
        duration: [
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_nanos(19_937),
            Duration::from_nanos(123_456_789),
            Duration::from_secs(3_600),
            Duration::MAX,
        ][index % 6],
        peak_memory_bytes: usize::MAX >> (index % 64),
        delivered: u32::MAX >> (index % 32),
        undelivered: index as u32,
        log_lines_dropped: 0,
        traceparent: has(5).then(|| text.to_owned()),
    }
}

fn facts() -> Vec<Fact> {
    let texts = texts();
    let count = texts.len().max(64);
    let texts = texts.iter().cycle().take(count).enumerate();
    let ended = texts.map(|(index, text)| Fact::EventEnded(Box::new(ended(text, index))));
    ended.chain(guest_logged()).collect()
}

/// The fact through tracing.
fn trace(fact: &Fact) {
    match fact {
        Fact::EventEnded(ended) => trace_ended(ended),
        Fact::GuestLogged {
            occurrence,
            handler,
            generation,
            level,
            context,
            message,
        } => {
            let id = occurrence.map(|id| id.to_string()).unwrap_or_default();
            macro_rules! line {
                ($macro:ident) => {
                    $macro!(
                        target: "fs7::fact::log",
                        fact = "guest_logged",
                        %handler,
                        generation,
                        occurrence_id = %id,
                        context = %context,
                        text = %message,
                        "handler logged"
                    )
                };
            }
            match level {
                GuestLevel::Trace => line!(trace),
                GuestLevel::Debug => line!(debug),
                GuestLevel::Info => line!(info),
                GuestLevel::Warn => line!(warn),
                GuestLevel::Error | GuestLevel::Critical => line!(error),
            }
        }
        other => panic!("not a fact of every event: {other:?}"),
    }
}

fn trace_ended(ended: &EventEnded) {
    macro_rules! line {
        ($macro:ident) => {
            $macro!(
                target: "fs7::fact::log",
                fact = "event_ended",
                occurrence_id = %ended.occurrence,
                namespace = %ended.namespace,
                event = %ended.event,
                origin = ended.origin,
                connection = ended.connection.as_ref().map(|id| id.as_str()),
                handler = ended.handler.as_deref(),
                generation = ended.generation,
                outcome = ended.outcome,
                code = ended.code,
                detail = ended.detail.as_deref(),
                limit = ended.limit,
                duration_us = ended.duration.as_secs_f64() * 1e6,
                peak_memory_bytes = ended.peak_memory_bytes,
                delivered = ended.delivered,
                undelivered = ended.undelivered,
                log_lines_dropped = ended.log_lines_dropped,
                traceparent = ended.traceparent.as_deref(),
                "event ended"
            )
        };
    }
    if ended.outcome == "failed" {
        line!(warn)
    } else {
        line!(debug)
    }
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn take(&self) -> String {
        timeless(std::mem::take(&mut *self.0.lock().unwrap()))
    }
}

/// A line with zeros for the digits of its time, which ends with the first `Z`.
fn timeless(line: Vec<u8>) -> String {
    let line = String::from_utf8(line).unwrap();
    let (time, rest) = line.split_at(line.find('Z').unwrap_or_default());
    time.replace(|char: char| char.is_ascii_digit(), "0") + rest
}

#[test]
fn lines_are_those_of_tracing() {
    let facts = facts();
    let mut lines = EventLines::default();
    for (file_level, console) in LEVELS
        .into_iter()
        .flat_map(|level| [Console::Lines, Console::Silent].map(|console| (level, console)))
    {
        let wanted = Wanted {
            file_level,
            console,
        };
        let [json, text] = [Written::default(), Written::default()];
        let [json_out, text_out] = [json.clone(), text.clone()];
        let subscriber = subscriber(wanted, move || json_out.clone(), move || text_out.clone());
        tracing::subscriber::with_default(subscriber, || {
            for fact in &facts {
                trace(fact);
                fact.log(|line| lines.format(wanted, SystemTime::now(), line));
                let place = format!("{file_level}, {console:?}, {fact:?}");
                assert_eq!(timeless(lines.json.clone()), json.take(), "{place}");
                assert_eq!(timeless(lines.text.clone()), text.take(), "{place}");
            }
        });
    }
}

#[test]
fn every_level_and_sink_has_a_line() {
    let mut lines = EventLines::default();
    let mut found = [0, 0];
    for fact in facts() {
        let wanted = Wanted {
            file_level: Level::TRACE,
            console: Console::Lines,
        };
        fact.log(|line| lines.format(wanted, SystemTime::now(), line));
        found[0] += usize::from(!lines.json.is_empty());
        found[1] += usize::from(!lines.text.is_empty());
    }
    assert_eq!(found[0], facts().len());
    assert!((1..found[0]).contains(&found[1]), "{found:?}");
}

/// Sinks, and what is in the log file.
fn sinks(directory: &std::path::Path) -> (Sinks, impl Fn() -> String) {
    let log_file = Arc::new(LogFile::open(directory, LogSettings::default()).unwrap());
    let path = log_file.path().to_owned();
    let wanted = Wanted {
        file_level: Level::DEBUG,
        console: Console::Lines,
    };
    let sinks = Sinks { log_file, wanted };
    (sinks, move || std::fs::read_to_string(&path).unwrap())
}

#[test]
fn warnings_are_on_disk_at_once_with_what_came_before() {
    let directory = tempfile::tempdir().unwrap();
    let (sinks, on_disk) = sinks(directory.path());
    console::gather();
    let mut lines = EventLines::default();
    let mut log = |outcome| {
        let ended = EventEnded {
            outcome,
            ..ended("chat", 0)
        };
        Fact::EventEnded(Box::new(ended)).log(|line| lines.write(&sinks, line));
    };
    log("replied");
    assert_eq!(on_disk(), "");
    assert_eq!(console::gathered(), b"");
    log("failed");
    let outcomes = ["\"outcome\":\"replied\"", "\"outcome\":\"failed\""];
    let on_disk = on_disk();
    assert_eq!(on_disk.lines().count(), 2, "{on_disk}");
    for (line, outcome) in on_disk.lines().zip(outcomes) {
        assert!(line.contains(outcome), "{line}");
    }
    let shown = String::from_utf8(console::gathered()).unwrap();
    assert_eq!(shown.lines().count(), 1, "{shown}");
    assert!(
        shown.contains("  WARN event ended fact=\"event_ended\""),
        "{shown}"
    );
}
