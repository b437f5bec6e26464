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
    /// The handler that was counted last; of one event come several facts.
    latest: Option<(Arc<str>, PerHandler)>,
    /// As many as there are names of handlers, but for the latest.
    others: HashMap<Arc<str>, PerHandler>,
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
        add(&common.delivered, ended.delivered);
        add(&common.undelivered, ended.undelivered);
        add(&common.log_lines_dropped, ended.log_lines_dropped);
        match &ended.handler {
            Some(handler) => self.handler(handler).ended(handler, ended),
            None => self.nobody.ended(NONE, ended),
        }
        if let Some(name) = ended.limit {
            limit_reached(name);
        }
    }

    fn handler(&mut self, name: &Arc<str>) -> &mut PerHandler {
        // An event's facts say it with texts of their own.
        if let Some((other, kept)) = self.latest.take_if(|(latest, _)| *latest != *name) {
            self.others.insert(other, kept);
        }
        let find = || (name.clone(), self.others.remove(name).unwrap_or_default());
        let (_, kept) = self.latest.get_or_insert_with(find);
        kept
    }
}

/// Most of what is added is nothing, and a counter that nothing is added to takes no less time.
fn add(counter: &Counter, number: u32) {
    if number > 0 {
        counter.increment(number.into());
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

#[cfg(test)]
mod tests {
    use crate::fact::{Fact, GuestLevel};
    use crate::limits::Limits;
    use crate::telemetry::metrics::Metrics;

    use super::*;

    fn guest_logged(handler: &Arc<str>) -> Fact {
        Fact::GuestLogged {
            occurrence: None,
            handler: handler.clone(),
            generation: 1,
            level: GuestLevel::Info,
            context: Arc::default(),
            message: String::new(),
        }
    }

    #[test]
    fn handlers_are_counted_by_name_whoever_was_the_latest() {
        let metrics = Metrics::new(&Limits::default());
        // A handler that is published anew has the same name, but not the same text of it.
        let [chat, room, chat_again] = ["chat", "room", "chat"].map(Arc::from);
        for handler in [&chat, &chat, &room, &chat, &chat_again, &room, &chat] {
            metrics.count(&guest_logged(handler));
        }
        let text = metrics.render(Default::default());
        for line in [
            "fs7_guest_log_lines_total{handler=\"chat\"} 5",
            "fs7_guest_log_lines_total{handler=\"room\"} 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{text}");
        }
    }
}
