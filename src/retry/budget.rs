//! A limit on what all calls of a client together may retry.
//!
//! When a server is in trouble, every call fails, and every call's retries add
//! to the trouble. The budget is a bucket of tokens: a retry takes some, a
//! success gives some back, and when it is empty nothing is retried until
//! calls succeed again.

use std::sync::atomic::{AtomicU32, Ordering};

const CAPACITY: u32 = 500;
/// What a retry costs.
const RETRY: u32 = 5;
/// What a retry after a timeout costs: it held a connection for long.
const RETRY_AFTER_TIMEOUT: u32 = 10;
/// What a call that succeeds at once gives back.
const SUCCESS: u32 = 1;

#[derive(Debug)]
pub(crate) struct RetryBudget {
    tokens: AtomicU32,
}

/// What a call's retries have taken, given back if it succeeds in the end.
#[derive(Debug, Default)]
pub(crate) struct Spent(u32);

impl RetryBudget {
    pub(crate) fn new() -> Self {
        Self {
            tokens: AtomicU32::new(CAPACITY),
        }
    }

    /// Takes what a retry costs, if there is as much.
    pub(crate) fn take(&self, after_timeout: bool, spent: &mut Spent) -> bool {
        let cost = if after_timeout {
            RETRY_AFTER_TIMEOUT
        } else {
            RETRY
        };
        let taken = self
            .tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| {
                tokens.checked_sub(cost)
            })
            .is_ok();
        if taken {
            spent.0 += cost;
        }
        taken
    }

    pub(crate) fn succeeded(&self, spent: &Spent) {
        let gift = spent.0.max(SUCCESS);
        // It is full nearly always, and then there is nothing to write.
        if self.tokens.load(Ordering::Relaxed) < CAPACITY {
            let _ = self
                .tokens
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| {
                    Some(tokens.saturating_add(gift).min(CAPACITY))
                });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_empty_the_budget_and_successes_fill_it() {
        let budget = RetryBudget::new();
        let mut spent = Spent::default();
        let retries = std::iter::from_fn(|| budget.take(false, &mut spent).then_some(())).count();
        assert_eq!(retries, 100);
        assert!(!budget.take(false, &mut Spent::default()));
        for _ in 0..5 {
            budget.succeeded(&Spent::default());
        }
        assert!(budget.take(false, &mut Spent::default()));
        assert!(!budget.take(false, &mut Spent::default()));
        budget.succeeded(&spent);
        assert!(budget.take(true, &mut Spent::default()));
        budget.succeeded(&spent);
        assert_eq!(budget.tokens.load(Ordering::Relaxed), CAPACITY);
    }

    #[test]
    fn a_timeout_costs_twice_as_much() {
        let budget = RetryBudget::new();
        let mut spent = Spent::default();
        assert_eq!(
            std::iter::from_fn(|| budget.take(true, &mut spent).then_some(())).count(),
            50
        );
    }
}
