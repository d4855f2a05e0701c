//! Pagination by timestamps, the newest items first: which page to request
//! next, and which of its items are new. This part sends nothing.
//!
//! Items can share a millisecond, and a page can end between them. The next
//! page therefore begins with the last page's oldest millisecond once more, and
//! the items that were returned before are left out.

use std::cmp::max;

use super::Link;
use crate::hashed_set::HashedSet;

/// What a page has to say.
pub(super) struct Reply<'a> {
    /// The limit it was requested with.
    pub(super) limit: Option<i64>,
    /// The hashes of the identities of its items.
    pub(super) hashes: &'a [Option<u64>],
    /// The oldest time of its items, in milliseconds.
    pub(super) oldest: Option<i64>,
    pub(super) link: Link<()>,
}

/// How the next page is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Not at all.
    End,
    /// With the items before this time.
    Before(i64),
    /// The same, with the largest limit.
    Largest(i64),
    /// By the link, as it is.
    Link,
}

/// Why a list cannot be returned in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// More items than fit on a page have this time.
    SameTime(i64),
    /// The items are newer than those that were requested.
    Newer,
}

/// The state of a list that is being requested.
#[derive(Debug, Default)]
pub(super) struct ByTime {
    seen: HashedSet,
    /// Whether a page had a next link.
    has_next: bool,
    /// The most items of a page.
    full: usize,
    /// The time of a page without new items that the last step was past.
    past: Option<i64>,
    /// The same, if there were new items past it.
    doubted: Option<i64>,
    /// The time before which items were requested last.
    before: Option<i64>,
}

impl ByTime {
    /// Takes a page. Returns which of its items are new, and the next step.
    pub(super) fn accept(
        &mut self,
        reply: &Reply<'_>,
        largest: Option<i64>,
    ) -> (Vec<bool>, Result<Step, Failure>) {
        let keep = self.seen.insert_all(reply.hashes);
        let (count, has_new) = (keep.len(), keep.contains(&true));
        let has_link = reply.link == Link::Next(());
        self.has_next |= has_link;
        self.full = max(self.full, count);
        let is_full = reply
            .limit
            .is_some_and(|limit| i64::try_from(count).is_ok_and(|count| count >= limit));
        let (past, doubted) = (self.past.take(), self.doubted.take());
        let is_newer = match (self.before.take(), reply.oldest) {
            (Some(before), Some(oldest)) => oldest > before,
            _ => false,
        };
        let step = match (reply.oldest, past) {
            // The server ignores the time, and items are added to its list.
            _ if has_new && is_newer => return (keep, Err(Failure::Newer)),
            // The items may have been added since. Otherwise the page before them
            // is the same again.
            (Some(oldest), _) if !has_new && doubted == Some(oldest) => {
                return (keep, Err(Failure::SameTime(oldest)));
            }
            (_, Some(time)) if has_new => {
                self.doubted = Some(time);
                Step::Before(time.saturating_add(1))
            }
            (None, _) if has_link => Step::Link,
            (None, _) => Step::End,
            (Some(oldest), _) if has_new => {
                let more = match reply.link {
                    Link::Next(()) => true,
                    _ if self.has_next => false,
                    Link::None => is_full,
                    Link::Unknown => count >= self.full,
                };
                match more {
                    true => Step::Before(oldest.saturating_add(1)),
                    false => Step::End,
                }
            }
            // The page holds what was returned before. If there is no room for
            // more on it, there may be more of the same time.
            (Some(oldest), _) => {
                let has_room = count < self.full;
                if past.is_some() || (has_room && !has_link && !is_full) {
                    Step::End
                } else if is_full && reply.limit < largest {
                    Step::Largest(oldest.saturating_add(1))
                } else if is_full || (has_link && !has_room) {
                    return (keep, Err(Failure::SameTime(oldest)));
                } else if has_link {
                    Step::Link
                } else {
                    self.past = Some(oldest);
                    Step::Before(oldest)
                }
            }
        };
        if let Step::Before(time) | Step::Largest(time) = step {
            self.before = Some(time);
        }
        (keep, Ok(step))
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    /// Entries as id and time, the newest first.
    struct Log(Vec<(u64, i64)>);

    impl Log {
        /// 300 entries, of which up to `same` share a millisecond.
        fn new(random: &mut Rng, same: u64) -> Self {
            let (mut entries, mut time) = (Vec::new(), 1000);
            while entries.len() < 300 {
                time += 1;
                for _ in 0..random.u64(1..=same) {
                    entries.insert(0, (random.u64(..), time));
                }
            }
            Self(entries)
        }

        fn page(&self, before: i64, limit: i64) -> Vec<(u64, i64)> {
            let older = self.0.iter().filter(|(_, time)| *time < before);
            older
                .take(usize::try_from(limit).unwrap())
                .copied()
                .collect()
        }
    }

    fn run(
        log: &mut Log,
        limit: i64,
        most: i64,
        has_links: bool,
        mut between: impl FnMut(&mut Log),
    ) -> Result<Vec<u64>, Failure> {
        let (mut list, mut returned) = (ByTime::default(), Vec::new());
        let (mut before, mut limit) = (i64::MAX, limit);
        for _ in 0..2_000 {
            let page = log.page(before, limit.min(most));
            let oldest = page.last().map(|(_, time)| *time);
            let older = log.0.iter().filter(|(_, time)| *time < before).count();
            let link = match has_links {
                true if older > page.len() => Link::Next(()),
                true => Link::None,
                false => Link::Unknown,
            };
            let hashes: Vec<_> = page.iter().map(|(id, _)| Some(*id)).collect();
            let reply = Reply {
                limit: Some(limit),
                hashes: &hashes,
                oldest,
                link,
            };
            let (keep, step) = list.accept(&reply, Some(20));
            let new = page.iter().zip(keep).filter(|(_, keep)| *keep);
            returned.extend(new.map(|((id, _), _)| *id));
            between(log);
            match step? {
                Step::End => return Ok(returned),
                Step::Before(time) => before = time,
                Step::Largest(time) => (before, limit) = (time, 20),
                Step::Link => before = oldest.unwrap(),
            }
        }
        panic!("the list does not end");
    }

    #[test]
    fn entries_of_one_millisecond_at_the_end_of_a_page_are_returned_once() {
        for seed in 0..500 {
            let mut random = Rng::with_seed(seed);
            let mut log = Log::new(&mut random, 4);
            let expected: Vec<u64> = log.0.iter().map(|(id, _)| *id).collect();
            let (limit, most) = (random.i64(1..=20), random.i64(5..=20));
            let links = random.bool();
            // Newer entries belong to no page that is still to be requested.
            let found = run(&mut log, limit, most, links, |log| {
                let newest = log.0[0].1;
                log.0.insert(0, (random.u64(..), newest + 1));
            });
            assert_eq!(found.unwrap(), expected, "{seed} {limit} {most} {links}");
        }
    }

    #[test]
    fn more_entries_of_one_millisecond_than_fit_on_a_page_are_an_error() {
        for seed in 0..200 {
            let mut random = Rng::with_seed(seed);
            let mut log = Log::new(&mut random, 4);
            let time = log.0[150].1;
            for _ in 0..20 {
                log.0.insert(150, (random.u64(..), time));
            }
            for (most, links) in [(20, true), (20, false), (7, true), (7, false)] {
                let found = run(&mut log, random.i64(1..=20), most, links, |_| {});
                assert_eq!(found, Err(Failure::SameTime(time)), "{seed} {most} {links}");
            }
        }
    }

    #[test]
    fn an_entry_that_appears_late_during_pagination_is_no_error() {
        for links in [true, false] {
            for after in 1..5 {
                let (mut log, mut requests) = (Log(vec![(1, 100)]), 0);
                let found = run(&mut log, 20, 20, links, |log| {
                    requests += 1;
                    if requests == after {
                        log.0.push((2, 90));
                    }
                });
                let found = found.unwrap();
                assert!(found.starts_with(&[1]), "{links} {after}: {found:?}");
            }
        }
    }

    #[test]
    fn a_server_that_ignores_the_time_while_its_list_grows_is_an_error() {
        let (mut list, mut step) = (ByTime::default(), Ok(Step::Before(0)));
        for newest in (5..1_000).step_by(3) {
            let hashes: Vec<_> = (newest - 5..newest).map(Some).collect();
            let oldest = i64::try_from(newest - 5).unwrap();
            let reply = Reply {
                limit: Some(5),
                hashes: &hashes,
                oldest: Some(oldest),
                link: Link::Unknown,
            };
            step = list.accept(&reply, Some(5)).1;
            if step.is_err() {
                break;
            }
        }
        assert_eq!(step, Err(Failure::Newer));
    }

    #[test]
    fn a_short_list_ends() {
        for count in 0..20 {
            let mut log = Log((0..count).map(|id| (id, 5)).collect());
            for (limit, links) in [(20, true), (20, false), (3, true), (3, false)] {
                let found = run(&mut log, limit, 20, links, |_| {}).unwrap();
                assert_eq!(found.len() as u64, count, "{limit} {links}");
            }
        }
    }
}
