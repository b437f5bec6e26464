//! Tokens at the operator's request: made for a session, and checked or used up for it.

use crate::event::{ConnectionId, now_ms};
use crate::fact::Fact;
use crate::session::{Claims, SessionError, TokenError};

use super::Hub;

impl Hub {
    /// New tokens for a session of a namespace, and until when they are good, in milliseconds
    /// since 1970-01-01 UTC. The session need not exist: it begins when its client comes.
    ///
    /// # Errors
    /// When there are no sessions, or the system gives no random bytes.
    pub(in crate::gateway) fn make_tokens(
        &self,
        id: &ConnectionId,
        namespace: &str,
        count: usize,
    ) -> Result<(Vec<String>, u64), SessionError> {
        let store = self.store().ok_or(SessionError::Unknown)?;
        store.issue_tokens(id, namespace, count, now_ms())
    }

    /// Whether there are sessions at all.
    pub(in crate::gateway) fn has_sessions(&self) -> bool {
        self.store.is_some()
    }

    /// What a token says; used up where `is_spent` says so.
    ///
    /// # Errors
    /// With the reason why it is refused; every token where there are no sessions.
    pub(in crate::gateway) fn token(
        &self,
        token: &str,
        namespace: &str,
        is_spent: bool,
    ) -> Result<Claims, TokenError> {
        let mut store = self.store().ok_or(TokenError::Invalid)?;
        let claims = if is_spent {
            store.spend_token(token, namespace, now_ms())
        } else {
            store.check_token(token, namespace, now_ms())
        };
        claims.inspect_err(|error| {
            self.facts.record(Fact::TokenRefused { code: error.code() });
        })
    }
}
