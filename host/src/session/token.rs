//! Reconnect tokens: `<payload>.<mac>`, both Base64 for URLs (RFC 4648, section 5) without
//! padding. The payload is a version (1 byte), the time of expiry (8 bytes, milliseconds since
//! 1970), a nonce (12 bytes) and the session's id; the mac is HMAC-SHA-256 (RFC 2104) over a label,
//! the namespace and the payload. A token is good for one namespace, and once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// Fewest bytes of a secret: as many as the hash gives (RFC 2104, section 3).
pub const SECRET_BYTES_MIN: usize = 32;

/// Keeps these macs apart from those that the same secret may sign elsewhere.
const LABEL: &[u8] = b"fs7 reconnect token 1";
/// The one version there is.
const VERSION: u8 = 1;
/// Bytes of a nonce.
pub(super) const NONCE_BYTES: usize = 12;
/// Bytes before the session's id.
const HEAD_BYTES: usize = 1 + 8 + NONCE_BYTES;
/// Longest id of a session in bytes.
pub(super) const ID_BYTES_MAX: usize = 128;
/// Longest token in bytes; longer text is not even decoded.
const TOKEN_BYTES_MAX: usize = 256;

/// Names one token among all.
pub(super) type Nonce = [u8; NONCE_BYTES];

/// Why a token is refused. Its code is part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was not made here, not with this secret, not for this namespace, or was altered.
    #[error("the token is none of this server's")]
    Invalid,
    /// Its time is over.
    #[error("the token's time is over")]
    Expired,
    /// It was used before.
    #[error("the token was used before")]
    Used,
    /// So many tokens were used that no more can be remembered (limit `used_tokens`).
    #[error("too many tokens are in use (limit `used_tokens`); try again later")]
    Busy,
}

impl TokenError {
    /// The code that clients read.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invalid => "token_invalid",
            Self::Expired => "token_expired",
            Self::Used => "token_used",
            Self::Busy => "busy",
        }
    }
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The session's id.
    pub session: String,
    /// Until when it is good, in milliseconds since 1970-01-01 UTC.
    pub expires_at_ms: u64,
    pub(super) nonce: Nonce,
}

/// The secrets: tokens are made with the current one, and those of the previous one are still
/// accepted. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    current: Vec<u8>,
    previous: Option<Vec<u8>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// Secrets of at least [`SECRET_BYTES_MIN`] bytes each.
    pub fn new(current: impl Into<Vec<u8>>, previous: Option<Vec<u8>>) -> Self {
        Self {
            current: current.into(),
            previous,
        }
    }

    /// A new token.
    ///
    /// # Errors
    /// When the system gives no random bytes, or the id is too long to be carried.
    pub(super) fn issue(
        &self,
        session: &str,
        namespace: &str,
        expires_at_ms: u64,
    ) -> std::io::Result<String> {
        if session.is_empty() || session.len() > ID_BYTES_MAX {
            return Err(std::io::ErrorKind::InvalidInput.into());
        }
        let mut nonce = Nonce::default();
        getrandom::fill(&mut nonce).map_err(|error| std::io::Error::other(error.to_string()))?;
        let mut payload = Vec::with_capacity(HEAD_BYTES + session.len());
        payload.push(VERSION);
        payload.extend(expires_at_ms.to_be_bytes());
        payload.extend(nonce);
        payload.extend(session.as_bytes());
        let mac = mac(&self.current, namespace, &payload);
        let mut token = URL_SAFE_NO_PAD.encode(&payload);
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(mac));
        Ok(token)
    }

    /// What a token says, if it was made with one of the secrets and its time is not over. That
    /// it was not used before is for the nonces to say.
    ///
    /// # Errors
    /// With the reason why it is refused. Only a token whose mac is good is told to be expired.
    pub(super) fn verify(
        &self,
        token: &str,
        namespace: &str,
        now_ms: u64,
    ) -> Result<Claims, TokenError> {
        let (payload, given) = decode(token).ok_or(TokenError::Invalid)?;
        // Both secrets are always tried, and macs are compared in constant time: how long it
        // takes says nothing.
        let is_good = |secret: &[u8]| mac(secret, namespace, &payload).as_slice().ct_eq(&given);
        let current = is_good(&self.current);
        let previous = self.previous.as_deref().map_or(Choice::from(0), is_good);
        if !bool::from(current | previous) {
            return Err(TokenError::Invalid);
        }
        let claims = claims(&payload).ok_or(TokenError::Invalid)?;
        if claims.expires_at_ms <= now_ms {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

fn decode(token: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let (payload, mac) = token.split_once('.')?;
    // Strict: bits beyond the last byte must be zero, so that a token has one spelling.
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    Some((payload, mac))
}

fn claims(payload: &[u8]) -> Option<Claims> {
    let (version, rest) = payload.split_first()?;
    let (expiry, rest) = rest.split_first_chunk::<8>()?;
    let (nonce, session) = rest.split_first_chunk::<NONCE_BYTES>()?;
    if *version != VERSION || session.is_empty() || session.len() > ID_BYTES_MAX {
        return None;
    }
    Some(Claims {
        session: String::from_utf8(session.to_vec()).ok()?,
        expires_at_ms: u64::from_be_bytes(*expiry),
        nonce: *nonce,
    })
}

/// A secret of any length is a key (RFC 2104, section 2), so making the mac cannot fail; were it
/// to, the empty mac equals no other.
fn mac(secret: &[u8], namespace: &str, payload: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return Vec::new();
    };
    mac.update(LABEL);
    mac.update(&(namespace.len() as u64).to_be_bytes());
    mac.update(namespace.as_bytes());
    mac.update(payload);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;
    const LATER: u64 = NOW + 60_000;

    fn secrets(byte: u8) -> Secrets {
        Secrets::new([byte; SECRET_BYTES_MIN], None)
    }

    #[test]
    fn token_says_what_it_was_made_for() {
        let token = secrets(1).issue("c1", "/", LATER).unwrap();
        let claims = secrets(1).verify(&token, "/", NOW).unwrap();
        assert_eq!(claims.session, "c1");
        assert_eq!(claims.expires_at_ms, LATER);
        let other = secrets(1).issue("c1", "/", LATER).unwrap();
        assert_ne!(token, other, "a nonce makes each token another");
    }

    #[test]
    fn flipped_bit_at_every_position_is_refused() {
        let token = secrets(1).issue("c00ff", "/chat", LATER).unwrap();
        for position in 0..token.len() {
            for bit in 0..8 {
                let mut bytes = token.clone().into_bytes();
                bytes[position] ^= 1 << bit;
                // What is no UTF-8 cannot even be said on a socket.
                let Ok(altered) = String::from_utf8(bytes) else {
                    continue;
                };
                let refused = secrets(1).verify(&altered, "/chat", NOW);
                assert_eq!(refused, Err(TokenError::Invalid), "{position} {bit}");
            }
        }
    }

    #[test]
    fn foreign_tokens_are_refused_and_previous_secrets_accepted() {
        let token = secrets(1).issue("c1", "/", LATER).unwrap();
        let invalid = Err(TokenError::Invalid);
        assert_eq!(secrets(2).verify(&token, "/", NOW), invalid);
        assert_eq!(secrets(1).verify(&token, "/chat", NOW), invalid);
        let rotated = Secrets::new([2; 32], Some(vec![1; 32]));
        assert!(rotated.verify(&token, "/", NOW).is_ok());
        let new = rotated.issue("c1", "/", LATER).unwrap();
        assert_eq!(secrets(1).verify(&new, "/", NOW), invalid);
        let twice = Secrets::new([3; 32], Some(vec![2; 32]));
        assert_eq!(twice.verify(&token, "/", NOW), invalid);
        assert!(twice.verify(&new, "/", NOW).is_ok());
        for text in [
            "",
            ".",
            "a.b",
            "….…",
            &token[1..],
            &format!("{token}="),
            &"a".repeat(9_999),
        ] {
            assert_eq!(secrets(1).verify(text, "/", NOW), invalid, "{text}");
        }
    }

    #[test]
    fn clock_decides_over_expiry() {
        let token = secrets(1).issue("c1", "/", LATER).unwrap();
        assert!(secrets(1).verify(&token, "/", LATER - 1).is_ok());
        // A clock that was set back makes no token older.
        assert!(secrets(1).verify(&token, "/", 0).is_ok());
        for now in [LATER, LATER + 1, u64::MAX] {
            let refused = secrets(1).verify(&token, "/", now);
            assert_eq!(refused, Err(TokenError::Expired), "{now}");
        }
        // Nobody learns from the code that a forged token would be too old.
        assert_eq!(
            secrets(2).verify(&token, "/", u64::MAX),
            Err(TokenError::Invalid)
        );
    }

    #[test]
    fn ids_must_fit() {
        assert!(secrets(1).issue("", "/", LATER).is_err());
        assert!(
            secrets(1)
                .issue(&"x".repeat(ID_BYTES_MAX), "/", LATER)
                .is_ok()
        );
        assert!(
            secrets(1)
                .issue(&"x".repeat(ID_BYTES_MAX + 1), "/", LATER)
                .is_err()
        );
    }

    #[test]
    fn secrets_are_not_printed() {
        assert_eq!(format!("{:?}", secrets(65)), "Secrets(…)");
    }
}
