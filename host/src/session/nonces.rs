//! Tokens that were used, until their time is over: each is good once.

use std::collections::HashMap;

use super::token::{Nonce, TokenError};

/// The nonces of used tokens.
#[derive(Debug)]
pub(super) struct Nonces {
    used: HashMap<Nonce, u64>,
    limit: usize,
}

impl Nonces {
    /// None yet; at most so many are remembered.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            used: HashMap::new(),
            limit,
        }
    }

    /// Whether a token may still be used, without using it.
    ///
    /// # Errors
    /// When it was used, or no more can be remembered.
    pub(super) fn check(&self, nonce: &Nonce) -> Result<(), TokenError> {
        if self.used.contains_key(nonce) {
            return Err(TokenError::Used);
        }
        // A token that could not be remembered could be used again.
        if self.used.len() >= self.limit {
            return Err(TokenError::Busy);
        }
        Ok(())
    }

    /// Remembers a token.
    pub(super) fn spend(&mut self, nonce: Nonce, expires_at_ms: u64) {
        self.used.insert(nonce, expires_at_ms);
    }

    /// Forgets tokens that are refused for their age anyway. Gives how many.
    pub(super) fn clean(&mut self, now_ms: u64) -> usize {
        let before = self.used.len();
        self.used.retain(|_, expires_at_ms| *expires_at_ms > now_ms);
        before - self.used.len()
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.used.len()
    }

    /// All of them, with the time until which they matter.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Nonce, u64)> {
        self.used.iter().map(|(nonce, expires)| (nonce, *expires))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_is_used_once_until_it_is_cleaned() {
        let mut nonces = Nonces::new(2);
        let nonce = |byte| [byte; 12];
        assert_eq!(nonces.check(&nonce(1)), Ok(()));
        nonces.spend(nonce(1), 10);
        assert_eq!(nonces.check(&nonce(1)), Err(TokenError::Used));
        nonces.spend(nonce(2), 20);
        assert_eq!(nonces.check(&nonce(3)), Err(TokenError::Busy));
        assert_eq!(nonces.clean(9), 0);
        assert_eq!(nonces.clean(10), 1);
        assert_eq!(nonces.check(&nonce(2)), Err(TokenError::Used));
        assert_eq!(nonces.check(&nonce(3)), Ok(()));
        assert_eq!(nonces.len(), 1);
    }
}
