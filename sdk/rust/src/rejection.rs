//! Rejections: how a handler says no.

use crate::{EffectError, Rejection, RejectionCode, Violation};

/// The message of a rejection is read by the sender: words that are safe to show. What only the
/// operator may read belongs into the log.
///
/// ```
/// use fs7_sdk::prelude::*;
///
/// fn withdraw(_context: &mut Context, amount: u32) -> Result<(), Rejection> {
///     if amount == 0 {
///         return Err(Rejection::invalid("nothing to withdraw")
///             .with_violation("", "minimum", "must be at least 1"));
///     }
///     Err(Rejection::rejected("the account is empty"))
/// }
/// # fs7_sdk::handlers! { "withdraw" => withdraw }
/// # let outcome = fs7_sdk::test::message("withdraw").arg(0).run::<Handlers>();
/// # assert_eq!(outcome.rejection().map(|it| it.violations.len()), Some(1));
/// ```
impl Rejection {
    /// The arguments are not what the handler takes.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(RejectionCode::Invalid, message)
    }

    /// The arguments are fine, the answer is no.
    pub fn rejected(message: impl Into<String>) -> Self {
        Self::new(RejectionCode::Rejected, message)
    }

    /// The sender may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(RejectionCode::Forbidden, message)
    }

    /// Not now, try again later.
    pub fn busy(message: impl Into<String>) -> Self {
        Self::new(RejectionCode::Busy, message)
    }

    /// The handler could not do its work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(RejectionCode::Failed, message)
    }

    /// Adds one thing that is wrong: a JSON pointer into the arguments (`/user_id` in the only one,
    /// `/1/user_id` in the second of several), the rule's name, and the rule in words.
    #[must_use]
    pub fn with_violation(self, pointer: &str, rule: &str, message: impl Into<String>) -> Self {
        self.with(Violation {
            pointer: pointer.to_owned(),
            rule: rule.to_owned(),
            message: message.into(),
        })
    }

    pub(crate) fn with(mut self, violation: Violation) -> Self {
        self.violations.push(violation);
        self
    }

    fn new(code: RejectionCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            violations: Vec::new(),
        }
    }
}

/// An effect that no host can do is the handler's mistake: the sender reads that it failed, the
/// log says why.
impl From<EffectError> for Rejection {
    fn from(error: EffectError) -> Self {
        match error {
            EffectError::InvalidArgs(reason) => crate::error!("arguments cannot be sent: {reason}"),
            EffectError::ReservedName(name) => crate::error!("event name is reserved: `{name}`"),
            EffectError::InvalidRoom(room) => {
                crate::error!("room name is empty or too long: `{room}`")
            }
        }
        Self::failed("the handler asked for an effect that is not possible")
    }
}
