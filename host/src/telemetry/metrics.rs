//! Metrics in Prometheus's text format: counted from facts, with every limit beside what it
//! limits.

use std::sync::{Mutex, PoisonError};

use metrics::{Recorder, counter, gauge, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::fact::Fact;
use crate::limits::Limits;

mod per_event;

use per_event::PerEvent;

/// Upper bounds of the buckets of event durations, in seconds.
const DURATION_BUCKETS: [f64; 12] = [
    0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0,
];

/// Refused connections that a limit stands behind.
const CONNECTION_LIMITS: [&str; 4] = [
    "connections",
    "connections_per_address",
    "connections_per_principal",
    "connections_memory_bytes",
];

/// The metrics of one server.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    per_event: Mutex<PerEvent>,
}

/// What is read at the moment of asking.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauges {
    /// Connections.
    pub connections: usize,
    /// Memory that is accounted to connections and sessions, in bytes.
    pub connections_memory_bytes: usize,
    /// Volatile emits that were not sent to a client that could not take them at once.
    pub emits_dropped: u64,
    /// Members of namespaces.
    pub members: usize,
    /// Sessions, those that wait for their clients included.
    pub sessions: usize,
    /// Sessions that wait for their clients.
    pub sessions_absent: usize,
    /// Bytes of emits that sessions keep.
    pub retained_bytes: usize,
    /// Used reconnect tokens that are remembered.
    pub used_tokens: usize,
    /// Bytes of the journal of sessions.
    pub journal_bytes: u64,
    /// Disconnect hooks of sessions that ended without their client, which wait for a place.
    pub waiting_hooks: usize,
    /// Bytes of the histories of rooms.
    pub history_bytes: usize,
    /// Events in handlers.
    pub calls_in_flight: usize,
    /// Instances that are put back after each event.
    pub kept_instances: usize,
    /// Events that are answered.
    pub events: usize,
    /// Handlers that serve.
    pub handlers: usize,
    /// Files that cannot serve.
    pub handlers_failed: usize,
    /// The registry's generation.
    pub generation: u64,
    /// Facts recorded.
    pub facts: u64,
    /// Facts dropped.
    pub facts_dropped: u64,
    /// Log lines lost.
    pub log_lines_lost: u64,
}

impl Metrics {
    /// Metrics without a value yet, but for the limits.
    pub fn new(limits: &Limits) -> Self {
        let builder = PrometheusBuilder::new();
        let recorder = match builder.set_buckets(&DURATION_BUCKETS) {
            Ok(builder) => builder.build_recorder(),
            Err(_) => PrometheusBuilder::new().build_recorder(),
        };
        let metrics = Self {
            handle: recorder.handle(),
            recorder,
            per_event: Mutex::default(),
        };
        metrics.describe();
        metrics.set_limits(limits);
        metrics
    }

    /// Counts one fact.
    pub fn count(&self, fact: &Fact) {
        let mut per_event = self
            .per_event
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        with_local_recorder(&self.recorder, || match fact {
            Fact::EventEnded(ended) => per_event.ended(ended),
            Fact::GuestLogged { handler, .. } => per_event.guest_logged(handler),
            other => count(other),
        });
    }

    /// Folds what was recorded into the histograms' buckets; until then every record takes memory.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// The metrics in text form.
    pub fn render(&self, gauges: Gauges) -> String {
        with_local_recorder(&self.recorder, || {
            let set = |name: &'static str, value: f64| gauge!(name).set(value);
            set("fs7_connections", gauges.connections as f64);
            set(
                "fs7_connections_memory_bytes",
                gauges.connections_memory_bytes as f64,
            );
            counter!("fs7_emits_dropped_total").absolute(gauges.emits_dropped);
            set("fs7_members", gauges.members as f64);
            set("fs7_sessions", gauges.sessions as f64);
            set("fs7_sessions_absent", gauges.sessions_absent as f64);
            set("fs7_retained_bytes", gauges.retained_bytes as f64);
            set("fs7_used_tokens", gauges.used_tokens as f64);
            set("fs7_journal_bytes", gauges.journal_bytes as f64);
            set("fs7_history_bytes", gauges.history_bytes as f64);
            set("fs7_waiting_hooks", gauges.waiting_hooks as f64);
            set("fs7_calls_in_flight", gauges.calls_in_flight as f64);
            set("fs7_kept_instances", gauges.kept_instances as f64);
            set("fs7_events", gauges.events as f64);
            set("fs7_handlers", gauges.handlers as f64);
            set("fs7_handlers_failed", gauges.handlers_failed as f64);
            set("fs7_generation", gauges.generation as f64);
            counter!("fs7_facts_total").absolute(gauges.facts);
            counter!("fs7_facts_dropped_total").absolute(gauges.facts_dropped);
            counter!("fs7_log_lines_lost_total").absolute(gauges.log_lines_lost);
        });
        self.upkeep();
        self.handle.render()
    }

    fn describe(&self) {
        let describe = |name: &'static str, words: &'static str| {
            self.recorder
                .describe_counter(name.into(), None, words.into());
        };
        describe("fs7_events_total", "Events by handler, outcome and code.");
        describe("fs7_emits_total", "Emits by whether they reached somebody.");
        describe("fs7_handler_loads_total", "Files loaded or refused.");
        describe(
            "fs7_contract_loads_total",
            "Contracts published or refused.",
        );
        describe(
            "fs7_contract_violations_total",
            "Arguments that did not fit the contract, by direction and mode; inbound ones that \
             were refused count as events with the code `invalid_payload`.",
        );
        describe(
            "fs7_contract_unknown_events_total",
            "Names of events that are served and that the contract does not have.",
        );
        describe(
            "fs7_limit_reached_total",
            "Refusals and closings for a limit, by its name in the settings.",
        );
        describe(
            "fs7_emits_dropped_total",
            "Volatile emits that a client could not take at once, by client.",
        );
        describe("fs7_sessions_total", "Sessions by what became of them.");
        describe(
            "fs7_tokens_refused_total",
            "Reconnect tokens refused, by code.",
        );
        describe(
            "fs7_hooks_dropped_total",
            "Disconnect hooks of sessions that will not run, by reason.",
        );
        describe(
            "fs7_connections_closed_total",
            "Connections that ended, by reason: `ping timeout`, `outbound_bytes`, …",
        );
        describe(
            "fs7_messages_total",
            "Messages sent through the HTTP interface, by whom they were for.",
        );
        describe(
            "fs7_message_receivers_total",
            "Members whom those messages reached or missed.",
        );
        describe(
            "fs7_connections_total",
            "Connections by what became of them.",
        );
    }

    fn set_limits(&self, limits: &Limits) {
        let Ok(serde_json::Value::Object(limits)) = serde_json::to_value(limits) else {
            return;
        };
        with_local_recorder(&self.recorder, || {
            for (name, value) in limits {
                if let Some(value) = value.as_f64() {
                    gauge!("fs7_limit", "name" => name).set(value);
                }
            }
        });
    }
}

fn count(fact: &Fact) {
    match fact {
        Fact::HandlerPublished { .. } => loads("published"),
        Fact::HandlerRemoved { .. } => loads("removed"),
        Fact::HandlerLoadFailed { .. } => loads("failed"),
        Fact::ContractLoaded { .. } => contract_loads("loaded"),
        Fact::ContractFailed { .. } => contract_loads("failed"),
        Fact::ContractUnknownEvent { direction, .. } => {
            counter!("fs7_contract_unknown_events_total", "direction" => *direction).increment(1);
        }
        Fact::ContractViolation(told) => {
            let labels = [("direction", told.direction), ("mode", told.mode)];
            counter!("fs7_contract_violations_total", &labels).increment(1 + told.untold);
        }
        Fact::SessionBegan { .. } => sessions("began"),
        Fact::SessionResumed { recovered, .. } => sessions(if *recovered {
            "recovered"
        } else {
            "resumed_with_gap"
        }),
        Fact::SessionAbsent { .. } => sessions("absent"),
        Fact::SessionEnded { reason, .. } => sessions(reason),
        Fact::HookDropped { code, .. } => {
            counter!("fs7_hooks_dropped_total", "code" => *code).increment(1);
            if *code == "waiting_hooks" {
                limit_reached(code);
            }
        }
        Fact::EmitsForgotten { .. } => limit_reached("sessions_bytes"),
        Fact::TokenRefused { code } => {
            counter!("fs7_tokens_refused_total", "code" => *code).increment(1);
            // The one limit for which a token is refused.
            if *code == "busy" {
                limit_reached("used_tokens");
            }
        }
        Fact::SendFailed { what, .. } => {
            counter!("fs7_sends_failed_total", "what" => *what).increment(1);
        }
        Fact::MessageSent {
            to, total, failed, ..
        } => {
            counter!("fs7_messages_total", "to" => *to).increment(1);
            let reached = total.saturating_sub(*failed) as u64;
            counter!("fs7_message_receivers_total", "result" => "reached").increment(reached);
            counter!("fs7_message_receivers_total", "result" => "missed").increment(*failed as u64);
        }
        Fact::CompileCacheRefused { .. } => {
            counter!("fs7_compile_cache_refused_total").increment(1);
        }
        _ => count_connection(fact),
    }
}

fn count_connection(fact: &Fact) {
    match fact {
        Fact::ConnectionOpened { .. } => connections("opened"),
        Fact::ConnectionClosed { reason, .. } => {
            connections("closed");
            counter!("fs7_connections_closed_total", "reason" => *reason).increment(1);
        }
        Fact::ConnectionRefused { code } => {
            connections(code);
            if CONNECTION_LIMITS.contains(code) {
                limit_reached(code);
            }
        }
        Fact::SlowClientClosed { code, .. } => {
            connections(code);
            limit_reached(match *code {
                "write_stall" => "write_stall_ms",
                code => code,
            });
        }
        Fact::ConnectionEvicted { code, .. } => {
            connections(code);
            limit_reached(match *code {
                "connection_memory" => "connection_memory_bytes",
                _ => "connections_memory_bytes",
            });
        }
        Fact::LimitReached { limit, .. } => limit_reached(limit),
        Fact::AcceptFailed { .. } => connections("accept_failed"),
        _ => {}
    }
}

fn limit_reached(name: &'static str) {
    counter!("fs7_limit_reached_total", "name" => name).increment(1);
}

fn sessions(result: &'static str) {
    counter!("fs7_sessions_total", "result" => result).increment(1);
}

fn loads(result: &'static str) {
    counter!("fs7_handler_loads_total", "result" => result).increment(1);
}

fn contract_loads(result: &'static str) {
    counter!("fs7_contract_loads_total", "result" => result).increment(1);
}

fn connections(result: &'static str) {
    counter!("fs7_connections_total", "result" => result).increment(1);
}
