//! Which failed attempts are retried, when, and how many of them.

mod budget;
mod class;
mod policy;

pub(crate) use budget::{RetryBudget, Withdrawals};
pub(crate) use class::{RetryClass, is_idempotent, is_safe, may_have_applied};
pub use policy::RetryPolicy;
