//! Which failed attempts are retried, when, and how many of them.

pub(crate) mod budget;
mod class;
mod policy;

pub(crate) use class::{Verdict, is_idempotent, is_safe, may_have_acted, verdict};
pub use policy::RetryPolicy;
