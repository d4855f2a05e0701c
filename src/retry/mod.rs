//! Retries: which failed attempts, after which wait, and how many.

mod budget;
mod class;
mod policy;

pub(crate) use budget::{RetryBudget, Withdrawals};
pub(crate) use class::{RetryClass, is_idempotent, is_safe, may_have_applied};
pub use policy::RetryPolicy;
