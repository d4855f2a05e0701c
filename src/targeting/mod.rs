//! What targeting rules consist of: clauses, and the weights of rollouts.

mod clause;
mod rollout_weights;

pub(crate) use clause::clause_methods;
pub use rollout_weights::RolloutWeights;
