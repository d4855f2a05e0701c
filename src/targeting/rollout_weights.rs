//! The weights of a percentage rollout.

use std::collections::BTreeMap;

/// The share of each variation in a percentage rollout, by the variation's ID,
/// in thousandths of a percent. The weights add up to
/// [`TOTAL`](Self::TOTAL), 100 %.
///
/// ```
/// use launchdarkly_api::{RolloutWeights, instructions::flags};
///
/// # let [on, off] = ["e432f62b", "a00bf58d"];
/// let canary = flags::update_fallthrough_variation_or_rollout()
///     .rollout_weights([(on, 5_000), (off, 95_000)]);
/// # let weights =
/// RolloutWeights::from([(on, 5_000), (off, 95_000)]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RolloutWeights(BTreeMap<String, u32>);

impl RolloutWeights {
    /// The sum of all weights: 100 %.
    pub const TOTAL: u32 = 100_000;

    /// Returns the weights by variation ID if they add up to 100 %.
    #[inline]
    pub(crate) fn checked(self) -> Result<BTreeMap<String, u32>, String> {
        let sum: u64 = self.0.values().map(|weight| u64::from(*weight)).sum();
        if sum == u64::from(Self::TOTAL) {
            return Ok(self.0);
        }
        Err(format!(
            "has rollout weights that add up to {sum}: they must add up to {} (100 %)",
            Self::TOTAL
        ))
    }
}

impl<K: Into<String>> FromIterator<(K, u32)> for RolloutWeights {
    /// Weights of the same variation are added.
    fn from_iter<I: IntoIterator<Item = (K, u32)>>(weights: I) -> Self {
        let mut sums: BTreeMap<String, u32> = BTreeMap::new();
        for (id, weight) in weights {
            let sum = sums.entry(id.into()).or_default();
            *sum = sum.saturating_add(weight);
        }
        Self(sums)
    }
}

impl<K: Into<String>, const N: usize> From<[(K, u32); N]> for RolloutWeights {
    #[inline]
    fn from(weights: [(K, u32); N]) -> Self {
        weights.into_iter().collect()
    }
}

impl<K: Into<String>> From<Vec<(K, u32)>> for RolloutWeights {
    #[inline]
    fn from(weights: Vec<(K, u32)>) -> Self {
        weights.into_iter().collect()
    }
}

impl From<BTreeMap<String, u32>> for RolloutWeights {
    #[inline]
    fn from(weights: BTreeMap<String, u32>) -> Self {
        Self(weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_do_not_add_up_to_the_whole_are_an_error_with_the_sum() {
        assert!(
            RolloutWeights::from([("a", 60_000), ("a", 20_000), ("b", 20_000)])
                .checked()
                .is_ok()
        );
        for (weights, sum) in [
            (vec![("a", 60), ("b", 40)], 100),
            (vec![("a", u32::MAX), ("b", u32::MAX)], 8_589_934_590_u64),
            (vec![], 0),
        ] {
            assert_eq!(
                RolloutWeights::from(weights).checked().unwrap_err(),
                format!(
                    "has rollout weights that add up to {sum}: they must add up to 100000 (100 %)"
                )
            );
        }
    }
}
