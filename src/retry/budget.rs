//! The retry budget, which all calls of a client share.
//!
//! When a server fails, every call fails, and retries add to the load. The
//! budget is a bucket of tokens: a retry withdraws tokens, a success deposits
//! some, and while it is empty the client does not retry.

use std::sync::atomic::{AtomicU32, Ordering};

const CAPACITY: u32 = 500;
/// The cost of a retry, in tokens.
const RETRY: u32 = 5;
/// The cost of a retry after a timeout, which held a connection for long.
const RETRY_AFTER_TIMEOUT: u32 = 10;
/// The deposit of a call that succeeds without a retry.
const SUCCESS: u32 = 1;

#[derive(Debug)]
pub(crate) struct RetryBudget {
    tokens: AtomicU32,
}

/// The tokens that the retries of a call have withdrawn. A success returns
/// them.
#[derive(Debug, Default)]
pub(crate) struct Withdrawals(u32);

impl RetryBudget {
    pub(crate) fn new() -> Self {
        Self {
            tokens: AtomicU32::new(CAPACITY),
        }
    }

    /// Withdraws the cost of a retry. Returns false if the budget has too few
    /// tokens.
    pub(crate) fn try_withdraw(&self, after_timeout: bool, withdrawals: &mut Withdrawals) -> bool {
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
            withdrawals.0 += cost;
        }
        taken
    }

    pub(crate) fn deposit(&self, withdrawals: &Withdrawals) {
        let gift = withdrawals.0.max(SUCCESS);
        // The budget is nearly always full, and then needs no write.
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
        let mut withdrawals = Withdrawals::default();
        let retries =
            std::iter::from_fn(|| budget.try_withdraw(false, &mut withdrawals).then_some(()))
                .count();
        assert_eq!(retries, 100);
        assert!(!budget.try_withdraw(false, &mut Withdrawals::default()));
        for _ in 0..5 {
            budget.deposit(&Withdrawals::default());
        }
        assert!(budget.try_withdraw(false, &mut Withdrawals::default()));
        assert!(!budget.try_withdraw(false, &mut Withdrawals::default()));
        budget.deposit(&withdrawals);
        assert!(budget.try_withdraw(true, &mut Withdrawals::default()));
        budget.deposit(&withdrawals);
        assert_eq!(budget.tokens.load(Ordering::Relaxed), CAPACITY);
    }

    #[test]
    fn a_timeout_costs_twice_as_much() {
        let budget = RetryBudget::new();
        let mut withdrawals = Withdrawals::default();
        assert_eq!(
            std::iter::from_fn(|| budget.try_withdraw(true, &mut withdrawals).then_some(()))
                .count(),
            50
        );
    }
}
