//! How facts read in the log: constant messages, data in fields.

use tracing::{debug, error, info, warn};

use super::{ContractViolation, Fact};

pub(crate) mod per_event;

use per_event::Line;

/// Where lines of facts come from, as they say themselves.
pub(crate) const TARGET: &str = module_path!();

impl Fact {
    /// Writes the fact to the log: one that every event leaves through `write`, all others
    /// through tracing. Levels: error, a human must act; warn, recovered but odd; info,
    /// life-cycle; debug, per event.
    pub(crate) fn log(&self, write: impl FnOnce(&Line<'_>)) {
        match self {
            Self::EventEnded(ended) => per_event::ended(ended, write),
            Self::GuestLogged { .. } => self.guest_logged(write),
            Self::HandlerPublished { .. }
            | Self::HandlerRemoved { .. }
            | Self::HandlerLoadFailed { .. }
            | Self::EventsDirFailed { .. }
            | Self::CompileCacheRefused { .. } => self.log_registry(),
            Self::ContractLoaded { .. }
            | Self::ContractFailed { .. }
            | Self::ContractUnknownEvent { .. } => self.log_contract(),
            Self::ContractViolation(violation) => log_violation(violation),
            Self::ConnectionOpened { .. }
            | Self::ConnectionClosed { .. }
            | Self::ConnectionRefused { .. }
            | Self::NamespaceJoined { .. }
            | Self::SlowClientClosed { .. }
            | Self::ConnectionEvicted { .. }
            | Self::LimitReached { .. }
            | Self::AcceptFailed { .. } => self.log_connection(),
            Self::SendFailed { .. } | Self::MessageSent { .. } => self.log_sending(),
            Self::SessionBegan { .. }
            | Self::SessionResumed { .. }
            | Self::SessionAbsent { .. }
            | Self::SessionEnded { .. }
            | Self::HookDropped { .. }
            | Self::EmitsForgotten { .. }
            | Self::TokenRefused { .. } => self.log_session(),
            Self::ServerStarted { .. }
            | Self::ServerDraining
            | Self::ServerStopped { .. }
            | Self::Warned { .. } => self.log_server(),
        }
    }

    fn log_session(&self) {
        match self {
            Self::SessionBegan {
                session,
                connection,
                namespace,
            } => info!(
                fact = "session_began",
                %session, %connection, %namespace,
                "session began"
            ),
            Self::SessionResumed {
                session,
                connection,
                namespace,
                recovered,
                replayed,
            } => info!(
                fact = "session_resumed",
                %session, %connection, %namespace, recovered, replayed,
                "client came back to its session"
            ),
            Self::SessionAbsent {
                session,
                connection,
            } => info!(
                fact = "session_absent",
                %session, %connection,
                "session waits for its client"
            ),
            Self::SessionEnded {
                session,
                namespace,
                reason,
            } => info!(
                fact = "session_ended",
                %session, %namespace, reason,
                "session ended"
            ),
            Self::HookDropped {
                session,
                namespace,
                code,
            } => warn!(
                fact = "hook_dropped",
                %session, %namespace, code,
                "disconnect hook will not run"
            ),
            Self::EmitsForgotten { bytes } => info!(
                fact = "emits_forgotten",
                bytes,
                limit = "sessions_bytes",
                "sessions kept too much, the older half went"
            ),
            Self::TokenRefused { code } => {
                info!(fact = "token_refused", code, "reconnect token refused");
            }
            _ => {}
        }
    }

    fn log_registry(&self) {
        match self {
            Self::HandlerPublished {
                file,
                handler,
                version,
                sha256,
                generation,
                duration,
            } => info!(
                fact = "handler_published",
                %file, %handler, %version, %sha256, generation,
                duration_ms = duration.as_secs_f64() * 1e3,
                "handler published"
            ),
            Self::HandlerRemoved { file, generation } => {
                info!(fact = "handler_removed", %file, generation, "handler removed");
            }
            Self::HandlerLoadFailed {
                file,
                expected,
                found,
            } => warn!(
                fact = "handler_load_failed",
                %file, %expected, %found,
                "handler not loaded, what serves is unchanged"
            ),
            Self::EventsDirFailed { detail } => {
                error!(fact = "events_dir_failed", %detail, "events directory not readable");
            }
            Self::CompileCacheRefused { detail } => {
                warn!(fact = "compile_cache_refused", %detail, "compile cache entry not used");
            }
            _ => {}
        }
    }

    fn log_contract(&self) {
        match self {
            Self::ContractLoaded {
                file,
                title,
                version,
                sha256,
                generation,
                operations,
                warnings,
            } => info!(
                fact = "contract_loaded",
                %file, %title, %version, %sha256, generation, operations, warnings,
                "contract loaded"
            ),
            Self::ContractFailed {
                file,
                expected,
                found,
            } => warn!(
                fact = "contract_failed",
                %file, %expected, %found,
                "contract not loaded, what serves is unchanged"
            ),
            Self::ContractUnknownEvent {
                direction,
                namespace,
                event,
                warns,
            } => {
                macro_rules! line {
                    ($macro:ident) => {
                        $macro!(
                            fact = "contract_unknown_event",
                            direction, %namespace, %event,
                            "event that the contract does not name"
                        )
                    };
                }
                if *warns {
                    line!(warn);
                } else {
                    line!(info);
                }
            }
            _ => {}
        }
    }

    fn log_connection(&self) {
        match self {
            Self::ConnectionOpened {
                connection,
                transport,
            } => {
                debug!(fact = "connection_opened", %connection, transport, "connection opened");
            }
            Self::ConnectionClosed {
                connection,
                reason,
                duration,
                received_bytes,
                sent_bytes,
            } => {
                debug!(
                    fact = "connection_closed",
                    %connection, reason,
                    duration_ms = duration.as_secs_f64() * 1e3,
                    received_bytes, sent_bytes,
                    "connection closed"
                );
            }
            // A server that stops keeps everybody out: as asked, however many come.
            Self::ConnectionRefused { code: "draining" } => {
                debug!(
                    fact = "connection_refused",
                    code = "draining",
                    "connection refused"
                );
            }
            Self::ConnectionRefused { code } => {
                warn!(fact = "connection_refused", code, "connection refused");
            }
            Self::NamespaceJoined {
                connection,
                namespace,
            } => {
                debug!(fact = "namespace_joined", %connection, %namespace, "namespace joined");
            }
            Self::SlowClientClosed {
                connection,
                code,
                waiting_bytes,
            } => warn!(
                fact = "slow_client_closed",
                %connection, code, waiting_bytes,
                "connection closed, its client does not read"
            ),
            Self::ConnectionEvicted {
                connection,
                code,
                bytes,
            } => warn!(
                fact = "connection_evicted",
                %connection, code, bytes,
                "closed for want of memory"
            ),
            Self::LimitReached {
                connection,
                limit,
                detail,
            } => info!(fact = "limit_reached", %connection, limit, %detail, "a limit was reached"),
            Self::AcceptFailed { detail } => {
                error!(fact = "accept_failed", %detail, "connection not accepted");
            }
            _ => {}
        }
    }

    fn log_sending(&self) {
        match self {
            Self::SendFailed { connection, what } => {
                debug!(fact = "send_failed", %connection, what, "connection has gone before a send");
            }
            Self::MessageSent {
                namespace,
                event,
                to,
                total,
                failed,
            } => debug!(
                fact = "message_sent",
                %namespace, %event, to, total, failed,
                "message sent for the operator"
            ),
            _ => {}
        }
    }

    fn log_server(&self) {
        match self {
            Self::ServerStarted {
                address,
                events,
                duration,
            } => info!(
                fact = "server_started",
                %address, events,
                duration_ms = duration.as_secs_f64() * 1e3,
                "server started"
            ),
            Self::ServerDraining => info!(fact = "server_draining", "server draining"),
            Self::ServerStopped {
                closed,
                failed,
                duration,
            } => info!(
                fact = "server_stopped",
                closed,
                failed,
                duration_ms = duration.as_secs_f64() * 1e3,
                "server stopped"
            ),
            Self::Warned { topic, detail } => {
                warn!(fact = "warned", topic, %detail, "attention needed");
            }
            _ => {}
        }
    }
}

fn log_violation(violation: &ContractViolation) {
    let ContractViolation {
        occurrence,
        direction,
        mode,
        handler,
        namespace,
        event,
        pointer,
        rule,
        message,
        violations,
        untold,
    } = violation;
    warn!(
        fact = "contract_violation",
        occurrence_id = %occurrence,
        direction, mode, %handler, %namespace, %event, %pointer, %rule,
        text = %message,
        violations, untold,
        "arguments do not fit the contract"
    );
}
