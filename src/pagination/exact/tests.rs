//! Lists that change between the requests, by a seeded schedule.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use fastrand::Rng;

use super::*;

/// How the server counts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Count {
    Right,
    /// By this many more or less.
    Wrong(i64),
    Absent,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Create,
    Delete,
    /// An item moves to another place, as after a rename.
    Move,
    /// An item is deleted, and another with its identity is created at the end.
    Replace,
}

#[derive(Debug)]
struct Server {
    items: Vec<u64>,
    created: u64,
    /// The items that exist throughout.
    constant: BTreeSet<u64>,
    /// The changes and the requests before which they happen.
    schedule: Vec<(usize, Change)>,
    most: usize,
    count: Count,
    has_links: bool,
    random: Rng,
    requests: usize,
    served: usize,
}

impl Server {
    fn change(&mut self, change: Change) {
        let place = self.random.usize(..=self.items.len());
        match change {
            Change::Create => {
                self.created += 1;
                self.items.insert(place, self.created);
            }
            Change::Delete if place < self.items.len() => {
                self.constant.remove(&self.items.remove(place));
            }
            Change::Move if place < self.items.len() => {
                let item = self.items.remove(place);
                let place = self.random.usize(..=self.items.len());
                self.items.insert(place, item);
            }
            Change::Replace if place < self.items.len() => {
                let item = self.items.remove(place);
                self.constant.remove(&item);
                self.items.push(item);
            }
            _ => {}
        }
    }

    /// Whether every item that was there throughout was returned, and none twice.
    fn check(&self, returned: &[u64]) -> bool {
        let distinct: BTreeSet<u64> = returned.iter().copied().collect();
        distinct.len() == returned.len() && self.constant.is_subset(&distinct)
    }

    /// The page, its total and its next link.
    fn page(&mut self, offset: i64, limit: i64) -> (Vec<Option<u64>>, Option<i64>, Link<i64>) {
        while let Some(index) = self
            .schedule
            .iter()
            .position(|(at, _)| *at <= self.requests)
        {
            let (_, change) = self.schedule.remove(index);
            self.change(change);
        }
        self.requests += 1;
        let offset = usize::try_from(offset).unwrap();
        let limit = self.most.min(usize::try_from(limit).unwrap());
        let items = self.items.iter().skip(offset).take(limit);
        let hashes: Vec<_> = items.copied().map(Some).collect();
        self.served += hashes.len();
        let end = offset + hashes.len();
        let total = i64::try_from(self.items.len()).unwrap();
        let total = match self.count {
            Count::Right => Some(total),
            Count::Wrong(by) => Some(total + by),
            Count::Absent => None,
        };
        let next = match self.has_links {
            true if end < self.items.len() => Link::Next(i64::try_from(end).unwrap()),
            true => Link::None,
            false => Link::Unknown,
        };
        (hashes, total, next)
    }
}

/// What a run has returned.
fn run(
    server: &mut Server,
    limit: i64,
    later: i64,
    fixed_order: bool,
    overlaps: bool,
) -> (Vec<u64>, Option<Failure>) {
    let mut exact = Exact::new(0, fixed_order, overlaps);
    let (mut returned, mut limit) = (Vec::new(), limit);
    while let Some(offset) = exact.next() {
        let (hashes, total, next) = server.page(offset, limit);
        let reply = Reply {
            offset,
            limit: Some(limit),
            hashes: &hashes,
            fingerprint: fingerprint(&hashes),
            total,
            next,
        };
        match exact.accept(&reply) {
            Verdict::Return(keep) => {
                let kept = hashes.iter().zip(keep).filter(|(_, keep)| *keep);
                returned.extend(kept.map(|(hash, _)| hash.unwrap()));
            }
            Verdict::Discard => {}
        }
        limit = later;
        assert!(server.requests < 100_000, "{server:?}");
    }
    (returned, exact.failure())
}

fn fingerprint(hashes: &[Option<u64>]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hashes.hash(&mut hasher);
    hasher.finish()
}

const SIZES: [usize; 11] = [1, 2, 3, 5, 7, 10, 20, 50, 99, 100, 1000];

/// A list of 1,000 items, 1 % of which change.
fn server(seed: u64, changes: &[Change], most: usize) -> Server {
    let mut random = Rng::with_seed(seed);
    let requests = (1000 / most).max(2);
    let schedule = (0..10)
        .map(|_| {
            (
                random.usize(1..=requests),
                random.choice(changes.iter()).copied().unwrap(),
            )
        })
        .collect();
    Server {
        items: (1..=1000).collect(),
        created: 1000,
        constant: (1..=1000).collect(),
        schedule,
        most,
        count: Count::Right,
        has_links: random.bool(),
        random,
        requests: 0,
        served: 0,
    }
}

/// Runs of which every item that was there throughout was returned once, runs
/// that missed or repeated one, and runs that returned an error.
#[derive(Debug, PartialEq)]
struct Tally {
    exact: usize,
    wrong: usize,
    errors: usize,
}

/// 1,000 runs.
fn tally(
    changes: &[Change],
    fixed_order: bool,
    overlaps: bool,
    count: impl Fn(&mut Rng) -> Count,
) -> Tally {
    let mut tally = Tally {
        exact: 0,
        wrong: 0,
        errors: 0,
    };
    for seed in 0..1000 {
        let mut random = Rng::with_seed(seed);
        let limit = SIZES[random.usize(..SIZES.len())];
        let most = match random.bool() {
            true => 1000,
            false => SIZES[random.usize(1..SIZES.len())],
        };
        let mut server = server(seed, changes, most.min(limit));
        server.most = most;
        server.count = count(&mut random);
        let limit = i64::try_from(limit).unwrap();
        let later = match random.bool() || limit == 1 {
            true => limit + 1,
            false => limit,
        };
        let (returned, failure) = run(&mut server, limit, later, fixed_order, overlaps);
        match (failure, server.check(&returned)) {
            (Some(_), _) => tally.errors += 1,
            (None, true) => tally.exact += 1,
            (None, false) => tally.wrong += 1,
        }
    }
    tally
}

const EXACT: Tally = Tally {
    exact: 1000,
    wrong: 0,
    errors: 0,
};

#[test]
fn a_list_whose_order_stays_is_exact_whatever_is_created_or_deleted() {
    let changes = [Change::Create, Change::Delete];
    let count = |random: &mut Rng| match random.bool() {
        true => Count::Right,
        false => Count::Absent,
    };
    assert_eq!(tally(&changes, true, true, count), EXACT);
    assert_eq!(tally(&changes, false, true, |_| Count::Right), EXACT);
}

#[test]
fn without_overlap_a_good_part_of_the_same_runs_fails() {
    let changes = [Change::Create, Change::Delete];
    let without = tally(&changes, true, false, |_| Count::Right);
    assert!(without.wrong > 300, "{without:?}");
}

#[test]
fn a_list_whose_order_changes_is_exact_or_an_error() {
    let changes = [Change::Create, Change::Delete, Change::Move];
    let moved = tally(&changes, false, true, |_| Count::Right);
    assert_eq!(moved.wrong, 0, "{moved:?}");
    assert!(moved.exact >= 990, "{moved:?}");
    let absent = tally(&changes, false, true, |_| Count::Absent);
    assert_eq!(absent.wrong, 0, "{absent:?}");
}

#[test]
fn an_item_that_is_deleted_and_created_again_hides_no_other() {
    for changes in [
        &[Change::Replace][..],
        &[Change::Replace, Change::Delete, Change::Create],
    ] {
        let replaced = tally(changes, false, true, |_| Count::Right);
        assert_eq!(replaced.wrong, 0, "{replaced:?}");
        assert!(replaced.exact >= 990, "{replaced:?}");
    }
    // 1 and 2 are deleted after their page, and 2 is created again.
    for (fixed_order, expected) in [(true, vec![1, 2]), (false, vec![1, 2, 3])] {
        let mut server = server(0, &[Change::Create], 2);
        (server.items, server.most) = (vec![1, 2, 3], 2);
        server.schedule.clear();
        let (mut exact, mut returned) = (Exact::new(0, fixed_order, true), Vec::new());
        while let Some(offset) = exact.next() {
            let (hashes, total, next) = server.page(offset, 2);
            let reply = Reply {
                offset,
                limit: Some(2),
                hashes: &hashes,
                fingerprint: fingerprint(&hashes),
                total,
                next,
            };
            if let Verdict::Return(keep) = exact.accept(&reply) {
                let kept = hashes.iter().zip(keep).filter(|(_, keep)| *keep);
                returned.extend(kept.map(|(hash, _)| hash.unwrap()));
            }
            server.items = vec![3, 2];
        }
        // Therefore the order by a time of creation is not a fixed one.
        assert_eq!(returned, expected);
        assert_eq!(exact.failure(), None);
    }
}

#[test]
fn items_without_identity_do_not_keep_the_others_from_being_found() {
    // The item 5 moves from the second page to the first.
    let pages = |is_moved: bool| match is_moved {
        false => vec![None, Some(1), Some(2), Some(3), Some(4), Some(5)],
        true => vec![None, Some(5), Some(1), Some(2), Some(3), Some(4)],
    };
    let (mut exact, mut returned, mut is_moved) = (Exact::new(0, false, true), Vec::new(), false);
    while let Some(offset) = exact.next() {
        let offset = usize::try_from(offset).unwrap();
        let hashes: Vec<_> = pages(is_moved).into_iter().skip(offset).take(3).collect();
        let verdict = exact.accept(&Reply {
            offset: i64::try_from(offset).unwrap(),
            limit: Some(3),
            hashes: &hashes,
            fingerprint: fingerprint(&hashes),
            total: Some(6),
            next: Link::Unknown,
        });
        if let Verdict::Return(keep) = verdict {
            let kept = hashes.into_iter().zip(keep).filter(|(_, keep)| *keep);
            returned.extend(kept.map(|(hash, _)| hash));
        }
        is_moved = true;
    }
    assert_eq!(exact.failure(), None);
    returned.sort();
    assert_eq!(
        returned,
        [None, Some(1), Some(2), Some(3), Some(4), Some(5)]
    );
}

#[test]
fn a_wrong_total_makes_no_list_short() {
    let changes = [Change::Create, Change::Delete, Change::Move];
    let wrong = |by: i64| tally(&changes, false, true, move |_| Count::Wrong(by));
    for by in [-2000, -1000, -500, -1, 1, 1000, i64::from(i32::MAX)] {
        let tally = wrong(by);
        assert_eq!(tally.wrong, 0, "{by}: {tally:?}");
    }
}

/// The requests and items for a list that does not change.
fn cost(
    items: usize,
    limit: i64,
    later: i64,
    overlaps: bool,
    count: Count,
    links: bool,
) -> (usize, usize) {
    let mut server = server(0, &[Change::Create], items);
    server.schedule.clear();
    server.items = (0..u64::try_from(items).unwrap()).collect();
    server.constant = server.items.iter().copied().collect();
    server.count = count;
    server.has_links = links;
    let (returned, failure) = run(&mut server, limit, later, false, overlaps);
    assert_eq!(failure, None);
    assert_eq!(returned, server.items);
    (server.requests, server.served)
}

#[test]
fn a_list_that_does_not_change_costs_one_item_for_each_page() {
    for (limit, later) in [(100, 100), (100, 101), (51, 51), (20, 21), (1, 2)] {
        for (count, links) in [
            (Count::Right, false),
            (Count::Right, true),
            (Count::Absent, true),
        ] {
            let plain = cost(9_990, limit, limit, false, count, links);
            let exact = cost(9_990, limit, later, true, count, links);
            let pages = match later > limit {
                true => plain.0,
                false => {
                    1 + (9_990 - usize::try_from(limit).unwrap())
                        .div_ceil(usize::try_from(limit - 1).unwrap())
                }
            };
            assert_eq!(
                exact,
                (pages, plain.1 + pages - 1),
                "{limit} {later} {count:?}"
            );
        }
    }
    let two_percent = |plain: usize| plain + plain / 50;
    let plain = cost(9_990, 100, 100, false, Count::Right, false);
    let exact = cost(9_990, 100, 100, true, Count::Right, false);
    assert!(exact.0 <= two_percent(plain.0) && exact.1 <= two_percent(plain.1));
}

#[test]
fn a_total_of_more_than_the_list_has_is_an_error_after_one_more_request() {
    for has_links in [true, false] {
        let mut server = server(0, &[Change::Create], 100);
        server.schedule.clear();
        server.count = Count::Wrong(7);
        server.has_links = has_links;
        let (returned, failure) = run(&mut server, 100, 101, false, true);
        assert_eq!(returned, server.items);
        let (count, total) = (1000, 1007);
        assert_eq!(failure, Some(Failure::EndedEarly { count, total }));
        assert!(server.requests <= 13, "{}", server.requests);
    }
}

#[test]
fn a_server_that_ignores_the_offset_is_an_error() {
    for (total, next) in [
        (Some(300), Link::Unknown),
        (Some(300), Link::None),
        (Some(21), Link::Unknown),
        (None, Link::Unknown),
    ] {
        for overlaps in [true, false] {
            let hashes: Vec<_> = (0..20).map(Some).collect();
            let mut exact = Exact::new(0, false, overlaps);
            let mut requests = 0;
            while let Some(offset) = exact.next() {
                requests += 1;
                exact.accept(&Reply {
                    offset,
                    limit: Some(20),
                    hashes: &hashes,
                    fingerprint: fingerprint(&hashes),
                    total,
                    next,
                });
            }
            assert_eq!(exact.failure(), Some(Failure::Repeated));
            assert_eq!(requests, 4);
        }
    }
}

#[test]
fn a_page_that_is_repeated_without_identities_is_returned_once() {
    for overlaps in [true, false] {
        let (mut exact, mut returned) = (Exact::new(0, false, overlaps), 0);
        while let Some(offset) = exact.next() {
            let verdict = exact.accept(&Reply {
                offset,
                limit: Some(100),
                hashes: &[None; 20],
                fingerprint: 7,
                total: None,
                next: Link::Unknown,
            });
            if let Verdict::Return(keep) = verdict {
                returned += keep.into_iter().filter(|keep| *keep).count();
            }
        }
        assert_eq!((returned, exact.failure()), (20, None));
    }
}

#[test]
fn a_list_whose_items_move_faster_than_pages_are_requested_is_an_error() {
    let mut errors = 0;
    for seed in 0..20 {
        let mut server = server(seed, &[Change::Move], 20);
        // 60 changes before each request.
        let changes = [Change::Create, Change::Move, Change::Delete];
        server.schedule = (1..400)
            .flat_map(|at| changes.map(|change| [(at, change); 20]))
            .flatten()
            .collect();
        let (returned, failure) = run(&mut server, 20, 21, false, true);
        match failure {
            None => assert!(server.check(&returned), "{seed}"),
            Some(failure) => {
                assert!(matches!(failure, Failure::Changed { .. }), "{failure:?}");
                errors += 1;
            }
        }
    }
    assert!(errors > 0);
}

#[test]
fn pages_of_one_item_are_returned_without_a_further_pass() {
    let mut server = server(0, &[Change::Create], 1);
    server.schedule.clear();
    let (returned, failure) = run(&mut server, 1, 2, false, true);
    assert_eq!((&returned, failure), (&server.items, None));
    assert!(server.requests <= 1002, "{}", server.requests);
}

#[test]
fn a_list_that_is_replaced_before_each_request_is_an_error() {
    for (limit, total) in [
        (1, 1000),
        (2, 1000),
        (20, 1000),
        (100, 1000),
        (100, 100_000),
    ] {
        for count in [Count::Right, Count::Absent] {
            let mut server = server(0, &[Change::Create], limit);
            server.schedule.clear();
            server.count = count;
            let (mut exact, mut items) = (Exact::new(0, false, true), 0..);
            let limit = i64::try_from(limit).unwrap();
            while let Some(offset) = exact.next() {
                server.items = items.by_ref().take(total).collect();
                let (hashes, total, next) = server.page(offset, limit);
                exact.accept(&Reply {
                    offset,
                    limit: Some(limit),
                    hashes: &hashes,
                    fingerprint: fingerprint(&hashes),
                    total,
                    next,
                });
                assert!(server.requests <= 1000, "{limit} {total:?}");
            }
            let failure = exact.failure();
            assert!(
                matches!(failure, Some(Failure::Changed { .. })),
                "{limit} {count:?} {failure:?}"
            );
        }
    }
}
