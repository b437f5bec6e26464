//! Metrics that change with every event: their handles are kept, because to look one up by its
//! labels costs more than to change it. Used inside the recorder's scope.

use std::collections::HashMap;
use std::sync::Arc;

use metrics::{Counter, Histogram, counter, histogram};

use crate::fact::EventEnded;

use super::limit_reached;

/// What stands for the handler of an event that nobody answers.
const NONE: &str = "none";

/// The handles, which are made when they are needed first.
#[derive(Default)]
pub(super) struct PerEvent {
    common: Option<Common>,
    /// As many as there are names of handlers.
    handlers: HashMap<Arc<str>, PerHandler>,
    /// Of events that no handler answered.
    nobody: PerHandler,
}

struct Common {
    delivered: Counter,
    undelivered: Counter,
    log_lines_dropped: Counter,
}

#[derive(Default)]
struct PerHandler {
    duration: Option<Histogram>,
    log_lines: Option<Counter>,
    /// By outcome and code, of which there are a few.
    outcomes: Vec<((&'static str, &'static str), Counter)>,
}

impl PerEvent {
    /// Counts a line that a guest has logged.
    pub(super) fn guest_logged(&mut self, handler: &Arc<str>) {
        let kept = self.handler(handler);
        let log_lines = kept.log_lines.get_or_insert_with(
            || counter!("fs7_guest_log_lines_total", "handler" => handler.to_string()),
        );
        log_lines.increment(1);
    }

    /// Counts an event. Labelled by handler, never by event: names of events that nobody answers
    /// are the clients' to choose, and every label value is kept for good.
    pub(super) fn ended(&mut self, ended: &EventEnded) {
        let common = self.common.get_or_insert_with(Common::new);
        common.delivered.increment(ended.delivered.into());
        common.undelivered.increment(ended.undelivered.into());
        common
            .log_lines_dropped
            .increment(ended.log_lines_dropped.into());
        match &ended.handler {
            Some(handler) => self.handler(handler).ended(handler, ended),
            None => self.nobody.ended(NONE, ended),
        }
        if let Some(name) = ended.limit {
            limit_reached(name);
        }
    }

    fn handler(&mut self, name: &Arc<str>) -> &mut PerHandler {
        self.handlers.entry(name.clone()).or_default()
    }
}

impl Common {
    fn new() -> Self {
        Self {
            delivered: counter!("fs7_emits_total", "result" => "delivered"),
            undelivered: counter!("fs7_emits_total", "result" => "undelivered"),
            log_lines_dropped: counter!("fs7_guest_log_lines_dropped_total"),
        }
    }
}

impl PerHandler {
    fn ended(&mut self, handler: &str, ended: &EventEnded) {
        let duration = self.duration.get_or_insert_with(
            || histogram!("fs7_event_duration_seconds", "handler" => handler.to_owned()),
        );
        duration.record(ended.duration.as_secs_f64());
        let key = (ended.outcome, ended.code.unwrap_or("none"));
        if let Some((_, counter)) = self.outcomes.iter().find(|(known, _)| *known == key) {
            counter.increment(1);
            return;
        }
        let counter = counter!(
            "fs7_events_total",
            "handler" => handler.to_owned(),
            "outcome" => key.0,
            "code" => key.1
        );
        counter.increment(1);
        self.outcomes.push((key, counter));
    }
}
