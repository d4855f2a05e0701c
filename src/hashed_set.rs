//! A set of 64-bit hashes in little memory.

/// The most hashes of a run.
const RUN: usize = 512;

/// A set of hashes: sorted runs, in order. A run that is full is split in
/// halves, so that a hash takes at most 16 bytes, and about 12 on average. A
/// [`HashSet`](std::collections::HashSet) takes up to 21 bytes, and half as
/// much again while it grows.
#[derive(Debug, Default)]
pub(crate) struct HashedSet {
    runs: Vec<Vec<u64>>,
    count: usize,
}

impl HashedSet {
    /// The run that a hash belongs to, and its place in it.
    fn find(&self, hash: u64) -> (usize, Result<usize, usize>) {
        let after = self
            .runs
            .partition_point(|run| run.first().is_some_and(|first| *first <= hash));
        let index = after.saturating_sub(1);
        let place = self
            .runs
            .get(index)
            .map_or(Err(0), |run| run.binary_search(&hash));
        (index, place)
    }

    pub(crate) fn contains(&self, hash: u64) -> bool {
        self.find(hash).1.is_ok()
    }

    /// Adds a hash. Returns whether it was new.
    pub(crate) fn insert(&mut self, hash: u64) -> bool {
        let (index, Err(place)) = self.find(hash) else {
            return false;
        };
        self.count += 1;
        let Some(run) = self.runs.get_mut(index) else {
            self.runs.push(vec![hash]);
            return true;
        };
        run.insert(place, hash);
        if run.len() == RUN {
            let upper = run.split_off(RUN / 2);
            self.runs.insert(index + 1, upper);
        }
        true
    }

    /// Adds hashes. Returns for each whether it was new; `None` always is.
    pub(crate) fn insert_all(&mut self, hashes: &[Option<u64>]) -> Vec<bool> {
        let mut are_new = Vec::with_capacity(hashes.len());
        for hash in hashes {
            are_new.push(hash.is_none_or(|hash| self.insert(hash)));
        }
        are_new
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The bytes that the runs take.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        let runs = self.runs.iter().map(|run| run.capacity() * 8);
        runs.sum::<usize>() + self.runs.capacity() * size_of::<Vec<u64>>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn it_holds_what_was_inserted_in_at_most_16_bytes_each() {
        for count in [1, 5, 100, 1_000, 200_000] {
            let mut random = fastrand::Rng::with_seed(count);
            let (mut seen, mut expected) = (HashedSet::default(), HashSet::new());
            for _ in 0..count {
                let hash = random.u64(..);
                assert_eq!(seen.contains(hash), expected.contains(&hash));
                assert_eq!(seen.insert(hash), expected.insert(hash));
                assert!(!seen.insert(hash));
            }
            assert!(expected.iter().all(|hash| seen.contains(*hash)));
            assert_eq!(seen.len(), expected.len());
            if count >= 100 {
                let bytes = seen.bytes();
                assert!(bytes <= 16 * expected.len(), "{count}: {bytes} bytes");
            }
        }
    }
}
