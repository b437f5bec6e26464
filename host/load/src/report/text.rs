//! A report for people: rows of a label and what it says.

use std::collections::BTreeMap;

use super::{Broadcasts, Load, Report, Round, Usage};
use crate::measure::Quantiles;

impl Report {
    /// The report as rows of two columns.
    #[must_use]
    pub fn rows(&self) -> Vec<[String; 2]> {
        let mut rows = Vec::new();
        let mut row = |label: &str, words: String| rows.push([label.to_owned(), words]);
        row(
            "scenario",
            format!("{} against {}", self.scenario, self.target),
        );
        let connections = &self.connections;
        row(
            "connections",
            format!(
                "{} opened in {:.2} s, {} lost, {} pings answered",
                connections.opened, connections.open_seconds, connections.lost, connections.pings
            ),
        );
        row("opening", spread(connections.open_us.as_ref()));
        if let Some(load) = &self.load {
            load.rows(&mut row);
        }
        if let Some(broadcasts) = &self.broadcasts {
            broadcasts.rows(&mut row);
        }
        for (index, round) in self.storms.iter().enumerate() {
            round.rows(index + 1, &mut row);
        }
        if let Some(server) = &self.server {
            server.rows(&mut row);
        }
        row("errors", codes(&self.errors));
        rows
    }
}

impl Load {
    fn rows(&self, row: &mut impl FnMut(&str, String)) {
        let asked = self
            .rate_asked
            .map_or_else(String::new, |rate| format!(" of {rate}/s asked for"));
        row(
            "events",
            format!(
                "{} sent, {} done, {} failed in {:.2} s: {:.0}/s{asked}",
                self.sent, self.done, self.failed, self.seconds, self.per_second
            ),
        );
        if let Some(shares) = &self.shares {
            row(
                "each connection",
                format!(
                    "{} done at least, median {}, {} at most",
                    shares.least, shares.median, shares.most
                ),
            );
        }
        row("latency", spread(self.latency_us.as_ref()));
        row("", format!("({})", self.latency_is));
        if self.rate_asked.is_some() {
            row("left late by", spread(self.late_us.as_ref()));
        }
    }
}

impl Broadcasts {
    fn rows(&self, row: &mut impl FnMut(&str, String)) {
        row(
            "broadcasts",
            format!(
                "{} sent, {} reached all {} in {:.2} s",
                self.sent, self.complete, self.receivers, self.seconds
            ),
        );
        row(
            "deliveries",
            format!("{}: {:.0}/s", self.deliveries, self.deliveries_per_second),
        );
        row("to each", spread(self.delivery_us.as_ref()));
        row("to the last", spread(self.last_us.as_ref()));
    }
}

impl Round {
    fn rows(&self, number: usize, row: &mut impl FnMut(&str, String)) {
        row(
            &format!("storm {number}"),
            format!(
                "{} of {} back after {} attempts; refused: {}",
                self.back,
                self.clients,
                self.attempts,
                codes(&self.refused)
            ),
        );
        if let Some(sessions) = &self.sessions {
            row(
                "  sessions",
                format!(
                    "{} resumed, {} recovered, {} lost, {} tokens refused",
                    sessions.resumed, sessions.recovered, sessions.lost, sessions.refused_tokens
                ),
            );
        }
        if let Some(back) = &self.back_us {
            row(
                "  back after",
                format!(
                    "first {}, median {}, p99 {}, last {}",
                    time(back.first),
                    time(back.median),
                    time(back.p99),
                    time(back.last)
                ),
            );
        }
    }
}

impl Usage {
    fn rows(&self, row: &mut impl FnMut(&str, String)) {
        let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
        row(
            "server memory",
            format!(
                "{} before, {} with all open, {} at the end: {:.1} KiB per connection",
                mib(self.rss_before_bytes),
                mib(self.rss_open_bytes),
                mib(self.rss_after_bytes),
                self.rss_per_connection_bytes as f64 / 1024.0
            ),
        );
        row(
            "server processor",
            format!(
                "{:.2} s for opening, {:.2} s for the load",
                self.cpu_open_seconds, self.cpu_load_seconds
            ),
        );
    }
}

fn spread(quantiles: Option<&Quantiles>) -> String {
    let Some(it) = quantiles else {
        return "none measured".to_owned();
    };
    format!(
        "p50 {}, p90 {}, p99 {}, p99.9 {}, max {}",
        time(it.p50),
        time(it.p90),
        time(it.p99),
        time(it.p999),
        time(it.max)
    )
}

/// Microseconds in the unit that reads best.
fn time(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{:.2} ms", micros as f64 / 1e3),
        _ => format!("{:.2} s", micros as f64 / 1e6),
    }
}

fn codes(codes: &BTreeMap<String, u64>) -> String {
    if codes.is_empty() {
        return "none".to_owned();
    }
    let codes = codes.iter().map(|(code, count)| format!("{code} {count}"));
    codes.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (micros, words) in [
            (0, "0 µs"),
            (999, "999 µs"),
            (1_000, "1.00 ms"),
            (999_990, "999.99 ms"),
            (1_500_000, "1.50 s"),
        ] {
            assert_eq!(time(micros), words);
        }
    }

    #[test]
    fn codes_are_listed() {
        assert_eq!(codes(&BTreeMap::new()), "none");
        let some = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
        assert_eq!(codes(&some), "a 1, b 2");
    }
}
