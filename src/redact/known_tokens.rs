//! The access tokens of a client, present and past.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// The maximum number of remembered tokens. A server repeats a token that it
/// got recently, if at all.
const MOST: usize = 16;

/// The latest [`MOST`] access tokens of a client, which no text may show.
#[derive(Default)]
pub(crate) struct KnownTokens(Mutex<Vec<Bytes>>);

impl KnownTokens {
    /// Adds a token as the latest one, and forgets the oldest one if there are
    /// too many.
    pub(crate) fn add(&self, token: Bytes) {
        if token.is_empty() {
            return;
        }
        let mut tokens = self.lock();
        tokens.retain(|known| *known != token);
        tokens.push(token);
        if tokens.len() > MOST {
            tokens.remove(0);
        }
    }

    /// Whether the text contains a token, exactly as it is.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        self.lock()
            .iter()
            .any(|token| std::str::from_utf8(token).is_ok_and(|token| text.contains(token)))
    }

    pub(super) fn for_each(&self, mut use_token: impl FnMut(&str)) {
        // Shared memory, so that the lock is short.
        let tokens = self.lock().clone();
        for token in tokens {
            use_token(std::str::from_utf8(&token).unwrap_or_default());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_tokens_are_remembered() {
        let tokens = KnownTokens::default();
        assert!(!tokens.are_in("any text"));
        tokens.add(Bytes::new());
        for number in 0..=MOST {
            tokens.add(Bytes::from(format!("token-{number:02}")));
            tokens.add(Bytes::from_static(b"token-00"));
        }
        assert!(tokens.are_in("has token-00 in it"));
        assert!(!tokens.are_in("token-01"));
        assert!(tokens.are_in("token-02"));
        assert_eq!(tokens.lock().len(), MOST);
    }
}
